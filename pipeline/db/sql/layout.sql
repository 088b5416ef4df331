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
