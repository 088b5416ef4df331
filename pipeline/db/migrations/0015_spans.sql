-- The cost of an article must not grow with what stands. Keys lie by time first, so that those of the window are near
-- one another whatever came before; and what has to be written for each article is less.

-- A span is as long as a profile's window, and all time where that is unbounded (hours is null).
CREATE FUNCTION copydesk.time_bucket_of(at timestamptz, hours integer) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT CASE WHEN hours IS NULL THEN 0 ELSE floor(extract(epoch FROM at) / (greatest(hours, 1) * 3600))::integer END $$;

-- Made anew: to change each row of a large table in place would take longer, and twice the room ever after. It has no
-- foreign key, of which each of an article's sixteen keys would be held against the article: they come with a sketch,
-- which has one, and go with it.
ALTER TABLE copydesk.sketch_key RENAME TO sketch_key_before;
CREATE TABLE copydesk.sketch_key (
    profile_id text NOT NULL,
    time_bucket integer NOT NULL,
    key_hash bigint NOT NULL,
    published_at timestamptz NOT NULL,
    article_id uuid NOT NULL
);
INSERT INTO copydesk.sketch_key (profile_id, time_bucket, key_hash, published_at, article_id)
SELECT k.profile_id, copydesk.time_bucket_of(k.published_at, (p.params->>'window_hours')::integer), k.key_hash, k.published_at,
       k.article_id
FROM copydesk.sketch_key_before k
JOIN copydesk.profile p ON p.profile_id = k.profile_id
ORDER BY k.published_at, k.article_id;
DROP TABLE copydesk.sketch_key_before;
CREATE INDEX sketch_key_lookup ON copydesk.sketch_key (time_bucket, key_hash, profile_id, published_at) INCLUDE (article_id);
CREATE INDEX sketch_key_by_article ON copydesk.sketch_key (article_id, profile_id);
-- Keys are looked up in the index alone where the table has been vacuumed: after so many new ones, not after a fifth of
-- all that there are, for what is asked for are the newest.
ALTER TABLE copydesk.sketch_key SET (autovacuum_vacuum_insert_scale_factor = 0,
                                     autovacuum_vacuum_insert_threshold = 100000);

CREATE FUNCTION copydesk.delete_keys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        TRUNCATE copydesk.sketch_key;
    ELSE
        DELETE FROM copydesk.sketch_key k USING gone
        WHERE k.article_id = gone.article_id AND k.profile_id = gone.profile_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER sketch_gone AFTER DELETE ON copydesk.sketch
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION copydesk.delete_keys();
CREATE TRIGGER sketch_emptied AFTER TRUNCATE ON copydesk.sketch
    FOR EACH STATEMENT EXECUTE FUNCTION copydesk.delete_keys();

-- One index that begins with the article does for both, look-ups under a profile and the end of an article. All of a
-- profile is asked for seldom; an index of one value is small and written in one place.
ALTER TABLE copydesk.sketch DROP CONSTRAINT sketch_pkey, ADD PRIMARY KEY (article_id, profile_id);
DROP INDEX copydesk.sketch_by_article;
CREATE INDEX sketch_by_profile ON copydesk.sketch (profile_id);

ALTER TABLE copydesk.edge DROP CONSTRAINT edge_pkey, ADD PRIMARY KEY (a, b, profile_id);
DROP INDEX copydesk.edge_of_a, copydesk.edge_of_b, copydesk.edge_by_b;
CREATE INDEX edge_by_b ON copydesk.edge (b, profile_id);
CREATE INDEX edge_by_profile ON copydesk.edge (profile_id);

ALTER TABLE copydesk.story_member DROP CONSTRAINT story_member_pkey, ADD PRIMARY KEY (article_id, profile_id);
DROP INDEX copydesk.story_member_by_article;

ALTER TABLE copydesk.pending_article DROP CONSTRAINT unsettled_pkey, ADD PRIMARY KEY (article_id, profile_id);
DROP INDEX copydesk.unsettled_by_article;
