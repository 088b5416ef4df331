-- How many articles were published, by hour.

-- name: count_by_hour
-- Of all wires or of one, in each of the hours before `until`, and in the same hours of the weeks before.
SELECT date_trunc('hour', a.published_at, 'UTC') AS hour, count(*) AS count
FROM generate_series(0, %(weeks)s) AS back,
     LATERAL (SELECT %(until)s::timestamptz - make_interval(weeks => back) AS until) AS span
JOIN copydesk.article a ON a.published_at >= span.until - make_interval(hours => %(hours)s) AND a.published_at < span.until
    AND (%(wire)s::text IS NULL OR a.wire = %(wire)s)
GROUP BY hour;
