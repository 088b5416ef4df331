-- name: list_articles
-- Of a run, if there are IDs; else all in the window, the latest first.
SELECT article_id::text AS id, url, wire, title, body, published_at, modified_at, language, agency, credit, byline,
       dateline, section, notice, canonical_url, tickers, isins, truncated, coalesce(story_id::text, '') AS story_id, via
FROM copydesk.v_articles
WHERE (%(articles)s::uuid[] IS NULL OR article_id = ANY(%(articles)s::uuid[]))
  AND (%(since)s::timestamptz IS NULL OR published_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR published_at < %(until)s)
  AND (%(wire)s::text IS NULL OR wire = %(wire)s)
ORDER BY published_at DESC, article_id
LIMIT %(limit)s;

-- name: list_stories
SELECT story_id::text AS id, title, body, published_at, last_at, copies, wires, wire, url, agency, language, notice,
       coalesce(origin_agency, '') AS origin_agency, coalesce(origin_wire, '') AS origin_wire
FROM copydesk.v_stories
WHERE story_id = ANY(%(stories)s::uuid[])
ORDER BY array_position(%(stories)s::uuid[], story_id);
