-- name: list_databases
SELECT datname FROM pg_database;

-- name: create_database
CREATE DATABASE {};
