-- name: open
INSERT INTO copydesk.run (dag_id, run_id, run_key, kind, mode, window_start, window_end, wires, wire_tasks, skipped)
VALUES (%(dag_id)s, %(run_id)s, %(run_key)s, %(kind)s, %(mode)s, %(start)s, %(end)s, %(wires)s, %(wire_tasks)s,
        %(skipped)s)
ON CONFLICT (dag_id, run_id) DO UPDATE
-- The kind changes too: a backfill takes over the scheduled hours that it runs again.
-- A run that could not be planned has not run yet, so that it is not reopened.
SET wires = excluded.wires, wire_tasks = excluded.wire_tasks, skipped = excluded.skipped, mode = excluded.mode, kind = excluded.kind,
    window_start = coalesce(run.window_start, excluded.window_start),
    window_end = coalesce(run.window_end, excluded.window_end),
    state = 'running', ended_at = NULL, summary = run.summary - '{error,planning_failed,is_balanced,decided_by,decided_at}'::text[],
    reopened_at = CASE WHEN run.ended_at IS NULL OR run.wires = '{}' AND run.summary ? 'planning_failed'
                       THEN run.reopened_at ELSE now() END
WHERE (run.wires, run.wire_tasks, run.skipped, run.mode, run.kind)
      IS DISTINCT FROM (excluded.wires, excluded.wire_tasks, excluded.skipped, excluded.mode, excluded.kind)
   OR run.state <> 'running';

-- name: close
-- Who approved the changes of the run, and when, stays.
UPDATE copydesk.run SET state = %(state)s, summary = new.summary, ended_at = coalesce(ended_at, now())
FROM (SELECT run_key, %(summary)s::jsonb || jsonb_strip_nulls(jsonb_build_object(
          'decided_by', summary->'decided_by', 'decided_at', summary->'decided_at')) AS summary
      FROM copydesk.run WHERE run_key = %(run_key)s) new
WHERE run.run_key = new.run_key AND (run.state, run.summary) IS DISTINCT FROM (%(state)s, new.summary);

-- name: save_decision
UPDATE copydesk.run SET state = CASE WHEN %(approved)s THEN state ELSE 'rejected' END,
    ended_at = CASE WHEN %(approved)s THEN ended_at ELSE %(at)s END,
    summary = summary || jsonb_build_object('decided_by', %(by)s::text, 'decided_at', %(at)s::timestamptz)
WHERE run_key = %(run_key)s;

-- name: save_failed_plan
INSERT INTO copydesk.run (dag_id, run_id, run_key, kind, mode, window_start, window_end, wires, state, summary, ended_at)
VALUES (%(dag_id)s, %(run_id)s, %(run_key)s, %(kind)s, %(mode)s, %(start)s, %(end)s, '{}', 'failed',
        jsonb_build_object('error', %(error)s::text, 'planning_failed', true), now())
ON CONFLICT (dag_id, run_id) DO UPDATE
SET state = 'failed', summary = run.summary || excluded.summary, ended_at = coalesce(run.ended_at, now());

-- name: fail
UPDATE copydesk.run SET state = 'failed', ended_at = coalesce(ended_at, now()),
    summary = summary || jsonb_build_object('error', %(error)s::text)
WHERE run_key = %(run_key)s AND state IN ('running', 'awaiting_approval');

-- name: save_wire_failure
INSERT INTO copydesk.wire_failure AS f (run_key, wire, stage, reason)
VALUES (%(run_key)s, %(wire)s, %(stage)s, %(reason)s)
ON CONFLICT (run_key, wire, stage) DO UPDATE SET reason = excluded.reason, at = now() WHERE f.reason <> excluded.reason;

-- name: list_wire_failures
SELECT wire, stage, reason FROM copydesk.wire_failure WHERE run_key = %(run_key)s;

-- name: get
SELECT run_key, dag_id, run_id, kind, mode, window_start, window_end, wires, skipped, state, summary, started_at,
       ended_at, reopened_at
FROM copydesk.run WHERE run_key = %s;

-- name: has_earlier
SELECT EXISTS (SELECT FROM copydesk.run WHERE dag_id = %(dag_id)s AND kind = 'scheduled' AND window_end <= %(start)s);

-- name: count_running
-- No run takes longer than that: an earlier one was killed or stopped by its time limit.
SELECT count(*) FROM copydesk.run
WHERE state = 'running' AND coalesce(reopened_at, started_at) > now() - interval '12 hours';

-- name: count_running_of_wire
SELECT count(*) FROM copydesk.run
WHERE %(wire)s = ANY(wires) AND state = 'running' AND coalesce(reopened_at, started_at) > now() - interval '12 hours';

-- name: count_stored_pages
-- Only pages with stored bytes.
SELECT count(*) FROM copydesk.page JOIN copydesk.page_content USING (content_sha256)
WHERE wire = %(wire)s AND coalesce(published_hint, fetched_at) >= %(start)s
  AND coalesce(published_hint, fetched_at) < %(end)s AND NOT is_body_deleted;

-- name: find_covered_until
-- Only live runs search for what earlier runs missed, so that one of them covers all time before it. It cannot cover
-- time after its own start, even if its window does. It covers nothing if it left items to a later run. The newest window
-- decides, which the index finds at once; a longer window that began earlier may cover a little more.
SELECT least(r.window_end, coalesce(r.reopened_at, r.started_at))
FROM copydesk.run r
JOIN copydesk.ledger l ON l.run_key = r.run_key AND l.wire = %(wire)s AND l.stage = 'crawl_result'
  AND l.outcome = 'succeeded'
WHERE r.window_start < %(start)s AND r.kind NOT IN ('backfill', 'cli', 'replay') AND r.mode <> 'stored'
  AND r.window_end >= coalesce(r.reopened_at, r.started_at) - %(live)s::interval
  AND NOT EXISTS (SELECT FROM copydesk.ledger b WHERE b.run_key = r.run_key AND b.wire = %(wire)s
                  AND b.stage = 'left_behind' AND b.outcome = ANY(%(continued)s::text[]))
ORDER BY r.window_start DESC LIMIT 1;

-- name: add_fetched_pages
INSERT INTO copydesk.run_page (run_key, wire, page_id)
SELECT run_key, wire, page_id FROM copydesk.fetch
WHERE run_key = %(run_key)s AND wire = %(wire)s AND page_id IS NOT NULL AND outcome IN ('stored', 'unchanged')
  AND NOT (outcome = 'unchanged' AND revisit IS NOT NULL)  -- nothing to do for it
ORDER BY page_id
ON CONFLICT DO NOTHING;

-- name: add_stored_pages
INSERT INTO copydesk.run_page (run_key, wire, page_id)
SELECT %(run_key)s, wire, page_id FROM copydesk.page JOIN copydesk.page_content USING (content_sha256)
WHERE wire = %(wire)s AND coalesce(published_hint, fetched_at) >= %(start)s
  AND coalesce(published_hint, fetched_at) < %(end)s AND NOT is_body_deleted
ORDER BY page_id
ON CONFLICT DO NOTHING;
