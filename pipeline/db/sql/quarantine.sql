-- name: quarantine
INSERT INTO copydesk.quarantine (stage, subject_id, wire, reason, detail, run_id)
VALUES (%(stage)s, %(subject_id)s, %(wire)s, %(reason)s, %(detail)s, %(run_id)s)
ON CONFLICT (stage, subject_id) DO UPDATE
SET reason = excluded.reason, detail = excluded.detail, state = 'quarantined', resolved_at = NULL
WHERE (quarantine.reason, quarantine.detail, quarantine.state) IS DISTINCT FROM (excluded.reason, excluded.detail, 'quarantined');

-- name: resolve
UPDATE copydesk.quarantine SET state = %(state)s, resolved_at = now()
WHERE stage = %(stage)s AND subject_id = %(subject_id)s AND state = 'quarantined';

-- name: list_quarantined
-- What is held, the earliest first, with the page's address.
SELECT q.quarantine_id AS id, q.created_at AS at, q.wire, q.stage, q.reason, q.detail, coalesce(p.url, '') AS url,
       q.run_id, q.state
FROM copydesk.quarantine q
LEFT JOIN copydesk.page p ON q.stage = 'clean' AND p.page_id = q.subject_id::uuid
WHERE (%(all)s OR q.state = 'quarantined')
  AND (%(wire)s::text IS NULL OR q.wire = %(wire)s)
  AND (%(reason)s::text IS NULL OR q.reason = %(reason)s)
ORDER BY q.created_at, q.quarantine_id LIMIT %(limit)s;

-- name: list_replayable_ids
-- Which of these are held and can be read again.
SELECT quarantine_id FROM copydesk.quarantine
WHERE quarantine_id = ANY(%(ids)s::bigint[]) AND stage = 'clean' AND state = 'quarantined';

-- name: list_wires
SELECT DISTINCT wire FROM copydesk.quarantine WHERE stage = 'clean' AND state = 'quarantined' ORDER BY wire;

-- name: delete_results
-- What other runs made of the held pages, so that they are read once more by whatever rules. What this run has read, a
-- second try of it does not read again.
DELETE FROM copydesk.page_result r USING copydesk.quarantine q
WHERE q.stage = 'clean' AND q.state = 'quarantined' AND q.wire = %(wire)s
  AND (%(reason)s::text IS NULL OR q.reason = %(reason)s)
  AND (%(ids)s::bigint[] IS NULL OR q.quarantine_id = ANY(%(ids)s::bigint[]))
  AND r.page_id = q.subject_id::uuid AND r.outcome = 'quarantined' AND r.run_id <> %(run_id)s;

-- name: add_pages
-- The held pages that these cleaning rules have not read.
INSERT INTO copydesk.run_page (run_id, wire, page_id)
SELECT %(run_id)s, q.wire, p.page_id
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
-- How many pages of which wires the run has, and the time that they span.
SELECT r.wire, count(*), min(coalesce(p.published_hint, p.fetched_at)), max(coalesce(p.published_hint, p.fetched_at))
FROM copydesk.run_page r JOIN copydesk.page p USING (page_id)
WHERE r.run_id = %(run_id)s GROUP BY r.wire ORDER BY r.wire;

-- name: count_states
SELECT q.state, count(*) FROM copydesk.run_page r
JOIN copydesk.quarantine q ON q.stage = 'clean' AND q.subject_id = r.page_id::text
WHERE r.run_id = %(run_id)s GROUP BY q.state;

-- name: delete_resolved
DELETE FROM copydesk.quarantine WHERE state <> 'quarantined' AND resolved_at < %(before)s;
