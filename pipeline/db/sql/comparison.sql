-- Compares two generations: the old one is live, the new one would be live after a swap.

-- name: count
WITH pair AS (
    SELECT o.article_id, o.story_id AS old_id, n.story_id AS new_id
    FROM copydesk.story_member o
    JOIN copydesk.story_member n ON n.profile_id = %(new)s AND n.article_id = o.article_id
    WHERE o.profile_id = %(old)s
), old_one AS (
    SELECT old_id, count(DISTINCT new_id) AS parts FROM pair GROUP BY old_id
), new_one AS (
    SELECT new_id, count(DISTINCT old_id) AS parts FROM pair GROUP BY new_id
)
SELECT (SELECT count(*) FROM pair) AS articles,
       (SELECT count(*) FROM pair WHERE old_id <> new_id) AS moved,
       (SELECT count(*) FROM new_one WHERE parts > 1) AS merged,
       (SELECT count(*) FROM old_one WHERE parts > 1) AS split,
       (SELECT count(*) FROM copydesk.story o WHERE o.profile_id = %(old)s AND o.state <> 'merged' AND NOT EXISTS (
            SELECT FROM copydesk.story n
            WHERE n.profile_id = %(new)s AND n.story_id = o.story_id AND n.state <> 'merged')) AS ended,
       (SELECT count(*) FROM copydesk.story n WHERE n.profile_id = %(new)s AND n.state <> 'merged' AND NOT EXISTS (
            SELECT FROM copydesk.story o
            WHERE o.profile_id = %(old)s AND o.story_id = n.story_id AND o.state <> 'merged')) AS founded,
       (SELECT count(*) FROM copydesk.story WHERE profile_id = %(old)s AND state <> 'merged') AS stories_before,
       (SELECT count(*) FROM copydesk.story WHERE profile_id = %(new)s AND state <> 'merged') AS stories_after;

-- name: sample_merged
-- New stories with copies from several old ones, those with the most first, with the titles of the old ones.
SELECT n.story_id, r.title, array_agg(DISTINCT x.title ORDER BY x.title) AS titles
FROM (SELECT n.story_id FROM copydesk.story_member n
      JOIN copydesk.story_member o ON o.profile_id = %(old)s AND o.article_id = n.article_id
      WHERE n.profile_id = %(new)s GROUP BY n.story_id HAVING count(DISTINCT o.story_id) > 1
      ORDER BY count(DISTINCT o.story_id) DESC, n.story_id LIMIT %(limit)s) n
JOIN copydesk.story s ON s.profile_id = %(new)s AND s.story_id = n.story_id
JOIN copydesk.article r ON r.article_id = s.representative
JOIN copydesk.story_member m ON m.profile_id = %(new)s AND m.story_id = n.story_id
JOIN copydesk.story_member o ON o.profile_id = %(old)s AND o.article_id = m.article_id
JOIN copydesk.story t ON t.profile_id = %(old)s AND t.story_id = o.story_id
JOIN copydesk.article x ON x.article_id = t.representative
GROUP BY n.story_id, r.title ORDER BY count(DISTINCT o.story_id) DESC, n.story_id;

-- name: sample_split
-- Old stories with copies that would be in several new ones, with the titles of the new ones.
SELECT o.story_id, r.title, array_agg(DISTINCT x.title ORDER BY x.title) AS titles
FROM (SELECT o.story_id FROM copydesk.story_member o
      JOIN copydesk.story_member n ON n.profile_id = %(new)s AND n.article_id = o.article_id
      WHERE o.profile_id = %(old)s GROUP BY o.story_id HAVING count(DISTINCT n.story_id) > 1
      ORDER BY count(DISTINCT n.story_id) DESC, o.story_id LIMIT %(limit)s) o
JOIN copydesk.story s ON s.profile_id = %(old)s AND s.story_id = o.story_id
JOIN copydesk.article r ON r.article_id = s.representative
JOIN copydesk.story_member m ON m.profile_id = %(old)s AND m.story_id = o.story_id
JOIN copydesk.story_member n ON n.profile_id = %(new)s AND n.article_id = m.article_id
JOIN copydesk.story t ON t.profile_id = %(new)s AND t.story_id = n.story_id
JOIN copydesk.article x ON x.article_id = t.representative
GROUP BY o.story_id, r.title ORDER BY count(DISTINCT n.story_id) DESC, o.story_id;

-- name: sample_moved
-- Articles that would be in a story with another id, with its title before and after.
SELECT a.article_id, a.title, y.title AS before, x.title AS after
FROM copydesk.story_member o
JOIN copydesk.story_member n ON n.profile_id = %(new)s AND n.article_id = o.article_id AND n.story_id <> o.story_id
JOIN copydesk.article a ON a.article_id = o.article_id
JOIN copydesk.story t ON t.profile_id = %(old)s AND t.story_id = o.story_id
JOIN copydesk.article y ON y.article_id = t.representative
JOIN copydesk.story s ON s.profile_id = %(new)s AND s.story_id = n.story_id
JOIN copydesk.article x ON x.article_id = s.representative
WHERE o.profile_id = %(old)s ORDER BY a.published_at DESC, a.article_id LIMIT %(limit)s;
