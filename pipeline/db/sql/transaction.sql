-- Each is one message to the server. The settings that a transaction relies on are set at its beginning and end with
-- it, so that neither the server's defaults nor the server connection that a pooler picks matter. After waiting for a
-- lock, READ COMMITTED sees what was committed meanwhile.

-- name: begin
BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
SET LOCAL TIME ZONE 'UTC';

-- name: begin_read_only
BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY;
SET LOCAL TIME ZONE 'UTC';

-- name: begin_snapshot
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SET LOCAL TIME ZONE 'UTC';

-- name: may_write
SELECT NOT pg_is_in_recovery() AND has_table_privilege('copydesk.host_state', 'INSERT, UPDATE');
