-- Every copy's relation is told, also where it shares no joining edge with the representative or the origin's article: it
-- is 'indirect' then, and the copy next to it on the way there stands beside it.

-- The copies of its story that an article shares a joining edge with.
CREATE VIEW copydesk.story_link AS
SELECT m.profile_id, m.story_id, m.article_id, n.article_id AS other, e.kind, e.is_near_identical
FROM copydesk.story_member m
CROSS JOIN LATERAL (
    SELECT b AS other, kind, is_near_identical FROM copydesk.edge WHERE profile_id = m.profile_id AND a = m.article_id AND merges
    UNION ALL
    SELECT a, kind, is_near_identical FROM copydesk.edge WHERE profile_id = m.profile_id AND b = m.article_id AND merges
) e
JOIN copydesk.story_member n
  ON n.profile_id = m.profile_id AND n.article_id = e.other AND n.story_id = m.story_id;

CREATE OR REPLACE VIEW copydesk.story_copy AS
SELECT m.profile_id, m.story_id, s.state, m.article_id, a.wire, p.url, a.title, a.published_at, a.notice,
       m.article_id = s.representative AS is_representative,
       CASE WHEN m.article_id = s.representative THEN '' WHEN e.merges THEN e.kind ELSE 'indirect' END AS relation,
       a.published_at - r.published_at AS delay,
       m.article_id IS NOT DISTINCT FROM o.article_id AS is_origin,
       CASE WHEN o.article_id IS NULL OR o.article_id = m.article_id THEN ''
            WHEN f.merges THEN f.kind ELSE 'indirect' END AS origin_relation,
       a.published_at - b.published_at AS origin_delay,
       v1.other AS via, coalesce(v1.kind, '') AS via_relation,
       v2.other AS origin_via, coalesce(v2.kind, '') AS origin_via_relation
FROM copydesk.story_member m
JOIN copydesk.story s ON s.profile_id = m.profile_id AND s.story_id = m.story_id
JOIN copydesk.article a ON a.article_id = m.article_id
JOIN copydesk.article_version v ON v.version_id = a.current_version
JOIN copydesk.page p ON p.page_id = v.page_id
JOIN copydesk.article r ON r.article_id = s.representative
LEFT JOIN copydesk.story_origin o ON o.profile_id = m.profile_id AND o.story_id = m.story_id
LEFT JOIN copydesk.article b ON b.article_id = o.article_id
LEFT JOIN copydesk.edge e ON e.profile_id = m.profile_id
    AND e.a = least(m.article_id, s.representative) AND e.b = greatest(m.article_id, s.representative)
LEFT JOIN copydesk.edge f ON f.profile_id = m.profile_id
    AND f.a = least(m.article_id, o.article_id) AND f.b = greatest(m.article_id, o.article_id)
-- Of those that it is close to, first who is like the representative itself, next who is close to one that is: no copy is
-- further away (pipeline/fold/cluster.py).
LEFT JOIN LATERAL (
    SELECT l.other, l.kind
    FROM copydesk.story_link l
    JOIN copydesk.article x ON x.article_id = l.other
    LEFT JOIN copydesk.story_link d
      ON d.profile_id = m.profile_id AND d.article_id = l.other AND d.other = s.representative
    WHERE m.article_id <> s.representative AND e.merges IS NOT TRUE AND l.is_near_identical
      AND l.profile_id = m.profile_id AND l.article_id = m.article_id
    ORDER BY d.other IS NULL,
             d.other IS NULL AND NOT EXISTS (
                 SELECT FROM copydesk.story_link g
                 JOIN copydesk.story_link h
                   ON h.profile_id = g.profile_id AND h.article_id = g.other AND h.other = s.representative
                 WHERE g.profile_id = m.profile_id AND g.article_id = l.other AND g.is_near_identical),
             x.published_at, l.other
    LIMIT 1
) v1 ON true
-- Of those that are like both, the representative, or else the earliest.
LEFT JOIN LATERAL (
    SELECT l.other, l.kind
    FROM copydesk.story_link l
    JOIN copydesk.article x ON x.article_id = l.other
    JOIN copydesk.story_link d
      ON d.profile_id = m.profile_id AND d.article_id = l.other AND d.other = o.article_id
    WHERE m.article_id <> o.article_id AND f.merges IS NOT TRUE
      AND l.profile_id = m.profile_id AND l.article_id = m.article_id
    ORDER BY l.other = s.representative DESC, x.published_at, l.other
    LIMIT 1
) v2 ON true;

CREATE OR REPLACE VIEW copydesk.v_copies AS
SELECT story_id, article_id, wire, url, title, published_at, notice, is_representative, relation, delay,
       is_origin, origin_relation, origin_delay, via, via_relation, origin_via, origin_via_relation
FROM copydesk.story_copy
WHERE state = 'live' AND profile_id = (SELECT profile_id FROM copydesk.profile WHERE state = 'live');
