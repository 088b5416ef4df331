-- name: open
INSERT INTO copydesk.run (run_id, dag_id, kind, mode, window_start, window_end, wires, skipped)
VALUES (%(run_id)s, %(dag_id)s, %(kind)s, %(mode)s, %(start)s, %(end)s, %(wires)s, %(skipped)s)
ON CONFLICT (run_id) DO UPDATE
-- The kind too: a backfill takes over the hours of the schedule that it runs again.
SET wires = excluded.wires, skipped = excluded.skipped, mode = excluded.mode, kind = excluded.kind,
    state = 'running', ended_at = NULL,
    reopened_at = CASE WHEN run.ended_at IS NULL THEN run.reopened_at ELSE now() END
WHERE (run.wires, run.skipped, run.mode, run.kind)
      IS DISTINCT FROM (excluded.wires, excluded.skipped, excluded.mode, excluded.kind)
   OR run.state <> 'running';

-- name: close
UPDATE copydesk.run SET state = %(state)s, summary = %(summary)s, ended_at = coalesce(ended_at, now())
WHERE run_id = %(run_id)s AND (state, summary) IS DISTINCT FROM (%(state)s, %(summary)s::jsonb);

-- name: get
SELECT run_id, dag_id, kind, mode, window_start, window_end, wires, skipped, state, summary, started_at, ended_at,
       reopened_at
FROM copydesk.run WHERE run_id = %s;

-- name: has_earlier
SELECT EXISTS (SELECT FROM copydesk.run WHERE dag_id = %(dag_id)s AND kind = 'scheduled' AND window_end <= %(start)s);

-- name: count_running
-- None is at work for longer than that; whatever began before was killed, or broken off by its time limit.
SELECT count(*) FROM copydesk.run
WHERE state = 'running' AND coalesce(reopened_at, started_at) > now() - interval '12 hours';

-- name: count_stored_pages
-- Those whose bytes are kept.
SELECT count(*) FROM copydesk.page JOIN copydesk.page_content USING (content_sha256)
WHERE wire = %(wire)s AND coalesce(published_hint, fetched_at) >= %(start)s
  AND coalesce(published_hint, fetched_at) < %(end)s AND NOT is_body_deleted;

-- name: find_gap
-- Where the first time begins, since %(oldest)s, of which the wire has had no good crawl: a crawl that failed has reached
-- nothing. What lies before its very first good crawl is no gap. A live run covers what it caught up on, besides its
-- window.
WITH good AS (
    SELECT r.window_start AS since, r.window_end AS until,
           r.kind IN ('scheduled', 'manual') AND r.mode <> 'stored'
           AND r.window_end >= coalesce(r.reopened_at, r.started_at) - %(live)s::interval AS live
    FROM copydesk.run r
    JOIN copydesk.ledger l ON l.run_id = r.run_id AND l.wire = %(wire)s AND l.stage = 'crawl_result' AND l.outcome = 'succeeded'
    WHERE r.window_start < %(start)s
)
SELECT lower(tstzmultirange(tstzrange(greatest(min(since), %(oldest)s), %(start)s))
             - range_agg(tstzrange(CASE WHEN live THEN since - %(catch_up)s::interval ELSE since END, until)))
FROM good;

-- name: add_fetched_pages
INSERT INTO copydesk.run_page (run_id, wire, page_id)
SELECT run_id, wire, page_id FROM copydesk.fetch
WHERE run_id = %(run_id)s AND wire = %(wire)s AND page_id IS NOT NULL AND outcome IN ('stored', 'unchanged')
ORDER BY page_id
ON CONFLICT DO NOTHING;

-- name: add_stored_pages
INSERT INTO copydesk.run_page (run_id, wire, page_id)
SELECT %(run_id)s, wire, page_id FROM copydesk.page JOIN copydesk.page_content USING (content_sha256)
WHERE wire = %(wire)s AND coalesce(published_hint, fetched_at) >= %(start)s
  AND coalesce(published_hint, fetched_at) < %(end)s AND NOT is_body_deleted
ORDER BY page_id
ON CONFLICT DO NOTHING;

-- name: ensure_partition
SELECT copydesk.ensure_page_partition(%s);
