-- Webhooks: which story events were sent to which receiver.

-- name: save_endpoint
INSERT INTO copydesk.webhook_endpoint (endpoint) VALUES (%(endpoint)s) ON CONFLICT DO NOTHING;

-- name: add_deliveries
-- The events that a receiver has no delivery of, in their order. They are compared with the deliveries instead of a last
-- number, because transactions do not commit in the order of their events' numbers. Building a generation of stories is
-- not news: of the live one only events after its swap count, of the one before only those until then.
INSERT INTO copydesk.webhook_delivery (endpoint, event_id)
SELECT n.endpoint, e.event_id
FROM copydesk.webhook_endpoint n
JOIN copydesk.profile live ON live.state = 'live'
JOIN copydesk.profile p ON p.state IN ('live', 'superseded')
CROSS JOIN LATERAL (  -- OFFSET: each profile's by the index on their times, instead of all that were ever stored
    SELECT event_id, kind FROM copydesk.story_event
    WHERE profile_id = p.profile_id
      AND at >= greatest(n.created_at, p.live_since, n.seen_until - %(overlap)s::interval, now() - %(span)s::interval)
      AND at < CASE WHEN p.state = 'live' THEN 'infinity' ELSE live.live_since END
    OFFSET 0) e
WHERE n.endpoint = %(endpoint)s AND (%(kinds)s::text[] IS NULL OR e.kind = ANY(%(kinds)s))
ORDER BY e.event_id
ON CONFLICT (endpoint, event_id) DO NOTHING;

-- name: add_match_deliveries
INSERT INTO copydesk.webhook_delivery (endpoint, match_id)
SELECT n.endpoint, m.match_id
FROM copydesk.webhook_endpoint n
JOIN copydesk.saved_search_match m
    ON m.at >= greatest(n.created_at, n.seen_until - %(overlap)s::interval, now() - %(span)s::interval)
WHERE n.endpoint = %(endpoint)s
ORDER BY m.match_id
ON CONFLICT (endpoint, match_id) DO NOTHING;

-- name: set_seen
UPDATE copydesk.webhook_endpoint SET seen_until = greatest(seen_until, now()) WHERE endpoint = %(endpoint)s;

-- name: claim_next
-- The next delivery that is due, reserved until `lease` has passed: whoever ends in between has not lost it.
WITH claimed AS (
    UPDATE copydesk.webhook_delivery d SET attempts = d.attempts + 1, next_at = now() + %(lease)s::interval
    WHERE d.delivery_id = (
        SELECT delivery_id FROM copydesk.webhook_delivery
        WHERE endpoint = %(endpoint)s AND state = 'pending' AND next_at <= now() AND delivery_id > %(after)s
        ORDER BY delivery_id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING d.*
)
SELECT d.delivery_id, d.endpoint, d.attempts, coalesce('story.' || e.kind, 'search.matched') AS type,
       coalesce('event_' || d.event_id, 'match_' || d.match_id) AS message, coalesce(e.at, m.at) AS at,
       coalesce(e.story_id, m.story_id) AS story_id, e.article_id, e.related_story_id AS related_story,
       m.name AS search
FROM claimed d
LEFT JOIN copydesk.story_event e ON e.event_id = d.event_id
LEFT JOIN copydesk.saved_search_match m ON m.match_id = d.match_id;

-- name: save_result
UPDATE copydesk.webhook_delivery
SET state = %(state)s, reason = %(reason)s, next_at = now() + %(wait)s::interval,
    delivered_at = CASE WHEN %(state)s = 'delivered' THEN now() END
WHERE delivery_id = %(delivery_id)s;

-- name: delete_delivered
-- Deliveries are kept for longer than events are looked at, because their absence means that an event is new.
DELETE FROM copydesk.webhook_delivery
WHERE endpoint = %(endpoint)s AND state = 'delivered' AND created_at < now() - 2 * %(span)s::interval;

-- name: list_deliveries
SELECT d.delivery_id, d.endpoint, d.state, d.attempts, d.next_at, d.reason,
       coalesce('story.' || e.kind, 'search.matched') AS type, coalesce(e.at, m.at) AS at,
       coalesce(e.story_id, m.story_id) AS story_id
FROM copydesk.webhook_delivery d
LEFT JOIN copydesk.story_event e ON e.event_id = d.event_id
LEFT JOIN copydesk.saved_search_match m ON m.match_id = d.match_id
WHERE (%(endpoint)s::text IS NULL OR d.endpoint = %(endpoint)s)
  AND (%(state)s::text IS NULL OR d.state = %(state)s)
ORDER BY d.delivery_id DESC LIMIT %(limit)s;

-- name: retry
-- Deliver again what was given up, or chosen deliveries in any state.
UPDATE copydesk.webhook_delivery
SET state = 'pending', attempts = 0, next_at = now(), delivered_at = NULL
WHERE CASE WHEN %(ids)s::bigint[] IS NULL THEN state = 'dead' ELSE delivery_id = ANY(%(ids)s) END
  AND (%(endpoint)s::text IS NULL OR endpoint = %(endpoint)s)
RETURNING delivery_id;
