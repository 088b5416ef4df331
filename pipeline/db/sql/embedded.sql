-- name: list_databases
SELECT datname FROM pg_database;

-- name: create_copydesk
CREATE DATABASE copydesk;

-- name: create_airflow
CREATE DATABASE airflow;
