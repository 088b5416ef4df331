-- What is known about one wire, for the command line.

-- name: is_stored
-- Whether anything is stored under this name.
SELECT EXISTS (SELECT FROM copydesk.article WHERE wire = %(wire)s)
    OR EXISTS (SELECT FROM copydesk.page WHERE wire = %(wire)s)
    OR EXISTS (SELECT FROM copydesk.wire_state WHERE wire = %(wire)s);

-- name: list_stored
SELECT wire FROM copydesk.wire_state ORDER BY wire;

-- name: get_activity
-- The last crawl that succeeded and the last one of all, by the ends of their windows, and the wire's articles.
SELECT (SELECT max(r.window_end) FROM copydesk.run r
        JOIN copydesk.ledger l ON l.run_key = r.run_key AND l.wire = %(wire)s
        WHERE l.stage = 'crawl_result' AND l.outcome = 'succeeded' AND l.count > 0) AS last_good_crawl,
       (SELECT max(r.window_end) FROM copydesk.run r
        JOIN copydesk.ledger l ON l.run_key = r.run_key AND l.wire = %(wire)s
        WHERE l.stage = 'crawl_result') AS last_crawl,
       (SELECT count(*) FROM copydesk.article WHERE wire = %(wire)s AND published_at >= %(since)s) AS recent_articles,
       (SELECT max(published_at) FROM copydesk.article WHERE wire = %(wire)s) AS latest_article;

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
SELECT reason AS name, count(*) AS count FROM copydesk.quarantine
WHERE wire = %(wire)s AND state = 'quarantined' GROUP BY reason ORDER BY count DESC, reason;
