-- name: set_lock_timeout
SELECT set_config('lock_timeout', %s, false);

-- name: lock_host
SELECT pg_advisory_lock(hashtextextended('copydesk.host.' || %s, 0));
