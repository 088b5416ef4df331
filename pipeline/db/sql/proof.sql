-- Readings that wait for a person's leave.

-- name: list_unstaged
-- Those of the run's pages that these rules have neither settled nor given a proof of. A page whose bytes are no longer
-- kept stays as it was read.
SELECT p.page_id FROM copydesk.run_page p
JOIN copydesk.page USING (page_id)
JOIN copydesk.page_content c USING (content_sha256)
LEFT JOIN copydesk.page_result r ON r.page_id = p.page_id AND r.cleaner = %(cleaner)s
LEFT JOIN copydesk.staged_result f
    ON f.run_id = p.run_id AND f.wire = p.wire AND f.cleaner = %(cleaner)s AND f.page_id = p.page_id
WHERE p.run_id = %(run_id)s AND p.wire = %(wire)s AND r.page_id IS NULL AND f.page_id IS NULL AND NOT c.is_body_deleted
ORDER BY p.page_id;

-- name: save
INSERT INTO copydesk.staged_result (run_id, wire, cleaner, page_id, canonical_url, fetched_at, result)
VALUES (%(run_id)s, %(wire)s, %(cleaner)s, %(page_id)s, %(canonical_url)s, %(fetched_at)s, %(result)s)
ON CONFLICT DO NOTHING;

-- name: read
SELECT page_id, canonical_url, fetched_at, result FROM copydesk.staged_result
WHERE run_id = %(run_id)s AND wire = %(wire)s AND cleaner = %(cleaner)s ORDER BY page_id;

-- name: count
SELECT count(*) FROM copydesk.staged_result WHERE run_id = %(run_id)s;

-- name: delete_outdated
-- Those of rules that are no longer in force.
DELETE FROM copydesk.staged_result WHERE run_id = %(run_id)s AND NOT (wire, cleaner) IN
    (SELECT * FROM unnest(%(wires)s::text[], %(cleaners)s::text[]));

-- name: delete
DELETE FROM copydesk.staged_result WHERE run_id = %(run_id)s;

-- name: delete_expired
DELETE FROM copydesk.staged_result WHERE staged_at < %(before)s;

-- name: save_approval_request
INSERT INTO copydesk.approval_request (run_id, details) VALUES (%(run_id)s, %(details)s) ON CONFLICT (run_id) DO NOTHING;

-- name: matches_approval_request
SELECT details = %(details)s::jsonb FROM copydesk.approval_request WHERE run_id = %(run_id)s;
