-- Upkeep: months that get their partition late, bytes that are no longer kept, how large the tables are.

-- What came before its month had a partition lies in the default one, and would keep that month from ever getting it:
-- it is moved. Attaching a table made beside locks out neither readers nor writers of the other months.
CREATE OR REPLACE FUNCTION copydesk.ensure_page_partition(month date) RETURNS void LANGUAGE plpgsql AS $$
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
    -- Only now: what another has made meanwhile is seen after a lock of a table, not after an advisory one.
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

-- The bytes are dropped by retention; what is known of the page, and what was read from it, stays. Content that comes
-- again gets its bytes back, with a new time: page.content_at is when the page's content was first seen, no more.
ALTER TABLE copydesk.page_content ADD COLUMN is_body_deleted boolean NOT NULL DEFAULT false;
CREATE INDEX page_content_kept ON copydesk.page_content (content_at, content_sha256) WHERE NOT is_body_deleted;
CREATE INDEX page_by_content ON copydesk.page (content_sha256);

CREATE INDEX quarantine_by_state ON copydesk.quarantine (state, created_at);

-- One row a day and table: data, indexes and whatever is stored beside; partitions count with their table.
CREATE TABLE copydesk.table_size (
    day date NOT NULL,
    table_name text NOT NULL,
    bytes bigint NOT NULL,
    row_estimate bigint NOT NULL,                  -- as the statistics have it
    PRIMARY KEY (day, table_name)
);

CREATE VIEW copydesk.v_table_sizes AS
SELECT day, table_name, bytes, row_estimate,
       bytes - lag(bytes) OVER (PARTITION BY table_name ORDER BY day) AS growth
FROM copydesk.table_size;
