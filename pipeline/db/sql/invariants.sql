-- The invariants after every task. Each query returns one row (what, profile, id) per violation. `copydesk doctor` runs
-- them, and so does every integration test at its end.

-- name: article_without_story
SELECT 'a signed article is in no story' AS what, s.profile_id, s.article_id AS id
FROM copydesk.sketch s
LEFT JOIN copydesk.story_member m ON m.profile_id = s.profile_id AND m.article_id = s.article_id
WHERE m.article_id IS NULL;

-- name: member_without_sketch
SELECT 'a member of a story has no sketch' AS what, m.profile_id, m.article_id AS id
FROM copydesk.story_member m
LEFT JOIN copydesk.sketch s ON s.profile_id = m.profile_id AND s.article_id = m.article_id
WHERE s.article_id IS NULL;

-- name: story_without_members
SELECT 'a story has no members' AS what, t.profile_id, t.story_id AS id
FROM copydesk.story t
WHERE t.state <> 'merged' AND NOT EXISTS (
    SELECT FROM copydesk.story_member m WHERE m.profile_id = t.profile_id AND m.story_id = t.story_id);

-- name: merged_story_with_members
SELECT 'a merged story still has members' AS what, t.profile_id, t.story_id AS id
FROM copydesk.story t
WHERE t.state = 'merged' AND EXISTS (
    SELECT FROM copydesk.story_member m WHERE m.profile_id = t.profile_id AND m.story_id = t.story_id);

-- name: representative_not_member
SELECT 'a story''s representative is not among its members' AS what, t.profile_id, t.story_id AS id
FROM copydesk.story t
LEFT JOIN copydesk.story_member m
  ON m.profile_id = t.profile_id AND m.article_id = t.representative AND m.story_id = t.story_id
WHERE t.state <> 'merged' AND m.article_id IS NULL;

-- name: representative_not_earliest
SELECT DISTINCT 'a story''s representative is not its earliest member that is not brief' AS what, t.profile_id,
       t.story_id AS id
FROM copydesk.story t
JOIN copydesk.sketch r ON r.profile_id = t.profile_id AND r.article_id = t.representative
JOIN copydesk.story_member m ON m.profile_id = t.profile_id AND m.story_id = t.story_id
JOIN copydesk.sketch s ON s.profile_id = m.profile_id AND s.article_id = m.article_id
WHERE (s.is_brief, s.published_at, s.article_id) < (r.is_brief, r.published_at, r.article_id);

-- name: unconnected_member
SELECT 'a member is neither like its story''s representative nor close or identical to another member' AS what, m.profile_id,
       m.article_id AS id
FROM copydesk.story_member m
JOIN copydesk.story t ON t.profile_id = m.profile_id AND t.story_id = m.story_id
WHERE m.article_id <> t.representative AND NOT EXISTS (
    SELECT FROM copydesk.edge e
    WHERE e.profile_id = m.profile_id AND e.merges
      AND e.a = least(m.article_id, t.representative) AND e.b = greatest(m.article_id, t.representative))
AND NOT EXISTS (
    SELECT FROM (
        SELECT b AS other FROM copydesk.edge
        WHERE a = m.article_id AND profile_id = m.profile_id AND is_near_identical
        UNION ALL
        SELECT a FROM copydesk.edge WHERE b = m.article_id AND profile_id = m.profile_id AND is_near_identical
    ) e
    JOIN copydesk.story_member o
      ON o.article_id = e.other AND o.profile_id = m.profile_id AND o.story_id = m.story_id)
-- Surplus copies have an edge to the first copy only, which may be in another story.
AND (m.profile_id, m.story_id, (SELECT content_hash FROM copydesk.sketch s
                                WHERE s.profile_id = m.profile_id AND s.article_id = m.article_id)) NOT IN (
    SELECT o.profile_id, o.story_id, c.content_hash FROM copydesk.story_member o
    JOIN copydesk.sketch c ON c.profile_id = o.profile_id AND c.article_id = o.article_id
    WHERE c.content_hash <> 0
    GROUP BY o.profile_id, o.story_id, c.content_hash HAVING count(*) > 1);

-- name: representatives_alike
SELECT 'two stories'' representatives share a joining edge' AS what, e.profile_id, one.story_id AS id
FROM copydesk.edge e
JOIN copydesk.story one ON one.profile_id = e.profile_id AND one.representative = e.a
JOIN copydesk.story two ON two.profile_id = e.profile_id AND two.representative = e.b
WHERE e.merges AND one.state <> 'merged' AND two.state <> 'merged';

-- name: redirect_to_merged_story
SELECT 'a redirect does not lead from a merged story to one that is not merged' AS what, r.profile_id, r.story_id AS id
FROM copydesk.story_redirect r
JOIN copydesk.story here ON here.profile_id = r.profile_id AND here.story_id = r.story_id
JOIN copydesk.story there ON there.profile_id = r.profile_id AND there.story_id = r.target_id
WHERE here.state <> 'merged' OR there.state = 'merged';

-- name: merged_without_redirect
SELECT 'a merged story redirects nowhere' AS what, t.profile_id, t.story_id AS id
FROM copydesk.story t
LEFT JOIN copydesk.story_redirect r ON r.profile_id = t.profile_id AND r.story_id = t.story_id
WHERE t.state = 'merged' AND r.story_id IS NULL;

-- name: killed_state_mismatch
SELECT 'a story''s state does not say whether it was killed' AS what, t.profile_id, t.story_id AS id
FROM copydesk.story t
WHERE t.state <> 'merged' AND (t.state = 'killed') <> EXISTS (
    SELECT FROM copydesk.story_member m
    JOIN copydesk.sketch s ON s.profile_id = m.profile_id AND s.article_id = m.article_id
    WHERE m.profile_id = t.profile_id AND m.story_id = t.story_id
      AND (s.withdrawn OR s.notice IN ('kill', 'withhold')));

-- name: key_without_sketch
SELECT DISTINCT 'a key has no sketch' AS what, k.profile_id, k.article_id AS id
FROM copydesk.sketch_key k
LEFT JOIN copydesk.sketch s
  ON s.profile_id = k.profile_id AND s.article_id = k.article_id AND s.published_at = k.published_at
WHERE s.article_id IS NULL;

-- name: origin_not_a_copy
SELECT 'a story''s origin is not a copy of it, or the story is merged' AS what, o.profile_id, o.story_id AS id
FROM copydesk.story_origin o
JOIN copydesk.story t ON t.profile_id = o.profile_id AND t.story_id = o.story_id
LEFT JOIN copydesk.story_member m
  ON m.profile_id = o.profile_id AND m.story_id = o.story_id AND m.article_id = o.article_id
WHERE t.state = 'merged' OR (o.article_id IS NOT NULL AND m.article_id IS NULL);

-- name: totals_mismatch
-- What lists are sorted by is as old as the last fold of each story: articles that wait to be folded do not count.
SELECT 'the stored totals of a story are not those of its copies' AS what, s.profile_id, s.story_id AS id
FROM copydesk.story s
LEFT JOIN copydesk.story_totals t ON t.profile_id = s.profile_id AND t.story_id = s.story_id
WHERE s.state = 'merged' AND t.story_id IS NOT NULL
   OR s.state <> 'merged' AND (t.state, t.copies) IS DISTINCT FROM (
       s.state, (SELECT count(*)::integer FROM copydesk.story_member m
                 WHERE m.profile_id = s.profile_id AND m.story_id = s.story_id));
