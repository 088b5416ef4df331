-- name: wait_for_lock
SELECT set_config('lock_timeout', %s, false);

-- name: hold_host
SELECT pg_advisory_lock(hashtextextended('copydesk.host.' || %s, 0));
