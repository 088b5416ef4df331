-- name: pages_to_clean
-- A page whose bytes are no longer kept stays as it was read.
SELECT p.page_id FROM copydesk.run_page p
JOIN copydesk.page USING (page_id)
JOIN copydesk.page_content c USING (content_sha256)
LEFT JOIN copydesk.page_result r ON r.page_id = p.page_id AND r.cleaner = %(cleaner)s
WHERE p.run_id = %(run_id)s AND p.wire = %(wire)s AND r.page_id IS NULL AND NOT c.is_body_deleted
ORDER BY p.page_id;

-- name: save_article
INSERT INTO copydesk.article
    (article_id, wire, canonical_url, published_at, published_given, title, current_version, notice, withdrawn)
VALUES (%(article_id)s, %(wire)s, %(canonical_url)s, coalesce(%(published_at)s, %(fetched_at)s),
        %(published_at)s::timestamptz IS NOT NULL, %(title)s, %(version_id)s, %(notice)s, false)
ON CONFLICT (article_id) DO NOTHING;

-- name: save_version
INSERT INTO copydesk.article_version
    (version_id, article_id, page_id, fetched_at, title, body, published_at, published_source, modified_at, byline,
     agency, dateline, credit, section, language, notice, image_url, via, cleaner, dropped, modified_source, author,
     truncated, tickers, isins)
VALUES (%(version_id)s, %(article_id)s, %(page_id)s, %(fetched_at)s, %(title)s, %(body)s, %(published_at)s,
        %(published_source)s, %(modified_at)s, %(byline)s, %(agency)s, %(dateline)s, %(credit)s, %(section)s,
        %(language)s, %(notice)s, %(image_url)s, %(via)s, %(cleaner)s, %(dropped)s, %(modified_source)s, %(author)s,
        %(truncated)s, %(tickers)s, %(isins)s)
ON CONFLICT (version_id) DO NOTHING;

-- name: refresh_article
-- The current version is that of the page fetched last, as these cleaning rules read it; the time is the earliest that
-- any version gives, else the first fetch.
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

-- name: articles_of_wire
SELECT DISTINCT r.article_id FROM copydesk.run_page p
JOIN copydesk.page_result r ON r.page_id = p.page_id AND r.cleaner = %(cleaner)s
WHERE p.run_id = %(run_id)s AND p.wire = %(wire)s AND r.article_id IS NOT NULL
ORDER BY r.article_id;

-- name: has_version
SELECT version_id FROM copydesk.article_version WHERE version_id = ANY(%s);

-- name: save_page_result
INSERT INTO copydesk.page_result (page_id, cleaner, outcome, reason, article_id, version_id, via, run_id)
VALUES (%(page_id)s, %(cleaner)s, %(outcome)s, %(reason)s, %(article_id)s, %(version_id)s, %(via)s, %(run_id)s)
ON CONFLICT (page_id, cleaner) DO NOTHING;

-- name: lock_articles
SELECT pg_advisory_xact_lock(hashtextextended('copydesk.article.' || %s, 0));

-- name: articles_of_run
SELECT DISTINCT r.article_id FROM copydesk.run_page p
JOIN copydesk.page_result r ON r.page_id = p.page_id
WHERE p.run_id = %(run_id)s AND r.article_id IS NOT NULL
ORDER BY r.article_id;

-- name: save_wire_agency
INSERT INTO copydesk.wire_agency AS w (wire, agency) VALUES (%(wire)s, %(agency)s)
ON CONFLICT (wire) DO UPDATE SET agency = excluded.agency WHERE w.agency <> excluded.agency;

-- name: texts_of_run
-- The articles that the run's pages are versions of, as they read now.
SELECT DISTINCT a.article_id, a.current_version, a.title FROM copydesk.run_page p
JOIN copydesk.page_result r ON r.page_id = p.page_id
JOIN copydesk.article a ON a.article_id = r.article_id
WHERE p.run_id = %(run_id)s
ORDER BY a.article_id;
