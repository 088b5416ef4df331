-- Identical copies (match/surplus_copies.py): the earliest of a span are compared with everything, the others with the
-- first one only. All lists are in order of time, then id.

-- name: list_texts
-- The texts of signed articles, and what their spans depend on.
SELECT article_id, content_hash, published_at, is_brief FROM copydesk.sketch
WHERE profile_id = %(profile_id)s AND article_id = ANY(%(articles)s) AND content_hash <> 0;

-- name: list_compared
-- The copies of each text in each span that are compared with everything.
SELECT n.number::integer AS number, c.articles
FROM unnest(%(content_hash)s::bigint[], %(at)s::timestamptz[], %(hours)s::integer[])
    WITH ORDINALITY AS n (content_hash, at, hours, number)
CROSS JOIN LATERAL (
    SELECT ARRAY(
        SELECT s.article_id FROM copydesk.sketch s
        WHERE s.content_hash = n.content_hash AND s.content_hash <> 0 AND s.profile_id = %(profile_id)s
          AND s.published_at >= copydesk.span_start_of(n.at, n.hours)
          AND s.published_at < copydesk.span_end_of(n.at, n.hours)
        ORDER BY s.published_at, s.article_id LIMIT %(count)s) AS articles
) c
WHERE c.articles <> '{}'
ORDER BY n.number;

-- name: list_surplus
-- The surplus copies of those texts and spans of which an article is the first copy.
SELECT s.article_id AS first_copy, c.articles
FROM copydesk.sketch s
CROSS JOIN LATERAL (SELECT CASE WHEN s.is_brief THEN %(brief_hours)s::integer ELSE %(full_hours)s::integer END AS hours) h
CROSS JOIN LATERAL (
    SELECT ARRAY(
        SELECT o.article_id FROM copydesk.sketch o
        WHERE o.content_hash = s.content_hash AND o.content_hash <> 0 AND o.profile_id = s.profile_id
          AND o.published_at >= s.published_at AND o.published_at < copydesk.span_end_of(s.published_at, h.hours)
        ORDER BY o.published_at, o.article_id OFFSET %(count)s) AS articles
) c
WHERE s.profile_id = %(profile_id)s AND s.article_id = ANY(%(articles)s) AND s.content_hash <> 0
  AND copydesk.earlier_copies(s.profile_id, s.content_hash, s.published_at, s.article_id, h.hours, 1) = '{}'
  AND c.articles <> '{}';

-- name: list_first_copies
-- Of those articles that are surplus, the first copy.
SELECT s.article_id, c.earlier[1] AS first_copy
FROM copydesk.sketch s
CROSS JOIN LATERAL (
    SELECT copydesk.earlier_copies(
        s.profile_id, s.content_hash, s.published_at, s.article_id,
        CASE WHEN s.is_brief THEN %(brief_hours)s::integer ELSE %(full_hours)s::integer END, %(count)s) AS earlier
    OFFSET 0
) c
WHERE s.profile_id = %(profile_id)s AND s.article_id = ANY(%(articles)s) AND s.content_hash <> 0
  AND cardinality(c.earlier) = %(count)s;

-- name: copy_keys
-- Give articles the keys of an identical copy.
INSERT INTO copydesk.sketch_key (profile_id, time_bucket, key_hash, published_at, article_id)
SELECT s.profile_id, copydesk.time_bucket_of(s.published_at, %(window)s), k.key_hash, s.published_at, s.article_id
FROM unnest(%(article_id)s::uuid[], %(copy_id)s::uuid[]) AS n (article_id, copy_id)
JOIN copydesk.sketch s ON s.profile_id = %(profile_id)s AND s.article_id = n.article_id
JOIN copydesk.sketch_key k ON k.profile_id = %(profile_id)s AND k.article_id = n.copy_id
ORDER BY s.article_id, k.key_hash;
