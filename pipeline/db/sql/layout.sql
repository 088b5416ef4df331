-- name: count_extraction_paths
SELECT count(*) FILTER (WHERE r.via LIKE 'rule:%%') AS by_rule,
       count(*) FILTER (WHERE r.via NOT LIKE 'rule:%%') AS by_fallback
FROM copydesk.run_page p
JOIN copydesk.page_result r ON r.page_id = p.page_id AND r.cleaner = %(cleaner)s
WHERE p.run_key = %(run_key)s AND p.wire = %(wire)s AND r.article_id IS NOT NULL;

-- name: list_layout_counts
SELECT r.window_start, coalesce(sum(l.count) FILTER (WHERE l.outcome = 'by_rule'), 0) AS by_rule,
       coalesce(sum(l.count) FILTER (WHERE l.outcome = 'by_fallback'), 0) AS by_fallback
FROM copydesk.run r
JOIN copydesk.ledger l ON l.run_key = r.run_key AND l.wire = %(wire)s AND l.stage = 'layout'
WHERE %(until)s::timestamptz IS NULL OR r.window_end <= %(until)s
GROUP BY r.dag_id, r.run_id
ORDER BY r.window_end DESC, r.started_at DESC, r.dag_id, r.run_id LIMIT %(limit)s;

-- name: list_recent_layout_counts
-- As `list_layout_counts`, of several wires, in the latest runs of all.
WITH recent AS MATERIALIZED (
    SELECT run_key, window_start, window_end, started_at, dag_id, run_id FROM copydesk.run WHERE window_end IS NOT NULL
    ORDER BY window_start DESC, window_end DESC LIMIT %(limit)s
)
SELECT l.wire, r.window_start, coalesce(sum(l.count) FILTER (WHERE l.outcome = 'by_rule'), 0) AS by_rule,
       coalesce(sum(l.count) FILTER (WHERE l.outcome = 'by_fallback'), 0) AS by_fallback
FROM recent r
CROSS JOIN LATERAL (
    SELECT wire, outcome, count FROM copydesk.ledger
    WHERE run_key = r.run_key AND wire = ANY(%(wires)s) AND stage = 'layout' OFFSET 0) l
GROUP BY l.wire, r.dag_id, r.run_id, r.window_start, r.window_end, r.started_at
ORDER BY l.wire, r.window_end DESC, r.started_at DESC, r.dag_id, r.run_id;
