-- What a run found odd, kept: one row a run, wire and kind; the wire is empty for what concerns the whole run.

CREATE TABLE copydesk.warning (
    run_id text NOT NULL REFERENCES copydesk.run ON DELETE CASCADE,
    wire text NOT NULL DEFAULT '',
    kind text NOT NULL CHECK (kind IN ('silent', 'refusals', 'layout', 'failed', 'late')),
    message text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (run_id, wire, kind)
);
CREATE INDEX warning_by_time ON copydesk.warning (at);

CREATE VIEW copydesk.v_warnings AS
SELECT w.at, w.wire, w.kind, w.message, w.run_id, r.window_start, r.window_end
FROM copydesk.warning w JOIN copydesk.run r USING (run_id);
