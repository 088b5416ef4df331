-- name: count_articles_by_hour
-- What each wire published in each of the hours before `until`, and in the same hours of the weeks before.
SELECT a.wire, date_trunc('hour', a.published_at, 'UTC') AS hour, count(*) AS count
FROM generate_series(0, %(weeks)s) AS back,
     LATERAL (SELECT %(until)s::timestamptz - make_interval(weeks => back) AS until) AS span
JOIN copydesk.article a ON a.wire = ANY(%(wires)s)
    AND a.published_at >= span.until - make_interval(hours => %(hours)s) AND a.published_at < span.until
GROUP BY a.wire, hour;

-- name: count_losses
-- Per wire: pages and addresses without an article, and all pages and addresses, in this run and in earlier ones.
SELECT l.wire,
       coalesce(sum(l.count) FILTER (WHERE this AND is_lost), 0) AS lost,
       coalesce(sum(l.count) FILTER (WHERE this AND is_total), 0) AS total,
       coalesce(sum(l.count) FILTER (WHERE NOT this AND is_lost), 0) AS baseline_lost,
       coalesce(sum(l.count) FILTER (WHERE NOT this AND is_total), 0) AS baseline_total
FROM copydesk.run r
JOIN copydesk.ledger l USING (run_key)
CROSS JOIN LATERAL (
    SELECT r.run_key = %(run_key)s AS this, l.outcome IN ('refused', 'quarantined', 'failed') AS is_lost,
           l.outcome IN ('scheduled', 'pages') AS is_total
) AS which
WHERE l.wire <> '' AND l.stage IN ('crawl', 'clean')
  AND (this OR r.window_end > %(until)s - make_interval(days => %(days)s) AND r.window_end < %(until)s)
GROUP BY l.wire
HAVING bool_or(this)
ORDER BY l.wire;

-- name: save_warnings
-- A warning that has been reported stays as it was reported. Returns the indexes, from 1, of those that are new.
WITH n AS (
    SELECT * FROM unnest(%(wires)s::text[], %(kinds)s::text[], %(messages)s::text[], %(tasks)s::text[])
        WITH ORDINALITY AS n (wire, kind, message, task, number)
), saved AS (
    INSERT INTO copydesk.warning (run_key, wire, kind, message, task)
    SELECT %(run_key)s, wire, kind, message, task FROM n ORDER BY wire, kind, number
    ON CONFLICT (run_key, wire, kind) DO NOTHING
    RETURNING wire, kind
)
SELECT min(n.number)::integer AS number FROM n JOIN saved USING (wire, kind) GROUP BY wire, kind ORDER BY number;

-- name: list_warnings
SELECT wire, message FROM copydesk.warning WHERE run_key = %(run_key)s AND kind = %(kind)s ORDER BY wire;
