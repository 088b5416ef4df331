-- name: list_databases
SELECT datname FROM pg_database;

-- name: create_database
CREATE DATABASE {};

-- name: count_other_connections
SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid();
