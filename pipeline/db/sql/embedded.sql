-- name: list_databases
SELECT datname FROM pg_database;

-- name: create_copydesk
CREATE DATABASE copydesk;

-- name: create_airflow
CREATE DATABASE airflow;

-- name: find_revision
SELECT to_regclass('alembic_version');

-- name: read_alembic_revision
SELECT version_num FROM alembic_version;
