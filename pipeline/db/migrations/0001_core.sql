-- What a run touches: addresses, pages, articles, what was set aside, and the counts.

CREATE TABLE copydesk.run (
    run_id text PRIMARY KEY,
    dag_id text NOT NULL DEFAULT '',
    kind text NOT NULL,                       -- scheduled, manual, backfill, cli
    mode text NOT NULL DEFAULT 'auto',        -- auto, crawl, stored
    window_start timestamptz NOT NULL,
    window_end timestamptz NOT NULL,
    wires text[] NOT NULL,
    skipped jsonb NOT NULL DEFAULT '{}',      -- wire -> why nothing was done for it
    state text NOT NULL DEFAULT 'running',    -- running, done, failed
    summary jsonb NOT NULL DEFAULT '{}',
    started_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    CHECK (window_start < window_end)
);
CREATE INDEX run_by_window ON copydesk.run (window_start, window_end);

CREATE TABLE copydesk.feed_state (
    wire text NOT NULL,
    url text NOT NULL,
    etag text,
    last_modified text,
    body_sha256 bytea,
    checked_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (wire, url)
);

-- Bytes are kept once by content. The key table is whole, so that content is unique across months; the bytes
-- themselves lie in a partition a month, so that old ones can be dropped at once.
CREATE TABLE copydesk.page_content (
    content_sha256 bytea PRIMARY KEY,
    content_at timestamptz NOT NULL,
    size integer NOT NULL
);

CREATE TABLE copydesk.page_body (
    content_sha256 bytea NOT NULL,
    content_at timestamptz NOT NULL,
    body bytea NOT NULL,                      -- zlib
    PRIMARY KEY (content_sha256, content_at)
) PARTITION BY RANGE (content_at);
ALTER TABLE copydesk.page_body ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE TABLE copydesk.page_body_default PARTITION OF copydesk.page_body DEFAULT;

CREATE FUNCTION copydesk.ensure_page_partition(month date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    first date := date_trunc('month', month)::date;
    name text := 'page_body_' || to_char(first, 'YYYY_MM');
BEGIN
    IF to_regclass('copydesk.' || name) IS NULL THEN
        EXECUTE format(
            'CREATE TABLE IF NOT EXISTS copydesk.%I PARTITION OF copydesk.page_body FOR VALUES FROM (%L) TO (%L)',
            name, first::timestamp AT TIME ZONE 'UTC', (first + interval '1 month') AT TIME ZONE 'UTC');
    END IF;
END $$;

CREATE TABLE copydesk.page (
    page_id uuid PRIMARY KEY,                 -- of sha256(url_key + content_sha256)
    wire text NOT NULL,
    url text NOT NULL,
    canonical_url text NOT NULL,
    url_key bytea NOT NULL,                   -- sha256 of the canonical address
    content_sha256 bytea NOT NULL REFERENCES copydesk.page_content,
    content_at timestamptz NOT NULL,
    fetched_at timestamptz NOT NULL,
    status integer NOT NULL,
    content_type text NOT NULL DEFAULT '',
    charset text,
    etag text,
    last_modified text,
    published_hint timestamptz                -- what the feed or sitemap said
);
CREATE INDEX page_by_url ON copydesk.page (url_key, fetched_at DESC);
CREATE INDEX page_by_time ON copydesk.page (wire, (coalesce(published_hint, fetched_at)));

CREATE TABLE copydesk.fetch (
    run_id text NOT NULL,
    wire text NOT NULL,
    url_key bytea NOT NULL,
    url text NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('stored', 'unchanged', 'refused', 'quarantined', 'failed')),
    reason text NOT NULL DEFAULT '',
    status integer,
    page_id uuid,
    body_bytes integer NOT NULL DEFAULT 0,
    fetched_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (run_id, wire, url_key)
);
CREATE INDEX fetch_by_url ON copydesk.fetch (url_key, fetched_at DESC);

-- The pages that a run is about: those it fetched, and for a stored window those that lie in it.
CREATE TABLE copydesk.run_page (
    run_id text NOT NULL,
    wire text NOT NULL,
    page_id uuid NOT NULL REFERENCES copydesk.page ON DELETE CASCADE,
    PRIMARY KEY (run_id, wire, page_id)
);
CREATE INDEX run_page_by_page ON copydesk.run_page (page_id);

CREATE TABLE copydesk.article (
    article_id uuid PRIMARY KEY,              -- of the canonical address
    wire text NOT NULL,
    canonical_url text NOT NULL,
    published_at timestamptz NOT NULL,        -- the earliest that any version gives, else the first fetch
    published_given boolean NOT NULL,
    title text NOT NULL,
    current_version uuid NOT NULL,
    notice text NOT NULL DEFAULT '',
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
    published_source text NOT NULL DEFAULT '',
    modified_at timestamptz,
    byline text NOT NULL DEFAULT '',
    agency text NOT NULL DEFAULT '',
    dateline text NOT NULL DEFAULT '',
    credit text NOT NULL DEFAULT '',
    section text NOT NULL DEFAULT '',
    language text NOT NULL DEFAULT '',
    notice text NOT NULL DEFAULT '',
    image_url text NOT NULL DEFAULT '',
    via text NOT NULL DEFAULT '',
    cleaner text NOT NULL,
    dropped jsonb NOT NULL DEFAULT '[]',      -- what was cut, and why
    search tsvector GENERATED ALWAYS AS (to_tsvector('simple', left(title || ' ' || body, 200000))) STORED
);
CREATE INDEX article_version_by_article ON copydesk.article_version (article_id, fetched_at, version_id);
CREATE INDEX article_version_search ON copydesk.article_version USING gin (search);

-- What became of each page under one version of the cleaning rules; run_id is the run that settled it.
CREATE TABLE copydesk.page_result (
    page_id uuid NOT NULL REFERENCES copydesk.page ON DELETE CASCADE,
    cleaner text NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('article', 'unchanged', 'refused', 'quarantined')),
    reason text NOT NULL DEFAULT '',
    article_id uuid,
    version_id uuid,
    run_id text NOT NULL,
    PRIMARY KEY (page_id, cleaner),
    CHECK ((article_id IS NULL) = (outcome IN ('refused', 'quarantined')))
);
CREATE INDEX page_result_by_article ON copydesk.page_result (article_id);

CREATE TABLE copydesk.quarantine (
    quarantine_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stage text NOT NULL,
    subject_id text NOT NULL,                        -- the page's or article's id
    wire text NOT NULL DEFAULT '',
    reason text NOT NULL,
    detail text NOT NULL DEFAULT '',
    run_id text NOT NULL DEFAULT '',
    state text NOT NULL DEFAULT 'quarantined' CHECK (state IN ('quarantined', 'recovered', 'refused')),
    created_at timestamptz NOT NULL DEFAULT now(),
    resolved_at timestamptz,
    UNIQUE (stage, subject_id)
);

CREATE TABLE copydesk.ledger (
    run_id text NOT NULL,
    wire text NOT NULL DEFAULT '',
    stage text NOT NULL,
    outcome text NOT NULL,
    count integer NOT NULL CHECK (count >= 0),
    PRIMARY KEY (run_id, wire, stage, outcome)
);
