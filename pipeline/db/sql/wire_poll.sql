-- name: list_polls
SELECT wire, polled_at, run_key, is_complete, failures, failing_since, grade, reason
FROM copydesk.wire_poll WHERE wire = ANY(%s) ORDER BY wire;

-- name: save_success
-- Not the result of an older run that was started again.
INSERT INTO copydesk.wire_poll AS p (wire, polled_at, run_key, is_complete)
VALUES (%(wire)s, least(%(end)s, now()), %(run_key)s, %(is_complete)s)
ON CONFLICT (wire) DO UPDATE
SET polled_at = excluded.polled_at, run_key = excluded.run_key, is_complete = excluded.is_complete,
    failures = 0, failing_since = NULL, grade = NULL, reason = ''
WHERE p.polled_at <= excluded.polled_at;

-- name: save_failure
-- The attempts of one run count once.
INSERT INTO copydesk.wire_poll AS p (wire, polled_at, run_key, failures, failing_since, grade, reason)
VALUES (%(wire)s, least(%(end)s, now()), %(run_key)s, 1, least(%(end)s, now()), %(grade)s, %(reason)s)
ON CONFLICT (wire) DO UPDATE
SET polled_at = excluded.polled_at, run_key = excluded.run_key, is_complete = true,
    failures = p.failures + CASE WHEN p.run_key = excluded.run_key AND p.failures > 0 THEN 0 ELSE 1 END,
    failing_since = coalesce(p.failing_since, excluded.failing_since), grade = excluded.grade, reason = excluded.reason
WHERE p.polled_at <= excluded.polled_at;

-- name: list_wires_in_progress
-- Wires that another run has planned and is crawling: without a result, and with the lease of their host.
SELECT DISTINCT n.wire
FROM unnest(%(wires)s::text[], %(hosts)s::text[]) AS n (wire, host)
JOIN copydesk.host_lease h ON h.host = n.host AND h.expires_at > now()
JOIN copydesk.run r ON n.wire = ANY(r.wires) AND r.state = 'running' AND r.run_key <> %(run_key)s
WHERE NOT EXISTS (SELECT FROM copydesk.ledger l
                  WHERE l.run_key = r.run_key AND l.wire = n.wire AND l.stage = 'crawl_result')
ORDER BY n.wire;
