-- name: save_profile
INSERT INTO copydesk.profile (profile_id, params, state)
SELECT %(profile_id)s, %(params)s,
       CASE WHEN EXISTS (SELECT FROM copydesk.profile WHERE state = 'live') THEN 'building' ELSE 'live' END
ON CONFLICT DO NOTHING;

-- name: lock_for_writing
-- Sketches are not replaced while they are compared: writers wait for readers and for one another.
SELECT pg_advisory_xact_lock(hashtextextended('copydesk.sketch.' || %(profile_id)s, 0));

-- name: lock_for_reading
SELECT pg_advisory_xact_lock_shared(hashtextextended('copydesk.sketch.' || %(profile_id)s, 0));

-- name: list_unsigned
-- Articles with a missing or outdated sketch, and the text to sign: the current version or, if that is a kill, the last
-- version before it, so that the article stays with its copies.
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

-- name: save_sketches
INSERT INTO copydesk.sketch AS s
    (profile_id, article_id, version_id, published_at, withdrawn, notice, is_headline_only, is_brief, is_digest,
     word_count, text_hash, title_hash, content_hash,
     minhash, shingles, title, lead, numbers, names, vocabulary, opening, place, agencies, item_keys)
SELECT %(profile_id)s, n.article_id, n.version_id, n.published_at, n.withdrawn, n.notice, n.is_headline_only,
       n.is_brief, n.is_digest,
       n.word_count, n.text_hash, n.title_hash, n.content_hash, n.minhash, n.shingles, n.title, n.lead, n.numbers, n.names, n.vocabulary, n.opening,
       n.place, n.agencies, n.item_keys::bigint[]
FROM unnest(%(article_id)s::uuid[], %(version_id)s::uuid[], %(published_at)s::timestamptz[], %(withdrawn)s::boolean[],
            %(notice)s::text[], %(is_headline_only)s::boolean[], %(is_brief)s::boolean[], %(is_digest)s::boolean[],
            %(word_count)s::integer[], %(text_hash)s::bigint[],
            %(title_hash)s::bigint[], %(content_hash)s::bigint[], %(minhash)s::bytea[], %(shingles)s::bytea[], %(title)s::bytea[],
            %(lead)s::bytea[], %(numbers)s::bytea[], %(names)s::bytea[], %(vocabulary)s::bytea[],
            %(opening)s::bytea[], %(place)s::bytea[], %(agencies)s::bytea[], %(item_keys)s::text[])
    AS n (article_id, version_id, published_at, withdrawn, notice, is_headline_only, is_brief, is_digest, word_count,
          text_hash, title_hash, content_hash, minhash,
          shingles, title, lead, numbers, names, vocabulary, opening, place, agencies, item_keys)
-- An article that changed while it was signed is skipped; the next call signs it.
JOIN copydesk.article a
  ON a.article_id = n.article_id AND a.published_at = n.published_at AND a.withdrawn = n.withdrawn
 AND (a.withdrawn OR a.current_version = n.version_id)
ORDER BY n.article_id
ON CONFLICT (profile_id, article_id) DO UPDATE
SET (version_id, published_at, withdrawn, notice, is_headline_only, is_brief, is_digest, word_count, text_hash,
     title_hash, content_hash, minhash, shingles, title,
     lead, numbers, names, vocabulary, opening, place, agencies, item_keys) =
    (excluded.version_id, excluded.published_at, excluded.withdrawn, excluded.notice, excluded.is_headline_only,
     excluded.is_brief, excluded.is_digest, excluded.word_count,
     excluded.text_hash, excluded.title_hash, excluded.content_hash, excluded.minhash, excluded.shingles, excluded.title,
     excluded.lead, excluded.numbers, excluded.names, excluded.vocabulary, excluded.opening, excluded.place,
     excluded.agencies, excluded.item_keys)
WHERE (s.version_id, s.published_at, s.withdrawn)
      IS DISTINCT FROM (excluded.version_id, excluded.published_at, excluded.withdrawn)
RETURNING article_id;

-- name: delete_keys
DELETE FROM copydesk.sketch_key WHERE profile_id = %(profile_id)s AND article_id = ANY(%(articles)s);

-- name: save_keys
INSERT INTO copydesk.sketch_key (profile_id, time_bucket, key_hash, published_at, article_id)
SELECT %(profile_id)s, copydesk.time_bucket_of(n.published_at, %(window)s), k.key_hash, n.published_at, n.article_id
FROM unnest(%(article_id)s::uuid[], %(published_at)s::timestamptz[], %(keys)s::text[])
    AS n (article_id, published_at, keys)
CROSS JOIN LATERAL unnest(n.keys::bigint[]) AS k (key_hash)
ORDER BY n.article_id, k.key_hash;

-- name: get_sketches
SELECT article_id, published_at, notice, is_headline_only, is_brief, is_digest, word_count, text_hash, title_hash,
       content_hash, minhash, shingles, title, lead, numbers,
       names, vocabulary, opening, place, agencies
FROM copydesk.sketch WHERE profile_id = %(profile_id)s AND article_id = ANY(%(articles)s);

-- name: get_shingles
SELECT article_id, is_headline_only, is_digest, shingles FROM copydesk.sketch
WHERE profile_id = %(profile_id)s AND article_id = ANY(%(articles)s);
