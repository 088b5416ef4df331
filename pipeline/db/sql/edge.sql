-- name: list_article_keys
-- The keys of each article, and of a digest those of its items; the earliest article first.
SELECT s.article_id, s.published_at,
       ARRAY(SELECT key_hash FROM copydesk.sketch_key k
             WHERE k.article_id = s.article_id AND k.profile_id = s.profile_id ORDER BY key_hash) AS keys,
       CASE WHEN s.is_digest THEN s.item_keys END AS item_keys
FROM copydesk.sketch s
WHERE s.article_id = ANY(%(articles)s) AND s.profile_id = %(profile_id)s
ORDER BY s.published_at, s.article_id;

-- name: lookup_keys
-- What each of these keys finds in the time around the articles that have it, key by key in the order given. OFFSET 0
-- makes the planner look up each key in the index: until the table has been analysed it expects many rows for a key and
-- would read the whole table.
SELECT o.articles, o.times
FROM unnest(%(keys)s::text::bigint[]) WITH ORDINALITY AS k (key_hash, place)
CROSS JOIN LATERAL (
    SELECT array_agg(article_id) AS articles, array_agg(published_at) AS times
    FROM (
        SELECT article_id, published_at FROM copydesk.sketch_key
        WHERE time_bucket = ANY(ARRAY(
                  SELECT generate_series(
                      copydesk.time_bucket_of(%(since)s - make_interval(hours => %(hours)s), %(window)s),
                      least(copydesk.time_bucket_of(%(until)s + make_interval(hours => %(hours)s), %(window)s),
                            (SELECT max(time_bucket) FROM copydesk.sketch_key)))))
          AND key_hash = k.key_hash AND profile_id = %(profile_id)s
          AND published_at BETWEEN %(since)s - make_interval(hours => %(hours)s)
                               AND %(until)s + make_interval(hours => %(hours)s)
        OFFSET 0
    ) found
) o
ORDER BY k.place;

-- name: find_containing_digests
-- Digests within the window that have an article's keys among those of their items, key by key, without surplus copies.
-- Looked up one article at a time, as above.
SELECT k.article_id, o.article_id AS digest_id, key_hash
FROM unnest(%(articles)s::uuid[], %(keys)s::text[]) AS n (article_id, keys)
CROSS JOIN LATERAL (
    SELECT s.article_id, s.published_at, n.keys::bigint[] AS keys FROM copydesk.sketch s
    WHERE s.article_id = n.article_id AND s.profile_id = %(profile_id)s
    OFFSET 0
) k
CROSS JOIN LATERAL (
    SELECT article_id, item_keys, is_brief, content_hash, published_at FROM copydesk.sketch
    WHERE is_digest AND item_keys && k.keys AND profile_id = %(profile_id)s
      AND published_at BETWEEN k.published_at - make_interval(hours => %(hours)s)
                           AND k.published_at + make_interval(hours => %(hours)s)
    OFFSET 0
) o
CROSS JOIN LATERAL unnest(o.item_keys) AS key_hash
WHERE key_hash = ANY(k.keys)
  AND cardinality(copydesk.earlier_copies(
          %(profile_id)s, o.content_hash, o.published_at, o.article_id,
          CASE WHEN o.is_brief THEN %(brief_hours)s::integer ELSE %(full_hours)s::integer END, %(count)s)) < %(count)s;

-- name: find_same_titles
-- Others within the window with the same title as an article, if one of the two has little other text, without surplus
-- copies. Looked up one article at a time, as above.
SELECT k.article_id, o.article_id AS other_id
FROM (
    SELECT article_id, title_hash, published_at, is_brief FROM copydesk.sketch
    WHERE profile_id = %(profile_id)s AND article_id = ANY(%(articles)s) AND title_hash <> 0
    OFFSET 0
) k
CROSS JOIN LATERAL (
    SELECT article_id, is_brief, content_hash, published_at FROM copydesk.sketch
    WHERE title_hash = k.title_hash AND title_hash <> 0 AND profile_id = %(profile_id)s
      AND published_at BETWEEN k.published_at - make_interval(hours => %(hours)s)
                           AND k.published_at + make_interval(hours => %(hours)s)
    OFFSET 0
) o
WHERE (k.is_brief OR o.is_brief) AND o.article_id <> k.article_id
  AND cardinality(copydesk.earlier_copies(
          %(profile_id)s, o.content_hash, o.published_at, o.article_id,
          CASE WHEN o.is_brief THEN %(brief_hours)s::integer ELSE %(full_hours)s::integer END, %(count)s)) < %(count)s;

-- name: list_edges
SELECT a, b, kind, merges, is_near_identical, rule, container_id, shared, size_a, size_b, evidence
FROM copydesk.edge WHERE profile_id = %(profile_id)s AND (a = ANY(%(articles)s) OR b = ANY(%(articles)s));

-- name: delete_edges
DELETE FROM copydesk.edge e
USING (SELECT * FROM unnest(%(a)s::uuid[], %(b)s::uuid[]) AS gone (a, b) ORDER BY a, b) gone
WHERE e.profile_id = %(profile_id)s AND e.a = gone.a AND e.b = gone.b;

-- name: save_edges
INSERT INTO copydesk.edge AS e (profile_id, a, b, kind, merges, is_near_identical, rule, container_id, shared, size_a,
                                size_b, evidence)
SELECT %(profile_id)s, n.*
FROM unnest(%(a)s::uuid[], %(b)s::uuid[], %(kind)s::text[], %(merges)s::boolean[], %(is_near_identical)s::boolean[],
            %(rule)s::text[], %(container_id)s::uuid[], %(shared)s::integer[], %(size_a)s::integer[],
            %(size_b)s::integer[], %(evidence)s::jsonb[])
    AS n (a, b, kind, merges, is_near_identical, rule, container_id, shared, size_a, size_b, evidence)
ORDER BY n.a, n.b
ON CONFLICT (profile_id, a, b) DO UPDATE
SET (kind, merges, is_near_identical, rule, container_id, shared, size_a, size_b, evidence) =
    (excluded.kind, excluded.merges, excluded.is_near_identical, excluded.rule, excluded.container_id,
     excluded.shared, excluded.size_a, excluded.size_b, excluded.evidence)
WHERE (e.kind, e.is_near_identical, e.rule, e.container_id, e.shared, e.size_a, e.size_b, e.evidence)
      IS DISTINCT FROM (excluded.kind, excluded.is_near_identical, excluded.rule, excluded.container_id,
                        excluded.shared, excluded.size_a, excluded.size_b, excluded.evidence);
