-- name: list_stories
SELECT story_id, title, published_at, wire, agency, language, copies, wires, last_at, origin_agency, origin_wire,
       origin_article, origin_basis, independent_sources
FROM copydesk.v_stories
WHERE (%(since)s::timestamptz IS NULL OR last_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR published_at < %(until)s)
  AND (%(wire)s::text IS NULL OR EXISTS (
      SELECT 1 FROM copydesk.v_copies c WHERE c.story_id = v_stories.story_id AND c.wire = %(wire)s))
  AND copies >= %(min_copies)s
  AND (%(language)s::text IS NULL OR language = %(language)s OR language LIKE %(language)s || '-%%')
  AND (%(search)s::text IS NULL OR story_id IN (
      SELECT m.story_id FROM copydesk.article_version v
      JOIN copydesk.article a ON a.article_id = v.article_id AND a.current_version = v.version_id
      JOIN copydesk.story_member m ON m.article_id = a.article_id
      WHERE v.search @@ websearch_to_tsquery('simple', %(search)s)
        AND m.profile_id = (SELECT profile_id FROM copydesk.profile WHERE state = 'live')
      UNION ALL
      -- Of scripts without spaces between words, the index knows only whole runs of letters.
      SELECT m.story_id FROM copydesk.article_version v
      JOIN copydesk.article a ON a.article_id = v.article_id AND a.current_version = v.version_id
      JOIN copydesk.story_member m ON m.article_id = a.article_id
      WHERE %(contained)s::text IS NOT NULL
        AND (position(%(contained)s IN v.title) > 0 OR position(%(contained)s IN v.body) > 0)
        AND m.profile_id = (SELECT profile_id FROM copydesk.profile WHERE state = 'live')))
ORDER BY copies DESC, published_at DESC, story_id LIMIT %(limit)s;

-- name: count_search_words
-- How many words a search has, without those that are excluded.
SELECT numnode(websearch_to_tsquery('simple', %(search)s));

-- name: get_article_range
SELECT min(published_at) AS first_at, max(published_at) AS last_at FROM copydesk.article;

-- name: list_articles
SELECT article_id, story_id, wire, url, title, published_at, language, agency, notice, versions
FROM copydesk.v_articles
WHERE (%(since)s::timestamptz IS NULL OR published_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR published_at < %(until)s)
  AND (%(wire)s::text IS NULL OR wire = %(wire)s)
  AND (%(language)s::text IS NULL OR language = %(language)s OR language LIKE %(language)s || '-%%')
ORDER BY published_at DESC, article_id LIMIT %(limit)s;

-- name: get_version_text
SELECT title, body FROM copydesk.article_version WHERE version_id = %(version_id)s;

-- name: get_article_text
-- The current text.
SELECT v.title, v.body FROM copydesk.article a
JOIN copydesk.article_version v ON v.version_id = a.current_version
WHERE a.article_id = %(article_id)s;

-- name: list_story_ids
-- The latest stories with an ID that starts so, for the completion of IDs.
SELECT s.story_id, a.title FROM copydesk.story s
JOIN copydesk.article a ON a.article_id = s.representative
WHERE s.profile_id = %(profile_id)s AND s.story_id::text LIKE %(prefix)s
ORDER BY a.published_at DESC LIMIT %(limit)s;

-- name: resolve_story
-- The id of a merged story resolves to the story that it was merged into. An unambiguous prefix is enough.
SELECT DISTINCT coalesce(r.target_id, s.story_id) AS story_id
FROM copydesk.story s
LEFT JOIN copydesk.story_redirect r ON r.profile_id = s.profile_id AND r.story_id = s.story_id
WHERE s.profile_id = %(profile_id)s AND s.story_id BETWEEN %(first)s::uuid AND %(last)s::uuid;

-- name: get_story
-- The text is the one that was folded: of a killed story, the last one before the kill.
SELECT s.story_id, s.state, v.title, v.body, a.published_at, a.wire, p.url, v.agency, v.dateline, v.byline,
       v.language, a.notice, o.origin_agency, o.origin_wire, o.origin_article, o.origin_basis, o.origin_evidence,
       o.independent_sources
FROM copydesk.story s
JOIN copydesk.article a ON a.article_id = s.representative
JOIN copydesk.sketch k ON k.profile_id = s.profile_id AND k.article_id = s.representative
JOIN copydesk.article_version v ON v.version_id = k.version_id
JOIN copydesk.page p ON p.page_id = v.page_id
LEFT JOIN copydesk.resolved_origin o ON o.profile_id = s.profile_id AND o.story_id = s.story_id
WHERE s.profile_id = %(profile_id)s AND s.story_id = %(story_id)s;

-- name: list_copies
SELECT article_id, wire, url, title, published_at, notice, is_representative, relation, delay, is_origin,
       origin_relation, origin_delay, via, via_relation, origin_via, origin_via_relation
FROM copydesk.story_copy
WHERE profile_id = %(profile_id)s AND story_id = %(story_id)s
ORDER BY published_at, article_id;

-- name: list_sources
SELECT wire, article_id, origin, basis, evidence FROM copydesk.story_source
WHERE profile_id = %(profile_id)s AND story_id = %(story_id)s
ORDER BY lower(origin), basis = 'own' DESC, wire;

-- name: list_spread
SELECT nth, outlets, wire, article_id, published_at, published_given, minutes FROM copydesk.story_spread
WHERE profile_id = %(profile_id)s AND story_id = %(story_id)s
ORDER BY nth;

-- name: list_earlier_texts
-- The articles of its story, and those that it was compared with, that were published before an article; the earliest
-- first, with what is stored of their texts.
WITH own AS (
    SELECT profile_id, article_id, published_at FROM copydesk.sketch
    WHERE profile_id = %(profile_id)s AND article_id = %(article_id)s
), related AS (
    SELECT n.article_id FROM own
    JOIN copydesk.story_member m ON m.profile_id = own.profile_id AND m.article_id = own.article_id
    JOIN copydesk.story_member n ON n.profile_id = m.profile_id AND n.story_id = m.story_id
    UNION
    SELECT e.b FROM own JOIN copydesk.edge e ON e.profile_id = own.profile_id AND e.a = own.article_id
    UNION
    SELECT e.a FROM own JOIN copydesk.edge e ON e.profile_id = own.profile_id AND e.b = own.article_id
)
SELECT s.article_id, a.wire, s.published_at, s.shingles
FROM own
CROSS JOIN related r
JOIN copydesk.sketch s ON s.profile_id = own.profile_id AND s.article_id = r.article_id
JOIN copydesk.article a ON a.article_id = s.article_id
WHERE (s.published_at, s.article_id) < (own.published_at, own.article_id)
ORDER BY s.published_at, s.article_id LIMIT %(limit)s;

-- name: list_story_texts
-- What the desk that a story comes from sent: all texts of its wire's articles. If that wire is not among the copies:
-- the texts of the representative's wire, and those of any wire that have a notice. A page that several cleaning rules
-- have read counts once, with its current text.
WITH wires AS (
    SELECT coalesce(b.wire, r.wire) AS wire, o.article_id IS NULL AS anybody
    FROM copydesk.story s
    JOIN copydesk.article r ON r.article_id = s.representative
    LEFT JOIN copydesk.story_origin o ON o.profile_id = s.profile_id AND o.story_id = s.story_id
    LEFT JOIN copydesk.article b ON b.article_id = o.article_id
    WHERE s.profile_id = %(profile_id)s AND s.story_id = %(story_id)s
), texts AS (
    SELECT DISTINCT ON (v.article_id, v.page_id) v.article_id, v.version_id, v.page_id, v.fetched_at, v.modified_at,
           a.published_at, a.wire, v.title, v.body, v.notice
    FROM copydesk.story_member m
    JOIN copydesk.article a ON a.article_id = m.article_id
    JOIN copydesk.article_version v ON v.article_id = m.article_id
    JOIN wires ON a.wire = wires.wire OR v.notice IN ('kill', 'withhold') OR (wires.anybody AND v.notice <> '')
    WHERE m.profile_id = %(profile_id)s AND m.story_id = %(story_id)s
    ORDER BY v.article_id, v.page_id, v.version_id = a.current_version DESC, v.version_id
), placed AS (
    SELECT *, row_number() OVER (PARTITION BY article_id ORDER BY fetched_at, version_id) = 1 AS is_first FROM texts
)
SELECT t.article_id, t.version_id,
       CASE WHEN t.is_first THEN t.published_at
            ELSE greatest(t.published_at, coalesce(t.modified_at, t.fetched_at)) END AS at,
       t.wire, p.url, t.title, t.body, t.notice
FROM placed t JOIN copydesk.page p ON p.page_id = t.page_id;

-- name: list_events
SELECT e.kind, e.at, e.article_id, a.wire, a.title, e.related_story_id AS related_story
FROM copydesk.story_event e
LEFT JOIN copydesk.article a ON a.article_id = e.article_id
WHERE e.profile_id = %(profile_id)s AND e.story_id = %(story_id)s
ORDER BY e.event_id;

-- name: list_digest_items
-- Both directions: the items that its copies contain, and the digests that contain it; of each the copy that shares
-- most with it.
WITH found AS (
    SELECT true AS is_container, p.* FROM copydesk.story_digest_item p
    WHERE profile_id = %(profile_id)s AND digest_story = %(story_id)s
    UNION ALL
    SELECT false, p.* FROM copydesk.story_digest_item p WHERE profile_id = %(profile_id)s AND item_story = %(story_id)s
), best AS (
    SELECT DISTINCT ON (is_container, digest_article, item_story) * FROM found
    ORDER BY is_container, digest_article, item_story, shared DESC, item_article
)
SELECT is_container, digest_article, digest_story, digest_title, digest_published_at, item_article, item_story,
       item_title, shared,
       evidence
FROM best ORDER BY is_container DESC, digest_published_at, digest_article, item_title, item_story;

-- name: list_runs
SELECT dag_id, run_id, kind, mode, window_start, window_end, state, scheduled, stored, new_articles, articles, stories,
       failed, failed_wires, error, decided_by, decided_at, coalesce(reopened_at, started_at) AS started_at, ended_at
FROM copydesk.v_runs ORDER BY coalesce(window_start, started_at) DESC, started_at DESC, dag_id, run_id LIMIT %s;

-- name: map_articles
-- The story of each canonical URL.
SELECT a.canonical_url, m.story_id FROM copydesk.article a
JOIN copydesk.story_member m ON m.article_id = a.article_id AND m.profile_id = %(profile_id)s;

-- name: list_outdated_copies
SELECT story_id, reason, article_id, wire, url, title, published_at, shown_version, shown_at, shown_title,
       shown_share::float8 AS shown_share, outdated_since, newer_version, newer_notice, last_seen_at, origin_wire,
       origin_agency
FROM copydesk.v_outdated_copies
WHERE (%(since)s::timestamptz IS NULL OR outdated_since >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR outdated_since < %(until)s)
  AND (%(wire)s::text IS NULL OR wire = %(wire)s)
ORDER BY outdated_since DESC, story_id, published_at, article_id LIMIT %(limit)s;
