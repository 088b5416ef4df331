-- name: hold
INSERT INTO copydesk.quarantine (stage, key, wire, reason, detail, run_id)
VALUES (%(stage)s, %(key)s, %(wire)s, %(reason)s, %(detail)s, %(run_id)s)
ON CONFLICT (stage, key) DO UPDATE
SET reason = excluded.reason, detail = excluded.detail, state = 'held', settled_at = NULL
WHERE (quarantine.reason, quarantine.detail, quarantine.state) IS DISTINCT FROM (excluded.reason, excluded.detail, 'held');

-- name: settle
UPDATE copydesk.quarantine SET state = %(state)s, settled_at = now()
WHERE stage = %(stage)s AND key = %(key)s AND state = 'held';

-- name: list
SELECT quarantine_id, stage, key, wire, reason, detail, run_id, state, created_at
FROM copydesk.quarantine WHERE state = 'held' ORDER BY created_at, quarantine_id LIMIT %s;
