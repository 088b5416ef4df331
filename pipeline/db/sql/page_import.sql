-- How far an import has read its files, and what it has stored.

-- name: list_files
SELECT file_key, records, counts, is_complete FROM copydesk.import_file WHERE run_key = %(run_key)s

-- name: save_files
-- A file that another process has read further in the meantime is not saved.
INSERT INTO copydesk.import_file AS old (run_key, file_key, name, records, counts, is_complete)
SELECT %(run_key)s, n.file_key, n.name, n.records, n.counts, n.is_complete
FROM unnest(%(file_key)s::text[], %(name)s::text[], %(records)s::bigint[], %(counts)s::jsonb[],
            %(is_complete)s::boolean[], %(saved_records)s::bigint[])
    AS n (file_key, name, records, counts, is_complete, saved_records)
ORDER BY n.file_key
ON CONFLICT (run_key, file_key) DO UPDATE
SET records = excluded.records, counts = excluded.counts, is_complete = excluded.is_complete
WHERE old.records = (SELECT s.saved_records
                     FROM unnest(%(file_key)s::text[], %(saved_records)s::bigint[]) AS s (file_key, saved_records)
                     WHERE s.file_key = excluded.file_key)

-- name: delete_files
DELETE FROM copydesk.import_file WHERE run_key = %(run_key)s

-- name: list_wires
-- The wires of an import, with the times of their pages.
SELECT wire, count(*) FILTER (WHERE outcome IN ('stored', 'unchanged')) AS pages,
       min(fetched_at) FILTER (WHERE outcome IN ('stored', 'unchanged')) AS first_at,
       max(fetched_at) FILTER (WHERE outcome IN ('stored', 'unchanged')) AS last_at
FROM copydesk.fetch WHERE run_key = %(run_key)s GROUP BY wire ORDER BY wire
