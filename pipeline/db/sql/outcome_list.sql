-- What a run did with each URL and page, in pages of a list; `remaining` counts from the position to the end.

-- name: list_urls
-- The URLs of a run in the order in which they were done, each with the article that its page gave, if any.
SELECT f.wire, f.url, f.outcome, f.reason, f.status, f.body_bytes, f.fetched_at AS at, f.page_id,
       encode(f.url_key, 'hex') AS key, NULL::bigint AS quarantine_id, '' AS via, a.title, m.story_id, a.article_id,
       0 AS cut, count(*) OVER () AS remaining
FROM copydesk.fetch f
LEFT JOIN LATERAL (
    SELECT r.article_id FROM copydesk.page_result r WHERE r.page_id = f.page_id AND r.article_id IS NOT NULL
    ORDER BY r.run_key = f.run_key DESC, r.cleaner DESC LIMIT 1) r ON true
LEFT JOIN copydesk.article a ON a.article_id = r.article_id
LEFT JOIN copydesk.story_member m ON m.profile_id = %(profile_id)s AND m.article_id = a.article_id
WHERE f.run_key = %(run_key)s
  AND (%(wire)s::text IS NULL OR f.wire = %(wire)s)
  AND (%(outcome)s::text IS NULL OR f.outcome = %(outcome)s)
  AND (%(after_time)s::timestamptz IS NULL
       OR (f.fetched_at, encode(f.url_key, 'hex')) > (%(after_time)s, %(after_key)s::text))
ORDER BY f.fetched_at, encode(f.url_key, 'hex') LIMIT %(limit)s;

-- name: list_pages
-- The pages that a run processed, with the outcome as the ledger counts it (ledger.sql): a page with a result of an
-- earlier run counts as unchanged.
WITH found AS (
    SELECT p.wire, g.url, coalesce(r.reason, '') AS reason, g.status, c.size AS body_bytes, g.fetched_at AS at, p.page_id,
           r.via, r.article_id, r.version_id,
           CASE WHEN r.outcome = 'article' AND r.run_key <> p.run_key THEN 'unchanged'
                ELSE coalesce(r.outcome, CASE WHEN c.is_body_deleted THEN 'unchanged' ELSE 'missing' END) END AS outcome
    FROM copydesk.run_page p
    JOIN copydesk.page g ON g.page_id = p.page_id
    JOIN copydesk.page_content c ON c.content_sha256 = g.content_sha256
    LEFT JOIN LATERAL (
        SELECT x.* FROM copydesk.page_result x LEFT JOIN copydesk.wire_state w ON w.wire = p.wire
        WHERE x.page_id = p.page_id
        ORDER BY x.run_key = p.run_key DESC, x.cleaner = w.cleaner DESC, x.cleaner DESC LIMIT 1) r ON true
    WHERE p.run_key = %(run_key)s AND (%(wire)s::text IS NULL OR p.wire = %(wire)s)
), shown AS (
    SELECT *, count(*) OVER () AS remaining FROM found
    WHERE (%(outcome)s::text IS NULL OR outcome = %(outcome)s)
      AND (%(after_time)s::timestamptz IS NULL OR (at, page_id::text) > (%(after_time)s, %(after_key)s::text))
    ORDER BY at, page_id::text LIMIT %(limit)s
)
SELECT s.wire, s.url, s.outcome, coalesce(nullif(q.detail, ''), s.reason) AS reason, s.status, s.body_bytes, s.at, s.page_id,
       s.page_id::text AS key, q.quarantine_id, coalesce(s.via, '') AS via, a.title, m.story_id, a.article_id,
       coalesce(jsonb_array_length(v.dropped), 0) AS cut, s.remaining
FROM shown s
LEFT JOIN copydesk.article a ON a.article_id = s.article_id
LEFT JOIN copydesk.article_version v ON v.version_id = s.version_id
LEFT JOIN copydesk.story_member m ON m.profile_id = %(profile_id)s AND m.article_id = a.article_id
LEFT JOIN copydesk.quarantine q ON q.stage = 'clean' AND q.subject_id = s.page_id::text AND q.state = 'quarantined'
ORDER BY s.at, s.page_id::text;

-- name: list_results
-- What each version of the cleaning rules made of a page, the latest article first.
SELECT r.wire, r.cleaner, r.outcome, r.reason, r.via, r.article_id, m.story_id, coalesce(a.title, '') AS title,
       coalesce(v.dropped, '[]') AS dropped, coalesce(n.dag_id, '') AS dag_id, coalesce(n.run_id, '') AS run_id
FROM copydesk.page_result r
LEFT JOIN copydesk.article a ON a.article_id = r.article_id
LEFT JOIN copydesk.article_version v ON v.version_id = r.version_id
LEFT JOIN copydesk.story_member m ON m.profile_id = %(profile_id)s AND m.article_id = a.article_id
LEFT JOIN copydesk.run n ON n.run_key = r.run_key
WHERE r.page_id = %(page_id)s
ORDER BY r.article_id IS NULL, n.started_at DESC NULLS LAST, r.cleaner DESC LIMIT 20;

-- name: get_page
SELECT p.page_id, p.wire, p.url, p.fetched_at, p.status, p.content_type, c.size AS body_bytes, c.is_body_deleted
FROM copydesk.page p JOIN copydesk.page_content c USING (content_sha256)
WHERE p.page_id = %(page_id)s;
