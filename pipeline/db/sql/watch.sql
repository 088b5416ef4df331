-- name: count_articles_by_hour
-- What each wire published in each of the hours before `until`, and in the same hours of the weeks before.
SELECT a.wire, date_trunc('hour', a.published_at, 'UTC') AS hour, count(*)
FROM generate_series(0, %(weeks)s) AS back,
     LATERAL (SELECT %(until)s::timestamptz - make_interval(weeks => back) AS until) AS span
JOIN copydesk.article a ON a.wire = ANY(%(wires)s)
    AND a.published_at >= span.until - make_interval(hours => %(hours)s) AND a.published_at < span.until
GROUP BY a.wire, hour;

-- name: count_losses
-- Of each wire: pages and addresses that gave no article, and all of them, in this run and in those before it.
SELECT l.wire,
       sum(l.count) FILTER (WHERE this AND l.outcome IN ('refused', 'quarantined', 'failed')) AS lost,
       sum(l.count) FILTER (WHERE this AND l.outcome IN ('scheduled', 'pages')) AS whole,
       sum(l.count) FILTER (WHERE NOT this AND l.outcome IN ('refused', 'quarantined', 'failed')) AS lost_before,
       sum(l.count) FILTER (WHERE NOT this AND l.outcome IN ('scheduled', 'pages')) AS whole_before
FROM copydesk.run r
JOIN copydesk.ledger l USING (run_id)
CROSS JOIN LATERAL (SELECT r.run_id = %(run_id)s AS this) AS which
WHERE l.wire <> '' AND l.stage IN ('crawl', 'clean')
  AND (this OR r.window_end > %(until)s - make_interval(days => %(days)s) AND r.window_end < %(until)s)
GROUP BY l.wire
HAVING bool_or(this)
ORDER BY l.wire;

-- name: save_warning
-- Once told, it stays as it was told.
INSERT INTO copydesk.warning (run_id, wire, kind, message) VALUES (%(run_id)s, %(wire)s, %(kind)s, %(message)s)
ON CONFLICT (run_id, wire, kind) DO NOTHING RETURNING kind;

-- name: list_warnings
SELECT wire, kind, message, at FROM copydesk.warning WHERE run_id = %s ORDER BY wire, kind;
