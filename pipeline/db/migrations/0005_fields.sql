-- What more a page says of its article: the wording of its last change, who wrote it in the page's words, whether it
-- shows only the beginning, and the securities it names. v_articles gains them at its end.

ALTER TABLE copydesk.article_version
    ADD COLUMN modified_source text NOT NULL DEFAULT '',
    ADD COLUMN author text NOT NULL DEFAULT '',
    ADD COLUMN truncated boolean NOT NULL DEFAULT false,  -- the page shows only the beginning (a paywall's stub)
    ADD COLUMN tickers text[] NOT NULL DEFAULT '{}',      -- NYSE:ABC, or a Reuters code ABC.N
    ADD COLUMN isins text[] NOT NULL DEFAULT '{}';        -- check digit right

-- "Which copy names this security?"
CREATE INDEX article_version_by_ticker ON copydesk.article_version USING gin (tickers) WHERE tickers <> '{}';
CREATE INDEX article_version_by_isin ON copydesk.article_version USING gin (isins) WHERE isins <> '{}';

CREATE OR REPLACE VIEW copydesk.v_articles AS
SELECT a.article_id, a.wire, p.url, a.canonical_url, a.title, v.body, a.published_at, a.published_given, v.modified_at,
       v.byline, v.agency, v.dateline, v.credit, v.section, v.language, a.notice, v.image_url, v.via, v.cleaner,
       v.dropped, (SELECT count(*) FROM copydesk.article_version n WHERE n.article_id = a.article_id) AS versions,
       m.story_id, v.published_source, v.modified_source, v.author, v.truncated, v.tickers, v.isins
FROM copydesk.article a
JOIN copydesk.article_version v ON v.version_id = a.current_version
JOIN copydesk.page p ON p.page_id = v.page_id
LEFT JOIN copydesk.story_member m ON m.article_id = a.article_id
    AND m.profile_id = (SELECT profile_id FROM copydesk.profile WHERE state = 'live')
WHERE NOT a.withdrawn;
