-- What was learned of each wire: paragraphs that recur over many unlike articles, with the evidence.

CREATE TABLE copydesk.boilerplate (
    wire text NOT NULL,
    key text NOT NULL,                        -- of the paragraph's words, see pipeline/clean/known_boilerplate.py
    state text NOT NULL CHECK (state IN ('candidate', 'learned', 'vetoed', 'allowed')),  -- the last two a person's word
    text text NOT NULL,                       -- its earliest print in the window
    doubt text NOT NULL,                      -- what speaks against it; empty: nothing
    articles integer NOT NULL,                -- that testify, of so many that could
    of_articles integer NOT NULL,
    stories integer NOT NULL,                 -- articles of one title are one story
    of_stories integer NOT NULL,
    days integer NOT NULL,                    -- unlike days and hours that they fall in
    hours integer NOT NULL,
    head integer NOT NULL,                    -- in how many it stands before, amid, after the text
    amid integer NOT NULL,
    tail integer NOT NULL,
    cut integer NOT NULL,                     -- from how many it has been cut before
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (wire, key)
);

-- Every set of keys that pages were ever cleaned with, so that a cleaner's version can be told by what it cut.
CREATE TABLE copydesk.boilerplate_set (
    set_id text PRIMARY KEY,                  -- digest of the keys, as in article_version.cleaner
    keys text[] NOT NULL
);

-- The set that a run cleans a wire's pages with, from its plan to its end.
CREATE TABLE copydesk.run_boilerplate (
    run_id text NOT NULL,
    wire text NOT NULL,
    set_id text NOT NULL REFERENCES copydesk.boilerplate_set,
    PRIMARY KEY (run_id, wire)
);

-- Which step read each page: a version's own says it of the first page that it was found on.
ALTER TABLE copydesk.page_result ADD COLUMN via text NOT NULL DEFAULT '';
UPDATE copydesk.page_result r SET via = v.via FROM copydesk.article_version v WHERE v.version_id = r.version_id;
