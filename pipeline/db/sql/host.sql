-- What hosts have asked for: pauses, budgets and robots.txt. All times are the database's: the clocks of workers differ.

-- name: get_state
SELECT coalesce(greatest(extract(epoch FROM paused_until - now()), 0), 0)::float8 AS pause_seconds,
       extract(epoch FROM now() - last_request_at)::float8 AS idle_seconds
FROM copydesk.host_state WHERE host = %(host)s;

-- name: save_pause
-- The longest pause that a host has asked for applies.
INSERT INTO copydesk.host_state (host, paused_until) VALUES (%(host)s, now() + %(pause)s)
ON CONFLICT (host) DO UPDATE SET paused_until = greatest(host_state.paused_until, excluded.paused_until);

-- name: save_last_request
INSERT INTO copydesk.host_state (host, last_request_at) VALUES (%(host)s, now() - %(age)s)
ON CONFLICT (host) DO UPDATE SET last_request_at = greatest(host_state.last_request_at, excluded.last_request_at);

-- name: add_day
INSERT INTO copydesk.host_requests (host, day, requests)
VALUES (%(host)s, (now() AT TIME ZONE 'UTC')::date, 0)
ON CONFLICT DO NOTHING;

-- name: reserve_requests
-- As many requests as are left of the day's budget, at most the wanted number; no row if none is left.
WITH free AS (
    SELECT host, day, CASE WHEN %(budget)s::integer IS NULL THEN %(wanted)s::integer
                           ELSE least(%(wanted)s::integer, %(budget)s::integer - requests) END AS granted
    FROM copydesk.host_requests
    WHERE host = %(host)s AND day = (now() AT TIME ZONE 'UTC')::date FOR UPDATE
)
UPDATE copydesk.host_requests r SET requests = r.requests + free.granted
FROM free WHERE r.host = free.host AND r.day = free.day AND free.granted > 0
RETURNING r.day, free.granted;

-- name: return_requests
UPDATE copydesk.host_requests SET requests = greatest(requests - %(unused)s::integer, 0)
WHERE host = %(host)s AND day = %(day)s AND %(unused)s::integer > 0;

-- name: find_robots
-- Only a file, or the answer that there is none. An unreachable one is requested again by every crawl.
SELECT status, body FROM copydesk.robots_file
WHERE origin = %(origin)s AND fetched_at > now() - %(max_age)s::interval
  AND status BETWEEN 200 AND 499 AND status <> 429;

-- name: save_robots
INSERT INTO copydesk.robots_file (origin, status, body, fetched_at)
VALUES (%(origin)s, %(status)s, %(body)s, now())
ON CONFLICT (origin) DO UPDATE SET status = excluded.status, body = excluded.body, fetched_at = excluded.fetched_at;
