-- name: list_pages_to_clean
-- A page without stored bytes keeps its result. Pages that are neighbours in a WARC file are read together.
SELECT p.page_id FROM copydesk.run_page p
JOIN copydesk.page USING (page_id)
JOIN copydesk.page_content c USING (content_sha256)
LEFT JOIN copydesk.page_result r ON r.page_id = p.page_id AND r.cleaner = %(cleaner)s
WHERE p.run_key = %(run_key)s AND p.wire = %(wire)s AND r.page_id IS NULL AND NOT c.is_body_deleted
ORDER BY c.warc_file_id NULLS FIRST, c.warc_offset, p.page_id;

-- name: save_articles
INSERT INTO copydesk.article
    (article_id, wire, canonical_url, published_at, published_given, title, current_version, notice, withdrawn)
SELECT n.article_id, n.wire, n.canonical_url, coalesce(n.published_at, n.fetched_at), n.published_at IS NOT NULL,
       n.title, n.version_id, n.notice, false
FROM unnest(%(article_id)s::uuid[], %(wire)s::text[], %(canonical_url)s::text[], %(published_at)s::timestamptz[],
            %(fetched_at)s::timestamptz[], %(title)s::text[], %(version_id)s::uuid[], %(notice)s::text[])
    WITH ORDINALITY AS n (article_id, wire, canonical_url, published_at, fetched_at, title, version_id, notice, number)
ORDER BY n.article_id, n.number
ON CONFLICT (article_id) DO NOTHING;

-- name: save_versions
-- Tickers and ISINs are JSON arrays: an array of arrays would have to be a matrix.
INSERT INTO copydesk.article_version
    (version_id, article_id, page_id, fetched_at, title, body, published_at, published_source, modified_at, byline,
     agency, dateline, credit, section, language, notice, image_url, via, wire, cleaner, dropped, modified_source,
     author, truncated, tickers, isins, published_offset)
SELECT n.version_id, n.article_id, n.page_id, n.fetched_at, n.title, n.body, n.published_at, n.published_source,
       n.modified_at, n.byline, n.agency, n.dateline, n.credit, n.section, n.language, n.notice, n.image_url, n.via,
       n.wire, %(cleaner)s, n.dropped, n.modified_source, n.author, n.truncated,
       ARRAY(SELECT jsonb_array_elements_text(n.tickers)), ARRAY(SELECT jsonb_array_elements_text(n.isins)),
       n.published_offset
FROM unnest(%(version_id)s::uuid[], %(article_id)s::uuid[], %(page_id)s::uuid[], %(fetched_at)s::timestamptz[],
            %(title)s::text[], %(body)s::text[], %(published_at)s::timestamptz[], %(published_source)s::text[],
            %(modified_at)s::timestamptz[], %(byline)s::text[], %(agency)s::text[], %(dateline)s::text[],
            %(credit)s::text[], %(section)s::text[], %(language)s::text[], %(notice)s::text[], %(image_url)s::text[],
            %(via)s::text[], %(wire)s::text[], %(dropped)s::jsonb[], %(modified_source)s::text[], %(author)s::text[],
            %(truncated)s::boolean[], %(tickers)s::jsonb[], %(isins)s::jsonb[],
            %(published_offset)s::interval[])
    AS n (version_id, article_id, page_id, fetched_at, title, body, published_at, published_source, modified_at, byline,
          agency, dateline, credit, section, language, notice, image_url, via, wire, dropped, modified_source, author,
          truncated, tickers, isins, published_offset)
ORDER BY n.version_id
ON CONFLICT (version_id) DO NOTHING;

-- name: lock_articles
-- Two wires may list one article. Without FOR UPDATE, because versions refer to the rows.
SELECT FROM copydesk.article WHERE article_id = ANY(%(articles)s) ORDER BY article_id FOR NO KEY UPDATE;

-- name: refresh_article
-- One of the wires that list an article owns it: the one of the article's site, else the first by name. The current
-- version is that of the page fetched last, as the owner's current cleaning rules read it. What other wires have read
-- counts only if they fetched it more than an hour after the owner's last page: crawls of one run end within an hour,
-- so that the result does not depend on their order. The time is the earliest that any version gives, else that of the
-- first fetch.
WITH reading AS (
    SELECT r.article_id, r.version_id, r.wire, p.fetched_at,
           coalesce(r.cleaner = CASE WHEN r.wire = %(wire)s THEN %(cleaner)s ELSE s.cleaner END, false) AS is_current,
           first_value(r.wire) OVER (PARTITION BY r.article_id ORDER BY coalesce(
               s.host <> '' AND right('.' || substring(p.canonical_url FROM '^[a-z]+://([^/?#]*)'), length(s.host) + 1)
                                = '.' || s.host, false) DESC, r.wire) AS owner
    FROM copydesk.page_result r
    JOIN copydesk.page p ON p.page_id = r.page_id
    LEFT JOIN copydesk.wire_state s ON s.wire = r.wire
    WHERE r.article_id = ANY(%(articles)s)
), ranked AS (
    SELECT *, max(fetched_at) FILTER (WHERE wire = owner) OVER (PARTITION BY article_id) AS owner_at FROM reading
)
UPDATE copydesk.article a
SET wire = v.owner, current_version = v.version_id, title = v.title, notice = v.notice,
    withdrawn = v.notice IN ('kill', 'withhold'), published_at = coalesce(t.given, t.first_fetch),
    published_given = t.given IS NOT NULL
FROM (SELECT DISTINCT ON (r.article_id) r.article_id, r.owner, n.version_id, n.title, n.notice
      FROM ranked r
      JOIN copydesk.article_version n ON n.version_id = r.version_id
      ORDER BY r.article_id, (r.wire <> r.owner AND r.fetched_at > r.owner_at + interval '1 hour') DESC,
               (r.wire = r.owner) DESC, r.fetched_at DESC, r.is_current DESC, n.version_id DESC) v
JOIN (SELECT article_id, min(published_at) AS given, min(fetched_at) AS first_fetch FROM copydesk.article_version
      WHERE article_id = ANY(%(articles)s) GROUP BY article_id) t USING (article_id)
WHERE a.article_id = v.article_id
  AND (a.wire, a.current_version, a.title, a.notice, a.published_at, a.published_given)
      IS DISTINCT FROM (v.owner, v.version_id, v.title, v.notice, coalesce(t.given, t.first_fetch), t.given IS NOT NULL);

-- name: assign_pages
-- The pages of an article are those of its owner, so that a stored window of the owner has them.
UPDATE copydesk.page p SET wire = a.wire
FROM copydesk.article a JOIN copydesk.page_result r ON r.article_id = a.article_id
WHERE a.article_id = ANY(%(articles)s) AND p.page_id = r.page_id AND p.wire <> a.wire;

-- name: replace_foreign_versions
-- The same text as the owner of the article reads it, where another wire saved it first: its other fields may differ.
UPDATE copydesk.article_version v
SET wire = %(wire_at_work)s, cleaner = %(cleaner)s, published_at = n.published_at,
    published_offset = n.published_offset, published_source = n.published_source, modified_at = n.modified_at,
    modified_source = n.modified_source,
    byline = n.byline, author = n.author, agency = n.agency, dateline = n.dateline, credit = n.credit,
    section = n.section, language = n.language, image_url = n.image_url, truncated = n.truncated, via = n.via,
    dropped = n.dropped, tickers = ARRAY(SELECT jsonb_array_elements_text(n.tickers)),
    isins = ARRAY(SELECT jsonb_array_elements_text(n.isins))
FROM unnest(%(version_id)s::uuid[], %(published_at)s::timestamptz[], %(published_source)s::text[],
            %(modified_at)s::timestamptz[], %(modified_source)s::text[], %(byline)s::text[], %(author)s::text[],
            %(agency)s::text[], %(dateline)s::text[], %(credit)s::text[], %(section)s::text[], %(language)s::text[],
            %(image_url)s::text[], %(truncated)s::boolean[], %(via)s::text[], %(dropped)s::jsonb[],
            %(tickers)s::jsonb[], %(isins)s::jsonb[], %(published_offset)s::interval[])
    AS n (version_id, published_at, published_source, modified_at, modified_source, byline, author, agency, dateline,
          credit, section, language, image_url, truncated, via, dropped, tickers, isins, published_offset),
    copydesk.article a
WHERE v.version_id = n.version_id AND v.wire <> %(wire_at_work)s
  AND a.article_id = v.article_id AND a.wire = %(wire_at_work)s;

-- name: list_articles_of_wire
SELECT DISTINCT r.article_id FROM copydesk.run_page p
JOIN copydesk.page_result r ON r.page_id = p.page_id AND r.cleaner = %(cleaner)s
WHERE p.run_key = %(run_key)s AND p.wire = %(wire)s AND r.article_id IS NOT NULL
ORDER BY r.article_id;

-- name: list_known_versions
SELECT version_id, wire FROM copydesk.article_version WHERE version_id = ANY(%s);

-- name: save_page_results
INSERT INTO copydesk.page_result (page_id, wire, cleaner, outcome, reason, article_id, version_id, via, run_key)
SELECT n.page_id, %(wire)s, %(cleaner)s, n.outcome, n.reason, n.article_id, n.version_id, n.via, %(run_key)s
FROM unnest(%(page_id)s::uuid[], %(outcome)s::text[], %(reason)s::text[], %(article_id)s::uuid[],
            %(version_id)s::uuid[], %(via)s::text[]) AS n (page_id, outcome, reason, article_id, version_id, via)
ORDER BY n.page_id
ON CONFLICT (page_id, cleaner) DO NOTHING;

-- name: lock_wire
SELECT pg_advisory_xact_lock(hashtextextended('copydesk.article.' || %s, 0));

-- name: list_articles_of_run
SELECT DISTINCT r.article_id FROM copydesk.run_page p
JOIN copydesk.page_result r ON r.page_id = p.page_id
WHERE p.run_key = %(run_key)s AND r.article_id IS NOT NULL
ORDER BY r.article_id;

-- name: list_unfolded_articles
-- What has been stored but not yet folded: articles of this run without a story or with a newer version than the folded
-- one, and all that another run is signing, matching or folding.
SELECT a.article_id FROM copydesk.run_page p
JOIN copydesk.page_result r ON r.page_id = p.page_id
JOIN copydesk.article a ON a.article_id = r.article_id
LEFT JOIN copydesk.story_member m ON m.article_id = a.article_id AND m.profile_id = %(profile_id)s
LEFT JOIN copydesk.sketch k ON k.article_id = a.article_id AND k.profile_id = %(profile_id)s
WHERE p.run_key = %(run_key)s
  AND (m.story_id IS NULL OR NOT a.withdrawn AND k.version_id IS DISTINCT FROM a.current_version)
UNION
SELECT article_id FROM copydesk.pending_article WHERE profile_id = %(profile_id)s
ORDER BY article_id;

-- name: save_wire_state
INSERT INTO copydesk.wire_state AS w (wire, agency, host, owner) VALUES (%(wire)s, %(agency)s, %(host)s, %(owner)s)
ON CONFLICT (wire) DO UPDATE SET agency = excluded.agency, host = excluded.host, owner = excluded.owner
WHERE (w.agency, w.host, w.owner) IS DISTINCT FROM (excluded.agency, excluded.host, excluded.owner);

-- name: save_wire_cleaner
UPDATE copydesk.wire_state SET cleaner = %(cleaner)s WHERE wire = %(wire)s AND cleaner <> %(cleaner)s;

-- name: list_states
-- Articles with their current texts and their stories in the live profile.
SELECT a.article_id, a.wire, p.url, v.title, left(v.body, %(chars)s) AS body, s.story_id,
       coalesce(r.title, '') AS story_title
FROM copydesk.article a
JOIN copydesk.article_version v ON v.version_id = a.current_version
JOIN copydesk.page p ON p.page_id = v.page_id
LEFT JOIN copydesk.story_member m ON m.article_id = a.article_id
    AND m.profile_id = (SELECT profile_id FROM copydesk.profile WHERE state = 'live')
LEFT JOIN copydesk.story s ON s.profile_id = m.profile_id AND s.story_id = m.story_id
LEFT JOIN copydesk.article r ON r.article_id = s.representative
WHERE a.article_id = ANY(%(article_ids)s)
ORDER BY a.published_at, a.article_id;

-- name: list_texts_of_run
-- The articles that the run's pages are versions of, with their current versions and their stories.
SELECT DISTINCT a.article_id, a.current_version, m.story_id FROM copydesk.run_page p
JOIN copydesk.page_result r ON r.page_id = p.page_id
JOIN copydesk.article a ON a.article_id = r.article_id
LEFT JOIN copydesk.story_member m ON m.article_id = a.article_id
    AND m.profile_id = (SELECT profile_id FROM copydesk.profile WHERE state = 'live')
WHERE p.run_key = %(run_key)s
ORDER BY a.article_id;
