-- The agencies that an article names as its own: a kill withdraws no other agency's story.
ALTER TABLE copydesk.sketch ADD COLUMN agencies bytea NOT NULL DEFAULT '';
