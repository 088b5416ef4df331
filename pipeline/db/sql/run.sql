-- name: open
INSERT INTO copydesk.run (dag_id, run_id, run_key, kind, mode, window_start, window_end, wires, skipped)
VALUES (%(dag_id)s, %(run_id)s, %(run_key)s, %(kind)s, %(mode)s, %(start)s, %(end)s, %(wires)s, %(skipped)s)
ON CONFLICT (dag_id, run_id) DO UPDATE
-- The kind changes too: a backfill takes over the scheduled hours that it runs again.
SET wires = excluded.wires, skipped = excluded.skipped, mode = excluded.mode, kind = excluded.kind,
    state = 'running', ended_at = NULL,
    reopened_at = CASE WHEN run.ended_at IS NULL THEN run.reopened_at ELSE now() END
WHERE (run.wires, run.skipped, run.mode, run.kind)
      IS DISTINCT FROM (excluded.wires, excluded.skipped, excluded.mode, excluded.kind)
   OR run.state <> 'running';

-- name: close
UPDATE copydesk.run SET state = %(state)s, summary = %(summary)s, ended_at = coalesce(ended_at, now())
WHERE run_key = %(run_key)s AND (state, summary) IS DISTINCT FROM (%(state)s, %(summary)s::jsonb);

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

-- name: count_stored_pages
-- Only pages with stored bytes.
SELECT count(*) FROM copydesk.page JOIN copydesk.page_content USING (content_sha256)
WHERE wire = %(wire)s AND coalesce(published_hint, fetched_at) >= %(start)s
  AND coalesce(published_hint, fetched_at) < %(end)s AND NOT is_body_deleted;

-- name: find_gap
-- The start of the first period since %(oldest)s that no successful crawl of the wire covers; a failed crawl covers
-- nothing. The time before the first successful crawl does not count. A live run covers its window and the period that
-- it caught up on.
WITH good AS (
    SELECT r.window_start AS since, r.window_end AS until,
           r.kind IN ('scheduled', 'manual') AND r.mode <> 'stored'
           AND r.window_end >= coalesce(r.reopened_at, r.started_at) - %(live)s::interval AS live
    FROM copydesk.run r
    JOIN copydesk.ledger l ON l.run_key = r.run_key AND l.wire = %(wire)s AND l.stage = 'crawl_result'
      AND l.outcome = 'succeeded'
    WHERE r.window_start < %(start)s
)
SELECT lower(tstzmultirange(tstzrange(greatest(min(since), %(oldest)s), %(start)s))
             - range_agg(tstzrange(CASE WHEN live THEN since - %(catch_up)s::interval ELSE since END, until)))
FROM good;

-- name: add_fetched_pages
INSERT INTO copydesk.run_page (run_key, wire, page_id)
SELECT run_key, wire, page_id FROM copydesk.fetch
WHERE run_key = %(run_key)s AND wire = %(wire)s AND page_id IS NOT NULL AND outcome IN ('stored', 'unchanged')
ORDER BY page_id
ON CONFLICT DO NOTHING;

-- name: add_stored_pages
INSERT INTO copydesk.run_page (run_key, wire, page_id)
SELECT %(run_key)s, wire, page_id FROM copydesk.page JOIN copydesk.page_content USING (content_sha256)
WHERE wire = %(wire)s AND coalesce(published_hint, fetched_at) >= %(start)s
  AND coalesce(published_hint, fetched_at) < %(end)s AND NOT is_body_deleted
ORDER BY page_id
ON CONFLICT DO NOTHING;
