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
