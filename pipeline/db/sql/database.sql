-- What is in the database, for `copydesk db`.

-- name: get_size
SELECT pg_database_size(current_database());

-- name: list_tables
-- A partitioned table counts once, with its partitions. The rows are the planner's estimate.
SELECT coalesce(root.relname, c.relname) AS name, sum(greatest(c.reltuples, 0))::bigint AS row_estimate,
       sum(pg_total_relation_size(c.oid))::bigint AS size_bytes
FROM pg_class c
LEFT JOIN pg_class root ON root.oid = pg_partition_root(c.oid)
WHERE c.relnamespace = 'copydesk'::regnamespace AND c.relkind = 'r'
GROUP BY 1 ORDER BY 3 DESC, 1;

-- name: list_view_columns
-- The public views with their columns, and the comments on both.
SELECT c.relname::text AS view, coalesce(obj_description(c.oid, 'pg_class'), '') AS summary, a.attname::text AS name,
       format_type(a.atttypid, a.atttypmod) AS type, coalesce(col_description(c.oid, a.attnum), '') AS meaning
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE n.nspname = 'copydesk' AND c.relkind = 'v' AND c.relname LIKE 'v\_%'
ORDER BY c.relname, a.attnum;
