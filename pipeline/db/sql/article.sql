-- name: list_pages_to_clean
-- A page without stored bytes keeps its result.
SELECT p.page_id FROM copydesk.run_page p
JOIN copydesk.page USING (page_id)
JOIN copydesk.page_content c USING (content_sha256)
LEFT JOIN copydesk.page_result r ON r.page_id = p.page_id AND r.cleaner = %(cleaner)s
WHERE p.run_key = %(run_key)s AND p.wire = %(wire)s AND r.page_id IS NULL AND NOT c.is_body_deleted
ORDER BY p.page_id;

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
     agency, dateline, credit, section, language, notice, image_url, via, cleaner, dropped, modified_source, author,
     truncated, tickers, isins, published_offset)
SELECT n.version_id, n.article_id, n.page_id, n.fetched_at, n.title, n.body, n.published_at, n.published_source,
       n.modified_at, n.byline, n.agency, n.dateline, n.credit, n.section, n.language, n.notice, n.image_url, n.via,
       %(cleaner)s, n.dropped, n.modified_source, n.author, n.truncated,
       ARRAY(SELECT jsonb_array_elements_text(n.tickers)), ARRAY(SELECT jsonb_array_elements_text(n.isins)),
       n.published_offset
FROM unnest(%(version_id)s::uuid[], %(article_id)s::uuid[], %(page_id)s::uuid[], %(fetched_at)s::timestamptz[],
            %(title)s::text[], %(body)s::text[], %(published_at)s::timestamptz[], %(published_source)s::text[],
            %(modified_at)s::timestamptz[], %(byline)s::text[], %(agency)s::text[], %(dateline)s::text[],
            %(credit)s::text[], %(section)s::text[], %(language)s::text[], %(notice)s::text[], %(image_url)s::text[],
            %(via)s::text[], %(dropped)s::jsonb[], %(modified_source)s::text[], %(author)s::text[],
            %(truncated)s::boolean[], %(tickers)s::jsonb[], %(isins)s::jsonb[],
            %(published_offset)s::interval[])
    AS n (version_id, article_id, page_id, fetched_at, title, body, published_at, published_source, modified_at, byline,
          agency, dateline, credit, section, language, notice, image_url, via, dropped, modified_source, author,
          truncated, tickers, isins, published_offset)
ORDER BY n.version_id
ON CONFLICT (version_id) DO NOTHING;

-- name: refresh_article
-- The current version is that of the page fetched last, as these cleaning rules read it. The time is the earliest that
-- any version gives, else that of the first fetch.
UPDATE copydesk.article a
SET current_version = v.version_id, title = v.title, notice = v.notice, withdrawn = v.notice IN ('kill', 'withhold'),
    published_at = coalesce(t.given, t.first_fetch), published_given = t.given IS NOT NULL
FROM (SELECT DISTINCT ON (r.article_id) r.article_id, n.version_id, n.title, n.notice
      FROM copydesk.page_result r
      JOIN copydesk.page p ON p.page_id = r.page_id
      JOIN copydesk.article_version n ON n.version_id = r.version_id
      WHERE r.article_id = ANY(%(articles)s)
      ORDER BY r.article_id, p.fetched_at DESC, (r.cleaner = %(cleaner)s) DESC, n.version_id DESC) v
JOIN (SELECT article_id, min(published_at) AS given, min(fetched_at) AS first_fetch FROM copydesk.article_version
      WHERE article_id = ANY(%(articles)s) GROUP BY article_id) t USING (article_id)
WHERE a.article_id = v.article_id
  AND (a.current_version, a.title, a.notice, a.published_at, a.published_given)
      IS DISTINCT FROM (v.version_id, v.title, v.notice, coalesce(t.given, t.first_fetch), t.given IS NOT NULL);

-- name: list_articles_of_wire
SELECT DISTINCT r.article_id FROM copydesk.run_page p
JOIN copydesk.page_result r ON r.page_id = p.page_id AND r.cleaner = %(cleaner)s
WHERE p.run_key = %(run_key)s AND p.wire = %(wire)s AND r.article_id IS NOT NULL
ORDER BY r.article_id;

-- name: list_known_versions
SELECT version_id FROM copydesk.article_version WHERE version_id = ANY(%s);

-- name: save_page_results
INSERT INTO copydesk.page_result (page_id, cleaner, outcome, reason, article_id, version_id, via, run_key)
SELECT n.page_id, %(cleaner)s, n.outcome, n.reason, n.article_id, n.version_id, n.via, %(run_key)s
FROM unnest(%(page_id)s::uuid[], %(outcome)s::text[], %(reason)s::text[], %(article_id)s::uuid[],
            %(version_id)s::uuid[], %(via)s::text[]) AS n (page_id, outcome, reason, article_id, version_id, via)
ORDER BY n.page_id
ON CONFLICT (page_id, cleaner) DO NOTHING;

-- name: lock_articles
SELECT pg_advisory_xact_lock(hashtextextended('copydesk.article.' || %s, 0));

-- name: list_articles_of_run
SELECT DISTINCT r.article_id FROM copydesk.run_page p
JOIN copydesk.page_result r ON r.page_id = p.page_id
WHERE p.run_key = %(run_key)s AND r.article_id IS NOT NULL
ORDER BY r.article_id;

-- name: save_wire_agency
INSERT INTO copydesk.wire_agency AS w (wire, agency) VALUES (%(wire)s, %(agency)s)
ON CONFLICT (wire) DO UPDATE SET agency = excluded.agency WHERE w.agency <> excluded.agency;

-- name: list_texts_of_run
-- The articles that the run's pages are versions of, with their current titles.
SELECT DISTINCT a.article_id, a.current_version, a.title FROM copydesk.run_page p
JOIN copydesk.page_result r ON r.page_id = p.page_id
JOIN copydesk.article a ON a.article_id = r.article_id
WHERE p.run_key = %(run_key)s
ORDER BY a.article_id;
