-- name: lock
SELECT pg_advisory_lock(hashtextextended('copydesk.migrate', 0));

-- name: unlock
SELECT pg_advisory_unlock(hashtextextended('copydesk.migrate', 0));

-- name: create_schema
CREATE SCHEMA IF NOT EXISTS copydesk;
CREATE TABLE IF NOT EXISTS copydesk.migration (
    name text PRIMARY KEY,
    digest text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);

-- name: has_table
SELECT to_regclass('copydesk.migration') IS NOT NULL;

-- name: list_applied
SELECT name, digest FROM copydesk.migration;

-- name: record
INSERT INTO copydesk.migration (name, digest) VALUES (%s, %s);
