-- What a digest's items are looked up by stands beside its own keys, for all items, however many there are.
ALTER TABLE copydesk.sketch ADD COLUMN item_keys bigint[] NOT NULL DEFAULT '{}';
CREATE INDEX sketch_by_item ON copydesk.sketch USING gin (item_keys) WITH (fastupdate = off) WHERE is_digest;

-- The words of the dateline: a flash or a kill of a title says little more of which story it means.
ALTER TABLE copydesk.sketch ADD COLUMN place bytea NOT NULL DEFAULT '';

-- Sketches of most articles stay within their row: matching reads thousands of them at a time, from anywhere.
ALTER TABLE copydesk.sketch SET (toast_tuple_target = 8160);
