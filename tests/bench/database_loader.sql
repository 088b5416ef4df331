-- Repeat the articles of the last days, moved back in time, under other IDs and keys. All keys are permuted alike, and an
-- even key stays even, so that the same edges and stories result.

CREATE FUNCTION pg_temp.rename(id uuid) RETURNS uuid LANGUAGE sql IMMUTABLE AS
$$ SELECT md5(id::text || %(number)s)::uuid $$;

CREATE TEMP TABLE base ON COMMIT DROP AS
SELECT * FROM copydesk.article WHERE published_at >= %(since)s;
CREATE TEMP TABLE versions ON COMMIT DROP AS
SELECT v.version_id, v.article_id, v.page_id, v.fetched_at FROM copydesk.article_version v JOIN base USING (article_id);
CREATE TEMP TABLE sketches ON COMMIT DROP AS
SELECT s.* FROM copydesk.sketch s JOIN base USING (article_id);
CREATE TEMP TABLE keys ON COMMIT DROP AS
SELECT k.* FROM copydesk.sketch_key k JOIN base USING (article_id);
CREATE TEMP TABLE edges ON COMMIT DROP AS
SELECT e.* FROM copydesk.edge e JOIN base ON base.article_id = e.a;
CREATE TEMP TABLE members ON COMMIT DROP AS
SELECT m.* FROM copydesk.story_member m JOIN base USING (article_id);
CREATE TEMP TABLE stories ON COMMIT DROP AS
SELECT * FROM copydesk.story t WHERE story_id IN (SELECT story_id FROM members);
CREATE TEMP TABLE origins ON COMMIT DROP AS
SELECT o.* FROM copydesk.story_origin o WHERE story_id IN (SELECT story_id FROM stories);
INSERT INTO copydesk.story_event (profile_id, story_id, kind, article_id, related_story_id)
SELECT profile_id, pg_temp.rename(story_id), kind, pg_temp.rename(article_id), pg_temp.rename(related_story_id)
FROM copydesk.story_event WHERE story_id IN (SELECT story_id FROM stories);

UPDATE base SET article_id = pg_temp.rename(article_id), current_version = pg_temp.rename(current_version),
    published_at = published_at - %(shift)s::interval;
UPDATE versions SET article_id = pg_temp.rename(article_id), version_id = pg_temp.rename(version_id);
UPDATE sketches SET article_id = pg_temp.rename(article_id), version_id = pg_temp.rename(version_id),
    published_at = published_at - %(shift)s::interval,
    item_keys = ARRAY(SELECT key_hash # %(mask)s FROM unnest(item_keys) AS key_hash),
    title_hash = CASE WHEN title_hash = 0 THEN 0 ELSE title_hash # %(mask)s END;
UPDATE keys SET article_id = pg_temp.rename(article_id), published_at = published_at - %(shift)s::interval,
    time_bucket = copydesk.time_bucket_of(published_at - %(shift)s::interval, %(window)s),
    key_hash = key_hash # %(mask)s;
UPDATE edges SET a = least(pg_temp.rename(a), pg_temp.rename(b)), b = greatest(pg_temp.rename(a), pg_temp.rename(b)),
    container_id = pg_temp.rename(container_id);
UPDATE members SET article_id = pg_temp.rename(article_id), story_id = pg_temp.rename(story_id);
UPDATE stories SET story_id = pg_temp.rename(story_id), representative = pg_temp.rename(representative);
UPDATE origins SET story_id = pg_temp.rename(story_id), article_id = pg_temp.rename(article_id);

INSERT INTO copydesk.article SELECT * FROM base;
INSERT INTO copydesk.article_version (version_id, article_id, page_id, fetched_at, title, body, cleaner)
SELECT version_id, article_id, page_id, fetched_at, '', '', 'bench' FROM versions;
INSERT INTO copydesk.sketch SELECT * FROM sketches;
INSERT INTO copydesk.sketch_key SELECT * FROM keys;
INSERT INTO copydesk.edge SELECT * FROM edges;
INSERT INTO copydesk.story SELECT * FROM stories;
INSERT INTO copydesk.story_member SELECT * FROM members;
INSERT INTO copydesk.story_origin SELECT * FROM origins;
SELECT copydesk.save_story_totals(min(profile_id), array_agg(story_id)) FROM stories GROUP BY profile_id;
DROP FUNCTION pg_temp.rename(uuid);
