-- Saved searches, and the stories that each has found.

-- name: save
INSERT INTO copydesk.saved_search (name, fields, created_by) VALUES (%(name)s, %(fields)s, %(created_by)s)
ON CONFLICT (name) DO NOTHING RETURNING name;

-- name: delete
DELETE FROM copydesk.saved_search WHERE name = %(name)s RETURNING name;

-- name: list_searches
SELECT s.name, s.fields, s.created_by, s.created_at, s.seen_until,
       (SELECT count(*) FROM copydesk.saved_search_match m WHERE m.name = s.name) AS matches
FROM copydesk.saved_search s ORDER BY s.name;

-- name: set_seen
UPDATE copydesk.saved_search SET seen_until = greatest(seen_until, now()) WHERE name = %(name)s;

-- name: add_matches
-- The stories that a search had not found before; a story that one of them was merged into is not a new one.
INSERT INTO copydesk.saved_search_match (name, story_id)
SELECT %(name)s, n.story_id
FROM unnest(%(stories)s::uuid[]) WITH ORDINALITY AS n (story_id, place)
WHERE NOT EXISTS (
    SELECT FROM copydesk.story_redirect r
    JOIN copydesk.saved_search_match m ON m.name = %(name)s AND m.story_id = r.story_id
    WHERE r.target_id = n.story_id)
ORDER BY n.place
ON CONFLICT (name, story_id) DO NOTHING
RETURNING story_id;
