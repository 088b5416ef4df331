-- name: list_stories
SELECT story_id, title, published_at, wire, agency, language, copies, wires, last_at
FROM copydesk.v_stories
WHERE (%(since)s::timestamptz IS NULL OR last_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR published_at < %(until)s)
  AND (%(wire)s::text IS NULL OR EXISTS (
      SELECT 1 FROM copydesk.v_copies c WHERE c.story_id = v_stories.story_id AND c.wire = %(wire)s))
  AND copies >= %(min_copies)s
ORDER BY copies DESC, published_at DESC, story_id LIMIT %(limit)s;

-- name: resolve_story
-- A merged story's id leads to the one it was merged into; a beginning will do where it is unambiguous.
SELECT DISTINCT coalesce(r.target_id, s.story_id) AS story_id
FROM copydesk.story s
LEFT JOIN copydesk.story_redirect r ON r.profile_id = s.profile_id AND r.story_id = s.story_id
WHERE s.profile_id = %(profile_id)s AND s.story_id::text LIKE %(prefix)s;

-- name: get_story
SELECT s.story_id, s.state, a.title, v.body, a.published_at, a.wire, p.url, v.agency, v.dateline, v.byline,
       v.language, a.notice
FROM copydesk.story s
JOIN copydesk.article a ON a.article_id = s.representative
JOIN copydesk.article_version v ON v.version_id = a.current_version
JOIN copydesk.page p ON p.page_id = v.page_id
WHERE s.profile_id = %(profile_id)s AND s.story_id = %(story_id)s;

-- name: list_copies
SELECT m.article_id, a.wire, p.url, a.title, a.published_at, a.notice,
       m.article_id = s.representative AS is_representative,
       coalesce(e.kind, '') AS relation, a.published_at - r.published_at AS delay
FROM copydesk.story_member m
JOIN copydesk.story s ON s.profile_id = m.profile_id AND s.story_id = m.story_id
JOIN copydesk.article a ON a.article_id = m.article_id
JOIN copydesk.article_version v ON v.version_id = a.current_version
JOIN copydesk.page p ON p.page_id = v.page_id
JOIN copydesk.article r ON r.article_id = s.representative
LEFT JOIN copydesk.edge e ON e.profile_id = m.profile_id
    AND e.a = least(m.article_id, s.representative) AND e.b = greatest(m.article_id, s.representative)
WHERE m.profile_id = %(profile_id)s AND m.story_id = %(story_id)s
ORDER BY a.published_at, a.article_id;

-- name: list_runs
SELECT run_id, kind, mode, window_start, window_end, state, scheduled, stored, new_articles, articles, stories, failed,
       coalesce(summary->>'error', '') AS error, started_at, ended_at
FROM copydesk.v_runs ORDER BY window_start DESC, started_at DESC, run_id LIMIT %s;

-- name: map_articles
-- Which story each address belongs to.
SELECT a.canonical_url, a.wire, m.story_id FROM copydesk.article a
JOIN copydesk.story_member m ON m.article_id = a.article_id AND m.profile_id = %(profile_id)s;
