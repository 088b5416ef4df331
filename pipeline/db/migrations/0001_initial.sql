-- The whole schema, in the order in which data flows: run, fetch, page, article, sketch, edge, story.
--
-- Until 0.1.0 is released this file is edited in place and a development database is made anew. `make schema` writes
-- what PostgreSQL makes of it into ../schema.sql.
--
-- Identifiers are intrinsic wherever possible: the first 16 bytes of a SHA-256 over what makes the thing what it is
-- (pipeline/core/ids.py, store/pages.py, store/articles.py). Doing the same work twice gives the same identifiers.


-- Runs -----------------------------------------------------------------------------------------------------------

CREATE TABLE copydesk.run (
    dag_id text NOT NULL,                     -- the DAG in Airflow; 'cli' for commands
    run_id text NOT NULL,                     -- the run's name within its DAG
    run_key uuid NOT NULL,                    -- of dag_id and run_id; what all other tables refer to
    kind text NOT NULL,                       -- scheduled, manual, backfill, ...: Airflow's run type; cli, import, replay
    mode text NOT NULL DEFAULT 'auto'
        CONSTRAINT run_mode CHECK (mode IN ('auto', 'live', 'archive', 'stored')),
    window_start timestamptz,                 -- null: all time, or unknown because planning failed
    window_end timestamptz,
    wires text[] NOT NULL,
    wire_tasks integer                        -- mapped tasks that share the wires, in turn; null: a task for each wire
        CONSTRAINT run_wire_tasks_positive CHECK (wire_tasks > 0),
    skipped jsonb NOT NULL DEFAULT '{}',      -- wire -> why the run does nothing for it
    state text NOT NULL DEFAULT 'running'
        CONSTRAINT run_state CHECK (state IN ('running', 'awaiting_approval', 'rejected', 'done', 'failed')),
    summary jsonb NOT NULL DEFAULT '{}',
    started_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    reopened_at timestamptz,                  -- when a run that had ended was started again; started_at stays
    PRIMARY KEY (dag_id, run_id),
    CONSTRAINT run_run_key_key UNIQUE (run_key),
    CONSTRAINT run_window_not_empty CHECK (window_start < window_end),
    CONSTRAINT run_window_has_both_ends CHECK ((window_start IS NULL) = (window_end IS NULL))
);
COMMENT ON COLUMN copydesk.run.state IS 'running; awaiting_approval: waits for a person; rejected: nothing was changed; done; failed';
CREATE INDEX run_by_window ON copydesk.run (window_start, window_end);

-- The counts of a run. The wire is empty for what concerns the whole run. store/ledger.py has the sums that must agree.
CREATE TABLE copydesk.ledger (
    run_key uuid NOT NULL,
    wire text NOT NULL DEFAULT '',
    stage text NOT NULL
        CONSTRAINT ledger_stage CHECK (stage IN ('crawl', 'crawl_result', 'left_behind', 'clean', 'layout', 'fold')),
    outcome text NOT NULL,
    count integer NOT NULL,
    PRIMARY KEY (run_key, wire, stage, outcome),
    CONSTRAINT ledger_count_not_negative CHECK (count >= 0)
);

-- Why a run failed to crawl a wire or to clean its pages: the latest attempt that failed with a reason.
CREATE TABLE copydesk.wire_failure (
    run_key uuid NOT NULL,
    wire text NOT NULL,
    stage text NOT NULL,                      -- crawl or clean, as in the ledger
    reason text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (run_key, wire, stage)
);

-- Anomalies of a run: one row per run, wire and kind. The wire is empty for what concerns the whole run.
CREATE TABLE copydesk.warning (
    run_key uuid NOT NULL REFERENCES copydesk.run (run_key) ON DELETE CASCADE,
    wire text NOT NULL DEFAULT '',
    kind text NOT NULL
        CONSTRAINT warning_kind CHECK (kind IN ('silent', 'refusals', 'layout', 'feeds', 'failed', 'left_behind', 'late',
            'no_wires', 'run_failed')),
    message text NOT NULL,
    task text NOT NULL DEFAULT '',            -- the task with more in its log: crawl, clean or another one
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (run_key, wire, kind)
);
CREATE INDEX warning_by_time ON copydesk.warning (at);


-- Pages ----------------------------------------------------------------------------------------------------------

-- What a run saw of each feed when it last finished it.
CREATE TABLE copydesk.feed_state (
    wire text NOT NULL,
    url text NOT NULL,
    etag text,
    last_modified text,
    body_sha256 bytea,
    checked_at timestamptz NOT NULL DEFAULT now(),
    entries integer NOT NULL DEFAULT 0,       -- how many URLs it listed
    PRIMARY KEY (wire, url)
);

-- The last live crawl of each wire, and how it ended; decides when the wire is polled next (pipeline/runs/cadence.py).
CREATE TABLE copydesk.wire_poll (
    wire text PRIMARY KEY,
    polled_at timestamptz NOT NULL,           -- the end of the crawl's window, or the time of its end if that is earlier
    run_key uuid NOT NULL,                    -- the run of the crawl; its retries count as one poll
    is_complete boolean NOT NULL DEFAULT true,-- the crawl left nothing to the next one
    failures integer NOT NULL DEFAULT 0,      -- how many polls in a row have failed
    failing_since timestamptz,                -- when the first of them was
    grade text                                -- how bad the failure is; null: the last poll was good
        CONSTRAINT wire_poll_grade CHECK (grade IN ('hard', 'soft', 'temporary')),
    reason text NOT NULL DEFAULT '',
    CONSTRAINT wire_poll_failure_has_grade CHECK ((grade IS NULL) = (failures = 0))
);
COMMENT ON COLUMN copydesk.wire_poll.grade IS 'hard: gone or unreadable; soft: empty or stale; temporary: no answer';

-- One row per host that is being crawled, renewed while the crawl runs and deleted when it ends. If a crawl was killed,
-- the next one takes the row over once it has expired, by the database's clock.
CREATE TABLE copydesk.host_lease (
    host text PRIMARY KEY,                    -- name and port, as a wire's home has them
    holder text NOT NULL,                     -- machine, process id and a random part: one value per crawl
    acquired_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT host_lease_expires_later CHECK (expires_at > acquired_at)
);

-- What a host has asked for. Every crawl of it observes that, in whatever run and of whatever wire.
CREATE TABLE copydesk.host_state (
    host text PRIMARY KEY,                    -- name and port, as in a URL
    paused_until timestamptz,                 -- by Retry-After; no request before
    last_request_at timestamptz               -- when the last crawl that ended sent its last request
);

-- The requests to a host on a day (UTC). A crawl reserves some at a time and returns what it did not need.
CREATE TABLE copydesk.host_requests (
    host text NOT NULL,
    day date NOT NULL,
    requests integer NOT NULL,
    PRIMARY KEY (host, day),
    CONSTRAINT host_requests_not_negative CHECK (requests >= 0)
);

-- The last robots.txt of each origin; used for a day (RFC 9309, 2.4).
CREATE TABLE copydesk.robots_file (
    origin text PRIMARY KEY,                  -- scheme, name and port
    status integer,                           -- null: no response
    body text NOT NULL DEFAULT '',            -- decoded; empty without a file
    fetched_at timestamptz NOT NULL
);

-- The WARC files of the page archive. A file that is not complete is being written, or is to be deleted: no content is
-- in it.
CREATE TABLE copydesk.warc_file (
    warc_file_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,                -- below page_archive.url: pages/2026/10/....warc.gz
    is_complete boolean NOT NULL DEFAULT false,
    contents integer NOT NULL DEFAULT 0,      -- written to it; those that it still has refer to it
    size bigint NOT NULL DEFAULT 0,           -- bytes
    created_at timestamptz NOT NULL DEFAULT now()
);

-- Page bytes are stored once per content. This table is not partitioned, so that content is unique across months.
-- The bytes are in exactly one place: in page_body, in a WARC file, or deleted.
CREATE TABLE copydesk.page_content (
    content_sha256 bytea PRIMARY KEY,
    content_at timestamptz NOT NULL,          -- when these bytes were stored; selects the partition of page_body
    size integer NOT NULL,                    -- bytes, not compressed
    is_body_deleted boolean NOT NULL DEFAULT false,  -- retention has deleted the bytes; the same content restores them
    warc_file_id bigint REFERENCES copydesk.warc_file,  -- the bytes are there, as a record of this offset and length
    warc_offset bigint,
    warc_length integer,
    CONSTRAINT page_content_in_one_place CHECK (
        num_nonnulls(warc_file_id, warc_offset, warc_length) = 0
        OR (num_nonnulls(warc_file_id, warc_offset, warc_length) = 3 AND NOT is_body_deleted))
);
CREATE INDEX page_content_kept ON copydesk.page_content (content_at, content_sha256) WHERE NOT is_body_deleted;
CREATE INDEX page_content_in_database ON copydesk.page_content (content_at, content_sha256)
    WHERE NOT is_body_deleted AND warc_file_id IS NULL;
CREATE INDEX page_content_by_warc_file ON copydesk.page_content (warc_file_id, warc_offset) WHERE warc_file_id IS NOT NULL;

-- The bytes themselves, one partition per month (ensure_page_partition), so that a month can be dropped at once.
CREATE TABLE copydesk.page_body (
    content_sha256 bytea NOT NULL,
    content_at timestamptz NOT NULL,
    body bytea NOT NULL,                      -- zlib
    PRIMARY KEY (content_sha256, content_at)
) PARTITION BY RANGE (content_at);
ALTER TABLE copydesk.page_body ALTER COLUMN body SET STORAGE EXTERNAL;  -- compressed already
CREATE TABLE copydesk.page_body_default PARTITION OF copydesk.page_body DEFAULT;

-- Each content that a URL has answered with.
CREATE TABLE copydesk.page (
    page_id uuid PRIMARY KEY,                 -- of url_key and content_sha256
    wire text NOT NULL,
    url text NOT NULL,
    canonical_url text NOT NULL,
    url_key bytea NOT NULL,                   -- SHA-256 of the canonical URL
    content_sha256 bytea NOT NULL REFERENCES copydesk.page_content,
    content_at timestamptz NOT NULL,          -- when the content was first stored
    fetched_at timestamptz NOT NULL,
    status integer NOT NULL,
    content_type text NOT NULL DEFAULT '',
    charset text,
    etag text,
    last_modified text,
    published_hint timestamptz,               -- the time that the feed or sitemap gives
    feed_source text NOT NULL DEFAULT ''      -- the publication that the feed says it comes from
);
CREATE INDEX page_by_url ON copydesk.page (url_key, fetched_at DESC);
CREATE INDEX page_by_time ON copydesk.page (wire, (coalesce(published_hint, fetched_at)));
CREATE INDEX page_by_content ON copydesk.page (content_sha256);

-- Every URL of a run has exactly one outcome.
CREATE TABLE copydesk.fetch (
    run_key uuid NOT NULL,
    wire text NOT NULL,
    url_key bytea NOT NULL,
    url text NOT NULL,
    outcome text NOT NULL
        CONSTRAINT fetch_outcome CHECK (outcome IN ('stored', 'unchanged', 'refused', 'quarantined', 'failed')),
    reason text NOT NULL DEFAULT '',
    status integer,
    page_id uuid,
    body_bytes integer NOT NULL DEFAULT 0,
    fetched_at timestamptz NOT NULL DEFAULT now(),
    revisit smallint,                         -- the step of the wire's schedule, from 0, at which a known page was fetched
                                              -- again; -1: although its feed lists it as unchanged; -2: because its
                                              -- story has a kill or a correction; null: no revisit
    PRIMARY KEY (run_key, wire, url_key)
);
CREATE INDEX fetch_revisits ON copydesk.fetch (wire, fetched_at) WHERE revisit IS NOT NULL;
CREATE INDEX fetch_by_url ON copydesk.fetch (url_key, fetched_at DESC);

-- The pages that a run processes: those it fetched or, for a stored window, those that lie in the window.
CREATE TABLE copydesk.run_page (
    run_key uuid NOT NULL,
    wire text NOT NULL,
    page_id uuid NOT NULL REFERENCES copydesk.page ON DELETE CASCADE,
    PRIMARY KEY (run_key, wire, page_id)
);
CREATE INDEX run_page_by_page ON copydesk.run_page (page_id);


-- Cleaning rules that are learned --------------------------------------------------------------------------------

-- Paragraphs of a wire that recur in many different articles, with the evidence.
CREATE TABLE copydesk.boilerplate (
    wire text NOT NULL,
    key text NOT NULL,                        -- of the paragraph's words, see pipeline/clean/known_boilerplate.py
    state text NOT NULL                       -- a person decides 'vetoed' and 'allowed'
        CONSTRAINT boilerplate_state CHECK (state IN ('candidate', 'learned', 'vetoed', 'allowed')),
    text text NOT NULL,                       -- its earliest wording in the learning window
    objection text NOT NULL,                  -- what speaks against it; empty: nothing
    articles integer NOT NULL,                -- articles that have it, of so many that could
    total_articles integer NOT NULL,
    stories integer NOT NULL,                 -- articles with the same title count as one story
    total_stories integer NOT NULL,
    days integer NOT NULL,                    -- different days and hours of the day of those articles
    hours integer NOT NULL,
    head integer NOT NULL,                    -- in how many it stands before, within and after the text
    middle integer NOT NULL,
    tail integer NOT NULL,
    cut integer NOT NULL,                     -- from how many it has been cut before
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (wire, key)
);

-- Every set of keys that pages were ever cleaned with: a cleaner's version names the set.
CREATE TABLE copydesk.boilerplate_set (
    set_id text PRIMARY KEY,                  -- digest of the keys, as in article_version.cleaner
    keys text[] NOT NULL
);

-- The set that a run cleans a wire's pages with, from its plan to its end.
CREATE TABLE copydesk.run_boilerplate (
    run_key uuid NOT NULL,
    wire text NOT NULL,
    set_id text NOT NULL REFERENCES copydesk.boilerplate_set,
    PRIMARY KEY (run_key, wire)
);

-- What the last run that processed a wire read in its source file.
CREATE TABLE copydesk.wire_state (
    wire text PRIMARY KEY,
    agency text NOT NULL,                     -- the wire's articles without a credit are this agency's own
    host text NOT NULL DEFAULT '',            -- of its home page, with port and without www.
    cleaner text NOT NULL DEFAULT '',         -- the version of its cleaning rules
    owner text NOT NULL DEFAULT ''            -- its publisher; empty: unknown
);


-- Articles -------------------------------------------------------------------------------------------------------

CREATE TABLE copydesk.article (
    article_id uuid PRIMARY KEY,              -- of the canonical URL
    wire text NOT NULL,                       -- its owner: of the wires that list it, the one of its site
    canonical_url text NOT NULL,
    published_at timestamptz NOT NULL,        -- the earliest that any version gives, else the first fetch
    published_given boolean NOT NULL,
    title text NOT NULL,
    current_version uuid NOT NULL,
    notice text NOT NULL DEFAULT ''           -- what the desk says of its copy; empty: nothing
        CONSTRAINT article_notice CHECK (notice IN ('', 'kill', 'withhold', 'correction', 'refile', 'writethru',
            'lead', 'update', 'advisory', 'embargo')),
    withdrawn boolean NOT NULL DEFAULT false
);
CREATE INDEX article_by_time ON copydesk.article (published_at, article_id);
CREATE INDEX article_by_wire ON copydesk.article (wire, published_at);

CREATE TABLE copydesk.article_version (
    version_id uuid PRIMARY KEY,              -- of the article's id and its cleaned text
    article_id uuid NOT NULL REFERENCES copydesk.article ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    page_id uuid NOT NULL REFERENCES copydesk.page,
    fetched_at timestamptz NOT NULL,          -- of the page: orders the versions
    title text NOT NULL,
    body text NOT NULL,
    published_at timestamptz,
    published_offset interval,                -- from UTC, as the page writes it; null without a time of day
    published_source text NOT NULL DEFAULT '',      -- the page's own wording of the time
    modified_at timestamptz,
    modified_source text NOT NULL DEFAULT '',
    byline text NOT NULL DEFAULT '',
    author text NOT NULL DEFAULT '',          -- who wrote it, in the page's own words
    agency text NOT NULL DEFAULT '',
    dateline text NOT NULL DEFAULT '',
    credit text NOT NULL DEFAULT '',
    section text NOT NULL DEFAULT '',
    language text NOT NULL DEFAULT '',
    notice text NOT NULL DEFAULT ''
        CONSTRAINT article_version_notice CHECK (notice IN ('', 'kill', 'withhold', 'correction', 'refile', 'writethru',
            'lead', 'update', 'advisory', 'embargo')),
    image_url text NOT NULL DEFAULT '',
    truncated boolean NOT NULL DEFAULT false, -- the page shows only the beginning, as before a paywall
    tickers text[] NOT NULL DEFAULT '{}',     -- NYSE:ABC, or a Reuters code ABC.N
    isins text[] NOT NULL DEFAULT '{}',       -- with a valid check digit
    via text NOT NULL DEFAULT '',             -- the step that extracted the text from the version's first page
    wire text NOT NULL DEFAULT '',            -- the wire that read it
    cleaner text NOT NULL,                    -- the version of the rules that cleaned it
    dropped jsonb NOT NULL DEFAULT '[]',      -- what was cut, and why
    search tsvector GENERATED ALWAYS AS (to_tsvector('simple', left(title || ' ' || body, 200000))) STORED
);
CREATE INDEX article_version_by_article ON copydesk.article_version (article_id, fetched_at, version_id);
CREATE INDEX article_version_by_notice ON copydesk.article_version (article_id)
    WHERE notice IN ('kill', 'withhold', 'correction', 'refile');
CREATE INDEX article_version_search ON copydesk.article_version USING gin (search);
CREATE INDEX article_version_by_ticker ON copydesk.article_version USING gin (tickers) WHERE tickers <> '{}';
CREATE INDEX article_version_by_isin ON copydesk.article_version USING gin (isins) WHERE isins <> '{}';

-- The result of each page under one version of the cleaning rules; run_key is the run that recorded it.
CREATE TABLE copydesk.page_result (
    page_id uuid NOT NULL REFERENCES copydesk.page ON DELETE CASCADE,
    wire text NOT NULL,                       -- the wire that read it; not always the one that fetched it first
    cleaner text NOT NULL,
    outcome text NOT NULL
        CONSTRAINT page_result_outcome CHECK (outcome IN ('article', 'unchanged', 'refused', 'quarantined')),
    reason text NOT NULL DEFAULT '',
    article_id uuid,
    version_id uuid,
    via text NOT NULL DEFAULT '',             -- the step that extracted the text
    run_key uuid NOT NULL,
    PRIMARY KEY (page_id, cleaner),
    CONSTRAINT page_result_has_article_or_reason
        CHECK ((article_id IS NULL) = (outcome IN ('refused', 'quarantined')))
);
CREATE INDEX page_result_by_article ON copydesk.page_result (article_id);

-- Pages that could not be read.
CREATE TABLE copydesk.quarantine (
    quarantine_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stage text NOT NULL,
    subject_id text NOT NULL,                 -- the page's id
    wire text NOT NULL DEFAULT '',
    reason text NOT NULL,
    detail text NOT NULL DEFAULT '',
    run_key uuid NOT NULL,                    -- the run that quarantined it first
    state text NOT NULL DEFAULT 'quarantined'
        CONSTRAINT quarantine_state CHECK (state IN ('quarantined', 'recovered', 'refused')),
    created_at timestamptz NOT NULL DEFAULT now(),
    resolved_at timestamptz,
    UNIQUE (stage, subject_id)
);
CREATE INDEX quarantine_by_state ON copydesk.quarantine (state, created_at);

-- How far an import has read each of its files. Saved with the pages, so that an import continues exactly there.
CREATE TABLE copydesk.import_file (
    run_key uuid NOT NULL,
    file_key text NOT NULL,                   -- of the file's path, size and time: a file that changes is read again
    name text NOT NULL,
    records bigint NOT NULL,                  -- how many of its records have been read
    counts jsonb NOT NULL DEFAULT '{}',       -- records by outcome and reason
    is_complete boolean NOT NULL DEFAULT false,
    PRIMARY KEY (run_key, file_key),
    CONSTRAINT import_file_records_not_negative CHECK (records >= 0)
);

-- Stored pages as other rules read them, until a person approves or rejects the change.
CREATE TABLE copydesk.staged_result (
    run_key uuid NOT NULL,
    wire text NOT NULL,
    cleaner text NOT NULL,                    -- the rules that have read the page
    page_id uuid NOT NULL,
    canonical_url text NOT NULL,
    fetched_at timestamptz NOT NULL,
    result jsonb NOT NULL,                    -- an article, or why there is none
    staged_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (run_key, wire, cleaner, page_id)
);
CREATE INDEX staged_result_by_time ON copydesk.staged_result (staged_at);

-- What a run asked a person to approve. Airflow shows a request as it was first made, whatever the task finds when it
-- is cleared and runs again.
CREATE TABLE copydesk.approval_request (
    run_key uuid PRIMARY KEY,
    details jsonb NOT NULL,
    samples jsonb NOT NULL DEFAULT '[]',      -- stories that would change, with differences
    requested_at timestamptz NOT NULL DEFAULT now()
);


-- Sketches and edges ---------------------------------------------------------------------------------------------
-- Every row belongs to a profile. Generations stand side by side and are never compared with one another.

CREATE TABLE copydesk.profile (
    profile_id text PRIMARY KEY,              -- digest of params
    params jsonb NOT NULL,
    state text NOT NULL
        CONSTRAINT profile_state CHECK (state IN ('building', 'live', 'superseded', 'retired')),
    created_at timestamptz NOT NULL DEFAULT now(),
    live_since timestamptz
);
COMMENT ON COLUMN copydesk.profile.state IS
    'building: not shown yet; live: shown; superseded: was live, its rows are kept; retired: its rows are deleted';
CREATE UNIQUE INDEX profile_live ON copydesk.profile (state) WHERE state = 'live';

-- Everything about an article that is compared. Arrays of hashes are little-endian bytes: uint64, minhash uint32. They
-- do not compress. The primary key starts with the article: it serves look-ups under a profile and deletes of articles.
CREATE TABLE copydesk.sketch (
    profile_id text NOT NULL REFERENCES copydesk.profile,
    article_id uuid NOT NULL REFERENCES copydesk.article ON DELETE CASCADE,
    version_id uuid NOT NULL,                 -- of the text that was signed: the latest that is not a kill
    published_at timestamptz NOT NULL,
    withdrawn boolean NOT NULL,               -- the article's current version is a kill
    notice text NOT NULL                      -- what the signed text or its title says of itself
        CONSTRAINT sketch_notice CHECK (notice IN ('', 'kill', 'withhold', 'correction', 'refile', 'writethru',
            'lead', 'update', 'advisory', 'embargo')),
    is_headline_only boolean NOT NULL,        -- no text apart from the title: a flash, a kill
    is_brief boolean NOT NULL,                -- headline only, or a few lines: represents no story with a longer copy
    is_digest boolean NOT NULL DEFAULT false, -- made of items that are stories of their own
    word_count integer NOT NULL,
    text_hash bigint NOT NULL,
    title_hash bigint NOT NULL,               -- 0: no title
    content_hash bigint NOT NULL DEFAULT 0,   -- equal for identical copies (sign/content_hash.py); 0: no words
    minhash bytea NOT NULL,
    shingles bytea NOT NULL,
    title bytea NOT NULL,
    lead bytea NOT NULL,
    numbers bytea NOT NULL,
    names bytea NOT NULL,
    vocabulary bytea NOT NULL,                -- distinct words of the body: uint32, the lower halves of their hashes
    opening bytea NOT NULL DEFAULT '',
    place bytea NOT NULL DEFAULT '',          -- the words of the dateline's place
    agencies bytea NOT NULL DEFAULT '',       -- the agencies that the article gives as its own
    item_keys bigint[] NOT NULL DEFAULT '{}', -- of a digest, the keys of all its items
    PRIMARY KEY (article_id, profile_id)
-- Most sketches stay within their row: matching reads thousands of them at a time, from anywhere in the table.
) WITH (toast_tuple_target = 8160);
ALTER TABLE copydesk.sketch ALTER COLUMN shingles SET STORAGE EXTERNAL;
ALTER TABLE copydesk.sketch ALTER COLUMN minhash SET STORAGE EXTERNAL;
CREATE INDEX sketch_by_title ON copydesk.sketch (title_hash, profile_id, published_at) WHERE title_hash <> 0;
CREATE INDEX sketch_by_profile ON copydesk.sketch (profile_id);
CREATE INDEX sketch_by_content ON copydesk.sketch (content_hash, profile_id, published_at, article_id)
    WHERE content_hash <> 0;
CREATE INDEX sketch_by_item ON copydesk.sketch USING gin (item_keys) WITH (fastupdate = off) WHERE is_digest;

-- The keys that candidates are found by: at most 16 per article, and none of surplus copies. The table has no foreign key, which would check each
-- of them: keys are deleted with their sketch, by a trigger.
CREATE TABLE copydesk.sketch_key (
    profile_id text NOT NULL,
    time_bucket integer NOT NULL,             -- time_bucket_of(published_at, the profile's window)
    key_hash bigint NOT NULL,
    published_at timestamptz NOT NULL,
    article_id uuid NOT NULL
-- Look-ups need the index only if the table was vacuumed recently: after a fixed number of new rows, not a share.
) WITH (autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 100000);
-- The bucket comes first, so that the keys of a window lie together however many rows there are. The hash comes before
-- the profile: nobody wants all rows of a profile, and a planner without statistics must not expect that.
CREATE INDEX sketch_key_lookup ON copydesk.sketch_key (time_bucket, key_hash, profile_id, published_at)
    INCLUDE (article_id);
CREATE INDEX sketch_key_by_article ON copydesk.sketch_key (article_id, profile_id);

-- Two articles that were verified; the kind is null for a near miss. Undirected, apart from container_id.
CREATE TABLE copydesk.edge (
    profile_id text NOT NULL REFERENCES copydesk.profile,
    a uuid NOT NULL REFERENCES copydesk.article ON DELETE CASCADE,
    b uuid NOT NULL REFERENCES copydesk.article ON DELETE CASCADE,
    kind text
        CONSTRAINT edge_kind CHECK (kind IN ('duplicate', 'revision', 'excerpt', 'part_of', 'series')),
    merges boolean NOT NULL,                  -- the kind makes the two one story
    is_near_identical boolean NOT NULL DEFAULT false,  -- nearly all of the shorter text is in the longer one, or one
                                              -- of the two refers to the other: joins a copy of a copy to its story
    rule text NOT NULL,
    container_id uuid,                        -- the article that contains the other one
    shared integer NOT NULL,                  -- shingles
    size_a integer NOT NULL,
    size_b integer NOT NULL,
    evidence jsonb NOT NULL,
    PRIMARY KEY (a, b, profile_id),
    CONSTRAINT edge_a_before_b CHECK (a < b),
    CONSTRAINT edge_merges_by_kind CHECK (merges = coalesce(kind IN ('duplicate', 'revision', 'excerpt'), false)),
    CONSTRAINT edge_near_identical_merges CHECK (merges OR NOT is_near_identical),
    CONSTRAINT edge_container_is_a_or_b CHECK (container_id IS NULL OR container_id IN (a, b))
);
CREATE INDEX edge_by_b ON copydesk.edge (b, profile_id);
CREATE INDEX edge_by_profile ON copydesk.edge (profile_id);
CREATE INDEX edge_parts_by_a ON copydesk.edge (a, profile_id) WHERE kind = 'part_of';
CREATE INDEX edge_parts_by_b ON copydesk.edge (b, profile_id) WHERE kind = 'part_of';

-- Articles with a sketch newer than their edges (signed), or edges newer than their story (matched). Empty when nothing
-- runs; work that a failed step left unfinished stays here.
CREATE TABLE copydesk.pending_article (
    profile_id text NOT NULL REFERENCES copydesk.profile,
    article_id uuid NOT NULL REFERENCES copydesk.article ON DELETE CASCADE,
    stage text NOT NULL
        CONSTRAINT pending_article_stage CHECK (stage IN ('signed', 'matched')),
    published_at timestamptz NOT NULL,
    since timestamptz NOT NULL DEFAULT now(),
    rearranged boolean NOT NULL DEFAULT false, -- other copies of its text came or went: whoever matches next takes it too
    PRIMARY KEY (article_id, profile_id)
);
CREATE INDEX pending_article_by_time ON copydesk.pending_article (profile_id, stage, published_at, article_id);
CREATE INDEX pending_article_rearranged ON copydesk.pending_article (profile_id, stage) WHERE rearranged;

-- Wires that a person has looked at after a guard stopped a step: the guards ignore them until then.
CREATE TABLE copydesk.guard_exemption (
    wire text PRIMARY KEY,
    until timestamptz NOT NULL,
    granted_at timestamptz NOT NULL DEFAULT now()
);


-- Stories --------------------------------------------------------------------------------------------------------

-- A story's id is public and permanent: a merged story stays and redirects.
CREATE TABLE copydesk.story (
    profile_id text NOT NULL REFERENCES copydesk.profile,
    story_id uuid NOT NULL,
    state text NOT NULL
        CONSTRAINT story_state CHECK (state IN ('live', 'killed', 'merged')),
    representative uuid,                      -- the earliest copy that is not brief; null once merged
    founded_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (profile_id, story_id),
    CONSTRAINT story_has_representative_unless_merged CHECK ((state = 'merged') = (representative IS NULL))
);
CREATE UNIQUE INDEX story_by_representative ON copydesk.story (profile_id, representative);

CREATE TABLE copydesk.story_member (
    profile_id text NOT NULL,
    article_id uuid NOT NULL REFERENCES copydesk.article ON DELETE CASCADE,
    story_id uuid NOT NULL,
    joined_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (article_id, profile_id),
    FOREIGN KEY (profile_id, story_id) REFERENCES copydesk.story DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX story_member_by_story ON copydesk.story_member (profile_id, story_id);

CREATE TABLE copydesk.story_redirect (
    profile_id text NOT NULL,
    story_id uuid NOT NULL,
    target_id uuid NOT NULL,                  -- never itself redirected
    PRIMARY KEY (profile_id, story_id),
    FOREIGN KEY (profile_id, story_id) REFERENCES copydesk.story,
    FOREIGN KEY (profile_id, target_id) REFERENCES copydesk.story,
    CONSTRAINT story_redirect_to_another CHECK (story_id <> target_id)
);
CREATE INDEX story_redirect_by_target ON copydesk.story_redirect (profile_id, target_id);

CREATE TABLE copydesk.story_event (
    event_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    profile_id text NOT NULL,
    story_id uuid NOT NULL,
    kind text NOT NULL
        CONSTRAINT story_event_kind CHECK (kind IN ('founded', 'joined', 'left', 'merged', 'split',
                                                    'new_representative', 'killed', 'revived', 'corrected')),
    article_id uuid,                          -- the article that joined, left, represents or was corrected
    related_story_id uuid,                    -- the story that it came from, went to, merged into or split from
    at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX story_event_by_story ON copydesk.story_event (profile_id, story_id, event_id);
CREATE INDEX story_event_by_time ON copydesk.story_event (profile_id, at);

-- Receivers of story events, from the first run that found their connection on; earlier events are not sent.
CREATE TABLE copydesk.webhook_endpoint (
    endpoint text PRIMARY KEY,                -- the ID of the Airflow connection
    created_at timestamptz NOT NULL DEFAULT now(),
    seen_until timestamptz NOT NULL DEFAULT now()  -- up to when events have been looked at
);

-- Saved searches, which report each story once. Stories that change before a search is saved are not reported.
CREATE TABLE copydesk.saved_search (
    name text PRIMARY KEY,
    fields jsonb NOT NULL,                    -- of the filter, as in the address of the page Stories
    created_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    seen_until timestamptz NOT NULL DEFAULT now()  -- up to when changes of stories have been looked at
);

CREATE TABLE copydesk.saved_search_match (
    match_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL REFERENCES copydesk.saved_search ON DELETE CASCADE,
    story_id uuid NOT NULL,                   -- of any generation: IDs of stories are permanent
    at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (name, story_id)
);
CREATE INDEX saved_search_match_by_time ON copydesk.saved_search_match (at);

CREATE TABLE copydesk.webhook_delivery (
    delivery_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    endpoint text NOT NULL REFERENCES copydesk.webhook_endpoint ON DELETE CASCADE,
    event_id bigint REFERENCES copydesk.story_event ON DELETE CASCADE,
    match_id bigint REFERENCES copydesk.saved_search_match ON DELETE CASCADE,
    state text NOT NULL DEFAULT 'pending'
        CONSTRAINT webhook_delivery_state CHECK (state IN ('pending', 'delivered', 'dead')),
    attempts integer NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL DEFAULT now(),  -- when it is tried next
    reason text NOT NULL DEFAULT '',          -- why the last attempt failed
    created_at timestamptz NOT NULL DEFAULT now(),
    delivered_at timestamptz,
    UNIQUE (endpoint, event_id),
    UNIQUE (endpoint, match_id),
    CONSTRAINT webhook_delivery_of_one CHECK (num_nonnulls(event_id, match_id) = 1)
);
CREATE INDEX webhook_delivery_due ON copydesk.webhook_delivery (endpoint, delivery_id) WHERE state = 'pending';
CREATE INDEX webhook_delivery_old ON copydesk.webhook_delivery (endpoint, created_at) WHERE state = 'delivered';
CREATE INDEX webhook_delivery_by_event ON copydesk.webhook_delivery (event_id);
CREATE INDEX webhook_delivery_by_match ON copydesk.webhook_delivery (match_id);

-- The origin of each story (pipeline/fold/origin.py) and its independent sources (pipeline/fold/sources.py), stored when
-- the story is folded: finding them again for every story in a list would cost as much as the list.
CREATE TABLE copydesk.story_origin (
    profile_id text NOT NULL,
    story_id uuid NOT NULL,
    agency text NOT NULL,                     -- empty: unknown
    article_id uuid REFERENCES copydesk.article ON DELETE SET NULL,  -- null: its own article is not among the copies
    basis text NOT NULL
        CONSTRAINT story_origin_basis CHECK (basis IN ('credit', 'dateline', 'earliest', 'only_wire')),
    evidence jsonb NOT NULL,
    independent_sources integer NOT NULL,
    sources jsonb NOT NULL,                   -- one object per outlet: article, origin, basis, evidence
    PRIMARY KEY (profile_id, story_id),
    CONSTRAINT story_origin_has_sources CHECK (independent_sources > 0),
    FOREIGN KEY (profile_id, story_id) REFERENCES copydesk.story ON DELETE CASCADE
);
CREATE INDEX story_origin_by_article ON copydesk.story_origin (article_id);

-- What lists of stories are filtered and sorted by, stored when a story is folded (save_story_totals): counting the
-- copies of every story for one page of a list would take seconds.
CREATE TABLE copydesk.story_totals (
    profile_id text NOT NULL,
    story_id uuid NOT NULL,
    state text NOT NULL,                      -- as in story: live or killed
    first_at timestamptz NOT NULL,            -- when the first and the last copy were published
    last_at timestamptz NOT NULL,
    copies integer NOT NULL,
    wires text[] NOT NULL,                    -- the outlets, sorted
    wire_count integer GENERATED ALWAYS AS (cardinality(wires)) STORED,
    first_hour_wires integer NOT NULL,        -- how many outlets had it within an hour of the first copy
    language text NOT NULL,                   -- of the text that was folded, as are the words: of a killed story, the
                                              -- last one before the kill
    word_count integer NOT NULL,
    agencies text[] NOT NULL,                 -- of its origin and of that text, in lower case
    sections text[] NOT NULL,                 -- of all copies, in lower case
    PRIMARY KEY (profile_id, story_id),
    FOREIGN KEY (profile_id, story_id) REFERENCES copydesk.story ON DELETE CASCADE
);
CREATE INDEX story_totals_by_first ON copydesk.story_totals (profile_id, first_at, story_id);
CREATE INDEX story_totals_by_last ON copydesk.story_totals (profile_id, last_at, story_id);
CREATE INDEX story_totals_by_copies ON copydesk.story_totals (profile_id, copies, story_id);
CREATE INDEX story_totals_by_wires ON copydesk.story_totals (profile_id, wire_count, story_id);
CREATE INDEX story_totals_by_spread ON copydesk.story_totals (profile_id, first_hour_wires, story_id);


-- Maintenance ----------------------------------------------------------------------------------------------------

-- One row per day and table: data, indexes and TOAST; partitions count with their table.
CREATE TABLE copydesk.table_size (
    day date NOT NULL,
    table_name text NOT NULL,
    bytes bigint NOT NULL,
    row_estimate bigint NOT NULL,             -- from PostgreSQL's statistics
    PRIMARY KEY (day, table_name)
);


-- Functions and triggers -----------------------------------------------------------------------------------------

-- Make sure that a month has its partition. Pages that came before their month had one lie in the default partition,
-- which would prevent it: they are moved. Attaching a table that was made separately blocks neither readers nor writers
-- of the other months.
CREATE FUNCTION copydesk.ensure_page_partition(month date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    first date := date_trunc('month', month)::date;
    since timestamptz := first::timestamp AT TIME ZONE 'UTC';
    until timestamptz := (first + interval '1 month') AT TIME ZONE 'UTC';
    name text := 'page_body_' || to_char(first, 'YYYY_MM');
BEGIN
    IF to_regclass('copydesk.' || name) IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('copydesk.page_partition', 0));
    LOCK TABLE copydesk.page_body_default IN ACCESS EXCLUSIVE MODE;
    -- Checked again: what another transaction made meanwhile is visible after a table lock, not after an advisory one.
    IF to_regclass('copydesk.' || name) IS NOT NULL THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE copydesk.%I (LIKE copydesk.page_body INCLUDING ALL)', name);
    EXECUTE format(
        'WITH moved AS (DELETE FROM copydesk.page_body_default WHERE content_at >= %L AND content_at < %L RETURNING *)'
        ' INSERT INTO copydesk.%I SELECT * FROM moved', since, until, name);
    EXECUTE format(
        'ALTER TABLE copydesk.page_body ATTACH PARTITION copydesk.%I FOR VALUES FROM (%L) TO (%L)', name, since, until);
END $$;

-- The index of the mapped tasks of a wire: without a number of tasks, each of the run's wires has its own; otherwise, they
-- are dealt out in turn, as by RunPlan.batches. Null for a wire that is not in the run, and for the whole run.
CREATE FUNCTION copydesk.map_index_of(wire text, wires text[], wire_tasks integer) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (array_position(wires, wire) - 1) % coalesce(wire_tasks, cardinality(wires))
$$;

-- The bucket of a time. A bucket is as long as a profile's window; an unbounded window (hours is null) has one bucket.
CREATE FUNCTION copydesk.time_bucket_of(at timestamptz, hours integer) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN hours IS NULL THEN 0 ELSE floor(extract(epoch FROM at) / (greatest(hours, 1) * 3600))::integer END
$$;

-- The start of the span of a time, the same as in match/surplus_copies.py; of the only span if its length is unlimited.
CREATE FUNCTION copydesk.span_start_of(at timestamptz, hours integer) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN hours IS NULL THEN '-infinity'::timestamptz
                ELSE to_timestamp(copydesk.time_bucket_of(at, hours)::bigint * greatest(hours, 1) * 3600) END
$$;

CREATE FUNCTION copydesk.span_end_of(at timestamptz, hours integer) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN hours IS NULL THEN 'infinity'::timestamptz
                ELSE to_timestamp((copydesk.time_bucket_of(at, hours) + 1)::bigint * greatest(hours, 1) * 3600) END
$$;

-- The earliest identical copies, at most `count`, of the same text in the same span, that come before an article.
CREATE FUNCTION copydesk.earlier_copies(profile text, content bigint, at timestamptz, article uuid, hours integer,
                                        count integer) RETURNS uuid[]
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT ARRAY(
        SELECT article_id FROM copydesk.sketch
        WHERE content_hash = content AND content_hash <> 0 AND profile_id = profile
          AND published_at >= copydesk.span_start_of(at, hours) AND (published_at, article_id) < (at, article)
        ORDER BY published_at, article_id LIMIT count)
$$;

-- Three words each of a text, as hashes, without punctuation, which desks change: what distinguishes its versions.
CREATE FUNCTION copydesk.word_trigrams(body text) RETURNS integer[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ARRAY(
        SELECT DISTINCT hashtext(concat_ws(' ', word, lead(word) OVER w, lead(word, 2) OVER w))
        FROM regexp_split_to_table(
                 trim(regexp_replace(lower(left(body, 100000)), '[[:punct:][:space:]“”„«»‘’–—…]+', ' ', 'g')), ' ')
             WITH ORDINALITY AS n (word, place)
        WINDOW w AS (ORDER BY place))
$$;

-- Count what is listed about stories, and write what is new or has changed.
CREATE FUNCTION copydesk.save_story_totals(profile text, stories uuid[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO copydesk.story_totals AS t
        (profile_id, story_id, state, first_at, last_at, copies, wires, first_hour_wires, language, word_count, agencies,
         sections)
    SELECT s.profile_id, s.story_id, s.state, c.first_at, c.last_at, c.copies, c.wires, c.first_hour_wires, v.language,
           k.word_count, array_remove(ARRAY[lower(o.agency), lower(v.agency)], ''), c.sections
    FROM copydesk.story s
    JOIN copydesk.sketch k ON k.profile_id = s.profile_id AND k.article_id = s.representative
    JOIN copydesk.article_version v ON v.version_id = k.version_id
    LEFT JOIN copydesk.story_origin o ON o.profile_id = s.profile_id AND o.story_id = s.story_id
    CROSS JOIN LATERAL (
        SELECT min(n.first_at) AS first_at, max(n.published_at) AS last_at, count(*) AS copies,
               array_agg(DISTINCT n.wire ORDER BY n.wire) AS wires,
               count(DISTINCT n.wire) FILTER (WHERE n.published_at <= n.first_at + interval '1 hour')
                   AS first_hour_wires,
               coalesce(array_agg(DISTINCT n.section ORDER BY n.section) FILTER (WHERE n.section <> ''), '{}')
                   AS sections
        FROM (SELECT a.wire, a.published_at, min(a.published_at) OVER () AS first_at, lower(w.section) AS section
              FROM copydesk.story_member m
              JOIN copydesk.article a ON a.article_id = m.article_id
              JOIN copydesk.article_version w ON w.version_id = a.current_version
              WHERE m.profile_id = s.profile_id AND m.story_id = s.story_id) n
    ) c
    WHERE s.profile_id = profile AND s.story_id = ANY(stories) AND s.state <> 'merged'
    ORDER BY s.story_id
    ON CONFLICT (profile_id, story_id) DO UPDATE
    SET (state, first_at, last_at, copies, wires, first_hour_wires, language, word_count, agencies, sections)
        = (excluded.state, excluded.first_at, excluded.last_at, excluded.copies, excluded.wires,
           excluded.first_hour_wires, excluded.language, excluded.word_count, excluded.agencies, excluded.sections)
    WHERE (t.state, t.first_at, t.last_at, t.copies, t.wires, t.first_hour_wires, t.language, t.word_count, t.agencies,
           t.sections)
          IS DISTINCT FROM
          (excluded.state, excluded.first_at, excluded.last_at, excluded.copies, excluded.wires,
           excluded.first_hour_wires, excluded.language, excluded.word_count, excluded.agencies, excluded.sections)
$$;

-- Delete the keys of deleted sketches.
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
CREATE TRIGGER sketch_deleted AFTER DELETE ON copydesk.sketch
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION copydesk.delete_keys();
CREATE TRIGGER sketch_truncated AFTER TRUNCATE ON copydesk.sketch
    FOR EACH STATEMENT EXECUTE FUNCTION copydesk.delete_keys();


-- Views that the public views and queries are made of --------------------------------------------------------------

-- The origin of every story. Its wire is that of its article, else the only wire of that agency.
CREATE VIEW copydesk.resolved_origin AS
SELECT o.profile_id, o.story_id, o.agency AS origin_agency,
       coalesce(a.wire, (SELECT min(w.wire) FROM copydesk.wire_state w
                         WHERE lower(w.agency) = lower(o.agency) HAVING count(*) = 1), '') AS origin_wire,
       o.article_id AS origin_article, o.basis AS origin_basis, o.evidence AS origin_evidence, o.independent_sources
FROM copydesk.story_origin o
LEFT JOIN copydesk.article a ON a.article_id = o.article_id;

-- Where each outlet has a story from.
CREATE VIEW copydesk.story_source AS
SELECT o.profile_id, o.story_id, s.state, a.wire, x.article AS article_id, x.origin, x.basis,
       x.evidence || CASE WHEN t.wire IS NULL THEN '{}' ELSE jsonb_build_object('wire', t.wire) END AS evidence
FROM copydesk.story_origin o
JOIN copydesk.story s ON s.profile_id = o.profile_id AND s.story_id = o.story_id
CROSS JOIN LATERAL jsonb_to_recordset(o.sources) AS x (article uuid, origin text, basis text, evidence jsonb)
JOIN copydesk.article a ON a.article_id = x.article
LEFT JOIN copydesk.article t ON t.article_id = (x.evidence->>'text')::uuid;

-- The first copy of each outlet, in the order in which they were published.
CREATE VIEW copydesk.story_spread AS
SELECT f.profile_id, f.story_id, f.state, row_number() OVER w AS nth,
       count(*) OVER (PARTITION BY f.profile_id, f.story_id) AS outlets, f.wire, f.article_id, f.published_at,
       f.published_given,
       round(extract(epoch FROM f.published_at - first_value(f.published_at) OVER w) / 60, 1)::float8 AS minutes
FROM (
    SELECT DISTINCT ON (m.profile_id, m.story_id, a.wire)
           m.profile_id, m.story_id, s.state, a.wire, a.article_id, a.published_at, a.published_given
    FROM copydesk.story_member m
    JOIN copydesk.story s ON s.profile_id = m.profile_id AND s.story_id = m.story_id
    JOIN copydesk.article a ON a.article_id = m.article_id
    ORDER BY m.profile_id, m.story_id, a.wire, a.published_at, a.article_id
) f
WINDOW w AS (PARTITION BY f.profile_id, f.story_id ORDER BY f.published_at, f.article_id);

-- The copies of its story that an article shares a merging edge with.
CREATE VIEW copydesk.story_link AS
SELECT m.profile_id, m.story_id, m.article_id, n.article_id AS other, e.kind, e.is_near_identical
FROM copydesk.story_member m
CROSS JOIN LATERAL (
    SELECT b AS other, kind, is_near_identical FROM copydesk.edge
    WHERE profile_id = m.profile_id AND a = m.article_id AND merges
    UNION ALL
    SELECT a, kind, is_near_identical FROM copydesk.edge
    WHERE profile_id = m.profile_id AND b = m.article_id AND merges
) e
JOIN copydesk.story_member n
  ON n.profile_id = m.profile_id AND n.article_id = e.other AND n.story_id = m.story_id;

-- Every copy of every story, of killed ones and other generations too. A copy without a merging edge to the
-- representative or to the origin's article is 'indirect': `via` is the next copy on the way there.
CREATE VIEW copydesk.story_copy AS
SELECT m.profile_id, m.story_id, s.state, m.article_id, a.wire, p.url, a.title, a.published_at, a.notice,
       m.article_id = s.representative AS is_representative,
       CASE WHEN m.article_id = s.representative THEN '' WHEN e.merges THEN e.kind ELSE 'indirect' END AS relation,
       a.published_at - r.published_at AS delay,
       m.article_id IS NOT DISTINCT FROM o.article_id AS is_origin,
       CASE WHEN o.article_id IS NULL OR o.article_id = m.article_id THEN ''
            WHEN f.merges THEN f.kind ELSE 'indirect' END AS origin_relation,
       a.published_at - b.published_at AS origin_delay,
       v1.other AS via, coalesce(v1.kind, '') AS via_relation,
       v2.other AS origin_via, coalesce(v2.kind, '') AS origin_via_relation
FROM copydesk.story_member m
JOIN copydesk.story s ON s.profile_id = m.profile_id AND s.story_id = m.story_id
JOIN copydesk.article a ON a.article_id = m.article_id
JOIN copydesk.article_version v ON v.version_id = a.current_version
JOIN copydesk.page p ON p.page_id = v.page_id
JOIN copydesk.article r ON r.article_id = s.representative
LEFT JOIN copydesk.story_origin o ON o.profile_id = m.profile_id AND o.story_id = m.story_id
LEFT JOIN copydesk.article b ON b.article_id = o.article_id
LEFT JOIN copydesk.edge e ON e.profile_id = m.profile_id
    AND e.a = least(m.article_id, s.representative) AND e.b = greatest(m.article_id, s.representative)
LEFT JOIN copydesk.edge f ON f.profile_id = m.profile_id
    AND f.a = least(m.article_id, o.article_id) AND f.b = greatest(m.article_id, o.article_id)
-- Of its near-identical copies, first one with an edge to the representative, then one that is near-identical to such a
-- copy: no copy is further away (pipeline/fold/cluster.py).
LEFT JOIN LATERAL (
    SELECT l.other, l.kind
    FROM copydesk.story_link l
    JOIN copydesk.article x ON x.article_id = l.other
    LEFT JOIN copydesk.story_link d
      ON d.profile_id = m.profile_id AND d.article_id = l.other AND d.other = s.representative
    WHERE m.article_id <> s.representative AND e.merges IS NOT TRUE AND l.is_near_identical
      AND l.profile_id = m.profile_id AND l.article_id = m.article_id
    ORDER BY d.other IS NULL,
             d.other IS NULL AND NOT EXISTS (
                 SELECT FROM copydesk.story_link g
                 JOIN copydesk.story_link h
                   ON h.profile_id = g.profile_id AND h.article_id = g.other AND h.other = s.representative
                 WHERE g.profile_id = m.profile_id AND g.article_id = l.other AND g.is_near_identical),
             x.published_at, l.other
    LIMIT 1
) v1 ON true
-- Of the copies with an edge to both, the representative, else the earliest.
LEFT JOIN LATERAL (
    SELECT l.other, l.kind
    FROM copydesk.story_link l
    JOIN copydesk.article x ON x.article_id = l.other
    JOIN copydesk.story_link d
      ON d.profile_id = m.profile_id AND d.article_id = l.other AND d.other = o.article_id
    WHERE m.article_id <> o.article_id AND f.merges IS NOT TRUE
      AND l.profile_id = m.profile_id AND l.article_id = m.article_id
    ORDER BY l.other = s.representative DESC, x.published_at, l.other
    LIMIT 1
) v2 ON true;

-- The items of digests, edge by edge. Two arms, so that an index serves look-ups from both sides.
CREATE VIEW copydesk.story_digest_item AS
SELECT e.profile_id, e.container_id AS digest_article, w.story_id AS digest_story, x.title AS digest_title,
       x.published_at AS digest_published_at, e.part AS item_article, n.story_id AS item_story, y.title AS item_title,
       e.rule, e.shared, e.evidence, t.state AS digest_state, u.state AS item_state
FROM (
    SELECT profile_id, a AS container_id, b AS part, rule, shared, evidence FROM copydesk.edge
    WHERE kind = 'part_of' AND container_id = a
    UNION ALL
    SELECT profile_id, b, a, rule, shared, evidence FROM copydesk.edge WHERE kind = 'part_of' AND container_id = b
) e
JOIN copydesk.story_member w ON w.profile_id = e.profile_id AND w.article_id = e.container_id
JOIN copydesk.story_member n ON n.profile_id = e.profile_id AND n.article_id = e.part AND n.story_id <> w.story_id
JOIN copydesk.story t ON t.profile_id = w.profile_id AND t.story_id = w.story_id
JOIN copydesk.story u ON u.profile_id = n.profile_id AND u.story_id = n.story_id
JOIN copydesk.article x ON x.article_id = e.container_id
JOIN copydesk.article y ON y.article_id = e.part;


-- Public views -----------------------------------------------------------------------------------------------------
-- Their names are stable. Columns may change until 0.1.0 is released.

-- The current version of every article that is not withdrawn. A kill withdraws every copy of its story.
CREATE VIEW copydesk.v_articles AS
SELECT a.article_id, a.wire, p.url, a.canonical_url, a.title, v.body, a.published_at, a.published_given, v.modified_at,
       v.byline, v.agency, v.dateline, v.credit, v.section, v.language, a.notice, v.image_url, v.via, v.cleaner,
       v.dropped, (SELECT count(*) FROM copydesk.article_version n WHERE n.article_id = a.article_id) AS versions,
       m.story_id, v.published_offset, v.published_source, v.modified_source, v.author, v.truncated, v.tickers, v.isins
FROM copydesk.article a
JOIN copydesk.article_version v ON v.version_id = a.current_version
JOIN copydesk.page p ON p.page_id = v.page_id
LEFT JOIN copydesk.story_member m ON m.article_id = a.article_id
    AND m.profile_id = (SELECT profile_id FROM copydesk.profile WHERE state = 'live')
LEFT JOIN copydesk.story s ON s.profile_id = m.profile_id AND s.story_id = m.story_id
WHERE NOT a.withdrawn AND s.state IS DISTINCT FROM 'killed';

-- The latest title that the desk a story comes from gave it: updates often have other titles than the first version.
CREATE FUNCTION copydesk.latest_title(profile text, story uuid) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT x.title
    FROM copydesk.story s
    JOIN copydesk.article r ON r.article_id = s.representative
    LEFT JOIN copydesk.story_origin o ON o.profile_id = s.profile_id AND o.story_id = s.story_id
    LEFT JOIN copydesk.article b ON b.article_id = o.article_id
    JOIN copydesk.story_member m ON m.profile_id = s.profile_id AND m.story_id = s.story_id
    JOIN copydesk.article x ON x.article_id = m.article_id AND x.wire = coalesce(b.wire, r.wire)
    WHERE s.profile_id = profile AND s.story_id = story AND x.title <> '' AND x.notice NOT IN ('kill', 'withhold')
    ORDER BY x.published_at DESC, x.article_id DESC LIMIT 1
$$;

CREATE VIEW copydesk.v_stories AS
SELECT s.story_id, a.title, v.body, a.published_at, a.wire, p.url, v.agency, v.language, a.notice,
       s.representative, c.copies, c.wires, c.last_at,
       o.origin_agency, o.origin_wire, o.origin_article, o.origin_basis,
       coalesce(copydesk.latest_title(s.profile_id, s.story_id), a.title) AS latest_title, o.independent_sources
FROM copydesk.story s
JOIN copydesk.article a ON a.article_id = s.representative
JOIN copydesk.article_version v ON v.version_id = a.current_version
JOIN copydesk.page p ON p.page_id = v.page_id
JOIN (SELECT m.profile_id, m.story_id, count(*) AS copies, count(DISTINCT x.wire) AS wires,
             max(x.published_at) AS last_at
      FROM copydesk.story_member m JOIN copydesk.article x ON x.article_id = m.article_id
      GROUP BY m.profile_id, m.story_id) c ON c.profile_id = s.profile_id AND c.story_id = s.story_id
LEFT JOIN copydesk.resolved_origin o ON o.profile_id = s.profile_id AND o.story_id = s.story_id
WHERE s.state = 'live' AND s.profile_id = (SELECT profile_id FROM copydesk.profile WHERE state = 'live');

CREATE VIEW copydesk.v_copies AS
SELECT story_id, article_id, wire, url, title, published_at, notice, is_representative, relation, delay,
       is_origin, origin_relation, origin_delay, via, via_relation, origin_via, origin_via_relation
FROM copydesk.story_copy
WHERE state = 'live' AND profile_id = (SELECT profile_id FROM copydesk.profile WHERE state = 'live');

-- Whom each outlet has a live story from, with the evidence.
CREATE VIEW copydesk.v_sources AS
SELECT story_id, wire, article_id, origin, basis, evidence
FROM copydesk.story_source
WHERE state = 'live' AND profile_id = (SELECT profile_id FROM copydesk.profile WHERE state = 'live');

-- How live stories spread: outlet by outlet.
CREATE VIEW copydesk.v_spread AS
SELECT story_id, nth, outlets, wire, article_id, published_at, published_given, minutes
FROM copydesk.story_spread
WHERE state = 'live' AND profile_id = (SELECT profile_id FROM copydesk.profile WHERE state = 'live');

-- Withdrawn stories with the kill that withdrew them; the title is the last one before the kill.
CREATE VIEW copydesk.v_killed_stories AS
SELECT s.story_id, t.title, a.published_at, a.wire, s.representative,
       (SELECT count(*) FROM copydesk.story_member m WHERE m.profile_id = s.profile_id AND m.story_id = s.story_id)
           AS copies,
       k.article_id AS kill_article, k.wire AS kill_wire, k.url AS kill_url, k.title AS kill_title, k.body AS kill_text,
       (SELECT max(e.at) FROM copydesk.story_event e
        WHERE e.profile_id = s.profile_id AND e.story_id = s.story_id AND e.kind = 'killed') AS killed_at
FROM copydesk.story s
JOIN copydesk.article a ON a.article_id = s.representative
JOIN copydesk.sketch r ON r.profile_id = s.profile_id AND r.article_id = s.representative
JOIN copydesk.article_version t ON t.version_id = r.version_id
LEFT JOIN LATERAL (
    SELECT x.article_id, x.wire, p.url, v.title, v.body
    FROM copydesk.story_member m
    JOIN copydesk.sketch h ON h.profile_id = m.profile_id AND h.article_id = m.article_id
    JOIN copydesk.article x ON x.article_id = m.article_id
    JOIN copydesk.article_version v ON v.version_id = x.current_version
    JOIN copydesk.page p ON p.page_id = v.page_id
    WHERE m.profile_id = s.profile_id AND m.story_id = s.story_id
      AND (h.withdrawn OR h.notice IN ('kill', 'withhold'))
    ORDER BY x.withdrawn DESC, x.published_at, x.article_id LIMIT 1
) k ON true
WHERE s.state = 'killed' AND s.profile_id = (SELECT profile_id FROM copydesk.profile WHERE state = 'live');

-- Copies that still show a text that was killed or corrected. The versions of a story are the texts of its origin's wire
-- (else of its representative's); a copy shows the one that it shares most with, the latest if several share as much.
-- A page that now is a kill, or is gone, is left out.
CREATE VIEW copydesk.v_outdated_copies AS
WITH noticed AS (
    SELECT DISTINCT m.profile_id, m.story_id
    FROM copydesk.article_version v
    JOIN copydesk.story_member m ON m.article_id = v.article_id
    JOIN copydesk.profile f ON f.profile_id = m.profile_id AND f.state = 'live'
    WHERE v.notice IN ('kill', 'withhold', 'correction', 'refile')
), marked AS (
    SELECT s.profile_id, s.story_id, s.state = 'killed' AS is_killed, s.changed_at, coalesce(b.wire, r.wire) AS desk,
           coalesce(o.agency, '') AS origin_agency
    FROM noticed n
    JOIN copydesk.story s ON s.profile_id = n.profile_id AND s.story_id = n.story_id AND s.state <> 'merged'
    JOIN copydesk.article r ON r.article_id = s.representative
    LEFT JOIN copydesk.story_origin o ON o.profile_id = s.profile_id AND o.story_id = s.story_id
    LEFT JOIN copydesk.article b ON b.article_id = o.article_id
), texts AS MATERIALIZED (
    SELECT k.profile_id, k.story_id, v.version_id, v.notice, v.title, copydesk.word_trigrams(v.body) AS trigrams,
           CASE WHEN v.fetched_at = min(v.fetched_at) OVER (PARTITION BY k.story_id, v.article_id) THEN a.published_at
                ELSE greatest(a.published_at, coalesce(v.modified_at, v.fetched_at)) END AS at
    FROM marked k
    JOIN copydesk.story_member m ON m.profile_id = k.profile_id AND m.story_id = k.story_id
    JOIN copydesk.article a ON a.article_id = m.article_id
    JOIN copydesk.article_version v ON v.article_id = m.article_id
    WHERE a.wire = k.desk OR v.notice IN ('kill', 'withhold')
), copies AS MATERIALIZED (
    SELECT k.*, a.article_id, a.wire, p.url, a.title, a.published_at, greatest(p.fetched_at, seen.at) AS last_seen_at,
           copydesk.word_trigrams(v.body) AS trigrams
    FROM marked k
    JOIN copydesk.story_member m ON m.profile_id = k.profile_id AND m.story_id = k.story_id
    JOIN copydesk.article a ON a.article_id = m.article_id AND NOT a.withdrawn
    JOIN copydesk.article_version v ON v.version_id = a.current_version
    JOIN copydesk.sketch h ON h.profile_id = m.profile_id AND h.article_id = m.article_id
    JOIN copydesk.page p ON p.page_id = v.page_id
    LEFT JOIN LATERAL (
        SELECT max(f.fetched_at) FILTER (WHERE f.outcome IN ('stored', 'unchanged')) AS at,
               max(f.fetched_at) FILTER (WHERE f.reason = 'gone') AS gone_at
        FROM copydesk.fetch f WHERE f.url_key = p.url_key
    ) seen ON true
    WHERE h.notice NOT IN ('kill', 'withhold') AND (k.is_killed OR NOT h.is_headline_only)
      AND (seen.gone_at IS NULL OR seen.gone_at < seen.at)
)
SELECT c.story_id, CASE WHEN c.is_killed THEN 'killed' ELSE 'corrected' END AS reason, c.article_id, c.wire, c.url, c.title,
       c.published_at, shown.version_id AS shown_version, shown.at AS shown_at, shown.title AS shown_title,
       round(shown.shared::numeric / greatest(cardinality(c.trigrams), 1), 3) AS shown_share,
       coalesce(fix.at, c.changed_at) AS outdated_since, fix.version_id AS newer_version, fix.notice AS newer_notice,
       c.last_seen_at, c.desk AS origin_wire, c.origin_agency
FROM copies c
LEFT JOIN LATERAL (
    SELECT t.version_id, t.at, t.title,
           (SELECT count(*) FROM unnest(c.trigrams) AS g (hash) WHERE g.hash = ANY(t.trigrams)) AS shared
    FROM texts t
    WHERE t.profile_id = c.profile_id AND t.story_id = c.story_id AND t.notice NOT IN ('kill', 'withhold')
    ORDER BY shared DESC, t.at DESC, t.version_id LIMIT 1
) shown ON true
LEFT JOIN LATERAL (
    SELECT t.version_id, t.at, t.notice
    FROM texts t
    WHERE t.profile_id = c.profile_id AND t.story_id = c.story_id
      AND CASE WHEN c.is_killed THEN t.notice IN ('kill', 'withhold')
               ELSE t.notice IN ('correction', 'refile') AND t.at > shown.at END
    ORDER BY t.at, t.version_id LIMIT 1
) fix ON true
WHERE c.is_killed OR fix.version_id IS NOT NULL;

-- What happened to stories, including killed and merged ones.
CREATE VIEW copydesk.v_story_events AS
SELECT e.event_id, e.story_id, e.kind, e.at, e.article_id, a.wire, a.canonical_url AS url, a.title,
       e.related_story_id AS related_story
FROM copydesk.story_event e
LEFT JOIN copydesk.article a ON a.article_id = e.article_id
WHERE e.profile_id = (SELECT profile_id FROM copydesk.profile WHERE state = 'live');

-- One row per digest and story that it has an item of, with the copy that shares most with the digest.
CREATE VIEW copydesk.v_digest_items AS
SELECT DISTINCT ON (digest_article, item_story)
       digest_article, digest_story, digest_title, digest_published_at, item_article, item_story, item_title, rule,
       shared, evidence
FROM copydesk.story_digest_item
WHERE digest_state = 'live' AND item_state = 'live'
  AND profile_id = (SELECT profile_id FROM copydesk.profile WHERE state = 'live')
ORDER BY digest_article, item_story, shared DESC, item_article;

CREATE VIEW copydesk.v_runs AS
SELECT dag_id, run_id, run_key, kind, mode, window_start, window_end, state, wires, skipped,
       coalesce((summary->>'scheduled')::int, 0) AS scheduled, coalesce((summary->>'stored')::int, 0) AS stored,
       coalesce((summary->>'pages')::int, 0) AS pages, coalesce((summary->>'new_articles')::int, 0) AS new_articles,
       coalesce((summary->>'articles')::int, 0) AS articles, coalesce((summary->>'stories')::int, 0) AS stories,
       coalesce((summary->>'refused')::int, 0) AS refused, coalesce((summary->>'quarantined')::int, 0) AS quarantined,
       coalesce((summary->>'failed')::int, 0) AS failed,
       CASE WHEN jsonb_typeof(summary->'failed_wires') = 'object'
            THEN (SELECT count(*) FROM jsonb_object_keys(summary->'failed_wires'))::int ELSE 0 END AS failed_wires,
       coalesce(summary->>'error', '') AS error, coalesce(summary->>'decided_by', '') AS decided_by,
       (summary->>'decided_at')::timestamptz AS decided_at, summary, started_at, ended_at, reopened_at
FROM copydesk.run;

CREATE VIEW copydesk.v_warnings AS
SELECT w.at, w.wire, w.kind, w.message, w.task, r.dag_id, r.run_id, r.window_start, r.window_end
FROM copydesk.warning w JOIN copydesk.run r USING (run_key);

CREATE VIEW copydesk.v_table_sizes AS
SELECT day, table_name, bytes, row_estimate,
       bytes - lag(bytes) OVER (PARTITION BY table_name ORDER BY day) AS growth
FROM copydesk.table_size;

-- What the columns of the public views mean: psql's \d+ and docs/views.md show it.
COMMENT ON VIEW copydesk.v_articles IS 'Every article in its current version, except withdrawn ones and those of killed stories.';
COMMENT ON COLUMN copydesk.v_articles.article_id IS 'Identifies the article; derived from its canonical URL.';
COMMENT ON COLUMN copydesk.v_articles.wire IS 'Wire that owns the article.';
COMMENT ON COLUMN copydesk.v_articles.url IS 'URL that the current version was fetched from.';
COMMENT ON COLUMN copydesk.v_articles.canonical_url IS 'URL that identifies the article.';
COMMENT ON COLUMN copydesk.v_articles.title IS 'Headline.';
COMMENT ON COLUMN copydesk.v_articles.body IS 'Text; paragraphs are separated by an empty line.';
COMMENT ON COLUMN copydesk.v_articles.published_at IS 'Time of publication, UTC; null if unknown.';
COMMENT ON COLUMN copydesk.v_articles.published_given IS 'Whether the page or its feed states that time. If not, it is the time of the fetch.';
COMMENT ON COLUMN copydesk.v_articles.modified_at IS 'Time of the last change that the page states; null if none.';
COMMENT ON COLUMN copydesk.v_articles.byline IS 'Authors as printed.';
COMMENT ON COLUMN copydesk.v_articles.agency IS 'Agency that the article gives as its own; empty if none.';
COMMENT ON COLUMN copydesk.v_articles.dateline IS 'Place, date and agency at the beginning of the text, as printed.';
COMMENT ON COLUMN copydesk.v_articles.credit IS 'Agencies that are credited for the text.';
COMMENT ON COLUMN copydesk.v_articles.section IS 'Section of the site.';
COMMENT ON COLUMN copydesk.v_articles.language IS 'Two-letter code.';
COMMENT ON COLUMN copydesk.v_articles.notice IS 'kill, correction, update, flash or another notice; empty if none.';
COMMENT ON COLUMN copydesk.v_articles.image_url IS 'Address of the main picture.';
COMMENT ON COLUMN copydesk.v_articles.via IS 'What extracted the text: a page rule, structured data or a generic extractor.';
COMMENT ON COLUMN copydesk.v_articles.cleaner IS 'Version of the parser and of its rules.';
COMMENT ON COLUMN copydesk.v_articles.dropped IS 'What was cut from the text, with the reasons.';
COMMENT ON COLUMN copydesk.v_articles.versions IS 'Number of stored versions.';
COMMENT ON COLUMN copydesk.v_articles.story_id IS 'Story in the live profile; null before folding.';
COMMENT ON COLUMN copydesk.v_articles.published_offset IS 'Offset from UTC of the time on the page, from which the printed date can be restored; null if none.';
COMMENT ON COLUMN copydesk.v_articles.published_source IS 'Time of publication as the page writes it.';
COMMENT ON COLUMN copydesk.v_articles.modified_source IS 'Time of the last change as the page writes it.';
COMMENT ON COLUMN copydesk.v_articles.author IS 'Names of the authors.';
COMMENT ON COLUMN copydesk.v_articles.truncated IS 'Whether only the beginning of the text is there, because of a paywall or an incomplete response.';
COMMENT ON COLUMN copydesk.v_articles.tickers IS 'Stock symbols.';
COMMENT ON COLUMN copydesk.v_articles.isins IS 'Securities by ISIN.';
COMMENT ON VIEW copydesk.v_copies IS 'Every copy of every live story, with its relation to the representative and to the origin.';
COMMENT ON COLUMN copydesk.v_copies.story_id IS 'Story.';
COMMENT ON COLUMN copydesk.v_copies.article_id IS 'Copy.';
COMMENT ON COLUMN copydesk.v_copies.wire IS 'Wire of the copy.';
COMMENT ON COLUMN copydesk.v_copies.url IS 'Address of the copy.';
COMMENT ON COLUMN copydesk.v_copies.title IS 'Headline of the copy.';
COMMENT ON COLUMN copydesk.v_copies.published_at IS 'Time of publication, UTC; null if unknown.';
COMMENT ON COLUMN copydesk.v_copies.notice IS 'Notice of the copy; empty if none.';
COMMENT ON COLUMN copydesk.v_copies.is_representative IS 'Whether the copy represents the story.';
COMMENT ON COLUMN copydesk.v_copies.relation IS 'duplicate, revision or excerpt; indirect for a copy of a copy; empty for the representative.';
COMMENT ON COLUMN copydesk.v_copies.delay IS 'How much later than the representative the copy was published; negative if earlier.';
COMMENT ON COLUMN copydesk.v_copies.is_origin IS 'Whether the copy is the article of the story''s origin.';
COMMENT ON COLUMN copydesk.v_copies.origin_relation IS 'Like relation, but to the origin''s article.';
COMMENT ON COLUMN copydesk.v_copies.origin_delay IS 'Like delay, but to the origin''s article.';
COMMENT ON COLUMN copydesk.v_copies.via IS 'For an indirect copy: the next copy on the shortest path to the representative.';
COMMENT ON COLUMN copydesk.v_copies.via_relation IS 'Kind of the edge to that copy.';
COMMENT ON COLUMN copydesk.v_copies.origin_via IS 'Like via, but on the path to the origin''s article.';
COMMENT ON COLUMN copydesk.v_copies.origin_via_relation IS 'Kind of the edge to that copy.';
COMMENT ON VIEW copydesk.v_digest_items IS 'Stories that are items of a digest.';
COMMENT ON COLUMN copydesk.v_digest_items.digest_article IS 'Digest.';
COMMENT ON COLUMN copydesk.v_digest_items.digest_story IS 'Story of the digest.';
COMMENT ON COLUMN copydesk.v_digest_items.digest_title IS 'Headline of the digest.';
COMMENT ON COLUMN copydesk.v_digest_items.digest_published_at IS 'When the digest was published.';
COMMENT ON COLUMN copydesk.v_digest_items.item_article IS 'Article that is an item of the digest.';
COMMENT ON COLUMN copydesk.v_digest_items.item_story IS 'Story of the item.';
COMMENT ON COLUMN copydesk.v_digest_items.item_title IS 'Headline of the item.';
COMMENT ON COLUMN copydesk.v_digest_items.rule IS 'Edge rule that decided.';
COMMENT ON COLUMN copydesk.v_digest_items.shared IS 'Number of shingles that both have.';
COMMENT ON COLUMN copydesk.v_digest_items.evidence IS 'Measures that the rule used.';
COMMENT ON VIEW copydesk.v_killed_stories IS 'Withdrawn stories.';
COMMENT ON COLUMN copydesk.v_killed_stories.story_id IS 'Story.';
COMMENT ON COLUMN copydesk.v_killed_stories.title IS 'Last headline before the kill.';
COMMENT ON COLUMN copydesk.v_killed_stories.published_at IS 'When the story was published.';
COMMENT ON COLUMN copydesk.v_killed_stories.wire IS 'Wire of the representative.';
COMMENT ON COLUMN copydesk.v_killed_stories.representative IS 'Article that represented the story.';
COMMENT ON COLUMN copydesk.v_killed_stories.copies IS 'Number of copies.';
COMMENT ON COLUMN copydesk.v_killed_stories.kill_article IS 'Article that withdrew the story.';
COMMENT ON COLUMN copydesk.v_killed_stories.kill_wire IS 'Wire of that article.';
COMMENT ON COLUMN copydesk.v_killed_stories.kill_url IS 'Address of the kill.';
COMMENT ON COLUMN copydesk.v_killed_stories.kill_title IS 'Headline of the kill.';
COMMENT ON COLUMN copydesk.v_killed_stories.kill_text IS 'Text of the kill.';
COMMENT ON COLUMN copydesk.v_killed_stories.killed_at IS 'When Copydesk found the kill.';
COMMENT ON VIEW copydesk.v_outdated_copies IS 'Copies that still show a killed or uncorrected text.';
COMMENT ON COLUMN copydesk.v_outdated_copies.story_id IS 'Story.';
COMMENT ON COLUMN copydesk.v_outdated_copies.reason IS 'killed, or corrected: the copy shows the text before a correction.';
COMMENT ON COLUMN copydesk.v_outdated_copies.article_id IS 'The copy.';
COMMENT ON COLUMN copydesk.v_outdated_copies.wire IS 'Wire that published the copy.';
COMMENT ON COLUMN copydesk.v_outdated_copies.url IS 'Address of the copy.';
COMMENT ON COLUMN copydesk.v_outdated_copies.title IS 'Headline of the copy.';
COMMENT ON COLUMN copydesk.v_outdated_copies.published_at IS 'When the copy was published.';
COMMENT ON COLUMN copydesk.v_outdated_copies.shown_version IS 'Version of the story that the copy shows.';
COMMENT ON COLUMN copydesk.v_outdated_copies.shown_at IS 'When that version was published, or when its page changed to it.';
COMMENT ON COLUMN copydesk.v_outdated_copies.shown_title IS 'Headline of that version.';
COMMENT ON COLUMN copydesk.v_outdated_copies.shown_share IS 'Share of the copy that is in that version, from 0 to 1.';
COMMENT ON COLUMN copydesk.v_outdated_copies.outdated_since IS 'When the story was killed, or when the first correction after that version was published.';
COMMENT ON COLUMN copydesk.v_outdated_copies.newer_version IS 'Version that killed or corrected it.';
COMMENT ON COLUMN copydesk.v_outdated_copies.newer_notice IS 'Notice of that version.';
COMMENT ON COLUMN copydesk.v_outdated_copies.last_seen_at IS 'When the copy was last fetched successfully.';
COMMENT ON COLUMN copydesk.v_outdated_copies.origin_wire IS 'Wire of the versions.';
COMMENT ON COLUMN copydesk.v_outdated_copies.origin_agency IS 'Agency that the story likely comes from.';
COMMENT ON VIEW copydesk.v_runs IS 'Every run of a DAG or of a command, with its counts.';
COMMENT ON COLUMN copydesk.v_runs.dag_id IS 'DAG, or cli for a command.';
COMMENT ON COLUMN copydesk.v_runs.run_id IS 'Airflow''s ID of the run.';
COMMENT ON COLUMN copydesk.v_runs.run_key IS 'Identifies the run in other tables.';
COMMENT ON COLUMN copydesk.v_runs.kind IS 'Kind of the run.';
COMMENT ON COLUMN copydesk.v_runs.mode IS 'auto, live, archive or stored.';
COMMENT ON COLUMN copydesk.v_runs.window_start IS 'Start of the window; null without one.';
COMMENT ON COLUMN copydesk.v_runs.window_end IS 'End of the window, exclusive.';
COMMENT ON COLUMN copydesk.v_runs.state IS 'running, awaiting_approval, rejected, done or failed.';
COMMENT ON COLUMN copydesk.v_runs.wires IS 'Wires that were processed.';
COMMENT ON COLUMN copydesk.v_runs.skipped IS 'Wires that were skipped, with the reason.';
COMMENT ON COLUMN copydesk.v_runs.scheduled IS 'URLs that were to be fetched.';
COMMENT ON COLUMN copydesk.v_runs.stored IS 'Pages with new content.';
COMMENT ON COLUMN copydesk.v_runs.pages IS 'Pages that were processed.';
COMMENT ON COLUMN copydesk.v_runs.new_articles IS 'New articles.';
COMMENT ON COLUMN copydesk.v_runs.articles IS 'Articles of the run.';
COMMENT ON COLUMN copydesk.v_runs.stories IS 'Stories that the run created or changed.';
COMMENT ON COLUMN copydesk.v_runs.refused IS 'Pages without an article.';
COMMENT ON COLUMN copydesk.v_runs.quarantined IS 'Pages that could not be read.';
COMMENT ON COLUMN copydesk.v_runs.failed IS 'URLs that could not be fetched.';
COMMENT ON COLUMN copydesk.v_runs.failed_wires IS 'Wires that failed.';
COMMENT ON COLUMN copydesk.v_runs.error IS 'Why the run failed; empty if it did not fail.';
COMMENT ON COLUMN copydesk.v_runs.decided_by IS 'Who approved or rejected the changes of the run; empty if nobody has.';
COMMENT ON COLUMN copydesk.v_runs.decided_at IS 'When they did; null if nobody has.';
COMMENT ON COLUMN copydesk.v_runs.summary IS 'All counts as JSON.';
COMMENT ON COLUMN copydesk.v_runs.started_at IS 'When the run started.';
COMMENT ON COLUMN copydesk.v_runs.ended_at IS 'When the run ended; null while it is running.';
COMMENT ON COLUMN copydesk.v_runs.reopened_at IS 'When a task of the run was cleared and ran again; null if never.';
COMMENT ON VIEW copydesk.v_stories IS 'Every live story, with the text of its representative.';
COMMENT ON COLUMN copydesk.v_stories.story_id IS 'Identifies the story; does not change when copies are added.';
COMMENT ON COLUMN copydesk.v_stories.title IS 'Headline of the representative.';
COMMENT ON COLUMN copydesk.v_stories.body IS 'Text of the representative.';
COMMENT ON COLUMN copydesk.v_stories.published_at IS 'Publication time of the representative.';
COMMENT ON COLUMN copydesk.v_stories.wire IS 'Wire of the representative.';
COMMENT ON COLUMN copydesk.v_stories.url IS 'Address of the representative.';
COMMENT ON COLUMN copydesk.v_stories.agency IS 'Agency of the representative.';
COMMENT ON COLUMN copydesk.v_stories.language IS 'Language of the representative.';
COMMENT ON COLUMN copydesk.v_stories.notice IS 'Notice of the representative; empty if none.';
COMMENT ON COLUMN copydesk.v_stories.representative IS 'The representative: the article that stands for the story.';
COMMENT ON COLUMN copydesk.v_stories.copies IS 'Number of copies, including the representative.';
COMMENT ON COLUMN copydesk.v_stories.wires IS 'Number of wires with a copy.';
COMMENT ON COLUMN copydesk.v_stories.last_at IS 'When the latest copy was published.';
COMMENT ON COLUMN copydesk.v_stories.origin_agency IS 'Agency that the story comes from; empty if none is credited.';
COMMENT ON COLUMN copydesk.v_stories.origin_wire IS 'Wire that the story comes from; empty if unknown.';
COMMENT ON COLUMN copydesk.v_stories.origin_article IS 'The origin''s own article; null if it was never crawled.';
COMMENT ON COLUMN copydesk.v_stories.origin_basis IS 'Evidence of the origin: credit, dateline, earliest or only_wire.';
COMMENT ON VIEW copydesk.v_story_events IS 'The history of every story.';
COMMENT ON COLUMN copydesk.v_story_events.event_id IS 'Number of the event, ascending.';
COMMENT ON COLUMN copydesk.v_story_events.story_id IS 'Story.';
COMMENT ON COLUMN copydesk.v_story_events.kind IS 'founded, joined, left, merged, split, new_representative, killed, revived or corrected.';
COMMENT ON COLUMN copydesk.v_story_events.at IS 'When Copydesk detected the event.';
COMMENT ON COLUMN copydesk.v_story_events.article_id IS 'Article that caused the event; null if none.';
COMMENT ON COLUMN copydesk.v_story_events.wire IS 'Wire of the article.';
COMMENT ON COLUMN copydesk.v_story_events.url IS 'Address of the article.';
COMMENT ON COLUMN copydesk.v_story_events.title IS 'Headline of the article.';
COMMENT ON COLUMN copydesk.v_story_events.related_story IS 'The other story of a merge, split or move; null if none.';
COMMENT ON VIEW copydesk.v_table_sizes IS 'The size of each table, measured once a day by the maintain DAG.';
COMMENT ON COLUMN copydesk.v_table_sizes.day IS 'Day of the measurement.';
COMMENT ON COLUMN copydesk.v_table_sizes.table_name IS 'Table.';
COMMENT ON COLUMN copydesk.v_table_sizes.bytes IS 'Size with indexes, in bytes.';
COMMENT ON COLUMN copydesk.v_table_sizes.row_estimate IS 'Estimated number of rows.';
COMMENT ON COLUMN copydesk.v_table_sizes.growth IS 'Growth since the previous measurement, in bytes.';
COMMENT ON VIEW copydesk.v_warnings IS 'Every warning of every run.';
COMMENT ON COLUMN copydesk.v_warnings.at IS 'When the warning was raised.';
COMMENT ON COLUMN copydesk.v_warnings.wire IS 'Wire; empty if the warning concerns the whole run.';
COMMENT ON COLUMN copydesk.v_warnings.kind IS 'Kind of the warning.';
COMMENT ON COLUMN copydesk.v_warnings.message IS 'The warning, in one sentence.';
COMMENT ON COLUMN copydesk.v_warnings.task IS 'Airflow task with the log; empty if none.';
COMMENT ON COLUMN copydesk.v_warnings.dag_id IS 'DAG of the run.';
COMMENT ON COLUMN copydesk.v_warnings.run_id IS 'Run.';
COMMENT ON COLUMN copydesk.v_warnings.window_start IS 'Start of the run''s window.';
COMMENT ON COLUMN copydesk.v_warnings.window_end IS 'End of the run''s window.';
COMMENT ON COLUMN copydesk.v_stories.latest_title IS 'Latest headline by the wire of the origin.';
COMMENT ON COLUMN copydesk.v_stories.independent_sources IS 'Number of independent sources: different origins of its outlets, see v_sources.';
COMMENT ON VIEW copydesk.v_sources IS 'Where each outlet of a live story got the story from.';
COMMENT ON COLUMN copydesk.v_sources.story_id IS 'Story.';
COMMENT ON COLUMN copydesk.v_sources.wire IS 'Outlet: a wire with at least one copy.';
COMMENT ON COLUMN copydesk.v_sources.article_id IS 'The outlet''s copy with the evidence.';
COMMENT ON COLUMN copydesk.v_sources.origin IS 'Agency, publisher or wire that the outlet got the story from. Different origins are independent sources.';
COMMENT ON COLUMN copydesk.v_sources.basis IS 'credit: the outlet credits an agency; feed: it credits nobody, and its feed names another publication as the source; text: it credits nobody and has the text of another outlet; owner: it has the same publisher as another outlet; own: none of these.';
COMMENT ON COLUMN copydesk.v_sources.evidence IS 'credit: the agency that the outlet credits; feed: the publication that its feed names; text and wire: the article with the same text, and the wire of that article; owner: the publisher.';
COMMENT ON VIEW copydesk.v_spread IS 'How every live story spread: the first copy of each outlet, in order of time.';
COMMENT ON COLUMN copydesk.v_spread.story_id IS 'Story.';
COMMENT ON COLUMN copydesk.v_spread.nth IS '1 for the outlet that was first, 2 for the next one, and so on.';
COMMENT ON COLUMN copydesk.v_spread.outlets IS 'Number of outlets, which is also the nth of the last one.';
COMMENT ON COLUMN copydesk.v_spread.wire IS 'Outlet.';
COMMENT ON COLUMN copydesk.v_spread.article_id IS 'First copy of the outlet.';
COMMENT ON COLUMN copydesk.v_spread.published_at IS 'When that copy was published.';
COMMENT ON COLUMN copydesk.v_spread.published_given IS 'Whether the page or its feed states that time. If not, it is the time of the fetch.';
COMMENT ON COLUMN copydesk.v_spread.minutes IS 'Minutes since the first copy of the story.';
