-- name: candidates
-- Pairs that share a key within the window, one of the two being among the articles.
SELECT DISTINCT least(k.article_id, o.article_id), greatest(k.article_id, o.article_id)
FROM copydesk.sketch_key k
JOIN copydesk.sketch_key o
  ON o.profile_id = k.profile_id AND o.h = k.h AND o.article_id <> k.article_id
 AND o.published_at BETWEEN k.published_at - %(window)s::interval AND k.published_at + %(window)s::interval
WHERE k.profile_id = %(profile_id)s AND k.article_id = ANY(%(articles)s)
ORDER BY 1, 2;

-- name: edges_of
SELECT a, b, kind, rule, whole, shared, size_a, size_b, evidence
FROM copydesk.edge WHERE profile_id = %(profile_id)s AND (a = ANY(%(articles)s) OR b = ANY(%(articles)s));

-- name: forget_edges
DELETE FROM copydesk.edge e
USING (SELECT * FROM unnest(%(a)s::uuid[], %(b)s::uuid[]) AS gone (a, b) ORDER BY a, b) gone
WHERE e.profile_id = %(profile_id)s AND e.a = gone.a AND e.b = gone.b;

-- name: put_edges
INSERT INTO copydesk.edge AS e (profile_id, a, b, kind, joins, rule, whole, shared, size_a, size_b, evidence)
SELECT %(profile_id)s, n.*
FROM unnest(%(a)s::uuid[], %(b)s::uuid[], %(kind)s::text[], %(joins)s::boolean[], %(rule)s::text[], %(whole)s::uuid[],
            %(shared)s::integer[], %(size_a)s::integer[], %(size_b)s::integer[], %(evidence)s::jsonb[])
    AS n (a, b, kind, joins, rule, whole, shared, size_a, size_b, evidence)
ORDER BY n.a, n.b
ON CONFLICT (profile_id, a, b) DO UPDATE
SET (kind, joins, rule, whole, shared, size_a, size_b, evidence) =
    (excluded.kind, excluded.joins, excluded.rule, excluded.whole, excluded.shared, excluded.size_a, excluded.size_b,
     excluded.evidence)
WHERE (e.kind, e.rule, e.whole, e.shared, e.size_a, e.size_b, e.evidence)
      IS DISTINCT FROM (excluded.kind, excluded.rule, excluded.whole, excluded.shared, excluded.size_a,
                        excluded.size_b, excluded.evidence);
