-- name: list_edges
-- The stored edges of pairs of articles, in either order.
SELECT e.a, e.b, e.kind, e.rule, e.container_id, e.shared, e.size_a, e.size_b, e.evidence
FROM unnest(%(a)s::uuid[], %(b)s::uuid[]) AS n (a, b)
JOIN copydesk.edge e ON e.profile_id = %(profile_id)s AND e.a = least(n.a, n.b) AND e.b = greatest(n.a, n.b);
