-- name: list_databases
SELECT datname FROM pg_database;

-- name: create_copydesk
CREATE DATABASE copydesk;

-- name: create_airflow
CREATE DATABASE airflow;

-- name: has_revision_table
SELECT to_regclass('alembic_version') IS NOT NULL;

-- name: read_alembic_revision
SELECT version_num FROM alembic_version;
