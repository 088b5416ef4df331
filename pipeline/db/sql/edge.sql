-- name: keys_of
-- Of each article, the earliest first, its keys; and of a digest those of its items.
SELECT s.article_id, s.published_at,
       ARRAY(SELECT h FROM copydesk.sketch_key k
             WHERE k.article_id = s.article_id AND k.profile_id = s.profile_id ORDER BY h),
       CASE WHEN s.digest THEN s.items END
FROM copydesk.sketch s
WHERE s.article_id = ANY(%(articles)s) AND s.profile_id = %(profile_id)s
ORDER BY s.published_at, s.article_id;

-- name: key_rows
-- What each of these keys finds in the time around the articles that have it, key by key in the order given. OFFSET 0
-- keeps each look-up one by key, of few rows among many: until the table has been analysed the planner can't know that,
-- and would read it whole.
SELECT o.articles, o.times
FROM unnest(%(keys)s::text::bigint[]) WITH ORDINALITY AS k (h, place)
CROSS JOIN LATERAL (
    SELECT array_agg(article_id) AS articles, array_agg(published_at) AS times
    FROM (
        SELECT article_id, published_at FROM copydesk.sketch_key
        WHERE span = ANY(ARRAY(
                  SELECT generate_series(
                      copydesk.span_of(%(since)s - make_interval(hours => %(hours)s), %(window)s),
                      least(copydesk.span_of(%(until)s + make_interval(hours => %(hours)s), %(window)s),
                            (SELECT max(span) FROM copydesk.sketch_key)))))
          AND h = k.h AND profile_id = %(profile_id)s
          AND published_at BETWEEN %(since)s - make_interval(hours => %(hours)s)
                               AND %(until)s + make_interval(hours => %(hours)s)
        OFFSET 0
    ) found
) o
ORDER BY k.place;

-- name: holders
-- Digests within the window that have an article's keys among those of their items, key by key. Looked up one article at
-- a time, as above.
SELECT k.article_id, o.article_id, h
FROM unnest(%(articles)s::uuid[], %(keys)s::text[]) AS n (article_id, keys)
CROSS JOIN LATERAL (
    SELECT s.article_id, s.published_at, n.keys::bigint[] AS keys FROM copydesk.sketch s
    WHERE s.article_id = n.article_id AND s.profile_id = %(profile_id)s
    OFFSET 0
) k
CROSS JOIN LATERAL (
    SELECT article_id, items FROM copydesk.sketch
    WHERE digest AND items && k.keys AND profile_id = %(profile_id)s
      AND published_at BETWEEN k.published_at - make_interval(hours => %(hours)s)
                           AND k.published_at + make_interval(hours => %(hours)s)
    OFFSET 0
) o
CROSS JOIN LATERAL unnest(o.items) AS h
WHERE h = ANY(k.keys);

-- name: same_titles
-- Others within the window that have an article's title, where one of the two has little else. Looked up one article at
-- a time, as above.
SELECT k.article_id, o.article_id
FROM (
    SELECT article_id, title_hash, published_at, slight FROM copydesk.sketch
    WHERE profile_id = %(profile_id)s AND article_id = ANY(%(articles)s) AND title_hash <> 0
    OFFSET 0
) k
CROSS JOIN LATERAL (
    SELECT article_id, slight FROM copydesk.sketch
    WHERE title_hash = k.title_hash AND title_hash <> 0 AND profile_id = %(profile_id)s
      AND published_at BETWEEN k.published_at - make_interval(hours => %(hours)s)
                           AND k.published_at + make_interval(hours => %(hours)s)
    OFFSET 0
) o
WHERE (k.slight OR o.slight) AND o.article_id <> k.article_id;

-- name: edges_of
SELECT a, b, kind, joins, close, rule, whole, shared, size_a, size_b, evidence
FROM copydesk.edge WHERE profile_id = %(profile_id)s AND (a = ANY(%(articles)s) OR b = ANY(%(articles)s));

-- name: forget_edges
DELETE FROM copydesk.edge e
USING (SELECT * FROM unnest(%(a)s::uuid[], %(b)s::uuid[]) AS gone (a, b) ORDER BY a, b) gone
WHERE e.profile_id = %(profile_id)s AND e.a = gone.a AND e.b = gone.b;

-- name: put_edges
INSERT INTO copydesk.edge AS e (profile_id, a, b, kind, joins, close, rule, whole, shared, size_a, size_b, evidence)
SELECT %(profile_id)s, n.*
FROM unnest(%(a)s::uuid[], %(b)s::uuid[], %(kind)s::text[], %(joins)s::boolean[], %(close)s::boolean[], %(rule)s::text[],
            %(whole)s::uuid[], %(shared)s::integer[], %(size_a)s::integer[], %(size_b)s::integer[], %(evidence)s::jsonb[])
    AS n (a, b, kind, joins, close, rule, whole, shared, size_a, size_b, evidence)
ORDER BY n.a, n.b
ON CONFLICT (profile_id, a, b) DO UPDATE
SET (kind, joins, close, rule, whole, shared, size_a, size_b, evidence) =
    (excluded.kind, excluded.joins, excluded.close, excluded.rule, excluded.whole, excluded.shared, excluded.size_a,
     excluded.size_b, excluded.evidence)
WHERE (e.kind, e.close, e.rule, e.whole, e.shared, e.size_a, e.size_b, e.evidence)
      IS DISTINCT FROM (excluded.kind, excluded.close, excluded.rule, excluded.whole, excluded.shared, excluded.size_a,
                        excluded.size_b, excluded.evidence);
