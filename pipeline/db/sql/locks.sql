-- name: acquire_host_lease
INSERT INTO copydesk.host_lease (host, holder, acquired_at, expires_at)
VALUES (%(host)s, %(holder)s, clock_timestamp(), clock_timestamp() + %(lease)s)
ON CONFLICT (host) DO UPDATE
    SET holder = excluded.holder, acquired_at = excluded.acquired_at, expires_at = excluded.expires_at
    WHERE host_lease.expires_at <= clock_timestamp()
RETURNING holder;

-- name: renew_host_lease
UPDATE copydesk.host_lease SET expires_at = clock_timestamp() + %(lease)s
WHERE host = %(host)s AND holder = %(holder)s;

-- name: release_host_lease
DELETE FROM copydesk.host_lease WHERE host = %(host)s AND holder = %(holder)s;
