-- name: count_distinct_titles
-- For stories given as (number, article) rows: the wires that would have many different titles in one story, and how
-- many signed titles each published in the same time.
WITH own AS (
    SELECT n.number, a.wire, count(DISTINCT s.title_hash) AS titles, min(s.published_at) AS since,
           max(s.published_at) AS until, (array_agg(DISTINCT a.title))[1:3] AS samples
    FROM unnest(%(number)s::integer[], %(article_id)s::uuid[]) AS n (number, article_id)
    JOIN copydesk.article a ON a.article_id = n.article_id
    JOIN copydesk.sketch s ON s.profile_id = %(profile_id)s AND s.article_id = n.article_id
    GROUP BY n.number, a.wire HAVING count(DISTINCT s.title_hash) >= %(min_count)s
)
SELECT own.number, own.wire, own.titles, own.since, own.until, own.samples,
       (SELECT count(DISTINCT s.title_hash) FROM copydesk.article a
        JOIN copydesk.sketch s ON s.profile_id = %(profile_id)s AND s.article_id = a.article_id
        WHERE a.wire = own.wire AND a.published_at BETWEEN own.since AND own.until) AS total_titles
FROM own ORDER BY own.wire, own.number;

-- name: count_lost_stories
-- For stories given as (representative, representative of the story that it would merge into): how many stories a wire
-- would lose to each other wire, and how many current stories of the wire began in the same time.
WITH lost AS (
    SELECT o.wire, h.wire AS other, count(*) AS stories, min(o.published_at) AS since, max(o.published_at) AS until,
           (array_agg(o.title || ' -> ' || h.title ORDER BY o.published_at, o.article_id))[1:3] AS samples
    FROM unnest(%(ended)s::uuid[], %(heir)s::uuid[]) AS n (ended, heir)
    JOIN copydesk.article o ON o.article_id = n.ended
    JOIN copydesk.article h ON h.article_id = n.heir
    WHERE o.wire <> h.wire
    GROUP BY o.wire, h.wire HAVING count(*) >= %(min_count)s
)
SELECT lost.wire, lost.other, lost.stories, lost.since, lost.until, lost.samples,
       (SELECT count(*) FROM copydesk.article a
        JOIN copydesk.story t ON t.profile_id = %(profile_id)s AND t.representative = a.article_id
        WHERE a.wire = lost.wire AND a.published_at BETWEEN lost.since AND lost.until) AS total_stories
FROM lost ORDER BY lost.wire, lost.other;

-- name: list_exempt_wires
SELECT wire FROM copydesk.guard_exemption WHERE until > now();

-- name: save_exemption
INSERT INTO copydesk.guard_exemption (wire, until) VALUES (%(wire)s, now() + make_interval(hours => %(hours)s))
ON CONFLICT (wire) DO UPDATE SET until = excluded.until, granted_at = now()
RETURNING until;
