-- name: candidates
-- Of each of the articles those within the window whose shared keys have points enough (pipeline/match/memory.py), or that
-- share a title where one of the two has little else. Counted article by article, in memory. OFFSET 0 keeps each look-up
-- one by key, of few rows among many: until the tables have been analysed the planner can't know that, and would read
-- them whole.
SELECT wanted.article_id, found.article_id
FROM unnest(%(articles)s::uuid[]) AS wanted (article_id)
CROSS JOIN LATERAL (
    SELECT shared.article_id
    FROM (
        SELECT o.article_id, k.h, k.listed
        FROM (
            SELECT h, published_at, 0 AS listed FROM copydesk.sketch_key
            WHERE article_id = wanted.article_id AND profile_id = %(profile_id)s
            UNION ALL
            SELECT unnest(items), published_at, 1 FROM copydesk.sketch
            WHERE article_id = wanted.article_id AND profile_id = %(profile_id)s AND digest
            OFFSET 0
        ) k
        CROSS JOIN LATERAL (
            SELECT article_id FROM copydesk.sketch_key
            WHERE h = k.h AND profile_id = %(profile_id)s
              AND published_at BETWEEN k.published_at - make_interval(hours => %(hours)s)
                                   AND k.published_at + make_interval(hours => %(hours)s)
            OFFSET 0
        ) o
        UNION ALL
        SELECT o.article_id, h, 1
        FROM (
            SELECT min(published_at) AS published_at, array_agg(h) AS keys FROM copydesk.sketch_key
            WHERE article_id = wanted.article_id AND profile_id = %(profile_id)s
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
        WHERE h = ANY(k.keys)
    ) shared
    GROUP BY shared.article_id
    HAVING sum((1 + (h & 1) + listed)::integer) >= %(enough)s
    UNION
    SELECT o.article_id
    FROM (
        SELECT title_hash, published_at, slight FROM copydesk.sketch
        WHERE profile_id = %(profile_id)s AND article_id = wanted.article_id AND title_hash <> 0
        OFFSET 0
    ) k
    CROSS JOIN LATERAL (
        SELECT article_id, slight FROM copydesk.sketch
        WHERE title_hash = k.title_hash AND title_hash <> 0 AND profile_id = %(profile_id)s
          AND published_at BETWEEN k.published_at - make_interval(hours => %(hours)s)
                               AND k.published_at + make_interval(hours => %(hours)s)
        OFFSET 0
    ) o
    WHERE k.slight OR o.slight
) found
WHERE found.article_id <> wanted.article_id;

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
