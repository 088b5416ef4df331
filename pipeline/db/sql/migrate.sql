-- name: lock
SELECT pg_advisory_xact_lock(hashtextextended('copydesk.migrate', 0));

-- name: create_schema
CREATE SCHEMA IF NOT EXISTS copydesk;
CREATE TABLE IF NOT EXISTS copydesk.migration (
    name text PRIMARY KEY,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);

-- name: has_migration_table
SELECT to_regclass('copydesk.migration') IS NOT NULL;

-- name: list_applied
SELECT name, checksum FROM copydesk.migration;

-- name: record_migration
INSERT INTO copydesk.migration (name, checksum) VALUES (%s, %s);
