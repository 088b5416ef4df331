-- The list of stories in the user interface, which is read in pages. It is sorted by an index, and only as many stories
-- are counted as `max_counted`: the list may have a million.

-- name: count_matching_articles
-- How many texts a search finds, up to a limit.
SELECT count(*) FROM (
    SELECT FROM copydesk.article_version WHERE search @@ websearch_to_tsquery('simple', %(search)s) LIMIT %(limit)s) t;

-- name: all_stories
SELECT * FROM copydesk.story_totals;

-- name: stories_with_words
-- The stories that a search finds, from its texts.
SELECT o.* FROM (
    SELECT m.story_id FROM copydesk.article_version v
    JOIN copydesk.article x ON x.article_id = v.article_id
    JOIN copydesk.story_member m ON m.article_id = v.article_id AND m.profile_id = %(profile_id)s
    WHERE v.search @@ websearch_to_tsquery('simple', %(search)s)
      AND (v.version_id = x.current_version OR EXISTS (
          SELECT FROM copydesk.sketch f WHERE f.article_id = m.article_id AND f.profile_id = m.profile_id
              AND f.version_id = v.version_id))
    UNION
    -- Of scripts without spaces between words, the index knows only whole runs of letters.
    SELECT m.story_id FROM copydesk.article_version v
    JOIN copydesk.article x ON x.article_id = v.article_id
    JOIN copydesk.story_member m ON m.article_id = v.article_id AND m.profile_id = %(profile_id)s
    WHERE %(contained)s::text IS NOT NULL
      AND (position(%(contained)s IN v.title) > 0 OR position(%(contained)s IN v.body) > 0)
      AND (v.version_id = x.current_version OR EXISTS (
          SELECT FROM copydesk.sketch f WHERE f.article_id = m.article_id AND f.profile_id = m.profile_id
              AND f.version_id = v.version_id))
) k
JOIN copydesk.story_totals o ON o.profile_id = %(profile_id)s AND o.story_id = k.story_id;

-- name: list_stories
-- Stories of the live profile, in one of the orders; unlike in `v_stories`, killed ones can be among them. `stories` is
-- one of the two queries above: a search for rare words starts with the texts that have them, a search for frequent words
-- with all stories in their order, of which it looks into as many as it lists.
WITH found AS MATERIALIZED (
    SELECT t.story_id, t.first_at, t.last_at, t.copies, t.wire_count, t.first_hour_wires, t.language, t.state,
           CASE %(sort)s::text WHEN 'published' THEN t.first_at WHEN 'last' THEN t.last_at END AS sort_time,
           CASE %(sort)s::text WHEN 'copies' THEN t.copies WHEN 'wires' THEN t.wire_count
                               WHEN 'spread' THEN t.first_hour_wires END AS sort_number
    FROM ({stories}) t
    WHERE t.profile_id = %(profile_id)s AND t.state = ANY(%(states)s::text[])
      AND (%(since)s::timestamptz IS NULL OR t.last_at >= %(since)s)
      AND (%(until)s::timestamptz IS NULL OR t.first_at < %(until)s)
      AND (%(min_copies)s::integer <= 1 OR t.copies >= %(min_copies)s)
      AND (%(min_words)s::integer = 0 OR t.word_count >= %(min_words)s)
      AND (%(max_words)s::integer IS NULL OR t.word_count < %(max_words)s)
      AND (%(language)s::text IS NULL OR t.language = %(language)s OR t.language LIKE %(language)s || '-%%')
      AND (%(agency)s::text IS NULL OR t.agencies @> ARRAY[lower(%(agency)s)])
      AND (%(section)s::text IS NULL OR t.sections @> ARRAY[lower(%(section)s)])
      AND (%(wire)s::text IS NULL OR t.wires @> ARRAY[%(wire)s::text])
      AND (NOT %(outdated)s::boolean OR t.story_id IN (SELECT story_id FROM copydesk.v_outdated_copies))
      AND (NOT %(is_frequent)s::boolean OR EXISTS (
          SELECT FROM copydesk.story_member m
          JOIN copydesk.article x ON x.article_id = m.article_id
          JOIN copydesk.article_version v ON v.article_id = m.article_id
          WHERE m.profile_id = t.profile_id AND m.story_id = t.story_id
            AND v.search @@ websearch_to_tsquery('simple', %(search)s)
            AND (v.version_id = x.current_version OR EXISTS (
                SELECT FROM copydesk.sketch f WHERE f.article_id = m.article_id AND f.profile_id = m.profile_id
                    AND f.version_id = v.version_id))
          OFFSET 0))
      AND (%(after_time)s::timestamptz IS NULL
           OR (CASE %(sort)s::text WHEN 'published' THEN t.first_at WHEN 'last' THEN t.last_at END, t.story_id)
              < (%(after_time)s, %(after_id)s::uuid))
      AND (%(after_number)s::bigint IS NULL
           OR (CASE %(sort)s::text WHEN 'copies' THEN t.copies WHEN 'wires' THEN t.wire_count
                                   WHEN 'spread' THEN t.first_hour_wires END, t.story_id)
              < (%(after_number)s, %(after_id)s::uuid))
    ORDER BY sort_time DESC, sort_number DESC, t.story_id DESC LIMIT %(max_counted)s + 1
), shown AS (
    SELECT *, (SELECT count(*) FROM found) AS remaining FROM found
    ORDER BY sort_time DESC, sort_number DESC, story_id DESC LIMIT %(limit)s
)
SELECT w.story_id, coalesce(copydesk.latest_title(s.profile_id, w.story_id), a.title) AS title,
       w.first_at AS published_at, w.last_at, w.copies, w.wire_count AS wires, w.first_hour_wires, w.language,
       coalesce(nullif(o.agency, ''), nullif(v.agency, ''), a.wire) AS source, o.independent_sources AS sources,
       w.state = 'killed' AS killed, w.sort_time, w.sort_number, w.remaining
FROM shown w
JOIN copydesk.story s ON s.profile_id = %(profile_id)s AND s.story_id = w.story_id
JOIN copydesk.article a ON a.article_id = s.representative
JOIN copydesk.sketch k ON k.profile_id = s.profile_id AND k.article_id = s.representative
JOIN copydesk.article_version v ON v.version_id = k.version_id
LEFT JOIN copydesk.story_origin o ON o.profile_id = s.profile_id AND o.story_id = s.story_id
ORDER BY w.sort_time DESC, w.sort_number DESC, w.story_id DESC;

-- name: list_copy_times
-- When the copies of some stories were published, in minutes since the first of each; of each the earliest copies.
SELECT n.story_id, c.minutes
FROM unnest(%(stories)s::uuid[]) AS n (story_id)
CROSS JOIN LATERAL (
    SELECT array_agg(round(extract(epoch FROM x.published_at - x.first_at) / 60)::integer ORDER BY x.published_at)
               AS minutes
    FROM (SELECT a.published_at, min(a.published_at) OVER () AS first_at
          FROM copydesk.story_member m JOIN copydesk.article a ON a.article_id = m.article_id
          WHERE m.profile_id = %(profile_id)s AND m.story_id = n.story_id
          ORDER BY a.published_at LIMIT %(limit)s) x
) c
WHERE c.minutes IS NOT NULL;

-- name: list_change_times
-- When some stories last changed: their copies, or the text of one of them.
SELECT s.story_id, greatest(s.changed_at, v.fetched_at) AS changed_at
FROM copydesk.story s
CROSS JOIN LATERAL (
    SELECT max(x.fetched_at) AS fetched_at
    FROM copydesk.story_member m
    JOIN copydesk.article a ON a.article_id = m.article_id
    JOIN copydesk.article_version x ON x.version_id = a.current_version
    WHERE m.profile_id = s.profile_id AND m.story_id = s.story_id
) v
WHERE s.profile_id = %(profile_id)s AND s.story_id = ANY(%(stories)s::uuid[]);

-- name: list_sections
-- The sections of the latest stories, the most frequent first.
SELECT section FROM (
    SELECT sections FROM copydesk.story_totals WHERE profile_id = %(profile_id)s
    ORDER BY last_at DESC LIMIT %(stories)s) t
CROSS JOIN unnest(t.sections) AS section
GROUP BY section ORDER BY count(*) DESC, section LIMIT %(limit)s;
