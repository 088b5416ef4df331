-- One article, or a new version of it.
INSERT INTO copydesk.page_content VALUES (%(content)s, %(at)s, 1, true) ON CONFLICT DO NOTHING;

INSERT INTO copydesk.page
    (page_id, wire, url, canonical_url, url_key, content_sha256, content_at, fetched_at, status)
VALUES (%(version)s, %(wire)s, %(url)s, %(url)s, %(content)s, %(content)s, %(at)s, %(at)s, 200)
ON CONFLICT DO NOTHING;

INSERT INTO copydesk.article
    (article_id, wire, canonical_url, published_at, published_given, title, current_version, notice, withdrawn)
VALUES (%(article)s, %(wire)s, %(url)s, %(published)s, true, %(title)s, %(version)s, %(notice)s, %(withdrawn)s)
ON CONFLICT (article_id) DO UPDATE
SET title = excluded.title, current_version = excluded.current_version, notice = excluded.notice,
    withdrawn = excluded.withdrawn, published_at = excluded.published_at;

INSERT INTO copydesk.article_version
    (version_id, article_id, page_id, fetched_at, title, body, notice, agency, dateline, credit, cleaner)
VALUES (%(version)s, %(article)s, %(version)s, clock_timestamp(), %(title)s, %(body)s, %(notice)s, %(agency)s,
        %(dateline)s, %(credit)s, 'test')
ON CONFLICT DO NOTHING;
