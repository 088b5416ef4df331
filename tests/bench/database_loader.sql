-- The copy of the last days once more, so many days earlier: other ids, other keys (each by the same permutation, which
-- leaves them as even or odd as they were), the same likenesses and stories among themselves.

CREATE FUNCTION pg_temp.rename(id uuid) RETURNS uuid LANGUAGE sql IMMUTABLE AS
$$ SELECT md5(id::text || %(number)s)::uuid $$;

CREATE TEMP TABLE base ON COMMIT DROP AS
SELECT * FROM copydesk.article WHERE published_at >= %(since)s;
CREATE TEMP TABLE printed ON COMMIT DROP AS
SELECT v.version_id, v.article_id, v.page_id, v.fetched_at FROM copydesk.article_version v JOIN base USING (article_id);
CREATE TEMP TABLE told ON COMMIT DROP AS
SELECT s.* FROM copydesk.sketch s JOIN base USING (article_id);
CREATE TEMP TABLE keyed ON COMMIT DROP AS
SELECT k.* FROM copydesk.sketch_key k JOIN base USING (article_id);
CREATE TEMP TABLE alike ON COMMIT DROP AS
SELECT e.* FROM copydesk.edge e JOIN base ON base.article_id = e.a;
CREATE TEMP TABLE belongs ON COMMIT DROP AS
SELECT m.* FROM copydesk.story_member m JOIN base USING (article_id);
CREATE TEMP TABLE tale ON COMMIT DROP AS
SELECT * FROM copydesk.story t WHERE story_id IN (SELECT story_id FROM belongs);
CREATE TEMP TABLE comes ON COMMIT DROP AS
SELECT o.* FROM copydesk.story_origin o WHERE story_id IN (SELECT story_id FROM tale);
INSERT INTO copydesk.story_event (profile_id, story_id, kind, article_id, related_story_id)
SELECT profile_id, pg_temp.rename(story_id), kind, pg_temp.rename(article_id), pg_temp.rename(related_story_id)
FROM copydesk.story_event WHERE story_id IN (SELECT story_id FROM tale);

UPDATE base SET article_id = pg_temp.rename(article_id), current_version = pg_temp.rename(current_version),
    published_at = published_at - %(shift)s::interval;
UPDATE printed SET article_id = pg_temp.rename(article_id), version_id = pg_temp.rename(version_id);
UPDATE told SET article_id = pg_temp.rename(article_id), version_id = pg_temp.rename(version_id),
    published_at = published_at - %(shift)s::interval,
    item_keys = ARRAY(SELECT key_hash # %(mask)s FROM unnest(item_keys) AS key_hash),
    title_hash = CASE WHEN title_hash = 0 THEN 0 ELSE title_hash # %(mask)s END;
UPDATE keyed SET article_id = pg_temp.rename(article_id), published_at = published_at - %(shift)s::interval,
    time_bucket = copydesk.time_bucket_of(published_at - %(shift)s::interval, %(window)s),
    key_hash = key_hash # %(mask)s;
UPDATE alike SET a = least(pg_temp.rename(a), pg_temp.rename(b)), b = greatest(pg_temp.rename(a), pg_temp.rename(b)),
    container_id = pg_temp.rename(container_id);
UPDATE belongs SET article_id = pg_temp.rename(article_id), story_id = pg_temp.rename(story_id);
UPDATE tale SET story_id = pg_temp.rename(story_id), representative = pg_temp.rename(representative);
UPDATE comes SET story_id = pg_temp.rename(story_id), article_id = pg_temp.rename(article_id);

INSERT INTO copydesk.article SELECT * FROM base;
INSERT INTO copydesk.article_version (version_id, article_id, page_id, fetched_at, title, body, cleaner)
SELECT version_id, article_id, page_id, fetched_at, '', '', 'bench' FROM printed;
INSERT INTO copydesk.sketch SELECT * FROM told;
INSERT INTO copydesk.sketch_key SELECT * FROM keyed;
INSERT INTO copydesk.edge SELECT * FROM alike;
INSERT INTO copydesk.story SELECT * FROM tale;
INSERT INTO copydesk.story_member SELECT * FROM belongs;
INSERT INTO copydesk.story_origin SELECT * FROM comes;
DROP FUNCTION pg_temp.rename(uuid);
