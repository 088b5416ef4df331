-- name: lock_folding
-- Only one transaction folds under a profile at a time. It sees all edges that were committed before it got the lock.
SELECT pg_advisory_xact_lock(hashtextextended('copydesk.fold.' || %(profile_id)s, 0));

-- name: list_neighbours
-- Articles that share a merging edge or a story with one of these.
SELECT b FROM copydesk.edge WHERE profile_id = %(profile_id)s AND merges AND a = ANY(%(articles)s)
UNION
SELECT a FROM copydesk.edge WHERE profile_id = %(profile_id)s AND merges AND b = ANY(%(articles)s)
UNION
SELECT article_id FROM copydesk.story_member
WHERE profile_id = %(profile_id)s
  AND story_id IN (SELECT story_id FROM copydesk.story_member
                   WHERE profile_id = %(profile_id)s AND article_id = ANY(%(articles)s));

-- name: list_nodes
SELECT s.article_id, s.published_at, s.is_brief, s.withdrawn OR s.notice IN ('kill', 'withhold') AS is_killed,
       coalesce(c.earlier[1], s.article_id) AS first_copy, cardinality(c.earlier) = %(count)s AS is_surplus
FROM copydesk.sketch s
CROSS JOIN LATERAL (
    SELECT copydesk.earlier_copies(
        s.profile_id, s.content_hash, s.published_at, s.article_id,
        CASE WHEN s.is_brief THEN %(brief_hours)s::integer ELSE %(full_hours)s::integer END, %(count)s) AS earlier
    OFFSET 0
) c
WHERE s.profile_id = %(profile_id)s AND s.article_id = ANY(%(articles)s)
ORDER BY s.article_id;

-- name: list_merging_edges
SELECT a, b, is_near_identical FROM copydesk.edge
WHERE profile_id = %(profile_id)s AND merges AND a = ANY(%(articles)s) AND b = ANY(%(articles)s);

-- name: list_stories
SELECT s.story_id, s.representative, s.state = 'killed' AS is_killed,
       array_agg(m.article_id ORDER BY m.article_id) AS members
FROM copydesk.story s
JOIN copydesk.story_member m ON m.profile_id = s.profile_id AND m.story_id = s.story_id
WHERE s.profile_id = %(profile_id)s
  AND s.story_id IN (SELECT story_id FROM copydesk.story_member
                     WHERE profile_id = %(profile_id)s AND article_id = ANY(%(articles)s))
GROUP BY s.story_id, s.representative, s.state
ORDER BY s.story_id;

-- name: list_active_ids
-- In this generation and in the live one: a public id means the same story before and after a swap.
SELECT story_id FROM copydesk.story
WHERE profile_id IN (%(profile_id)s, (SELECT profile_id FROM copydesk.profile WHERE state = 'live'))
  AND state <> 'merged' AND story_id = ANY(%(stories)s);

-- name: list_live_story_ids
SELECT s.representative, s.story_id FROM copydesk.story s
WHERE s.profile_id = (SELECT profile_id FROM copydesk.profile WHERE state = 'live' AND profile_id <> %(profile_id)s)
  AND s.representative = ANY(%(leaders)s)
  AND NOT EXISTS (SELECT FROM copydesk.story h
                  WHERE h.profile_id = %(profile_id)s AND h.story_id = s.story_id AND h.state <> 'merged'
                    AND NOT h.story_id = ANY(%(old)s));

-- name: release_representatives
-- Representatives are unique: those that change are released before the new ones are set.
UPDATE copydesk.story SET state = 'merged', representative = NULL, changed_at = now()
WHERE profile_id = %(profile_id)s AND story_id = ANY(%(stories)s) AND state <> 'merged';

-- name: save_stories
INSERT INTO copydesk.story AS s (profile_id, story_id, state, representative)
SELECT %(profile_id)s, n.*
FROM unnest(%(story_id)s::uuid[], %(state)s::text[], %(representative)s::uuid[]) AS n (story_id, state, representative)
ORDER BY n.story_id
ON CONFLICT (profile_id, story_id) DO UPDATE
SET state = excluded.state, representative = excluded.representative, changed_at = now();

-- name: save_members
INSERT INTO copydesk.story_member AS m (profile_id, article_id, story_id)
SELECT %(profile_id)s, n.*
FROM unnest(%(article_id)s::uuid[], %(story_id)s::uuid[]) AS n (article_id, story_id)
ORDER BY n.article_id
ON CONFLICT (profile_id, article_id) DO UPDATE SET story_id = excluded.story_id, joined_at = now()
WHERE m.story_id <> excluded.story_id;

-- name: delete_redirects
DELETE FROM copydesk.story_redirect WHERE profile_id = %(profile_id)s AND story_id = ANY(%(stories)s);

-- name: save_redirects
WITH n AS (SELECT * FROM unnest(%(story_id)s::uuid[], %(target_id)s::uuid[]) AS n (story_id, target_id)),
     followed AS (
         UPDATE copydesk.story_redirect r SET target_id = n.target_id FROM n
         WHERE r.profile_id = %(profile_id)s AND r.target_id = n.story_id AND r.story_id <> n.target_id
     )
INSERT INTO copydesk.story_redirect AS r (profile_id, story_id, target_id)
SELECT %(profile_id)s, n.story_id, n.target_id FROM n ORDER BY n.story_id
ON CONFLICT (profile_id, story_id) DO UPDATE SET target_id = excluded.target_id WHERE r.target_id <> excluded.target_id;

-- name: save_events
INSERT INTO copydesk.story_event (profile_id, story_id, kind, article_id, related_story_id)
SELECT %(profile_id)s, n.story_id, n.kind, n.article_id, n.related_story_id
FROM unnest(%(story_id)s::uuid[], %(kind)s::text[], %(article_id)s::uuid[], %(related_story_id)s::uuid[])
    WITH ORDINALITY AS n (story_id, kind, article_id, related_story_id, place)
ORDER BY n.place;

-- name: save_corrections
-- An event for each article with a correction that no event has announced yet. Clocks of workers may be ahead.
INSERT INTO copydesk.story_event (profile_id, story_id, kind, article_id, at)
SELECT m.profile_id, m.story_id, 'corrected', m.article_id, greatest(now(), v.fetched_at)
FROM copydesk.story_member m
JOIN copydesk.article a ON a.article_id = m.article_id
JOIN copydesk.article_version v ON v.version_id = a.current_version
WHERE m.profile_id = %(profile_id)s AND m.article_id = ANY(%(articles)s) AND v.notice IN ('correction', 'refile')
  AND NOT EXISTS (SELECT FROM copydesk.story_event e
                  WHERE e.profile_id = m.profile_id AND e.story_id = m.story_id AND e.kind = 'corrected'
                    AND e.article_id = m.article_id AND e.at >= v.fetched_at)
ORDER BY m.story_id, m.article_id;

-- name: list_copies
-- What the origin and the sources of stories are read from: of each article the text that was signed, which is not a kill if there was
-- another text before.
SELECT s.article_id, a.wire, s.published_at, v.agency, v.credit, v.dateline, s.is_brief,
       coalesce(w.owner, '') AS owner, p.feed_source
FROM copydesk.sketch s
JOIN copydesk.article a ON a.article_id = s.article_id
JOIN copydesk.article_version v ON v.version_id = s.version_id
JOIN copydesk.page p ON p.page_id = v.page_id
LEFT JOIN copydesk.wire_state w ON w.wire = a.wire
WHERE s.profile_id = %(profile_id)s AND s.article_id = ANY(%(articles)s);

-- name: save_origins
-- Writes only what is new or has changed.
INSERT INTO copydesk.story_origin
    (profile_id, story_id, agency, article_id, basis, evidence, independent_sources, sources)
SELECT %(profile_id)s, n.*
FROM unnest(%(story_id)s::uuid[], %(agency)s::text[], %(article_id)s::uuid[], %(basis)s::text[], %(evidence)s::jsonb[],
            %(independent_sources)s::integer[], %(sources)s::jsonb[])
    AS n (story_id, agency, article_id, basis, evidence, independent_sources, sources)
LEFT JOIN copydesk.story_origin o ON o.profile_id = %(profile_id)s AND o.story_id = n.story_id
WHERE (o.agency, o.article_id, o.basis, o.evidence, o.sources)
      IS DISTINCT FROM (n.agency, n.article_id, n.basis, n.evidence, n.sources)
ORDER BY n.story_id
ON CONFLICT (profile_id, story_id) DO UPDATE
SET (agency, article_id, basis, evidence, independent_sources, sources)
    = (excluded.agency, excluded.article_id, excluded.basis, excluded.evidence, excluded.independent_sources,
       excluded.sources);

-- name: delete_origins
DELETE FROM copydesk.story_origin WHERE profile_id = %(profile_id)s AND story_id = ANY(%(stories)s);

-- name: save_totals
SELECT copydesk.save_story_totals(%(profile_id)s, %(stories)s::uuid[]);

-- name: delete_totals
DELETE FROM copydesk.story_totals WHERE profile_id = %(profile_id)s AND story_id = ANY(%(stories)s);
