-- The rows of a view, always in the same order. The time is that of the story, copy or article itself.

-- name: stories
SELECT * FROM copydesk.v_stories
WHERE (%(since)s::timestamptz IS NULL OR published_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR published_at < %(until)s)
  AND (%(wire)s::text IS NULL OR wire = %(wire)s)
ORDER BY published_at, story_id;

-- name: copies
SELECT * FROM copydesk.v_copies
WHERE (%(since)s::timestamptz IS NULL OR published_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR published_at < %(until)s)
  AND (%(wire)s::text IS NULL OR wire = %(wire)s)
ORDER BY story_id, published_at, article_id;

-- name: articles
SELECT * FROM copydesk.v_articles
WHERE (%(since)s::timestamptz IS NULL OR published_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR published_at < %(until)s)
  AND (%(wire)s::text IS NULL OR wire = %(wire)s)
ORDER BY published_at, article_id;

-- The months (UTC) that have articles. The digest changes with any value of any row, and not with their order.
-- name: months
SELECT date_trunc('month', v.published_at, 'UTC') AS start,
       date_trunc('month', v.published_at, 'UTC') + interval '1 month' AS end,
       count(*) AS articles, sum(hashtextextended(v::text, 0))::text AS digest
FROM copydesk.v_articles v
WHERE (%(since)s::timestamptz IS NULL OR published_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR published_at < %(until)s)
  AND (%(wire)s::text IS NULL OR wire = %(wire)s)
GROUP BY 1, 2
ORDER BY 1;
