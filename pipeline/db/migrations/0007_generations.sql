-- Generations beside one another: which one is live, what is still to be done in each, and what a person let pass.

-- building: not yet shown; live: shown; superseded: was live, its rows are kept; retired: its rows are dropped.
ALTER TABLE copydesk.profile DROP CONSTRAINT profile_state_check;
ALTER TABLE copydesk.profile ADD CONSTRAINT profile_state_check
    CHECK (state IN ('building', 'live', 'superseded', 'retired'));
ALTER TABLE copydesk.profile ADD COLUMN live_since timestamptz;
UPDATE copydesk.profile SET live_since = created_at WHERE state = 'live';

-- Articles whose sketch is newer than their edges (signed), or their edges newer than their story (matched). Empty when
-- nothing runs; what a step that failed left undone stands here.
CREATE TABLE copydesk.pending_article (
    profile_id text NOT NULL REFERENCES copydesk.profile,
    article_id uuid NOT NULL REFERENCES copydesk.article ON DELETE CASCADE,
    stage text NOT NULL CHECK (stage IN ('signed', 'matched')),
    published_at timestamptz NOT NULL,
    since timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (profile_id, article_id)
);
CREATE INDEX unsettled_by_time ON copydesk.pending_article (profile_id, stage, published_at, article_id);
CREATE INDEX unsettled_by_article ON copydesk.pending_article (article_id);

INSERT INTO copydesk.pending_article (profile_id, article_id, stage, published_at)
SELECT s.profile_id, s.article_id, 'signed', s.published_at FROM copydesk.sketch s
LEFT JOIN copydesk.story_member m ON m.profile_id = s.profile_id AND m.article_id = s.article_id
WHERE m.article_id IS NULL;

-- Wires that a person has looked at after a guard stopped a step: the guards let them pass until then.
CREATE TABLE copydesk.guard_exemption (
    wire text PRIMARY KEY,
    until timestamptz NOT NULL,
    granted_at timestamptz NOT NULL DEFAULT now()
);
