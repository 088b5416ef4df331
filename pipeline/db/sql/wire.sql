-- What is known about one wire, for the command line.

-- name: is_stored
-- Whether anything is stored under this name.
SELECT EXISTS (SELECT FROM copydesk.article WHERE wire = %(wire)s)
    OR EXISTS (SELECT FROM copydesk.page WHERE wire = %(wire)s)
    OR EXISTS (SELECT FROM copydesk.wire_state WHERE wire = %(wire)s);

-- name: list_stored
SELECT wire FROM copydesk.wire_state ORDER BY wire;

-- name: list_activity
-- Of each wire the last crawl that succeeded and the last one of all, by the ends of their windows, the articles of the
-- last day and as many days' articles a week, two weeks ... before (`usual`: their mean, null if fewer than two of these
-- days have any), and what its runs of the last week lost. Looks back over a limited number of runs.
WITH recent AS MATERIALIZED (
    SELECT run_key, window_end FROM copydesk.run WHERE window_end IS NOT NULL
    ORDER BY window_start DESC, window_end DESC LIMIT %(max_runs)s
), counts AS MATERIALIZED (
    SELECT l.wire, max(r.window_end) FILTER (WHERE l.stage = 'crawl_result') AS last_crawl,
           max(r.window_end) FILTER (WHERE l.stage = 'crawl_result' AND l.outcome = 'succeeded' AND l.count > 0)
               AS last_good_crawl,
           sum(l.count) FILTER (WHERE r.is_recent AND l.outcome = 'refused') AS refused,
           sum(l.count) FILTER (WHERE r.is_recent AND l.stage <> 'crawl_result' AND l.outcome = 'failed') AS failed,
           sum(l.count) FILTER (WHERE r.is_recent AND l.outcome = 'quarantined') AS quarantined,
           sum(l.count) FILTER (WHERE r.is_recent AND l.outcome IN ('scheduled', 'pages')) AS tried
    FROM (SELECT *, window_end >= %(losses_since)s AS is_recent FROM recent) r
    -- Run by run: the ledger has rows of many more runs.
    CROSS JOIN LATERAL (
        SELECT wire, stage, outcome, count FROM copydesk.ledger
        WHERE run_key = r.run_key AND wire = ANY(%(wires)s) AND stage IN ('crawl', 'crawl_result', 'clean') OFFSET 0) l
    GROUP BY l.wire
)
SELECT n.wire, c.last_good_crawl, c.last_crawl, a.recent_articles,
       (SELECT max(published_at) FROM copydesk.article x WHERE x.wire = n.wire) AS latest_article, u.usual,
       coalesce(c.refused, 0)::integer AS refused, coalesce(c.failed, 0)::integer AS failed,
       coalesce(c.quarantined, 0)::integer AS quarantined, coalesce(c.tried, 0)::integer AS tried
FROM unnest(%(wires)s::text[]) AS n (wire)
LEFT JOIN counts c ON c.wire = n.wire
CROSS JOIN LATERAL (
    SELECT count(*)::integer AS recent_articles FROM copydesk.article x
    WHERE x.wire = n.wire AND x.published_at >= %(since)s) a
CROSS JOIN LATERAL (
    SELECT CASE WHEN count(*) FILTER (WHERE d.articles > 0) >= 2
                THEN avg(d.articles) FILTER (WHERE d.articles > 0)::float8 END AS usual
    FROM generate_series(1, %(weeks)s) AS back
    CROSS JOIN LATERAL (
        SELECT count(*) AS articles FROM copydesk.article x
        WHERE x.wire = n.wire AND x.published_at >= %(since)s::timestamptz - make_interval(weeks => back)
          AND x.published_at < %(now)s::timestamptz - make_interval(weeks => back)) d) u
ORDER BY n.wire;

-- name: count_refusals
-- The URLs and pages without an article in runs since a time, by stage and reason.
WITH recent AS (SELECT run_key FROM copydesk.run WHERE window_end >= %(since)s),
refused AS (
    SELECT 'crawl' AS stage, f.outcome, f.reason FROM recent r
    JOIN copydesk.fetch f ON f.run_key = r.run_key AND f.wire = %(wire)s
    WHERE f.outcome IN ('refused', 'failed', 'quarantined')
    UNION ALL
    SELECT 'clean', p.outcome, p.reason
    FROM (SELECT DISTINCT x.page_id FROM recent r
          JOIN copydesk.run_page x ON x.run_key = r.run_key AND x.wire = %(wire)s) d
    JOIN copydesk.page_result p ON p.page_id = d.page_id AND p.outcome = 'refused'
)
SELECT stage, outcome, reason, count(*) AS count FROM refused
GROUP BY stage, outcome, reason ORDER BY count DESC, stage, outcome, reason;

-- name: count_quarantined
SELECT wire, reason, count(*) AS count FROM copydesk.quarantine
WHERE wire = ANY(%(wires)s) AND state = 'quarantined' GROUP BY wire, reason ORDER BY wire, count DESC, reason;

-- name: list_host_states
-- What each host allows at the moment: until when it is paused, whether it is being crawled, and today's requests.
SELECT n.host, s.paused_until, s.last_request_at, l.host IS NOT NULL AS is_crawled, coalesce(q.requests, 0) AS requests
FROM unnest(%(hosts)s::text[]) AS n (host)
LEFT JOIN copydesk.host_state s ON s.host = n.host AND (s.paused_until > now() OR s.last_request_at IS NOT NULL)
LEFT JOIN copydesk.host_lease l ON l.host = n.host AND l.expires_at > now()
LEFT JOIN copydesk.host_requests q ON q.host = n.host AND q.day = (now() AT TIME ZONE 'UTC')::date;

-- name: list_latest_pages
-- The pages of a wire that were fetched last, each with what was read from it.
SELECT p.page_id, p.url, p.fetched_at AS at, p.status, coalesce(r.outcome, '') AS outcome, coalesce(r.reason, '') AS reason,
       coalesce(a.title, '') AS title, m.story_id
FROM (SELECT * FROM copydesk.page WHERE wire = %(wire)s
      ORDER BY coalesce(published_hint, fetched_at) DESC LIMIT %(limit)s) p
LEFT JOIN LATERAL (
    SELECT x.outcome, x.reason, x.article_id FROM copydesk.page_result x WHERE x.page_id = p.page_id
    ORDER BY x.article_id IS NULL, x.cleaner DESC LIMIT 1) r ON true
LEFT JOIN copydesk.article a ON a.article_id = r.article_id
LEFT JOIN copydesk.story_member m ON m.profile_id = %(profile_id)s AND m.article_id = a.article_id
ORDER BY p.fetched_at DESC, p.page_id;

-- name: list_copying
-- Who copies whom: of the latest stories with several outlets, how often each outlet had a story of another one's, and
-- the median delay. The other one is the wire of the origin's own article, else the outlet that was first.
WITH latest AS MATERIALIZED (
    SELECT t.story_id FROM copydesk.story_totals t
    WHERE t.profile_id = %(profile_id)s AND t.state = 'live' AND t.wire_count > 1 AND t.last_at >= %(since)s
    ORDER BY t.last_at DESC LIMIT %(limit)s
), outlets AS MATERIALIZED (
    SELECT l.story_id, a.wire, min(a.published_at) AS at,
           bool_or(a.article_id = o.article_id) AS is_origin
    FROM latest l
    JOIN copydesk.story_member m ON m.profile_id = %(profile_id)s AND m.story_id = l.story_id
    JOIN copydesk.article a ON a.article_id = m.article_id
    LEFT JOIN copydesk.story_origin o ON o.profile_id = m.profile_id AND o.story_id = l.story_id
    GROUP BY l.story_id, a.wire
), sources AS (
    SELECT DISTINCT ON (story_id) story_id, wire, at FROM outlets ORDER BY story_id, is_origin IS TRUE DESC, at, wire
)
SELECT s.wire AS source, o.wire AS outlet, count(*)::integer AS stories,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM o.at - s.at))::float8 AS median_seconds
FROM sources s JOIN outlets o ON o.story_id = s.story_id AND o.wire <> s.wire
GROUP BY s.wire, o.wire ORDER BY stories DESC, source, outlet;
