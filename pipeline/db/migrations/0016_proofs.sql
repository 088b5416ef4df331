-- Proofs: what stored pages read as by other rules, kept beside what is shown until a person has seen what would change.

CREATE TABLE copydesk.staged_result (
    run_id text NOT NULL,
    wire text NOT NULL,
    cleaner text NOT NULL,                    -- the rules that have read the page
    page_id uuid NOT NULL,
    canonical_url text NOT NULL,
    fetched_at timestamptz NOT NULL,
    result jsonb NOT NULL,                    -- an article, or why there is none
    staged_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (run_id, wire, cleaner, page_id)
);
CREATE INDEX proof_by_time ON copydesk.staged_result (staged_at);

-- What a person was asked about, by the run that asks. Airflow shows a question as it was first put, whatever the task
-- that puts it says when it is cleared and run again.
CREATE TABLE copydesk.approval_request (
    run_id text PRIMARY KEY,
    details jsonb NOT NULL,
    requested_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON COLUMN copydesk.run.state IS 'running; awaiting_approval: waits for a person; done; failed';
