-- The invariants of the page store, as in invariants.sql; they belong to no profile. The bytes of a page are in exactly
-- one place, except between the statements of one transaction.

-- name: content_without_bytes
SELECT 'a page has no bytes, although they were not deleted' AS what, '' AS profile_id, p.page_id AS id
FROM copydesk.page p JOIN copydesk.page_content c USING (content_sha256)
WHERE NOT c.is_body_deleted AND c.warc_file_id IS NULL AND NOT EXISTS (
    SELECT FROM copydesk.page_body b WHERE b.content_sha256 = c.content_sha256 AND b.content_at = c.content_at);

-- name: bytes_in_two_places
SELECT 'the bytes of a page are in the database, although they were deleted or moved to a WARC file' AS what,
       '' AS profile_id, coalesce(p.page_id, encode(substring(b.content_sha256 FOR 16), 'hex')::uuid) AS id
FROM copydesk.page_body b
LEFT JOIN copydesk.page_content c ON c.content_sha256 = b.content_sha256 AND c.content_at = b.content_at
LEFT JOIN copydesk.page p ON p.content_sha256 = b.content_sha256
WHERE c.content_sha256 IS NULL OR c.is_body_deleted OR c.warc_file_id IS NOT NULL;

-- name: content_in_incomplete_file
SELECT 'the bytes of a page are in a WARC file that is not complete' AS what, '' AS profile_id, p.page_id AS id
FROM copydesk.warc_file f
JOIN copydesk.page_content c USING (warc_file_id)
JOIN copydesk.page p USING (content_sha256)
WHERE NOT f.is_complete;
