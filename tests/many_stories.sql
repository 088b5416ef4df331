-- Stories of one article each, in a new database: `first` to `last` are their numbers. Nothing is signed or matched.
INSERT INTO copydesk.profile VALUES ('many', '{}', 'live', now(), now()) ON CONFLICT DO NOTHING;

CREATE TEMPORARY TABLE made ON COMMIT DROP AS
SELECT md5('a' || n)::uuid AS article, md5('v' || n)::uuid AS version, sha256(('p' || n)::bytea) AS content,
       timestamptz '2026-03-01' + n * interval '7 seconds' AS at, 'https://wire.example/' || n AS url,
       'Council of town ' || n || ' meets, "budget" approved' AS title,
       E'The council met.\nIt approved item ' || n || E'; “costs” rise.\n' || repeat('The harbour office said so. ', 20)
           AS body
FROM generate_series(%(first)s, %(last)s) AS n;

INSERT INTO copydesk.page_content SELECT content, at, 1, true FROM made;
INSERT INTO copydesk.page (page_id, wire, url, canonical_url, url_key, content_sha256, content_at, fetched_at, status)
SELECT version, 'north', url, url, content, content, at, at, 200 FROM made;
INSERT INTO copydesk.article (article_id, wire, canonical_url, published_at, published_given, title, current_version)
SELECT article, 'north', url, at, true, title, version FROM made;
INSERT INTO copydesk.article_version (version_id, article_id, page_id, fetched_at, title, body, language, cleaner)
SELECT version, article, version, at, title, body, 'en', 'test' FROM made;
INSERT INTO copydesk.story (profile_id, story_id, state, representative) SELECT 'many', article, 'live', article FROM made;
INSERT INTO copydesk.story_member (profile_id, article_id, story_id) SELECT 'many', article, article FROM made;
INSERT INTO copydesk.story_totals (profile_id, story_id, state, first_at, last_at, copies, wires, first_hour_wires, language,
                                   word_count, agencies, sections)
SELECT 'many', article, 'live', at, at, 1, '{north}', 1, 'en', 100, '{}', '{}' FROM made;
