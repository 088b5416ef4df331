-- name: put_profile
INSERT INTO copydesk.profile (profile_id, params, state)
SELECT %(profile_id)s, %(params)s,
       CASE WHEN EXISTS (SELECT FROM copydesk.profile WHERE state = 'live') THEN 'building' ELSE 'live' END
ON CONFLICT DO NOTHING;

-- name: lock_writing
-- Sketches are not replaced while somebody compares them: writers wait for readers and for one another.
SELECT pg_advisory_xact_lock(hashtextextended('copydesk.sketch.' || %(profile_id)s, 0));

-- name: lock_reading
SELECT pg_advisory_xact_lock_shared(hashtextextended('copydesk.sketch.' || %(profile_id)s, 0));

-- name: unsigned
-- Articles whose sketch is missing or out of date, with the text to sign: the current version, or, where that is a
-- kill, the last version before it, so that the article stays with its copies.
SELECT a.article_id, v.version_id, a.published_at, a.withdrawn, v.title, v.body, v.agency, v.dateline, v.language,
       v.notice
FROM copydesk.article a
CROSS JOIN LATERAL (
    SELECT * FROM copydesk.article_version v
    WHERE v.article_id = a.article_id AND (v.version_id = a.current_version OR a.withdrawn)
    ORDER BY v.notice IN ('kill', 'withhold'), v.fetched_at DESC, v.version_id DESC
    LIMIT 1
) v
LEFT JOIN copydesk.sketch s ON s.profile_id = %(profile_id)s AND s.article_id = a.article_id
WHERE a.article_id = ANY(%(articles)s)
  AND (s.version_id, s.published_at, s.withdrawn) IS DISTINCT FROM (v.version_id, a.published_at, a.withdrawn)
ORDER BY a.article_id;

-- name: put_sketches
INSERT INTO copydesk.sketch AS s
    (profile_id, article_id, version_id, published_at, withdrawn, notice, bare, slight, digest, words, text_hash, title_hash,
     minhash, shingles, title, lead, numbers, names, opening, place, agencies, items)
SELECT %(profile_id)s, n.article_id, n.version_id, n.published_at, n.withdrawn, n.notice, n.bare, n.slight, n.digest,
       n.words, n.text_hash, n.title_hash, n.minhash, n.shingles, n.title, n.lead, n.numbers, n.names, n.opening,
       n.place, n.agencies, n.items::bigint[]
FROM unnest(%(article_id)s::uuid[], %(version_id)s::uuid[], %(published_at)s::timestamptz[], %(withdrawn)s::boolean[],
            %(notice)s::text[], %(bare)s::boolean[], %(slight)s::boolean[], %(digest)s::boolean[], %(words)s::integer[], %(text_hash)s::bigint[],
            %(title_hash)s::bigint[], %(minhash)s::bytea[], %(shingles)s::bytea[], %(title)s::bytea[],
            %(lead)s::bytea[], %(numbers)s::bytea[], %(names)s::bytea[],
            %(opening)s::bytea[], %(place)s::bytea[], %(agencies)s::bytea[], %(items)s::text[])
    AS n (article_id, version_id, published_at, withdrawn, notice, bare, slight, digest, words, text_hash, title_hash, minhash,
          shingles, title, lead, numbers, names, opening, place, agencies, items)
-- What was changed while it was signed is left for whoever signs it next.
JOIN copydesk.article a
  ON a.article_id = n.article_id AND a.published_at = n.published_at AND a.withdrawn = n.withdrawn
 AND (a.withdrawn OR a.current_version = n.version_id)
ORDER BY n.article_id
ON CONFLICT (profile_id, article_id) DO UPDATE
SET (version_id, published_at, withdrawn, notice, bare, slight, digest, words, text_hash, title_hash, minhash, shingles, title,
     lead, numbers, names, opening, place, agencies, items) =
    (excluded.version_id, excluded.published_at, excluded.withdrawn, excluded.notice, excluded.bare, excluded.slight, excluded.digest, excluded.words,
     excluded.text_hash, excluded.title_hash, excluded.minhash, excluded.shingles, excluded.title,
     excluded.lead, excluded.numbers, excluded.names, excluded.opening, excluded.place,
     excluded.agencies, excluded.items)
WHERE (s.version_id, s.published_at, s.withdrawn)
      IS DISTINCT FROM (excluded.version_id, excluded.published_at, excluded.withdrawn)
RETURNING article_id;

-- name: forget_keys
DELETE FROM copydesk.sketch_key WHERE profile_id = %(profile_id)s AND article_id = ANY(%(articles)s);

-- name: put_keys
INSERT INTO copydesk.sketch_key (profile_id, span, h, published_at, article_id)
SELECT %(profile_id)s, copydesk.span_of(n.published_at, %(window)s), k.h, n.published_at, n.article_id
FROM unnest(%(article_id)s::uuid[], %(published_at)s::timestamptz[], %(keys)s::text[]) AS n (article_id, published_at, keys)
CROSS JOIN LATERAL unnest(n.keys::bigint[]) AS k (h)
ORDER BY n.article_id, k.h;

-- name: get_sketches
SELECT article_id, published_at, notice, bare, slight, digest, words, text_hash, title_hash, minhash, shingles, title, lead, numbers,
       names, opening, place, agencies
FROM copydesk.sketch WHERE profile_id = %(profile_id)s AND article_id = ANY(%(articles)s);

-- name: get_shingles
SELECT article_id, bare, digest, shingles FROM copydesk.sketch
WHERE profile_id = %(profile_id)s AND article_id = ANY(%(articles)s);
