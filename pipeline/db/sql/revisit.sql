-- Pages to fetch again, so that corrections and kills are seen.

-- name: list_due
-- Of each young page, the last step of the schedule that has come, if the page was not requested since; and copies of
-- killed texts after the last step. A page is due a tenth of the step early: a crawl that begins on the hour would
-- otherwise miss what the crawl an hour before found a minute after the hour. `is_contested`: another copy of its story
-- is a kill or a correction; `is_killed`: a kill.
WITH live AS (
    SELECT profile_id FROM copydesk.profile WHERE state = 'live'
), young AS (
    SELECT url_key, min(fetched_at) AS first_at
    FROM copydesk.page
    WHERE wire = %(wire)s AND coalesce(published_hint, fetched_at) >= now() - %(span)s::interval
    GROUP BY url_key
), scheduled AS (
    SELECT y.url_key, y.first_at + s.after AS due_at, s.number - 1 AS step
    FROM young y
    CROSS JOIN LATERAL (
        SELECT after, number FROM unnest(%(steps)s::interval[]) WITH ORDINALITY AS n (after, number)
        WHERE y.first_at + after * 0.9 <= now() ORDER BY number DESC LIMIT 1
    ) s
    WHERE NOT EXISTS (SELECT FROM copydesk.fetch f
                      WHERE f.url_key = y.url_key AND f.fetched_at >= y.first_at + s.after * 0.9)
), killed AS (
    SELECT DISTINCT p.url_key, now() AS due_at, cardinality(%(steps)s::interval[]) AS step
    FROM copydesk.story s
    JOIN live USING (profile_id)
    JOIN copydesk.story_member m ON m.profile_id = s.profile_id AND m.story_id = s.story_id
    JOIN copydesk.article a ON a.article_id = m.article_id AND a.wire = %(wire)s AND NOT a.withdrawn
    JOIN copydesk.article_version v ON v.version_id = a.current_version
    JOIN copydesk.page p ON p.page_id = v.page_id
    CROSS JOIN LATERAL (SELECT f.fetched_at, f.reason FROM copydesk.fetch f
                        WHERE f.url_key = p.url_key ORDER BY f.fetched_at DESC LIMIT 1) f
    WHERE s.state = 'killed' AND s.changed_at >= now() - %(killed_span)s::interval
      AND f.fetched_at < now() - %(killed_every)s::interval AND f.reason <> 'gone'
), due AS (
    SELECT * FROM scheduled
    UNION ALL
    SELECT * FROM killed k WHERE NOT EXISTS (SELECT FROM scheduled s WHERE s.url_key = k.url_key)
)
SELECT due.url_key, p.page_id, p.url, p.canonical_url, p.etag, p.last_modified, p.content_sha256 AS sha256,
       p.published_hint, p.feed_source, due.due_at, due.step::integer AS step,
       greatest(p.fetched_at, seen.fetched_at) AS fetched_at,
       due.step = cardinality(%(steps)s::interval[]) OR contested.is_contested AS is_contested,
       due.step = cardinality(%(steps)s::interval[]) OR contested.is_killed AS is_killed
FROM due
CROSS JOIN LATERAL (SELECT * FROM copydesk.page p WHERE p.url_key = due.url_key
                    ORDER BY p.fetched_at DESC, p.page_id LIMIT 1) p
LEFT JOIN LATERAL (SELECT f.fetched_at FROM copydesk.fetch f
                   WHERE f.url_key = due.url_key AND f.outcome IN ('stored', 'unchanged')
                   ORDER BY f.fetched_at DESC LIMIT 1) seen ON true
CROSS JOIN LATERAL (
    SELECT count(*) > 0 AS is_contested, coalesce(bool_or(a.notice IN ('kill', 'withhold')), false) AS is_killed
    FROM copydesk.page_result r
    JOIN live ON true
    JOIN copydesk.story_member m ON m.article_id = r.article_id AND m.profile_id = live.profile_id
    JOIN copydesk.story_member o ON o.profile_id = m.profile_id AND o.story_id = m.story_id
    JOIN copydesk.article a ON a.article_id = o.article_id
    WHERE r.page_id = p.page_id AND o.article_id <> r.article_id
      AND a.notice IN ('kill', 'withhold', 'correction', 'refile')) contested
ORDER BY is_killed DESC, is_contested DESC, due.due_at, due.url_key
LIMIT %(limit)s;

-- name: count_yields
-- How many revisits of each step there were, and how many of them found another text, or the page gone.
SELECT f.revisit::integer AS step, count(*) AS visits,
       count(*) FILTER (WHERE f.reason = 'gone' OR EXISTS (
           SELECT FROM copydesk.article_version v WHERE v.page_id = f.page_id AND f.outcome = 'stored')) AS changes
FROM copydesk.fetch f
WHERE f.wire = %(wire)s AND f.revisit IS NOT NULL AND f.fetched_at >= now() - %(span)s::interval
  AND f.outcome <> 'failed'
GROUP BY 1;
