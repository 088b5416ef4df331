-- When a run that had ended was begun again. Its first start stays as it was.

ALTER TABLE copydesk.run ADD COLUMN reopened_at timestamptz;

CREATE OR REPLACE VIEW copydesk.v_runs AS
SELECT run_id, dag_id, kind, mode, window_start, window_end, state, wires, skipped,
       coalesce((summary->>'scheduled')::int, 0) AS scheduled, coalesce((summary->>'stored')::int, 0) AS stored,
       coalesce((summary->>'pages')::int, 0) AS pages, coalesce((summary->>'new_articles')::int, 0) AS new_articles,
       coalesce((summary->>'articles')::int, 0) AS articles, coalesce((summary->>'stories')::int, 0) AS stories,
       coalesce((summary->>'refused')::int, 0) AS refused, coalesce((summary->>'quarantined')::int, 0) AS quarantined,
       coalesce((summary->>'failed')::int, 0) AS failed, summary, started_at, ended_at, reopened_at
FROM copydesk.run;
