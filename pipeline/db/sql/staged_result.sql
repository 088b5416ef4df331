-- Results that wait for a person's approval.

-- name: list_unstaged
-- The run's pages for which these rules have neither a recorded nor a staged result. A page without stored bytes keeps
-- its result.
SELECT p.page_id FROM copydesk.run_page p
JOIN copydesk.page USING (page_id)
JOIN copydesk.page_content c USING (content_sha256)
LEFT JOIN copydesk.page_result r ON r.page_id = p.page_id AND r.cleaner = %(cleaner)s
LEFT JOIN copydesk.staged_result f
    ON f.run_key = p.run_key AND f.wire = p.wire AND f.cleaner = %(cleaner)s AND f.page_id = p.page_id
WHERE p.run_key = %(run_key)s AND p.wire = %(wire)s AND r.page_id IS NULL AND f.page_id IS NULL
  AND NOT c.is_body_deleted
ORDER BY c.warc_file_id NULLS FIRST, c.warc_offset, p.page_id;

-- name: save
INSERT INTO copydesk.staged_result (run_key, wire, cleaner, page_id, canonical_url, fetched_at, result)
SELECT %(run_key)s, n.wire, %(cleaner)s, n.page_id, n.canonical_url, n.fetched_at, n.result
FROM unnest(%(wire)s::text[], %(page_id)s::uuid[], %(canonical_url)s::text[], %(fetched_at)s::timestamptz[],
            %(result)s::jsonb[]) AS n (wire, page_id, canonical_url, fetched_at, result)
ORDER BY n.wire, n.page_id
ON CONFLICT DO NOTHING;

-- name: read
SELECT page_id, canonical_url, fetched_at, result FROM copydesk.staged_result
WHERE run_key = %(run_key)s AND wire = %(wire)s AND cleaner = %(cleaner)s ORDER BY page_id;

-- name: count
SELECT count(*) FROM copydesk.staged_result WHERE run_key = %(run_key)s;

-- name: delete_outdated
-- Results of rules that no longer apply.
DELETE FROM copydesk.staged_result WHERE run_key = %(run_key)s AND NOT (wire, cleaner) IN
    (SELECT * FROM unnest(%(wires)s::text[], %(cleaners)s::text[]));

-- name: delete
DELETE FROM copydesk.staged_result WHERE run_key = %(run_key)s;

-- name: delete_expired
DELETE FROM copydesk.staged_result WHERE staged_at < %(before)s;

-- name: save_approval_request
INSERT INTO copydesk.approval_request (run_key, details, samples) VALUES (%(run_key)s, %(details)s, %(samples)s)
ON CONFLICT (run_key) DO NOTHING;

-- name: read_approval_samples
SELECT samples FROM copydesk.approval_request WHERE run_key = %(run_key)s;

-- name: delete_expired_samples
UPDATE copydesk.approval_request SET samples = '[]' WHERE requested_at < %(before)s AND samples <> '[]';

-- name: matches_approval_request
SELECT details = %(details)s::jsonb FROM copydesk.approval_request WHERE run_key = %(run_key)s;
