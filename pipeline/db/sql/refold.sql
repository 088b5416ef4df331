-- What a refold exports and lands (generations/refold_export.py, generations/land.py).

-- name: months
-- The months (UTC) that have articles. The digest changes whenever another text is to be signed, or under another time.
SELECT date_trunc('month', published_at, 'UTC') AS start, count(*) AS articles,
       sum(hashtextextended(concat_ws(' ', article_id, current_version, withdrawn, extract(epoch FROM published_at)),
                            0))::text AS digest
FROM copydesk.article
WHERE %(start)s::timestamptz IS NULL
   OR (published_at >= %(start)s AND published_at < %(start)s + interval '1 month')
GROUP BY 1 ORDER BY 1;

-- name: documents
-- The articles of a month, each with the version to sign, as in `list_unsigned`.
SELECT a.article_id::text AS id, v.version_id::text AS version_id, a.withdrawn, a.published_at, v.title, v.body,
       v.agency, v.dateline, v.language, v.notice
FROM copydesk.article a
CROSS JOIN LATERAL (
    SELECT * FROM copydesk.article_version v
    WHERE v.article_id = a.article_id AND (v.version_id = a.current_version OR a.withdrawn)
    ORDER BY v.notice IN ('kill', 'withhold'), v.fetched_at DESC, v.version_id DESC
    LIMIT 1
) v
WHERE a.published_at >= %(start)s AND a.published_at < %(start)s + interval '1 month'
ORDER BY a.published_at, a.article_id;

-- name: get_state
SELECT state FROM copydesk.profile WHERE profile_id = %(profile_id)s;

-- name: has_rows
SELECT EXISTS (SELECT FROM copydesk.sketch WHERE profile_id = %(profile_id)s)
    OR EXISTS (SELECT FROM copydesk.story WHERE profile_id = %(profile_id)s);

-- name: copy_sketches
COPY copydesk.sketch
    (profile_id, article_id, version_id, published_at, withdrawn, notice, is_headline_only, is_brief, is_digest,
     word_count, text_hash, title_hash, content_hash, minhash, shingles, title, lead, numbers, names, vocabulary,
     opening, place, agencies, item_keys)
FROM STDIN (FORMAT BINARY);

-- name: copy_keys
COPY copydesk.sketch_key (profile_id, time_bucket, key_hash, published_at, article_id) FROM STDIN (FORMAT BINARY);

-- name: copy_edges
COPY copydesk.edge
    (profile_id, a, b, kind, merges, is_near_identical, rule, container_id, shared, size_a, size_b, evidence)
FROM STDIN (FORMAT BINARY);
