-- Partitions ahead, retention, statistics, sizes.

-- name: list_partitions
SELECT c.relname FROM pg_inherits i
JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'copydesk.page_body'::regclass ORDER BY c.relname;

-- name: list_old_contents
-- In order of time, after the last content of the previous batch. Kept although old: contents that a newer page shares,
-- that were not read yet, or that are in quarantine, because these may be replayed.
SELECT c.content_sha256, c.content_at, NOT EXISTS (
    SELECT FROM copydesk.page p WHERE p.content_sha256 = c.content_sha256 AND (
        p.fetched_at >= %(before)s
        OR NOT EXISTS (SELECT FROM copydesk.page_result r WHERE r.page_id = p.page_id)
        OR EXISTS (SELECT FROM copydesk.quarantine q
                   WHERE q.stage = 'clean' AND q.subject_id = p.page_id::text AND q.state = 'quarantined'))) AS expired
FROM copydesk.page_content c
WHERE NOT c.is_body_deleted AND c.content_at < %(before)s AND (c.content_at, c.content_sha256) > (%(at)s, %(sha)b)
ORDER BY c.content_at, c.content_sha256 LIMIT %(limit)s
FOR UPDATE OF c;

-- name: delete_bodies
-- The bytes in WARC files are deleted with the next rewriting of these files.
WITH old AS (
    SELECT content_sha256, content_at, warc_length FROM copydesk.page_content
    WHERE content_sha256 = ANY(%(shas)s::bytea[]) AND NOT is_body_deleted
), gone AS (
    UPDATE copydesk.page_content c
    SET is_body_deleted = true, warc_file_id = NULL, warc_offset = NULL, warc_length = NULL
    FROM old WHERE c.content_sha256 = old.content_sha256
), deleted AS (
    DELETE FROM copydesk.page_body b USING old
    WHERE b.content_sha256 = old.content_sha256 AND b.content_at = old.content_at
    RETURNING octet_length(b.body) AS bytes
)
SELECT bytes FROM deleted UNION ALL SELECT warc_length FROM old WHERE warc_length IS NOT NULL;

-- name: set_lock_timeout
SELECT set_config('lock_timeout', '2s', true);

-- name: list_tables
-- Ordinary and partitioned tables, without the partitions.
SELECT c.relname FROM pg_class c
WHERE c.relnamespace = 'copydesk'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
ORDER BY c.relname;

-- name: vacuum_table
-- In this and the next three, the braces are a table's name, which cannot be a parameter.
VACUUM (ANALYZE, SKIP_LOCKED) {};

-- name: detach_partition
ALTER TABLE copydesk.page_body DETACH PARTITION {};

-- name: find_row
SELECT FROM {} LIMIT 1;

-- name: drop_table
DROP TABLE {};

-- name: save_sizes
INSERT INTO copydesk.table_size AS old (day, table_name, bytes, row_estimate)
SELECT %(day)s, c.relname, sum(pg_total_relation_size(t.relid)), sum(greatest(p.reltuples, 0))
FROM pg_class c
CROSS JOIN LATERAL pg_partition_tree(c.oid) t
JOIN pg_class p ON p.oid = t.relid
WHERE c.relnamespace = 'copydesk'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND t.isleaf
GROUP BY c.relname
UNION ALL
SELECT %(day)s, c.relname, pg_total_relation_size(c.oid), greatest(c.reltuples, 0)
FROM pg_class c
WHERE c.relnamespace = 'copydesk'::regnamespace AND c.relkind = 'r' AND NOT c.relispartition
  AND NOT EXISTS (SELECT FROM pg_partition_tree(c.oid))
ON CONFLICT (day, table_name) DO UPDATE SET bytes = excluded.bytes, row_estimate = excluded.row_estimate
WHERE (old.bytes, old.row_estimate) IS DISTINCT FROM (excluded.bytes, excluded.row_estimate);

-- name: read_sizes
SELECT table_name AS "table", bytes AS size_bytes, row_estimate, growth
FROM copydesk.v_table_sizes WHERE day = %s ORDER BY bytes DESC, table_name;

-- name: database_size
SELECT pg_database_size(current_database());
