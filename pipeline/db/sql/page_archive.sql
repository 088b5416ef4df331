-- Moving the bytes of pages into WARC files.

-- name: try_lock
-- One writer at a time. It keeps this lock for one file, in the transaction that moves the contents.
SELECT pg_try_advisory_xact_lock(hashtextextended('copydesk.page_archive', 0));

-- name: find_next
-- When the first content was stored that is to be moved.
SELECT c.content_at FROM copydesk.page_content c
WHERE NOT c.is_body_deleted AND c.warc_file_id IS NULL AND c.content_at < %(before)s AND EXISTS (
    SELECT FROM copydesk.page_body b WHERE b.content_sha256 = c.content_sha256 AND b.content_at = c.content_at)
ORDER BY c.content_at, c.content_sha256 LIMIT 1;

-- name: list_contents
-- Those to be moved, in order of time, after the last one of the previous batch.
SELECT c.content_sha256 AS sha256, c.content_at AS at, b.body
FROM copydesk.page_content c
JOIN copydesk.page_body b ON b.content_sha256 = c.content_sha256 AND b.content_at = c.content_at
WHERE NOT c.is_body_deleted AND c.warc_file_id IS NULL AND c.content_at < %(before)s
  AND (c.content_at, c.content_sha256) > (%(at)s, %(sha)b)
ORDER BY c.content_at, c.content_sha256 LIMIT %(limit)s;

-- name: list_archived_contents
-- Those in a WARC file, in its order, after this offset.
SELECT c.content_sha256 AS sha256, c.content_at AS at, c.size, f.name AS file, c.warc_offset, c.warc_length
FROM copydesk.page_content c JOIN copydesk.warc_file f USING (warc_file_id)
WHERE c.warc_file_id = %(warc_file_id)s AND c.warc_offset > %(offset)s
ORDER BY c.warc_offset LIMIT %(limit)s;

-- name: list_captures
-- The pages with these contents.
SELECT content_sha256 AS sha256, url, fetched_at, status, content_type, charset, etag, last_modified
FROM copydesk.page WHERE content_sha256 = ANY(%(shas)s::bytea[])
ORDER BY content_sha256, fetched_at, page_id;

-- name: add_file
INSERT INTO copydesk.warc_file (name) VALUES (%(name)s) RETURNING warc_file_id;

-- name: lock_incomplete_file
SELECT warc_file_id FROM copydesk.warc_file WHERE warc_file_id = %(warc_file_id)s AND NOT is_complete FOR UPDATE;

-- name: move_contents
-- Only contents that are still where they were read. The rows are locked in the order in which retention locks them.
WITH given AS (
    SELECT * FROM unnest(%(shas)s::bytea[], %(ats)s::timestamptz[], %(offsets)s::bigint[], %(lengths)s::integer[])
        AS n (sha256, at, warc_offset, warc_length)
), found AS (
    SELECT c.content_sha256, c.content_at, given.warc_offset, given.warc_length
    FROM copydesk.page_content c JOIN given ON given.sha256 = c.content_sha256 AND given.at = c.content_at
    WHERE NOT c.is_body_deleted AND c.warc_file_id IS NOT DISTINCT FROM %(from_file)s::bigint
    ORDER BY c.content_at, c.content_sha256 FOR UPDATE OF c
), moved AS (
    UPDATE copydesk.page_content c
    SET warc_file_id = %(warc_file_id)s, warc_offset = found.warc_offset, warc_length = found.warc_length
    FROM found WHERE c.content_sha256 = found.content_sha256
    RETURNING c.content_sha256, c.content_at
), deleted AS (
    DELETE FROM copydesk.page_body b USING moved
    WHERE b.content_sha256 = moved.content_sha256 AND b.content_at = moved.content_at
    RETURNING octet_length(b.body) AS bytes
)
SELECT (SELECT count(*) FROM moved) AS contents, coalesce((SELECT sum(bytes) FROM deleted), 0)::bigint AS freed_bytes;

-- name: complete_file
UPDATE copydesk.warc_file SET is_complete = true, contents = %(contents)s, size = %(size)s
WHERE warc_file_id = %(warc_file_id)s;

-- name: list_outdated_files
-- Files with records of contents that were deleted.
SELECT f.warc_file_id FROM copydesk.warc_file f
LEFT JOIN copydesk.page_content c USING (warc_file_id)
WHERE f.is_complete
GROUP BY f.warc_file_id HAVING count(c.content_sha256) < f.contents
ORDER BY f.warc_file_id;

-- name: retire_file
-- A file that no content is in any more is to be deleted.
UPDATE copydesk.warc_file f SET is_complete = false
WHERE f.warc_file_id = %(warc_file_id)s
  AND NOT EXISTS (SELECT FROM copydesk.page_content c WHERE c.warc_file_id = f.warc_file_id)
RETURNING f.warc_file_id;

-- name: list_incomplete_files
SELECT warc_file_id, name, size FROM copydesk.warc_file WHERE NOT is_complete ORDER BY warc_file_id;

-- name: list_complete_files
SELECT warc_file_id, name, size FROM copydesk.warc_file WHERE is_complete ORDER BY warc_file_id;

-- name: delete_file
DELETE FROM copydesk.warc_file WHERE warc_file_id = %(warc_file_id)s AND NOT is_complete;
