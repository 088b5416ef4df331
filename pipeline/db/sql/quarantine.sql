-- name: quarantine_pages
-- In the order given: `list_quarantined` lists pages in that order.
INSERT INTO copydesk.quarantine (stage, subject_id, wire, reason, detail, run_key)
SELECT 'clean', n.subject_id, n.wire, n.reason, n.detail, %(run_key)s
FROM unnest(%(subject_id)s::text[], %(wire)s::text[], %(reason)s::text[], %(detail)s::text[])
    WITH ORDINALITY AS n (subject_id, wire, reason, detail, number)
ORDER BY n.number
ON CONFLICT (stage, subject_id) DO UPDATE
SET reason = excluded.reason, detail = excluded.detail, state = 'quarantined', resolved_at = NULL
WHERE (quarantine.reason, quarantine.detail, quarantine.state)
      IS DISTINCT FROM (excluded.reason, excluded.detail, 'quarantined');

-- name: resolve_pages
WITH n AS (
    SELECT q.quarantine_id, n.state FROM unnest(%(subject_id)s::text[], %(state)s::text[]) AS n (subject_id, state)
    JOIN copydesk.quarantine q ON q.stage = 'clean' AND q.subject_id = n.subject_id AND q.state = 'quarantined'
    ORDER BY q.quarantine_id FOR UPDATE OF q
)
UPDATE copydesk.quarantine q SET state = n.state, resolved_at = now() FROM n WHERE q.quarantine_id = n.quarantine_id;

-- name: list_quarantined
-- Quarantined pages, the earliest first, with their URLs.
SELECT q.quarantine_id AS id, q.created_at AS at, q.wire, q.stage, q.reason, q.detail, coalesce(p.url, '') AS url,
       coalesce(r.dag_id, '') AS dag_id, coalesce(r.run_id, '') AS run_id, q.state
FROM copydesk.quarantine q
LEFT JOIN copydesk.run r USING (run_key)
LEFT JOIN copydesk.page p ON q.stage = 'clean' AND p.page_id = q.subject_id::uuid
WHERE (%(all)s OR q.state = 'quarantined')
  AND (%(wire)s::text IS NULL OR q.wire = %(wire)s)
  AND (%(reason)s::text IS NULL OR q.reason = %(reason)s)
ORDER BY q.created_at, q.quarantine_id LIMIT %(limit)s;

-- name: get_quarantined
SELECT q.quarantine_id AS id, q.created_at AS at, q.wire, q.stage, q.reason, q.detail, coalesce(p.url, '') AS url,
       coalesce(r.dag_id, '') AS dag_id, coalesce(r.run_id, '') AS run_id, q.state, q.resolved_at, p.page_id,
       p.fetched_at, p.status, coalesce(p.content_type, '') AS content_type, p.charset, c.size AS body_bytes,
       coalesce(c.is_body_deleted, true) AS is_body_deleted
FROM copydesk.quarantine q
LEFT JOIN copydesk.run r USING (run_key)
LEFT JOIN copydesk.page p ON q.stage = 'clean' AND p.page_id = q.subject_id::uuid
LEFT JOIN copydesk.page_content c ON c.content_sha256 = p.content_sha256
WHERE q.quarantine_id = %(id)s;

-- name: list_replayable_ids
-- Those of the ids that are in quarantine and can be read again.
SELECT quarantine_id FROM copydesk.quarantine
WHERE quarantine_id = ANY(%(ids)s::bigint[]) AND stage = 'clean' AND state = 'quarantined';

-- name: list_wires
SELECT DISTINCT wire FROM copydesk.quarantine WHERE stage = 'clean' AND state = 'quarantined' ORDER BY wire;

-- name: delete_results
-- Deletes the results that other runs recorded for quarantined pages, so that these are read again by any rules. A
-- second try of this run does not read again what it has read.
DELETE FROM copydesk.page_result r USING copydesk.quarantine q
WHERE q.stage = 'clean' AND q.state = 'quarantined' AND q.wire = %(wire)s
  AND (%(reason)s::text IS NULL OR q.reason = %(reason)s)
  AND (%(ids)s::bigint[] IS NULL OR q.quarantine_id = ANY(%(ids)s::bigint[]))
  AND r.page_id = q.subject_id::uuid AND r.outcome = 'quarantined' AND r.run_key <> %(run_key)s;

-- name: add_pages
-- The quarantined pages that these cleaning rules have not read.
INSERT INTO copydesk.run_page (run_key, wire, page_id)
SELECT %(run_key)s, q.wire, p.page_id
FROM copydesk.quarantine q
JOIN copydesk.page p ON p.page_id = q.subject_id::uuid
JOIN copydesk.page_content c ON c.content_sha256 = p.content_sha256 AND NOT c.is_body_deleted
LEFT JOIN copydesk.page_result r ON r.page_id = p.page_id AND r.cleaner = %(cleaner)s
WHERE q.stage = 'clean' AND q.state = 'quarantined' AND q.wire = %(wire)s
  AND (%(reason)s::text IS NULL OR q.reason = %(reason)s) AND r.page_id IS NULL
  AND (%(ids)s::bigint[] IS NULL OR q.quarantine_id = ANY(%(ids)s::bigint[]))
ORDER BY p.page_id
ON CONFLICT DO NOTHING;

-- name: pages_of_run
-- The wires of the run's pages, and the time that the pages span.
SELECT r.wire, min(coalesce(p.published_hint, p.fetched_at)) AS first_at,
       max(coalesce(p.published_hint, p.fetched_at)) AS last_at
FROM copydesk.run_page r JOIN copydesk.page p USING (page_id)
WHERE r.run_key = %(run_key)s GROUP BY r.wire ORDER BY r.wire;

-- name: count_states
SELECT q.state AS name, count(*) AS count FROM copydesk.run_page r
JOIN copydesk.quarantine q ON q.stage = 'clean' AND q.subject_id = r.page_id::text
WHERE r.run_key = %(run_key)s GROUP BY q.state;

-- name: delete_resolved
DELETE FROM copydesk.quarantine WHERE state <> 'quarantined' AND resolved_at < %(before)s;

-- name: list_quarantined_after
-- Quarantined pages in pages of a list, the latest first; `remaining` counts those from the position to the end.
SELECT q.quarantine_id AS id, q.created_at AS at, q.wire, q.stage, q.reason, q.detail, coalesce(p.url, '') AS url,
       coalesce(r.dag_id, '') AS dag_id, coalesce(r.run_id, '') AS run_id, q.state, count(*) OVER () AS remaining
FROM copydesk.quarantine q
LEFT JOIN copydesk.run r USING (run_key)
LEFT JOIN copydesk.page p ON q.stage = 'clean' AND p.page_id = q.subject_id::uuid
WHERE q.state = 'quarantined'
  AND (%(wire)s::text IS NULL OR q.wire = %(wire)s)
  AND (%(reason)s::text IS NULL OR q.reason = %(reason)s)
  AND (%(after_time)s::timestamptz IS NULL
       OR (q.created_at, q.quarantine_id) < (%(after_time)s, %(after_id)s::bigint))
ORDER BY q.created_at DESC, q.quarantine_id DESC LIMIT %(limit)s;

-- name: count_reasons
-- How many pages are in quarantine for each reason.
SELECT reason AS name, count(*) AS count FROM copydesk.quarantine
WHERE state = 'quarantined' AND (%(wire)s::text IS NULL OR wire = %(wire)s)
GROUP BY reason ORDER BY count DESC, reason;
