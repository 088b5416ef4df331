-- The list of stories in the user interface, which is read in pages.

-- name: list_stories
-- Stories of the live profile, in one of four orders. Unlike `v_stories`, killed ones can be among them; language and
-- agency are those of the text that was folded: of a killed story, the last one before the kill.
WITH matching AS (
    SELECT s.profile_id, s.story_id, s.state, a.title, a.published_at, c.last_at, c.copies, c.wires, v.language,
           coalesce(nullif(o.agency, ''), nullif(v.agency, ''), a.wire) AS source,
           CASE %(sort)s::text WHEN 'published' THEN extract(epoch FROM a.published_at)
                               WHEN 'last' THEN extract(epoch FROM c.last_at)
                               WHEN 'wires' THEN c.wires
                               ELSE c.copies END::float8 AS sort_key
    FROM copydesk.story s
    JOIN copydesk.article a ON a.article_id = s.representative
    JOIN copydesk.sketch k ON k.profile_id = s.profile_id AND k.article_id = s.representative
    JOIN copydesk.article_version v ON v.version_id = k.version_id
    JOIN (SELECT m.profile_id, m.story_id, count(*) AS copies, count(DISTINCT x.wire) AS wires,
                 max(x.published_at) AS last_at
          FROM copydesk.story_member m JOIN copydesk.article x ON x.article_id = m.article_id
          GROUP BY m.profile_id, m.story_id) c ON c.profile_id = s.profile_id AND c.story_id = s.story_id
    LEFT JOIN copydesk.story_origin o ON o.profile_id = s.profile_id AND o.story_id = s.story_id
    WHERE s.profile_id = %(profile_id)s AND s.state = ANY(%(states)s::text[])
      AND (%(since)s::timestamptz IS NULL OR c.last_at >= %(since)s)
      AND (%(until)s::timestamptz IS NULL OR a.published_at < %(until)s)
      AND c.copies >= %(min_copies)s
      AND (%(language)s::text IS NULL OR v.language = %(language)s OR v.language LIKE %(language)s || '-%%')
      AND (%(agency)s::text IS NULL OR lower(%(agency)s) IN (lower(o.agency), lower(v.agency)))
      AND (%(wire)s::text IS NULL OR EXISTS (
          SELECT FROM copydesk.story_member m JOIN copydesk.article x ON x.article_id = m.article_id
          WHERE m.profile_id = s.profile_id AND m.story_id = s.story_id AND x.wire = %(wire)s))
      AND (%(search)s::text IS NULL OR s.story_id IN (
          SELECT m.story_id FROM copydesk.article_version t
          JOIN copydesk.article x ON x.article_id = t.article_id
          JOIN copydesk.story_member m ON m.profile_id = %(profile_id)s AND m.article_id = x.article_id
          JOIN copydesk.sketch f ON f.profile_id = m.profile_id AND f.article_id = x.article_id
          WHERE t.search @@ websearch_to_tsquery('simple', %(search)s)
            AND t.version_id IN (x.current_version, f.version_id)
          UNION ALL
          -- Of scripts without spaces between words, the index knows only whole runs of letters.
          SELECT m.story_id FROM copydesk.article_version t
          JOIN copydesk.article x ON x.article_id = t.article_id
          JOIN copydesk.story_member m ON m.profile_id = %(profile_id)s AND m.article_id = x.article_id
          JOIN copydesk.sketch f ON f.profile_id = m.profile_id AND f.article_id = x.article_id
          WHERE %(contained)s::text IS NOT NULL AND t.version_id IN (x.current_version, f.version_id)
            AND (position(%(contained)s IN t.title) > 0 OR position(%(contained)s IN t.body) > 0)))
), shown AS (
    SELECT *, count(*) OVER () AS remaining FROM matching
    WHERE %(after_key)s::float8 IS NULL OR (sort_key, story_id) < (%(after_key)s, %(after_id)s::uuid)
    ORDER BY sort_key DESC, story_id DESC LIMIT %(limit)s
)
SELECT story_id, coalesce(copydesk.latest_title(profile_id, story_id), title) AS title, published_at, last_at, copies,
       wires, language, source, state = 'killed' AS killed, sort_key, remaining
FROM shown ORDER BY sort_key DESC, story_id DESC;
