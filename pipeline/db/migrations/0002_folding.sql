-- What is compared, what was found alike, and the stories made of it. Every row belongs to a profile: generations lie
-- side by side and are never compared with one another.

CREATE TABLE copydesk.profile (
    profile_id text PRIMARY KEY,              -- digest of params
    params jsonb NOT NULL,
    state text NOT NULL CHECK (state IN ('building', 'live', 'retired')),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX profile_live ON copydesk.profile (state) WHERE state = 'live';

-- Arrays of hashes are little-endian and stand one after the other: uint64, minhash uint32. They do not compress.
CREATE TABLE copydesk.sketch (
    profile_id text NOT NULL REFERENCES copydesk.profile,
    article_id uuid NOT NULL REFERENCES copydesk.article ON DELETE CASCADE,
    version_id uuid NOT NULL,                 -- of the text that was signed: the last one that is no kill
    published_at timestamptz NOT NULL,
    withdrawn boolean NOT NULL,               -- the article's current version is a kill
    notice text NOT NULL,                     -- what the signed text or its title says of itself
    is_headline_only boolean NOT NULL,                    -- no text beside the title: a flash, a kill
    is_brief boolean NOT NULL,                  -- bare, or a few lines only: leads no story that has a longer copy
    word_count integer NOT NULL,
    text_hash bigint NOT NULL,
    title_hash bigint NOT NULL,               -- 0: no title
    minhash bytea NOT NULL,
    shingles bytea NOT NULL,
    title bytea NOT NULL,
    lead bytea NOT NULL,
    numbers bytea NOT NULL,
    names bytea NOT NULL,
    PRIMARY KEY (profile_id, article_id)
);
ALTER TABLE copydesk.sketch ALTER COLUMN shingles SET STORAGE EXTERNAL;
ALTER TABLE copydesk.sketch ALTER COLUMN minhash SET STORAGE EXTERNAL;
-- A flash or a kill finds its story by the title.
CREATE INDEX sketch_by_title ON copydesk.sketch (title_hash, profile_id, published_at) WHERE title_hash <> 0;
CREATE INDEX sketch_by_article ON copydesk.sketch (article_id);

-- What candidates are looked up by: at most 16 rows an article.
CREATE TABLE copydesk.sketch_key (
    profile_id text NOT NULL,
    key_hash bigint NOT NULL,
    published_at timestamptz NOT NULL,
    article_id uuid NOT NULL REFERENCES copydesk.article ON DELETE CASCADE
);
-- The hash comes first: of these many rows nobody ever wants all of a profile, and a planner without statistics must
-- not think so.
CREATE INDEX sketch_key_lookup ON copydesk.sketch_key (key_hash, profile_id, published_at) INCLUDE (article_id);
CREATE INDEX sketch_key_by_article ON copydesk.sketch_key (article_id, profile_id);

-- Two articles, verified; kind is null for a near miss. Undirected but for ``whole``, the one that holds the other.
CREATE TABLE copydesk.edge (
    profile_id text NOT NULL REFERENCES copydesk.profile,
    a uuid NOT NULL REFERENCES copydesk.article ON DELETE CASCADE,
    b uuid NOT NULL REFERENCES copydesk.article ON DELETE CASCADE,
    kind text CHECK (kind IN ('duplicate', 'revision', 'excerpt', 'part_of', 'series')),
    merges boolean NOT NULL,
    rule text NOT NULL,
    container_id uuid,
    shared integer NOT NULL,
    size_a integer NOT NULL,
    size_b integer NOT NULL,
    evidence jsonb NOT NULL,
    PRIMARY KEY (profile_id, a, b),
    CHECK (a < b),
    CHECK (merges = coalesce(kind IN ('duplicate', 'revision', 'excerpt'), false)),
    CHECK (container_id IS NULL OR container_id IN (a, b))
);
CREATE INDEX edge_by_b ON copydesk.edge (profile_id, b);
CREATE INDEX edge_of_a ON copydesk.edge (a);
CREATE INDEX edge_of_b ON copydesk.edge (b);

-- A story's id is public and lasts: merged ones stay, and redirect.
CREATE TABLE copydesk.story (
    profile_id text NOT NULL REFERENCES copydesk.profile,
    story_id uuid NOT NULL,
    state text NOT NULL CHECK (state IN ('live', 'killed', 'merged')),
    representative uuid,                      -- the earliest copy that is not slight; null once merged
    founded_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (profile_id, story_id),
    CHECK ((state = 'merged') = (representative IS NULL))
);
CREATE UNIQUE INDEX story_by_representative ON copydesk.story (profile_id, representative);

CREATE TABLE copydesk.story_member (
    profile_id text NOT NULL,
    article_id uuid NOT NULL REFERENCES copydesk.article ON DELETE CASCADE,
    story_id uuid NOT NULL,
    joined_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (profile_id, article_id),
    FOREIGN KEY (profile_id, story_id) REFERENCES copydesk.story DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX story_member_by_story ON copydesk.story_member (profile_id, story_id);
CREATE INDEX story_member_by_article ON copydesk.story_member (article_id);

CREATE TABLE copydesk.story_redirect (
    profile_id text NOT NULL,
    story_id uuid NOT NULL,
    target_id uuid NOT NULL,                  -- never itself redirected
    PRIMARY KEY (profile_id, story_id),
    FOREIGN KEY (profile_id, story_id) REFERENCES copydesk.story,
    FOREIGN KEY (profile_id, target_id) REFERENCES copydesk.story,
    CHECK (story_id <> target_id)
);
CREATE INDEX story_redirect_by_target ON copydesk.story_redirect (profile_id, target_id);

CREATE TABLE copydesk.story_event (
    event_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    profile_id text NOT NULL,
    story_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('founded', 'joined', 'left', 'merged', 'split', 'new_representative', 'killed',
                                       'revived')),
    article_id uuid,                          -- who joined, left or represents
    related_story_id uuid,                            -- the story it came from, went to, merged into, was split off
    at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX story_event_by_story ON copydesk.story_event (profile_id, story_id, event_id);
