-- Pages, stored once per content; the outcome of every URL; the state of feeds.
-- Each statement writes a whole batch, its columns given as arrays, in key order: concurrent batches wait for one
-- another and never deadlock.

-- name: get_time
SELECT now()

-- name: save_contents
INSERT INTO copydesk.page_content (content_sha256, content_at, size)
SELECT sha, at, size
FROM unnest(%(shas)s::bytea[], %(ats)s::timestamptz[], %(sizes)s::integer[]) AS given (sha, at, size)
ORDER BY sha
ON CONFLICT (content_sha256) DO NOTHING
RETURNING content_sha256

-- name: restore_contents
-- Content with deleted bytes that was fetched again: its bytes must be stored again.
WITH found AS (
    SELECT c.content_sha256, given.at
    FROM unnest(%(shas)s::bytea[], %(ats)s::timestamptz[]) AS given (sha, at)
    JOIN copydesk.page_content c ON c.content_sha256 = given.sha AND c.is_body_deleted
    ORDER BY c.content_sha256 FOR UPDATE OF c
)
UPDATE copydesk.page_content c SET is_body_deleted = false, content_at = found.at
FROM found WHERE c.content_sha256 = found.content_sha256
RETURNING c.content_sha256

-- name: list_contents
SELECT content_sha256, content_at FROM copydesk.page_content WHERE content_sha256 = ANY(%(shas)s::bytea[])

-- name: save_bodies
INSERT INTO copydesk.page_body (content_sha256, content_at, body)
SELECT sha, at, body FROM unnest(%(shas)b::bytea[], %(ats)s::timestamptz[], %(bodies)b::bytea[]) AS n (sha, at, body)
ORDER BY sha
ON CONFLICT (content_sha256, content_at) DO NOTHING

-- name: save_pages
INSERT INTO copydesk.page (page_id, wire, url, canonical_url, url_key, content_sha256, content_at, fetched_at, status,
                           content_type, charset, etag, last_modified, published_hint, feed_source)
SELECT n.page_id, n.wire, n.url, n.canonical_url, n.url_key, n.sha, n.at, n.fetched_at, n.status, n.content_type,
       n.charset, n.etag, n.last_modified, n.published_hint, n.feed_source
FROM unnest(%(page_id)s::uuid[], %(wire)s::text[], %(url)s::text[], %(canonical_url)s::text[], %(url_key)s::bytea[],
            %(sha)s::bytea[], %(at)s::timestamptz[], %(fetched_at)s::timestamptz[], %(status)s::integer[],
            %(content_type)s::text[], %(charset)s::text[], %(etag)s::text[], %(last_modified)s::text[],
            %(published_hint)s::timestamptz[], %(feed_source)s::text[])
    AS n (page_id, wire, url, canonical_url, url_key, sha, at, fetched_at, status, content_type, charset, etag,
          last_modified, published_hint, feed_source)
ORDER BY n.page_id
ON CONFLICT (page_id) DO NOTHING
RETURNING page_id

-- name: save_fetches
-- The first outcome of a URL in a run stands. DO NOTHING, because an update that changes nothing still writes.
INSERT INTO copydesk.fetch
    (run_key, wire, url_key, url, outcome, reason, status, page_id, body_bytes, fetched_at, revisit)
SELECT n.run_key, n.wire, n.url_key, n.url, n.outcome, n.reason, n.status, n.page_id, n.body_bytes, n.fetched_at,
       n.revisit
FROM unnest(%(run_key)s::uuid[], %(wire)s::text[], %(url_key)s::bytea[], %(url)s::text[], %(outcome)s::text[],
            %(reason)s::text[], %(status)s::integer[], %(page_id)s::uuid[], %(body_bytes)s::integer[],
            %(fetched_at)s::timestamptz[], %(revisit)s::smallint[])
    AS n (run_key, wire, url_key, url, outcome, reason, status, page_id, body_bytes, fetched_at, revisit)
ORDER BY n.run_key, n.wire, n.url_key
ON CONFLICT (run_key, wire, url_key) DO NOTHING

-- name: replace_failed_fetches
-- Only a failed outcome is replaced, by the result of a later try of the same run.
WITH n AS (
    SELECT n.* FROM unnest(%(run_key)s::uuid[], %(wire)s::text[], %(url_key)s::bytea[], %(outcome)s::text[],
                           %(reason)s::text[], %(status)s::integer[], %(page_id)s::uuid[], %(body_bytes)s::integer[],
                           %(fetched_at)s::timestamptz[])
        AS n (run_key, wire, url_key, outcome, reason, status, page_id, body_bytes, fetched_at)
    JOIN copydesk.fetch f ON f.run_key = n.run_key AND f.wire = n.wire AND f.url_key = n.url_key
    WHERE f.outcome = 'failed' AND n.outcome <> 'failed'
    ORDER BY n.run_key, n.wire, n.url_key FOR UPDATE OF f
)
UPDATE copydesk.fetch f
SET outcome = n.outcome, reason = n.reason, status = n.status, page_id = n.page_id, body_bytes = n.body_bytes,
    fetched_at = n.fetched_at
FROM n WHERE f.run_key = n.run_key AND f.wire = n.wire AND f.url_key = n.url_key

-- name: list_latest_pages
-- The latest page of each address, and when the address was last fetched with success.
SELECT key.url_key, page.page_id, page.etag, page.last_modified, page.content_sha256 AS sha256,
       greatest(page.fetched_at, seen.fetched_at) AS fetched_at
FROM unnest(%(url_keys)s::bytea[]) AS key (url_key)
CROSS JOIN LATERAL (
    SELECT page_id, etag, last_modified, content_sha256, fetched_at FROM copydesk.page
    WHERE page.url_key = key.url_key ORDER BY page.fetched_at DESC, page_id LIMIT 1
) AS page
LEFT JOIN LATERAL (
    SELECT done.fetched_at FROM copydesk.fetch AS done
    WHERE done.url_key = key.url_key AND done.outcome IN ('stored', 'unchanged')
    ORDER BY done.fetched_at DESC LIMIT 1
) AS seen ON true

-- name: list_attempts
-- The unsuccessful attempts to fetch addresses.
SELECT url_key, min(fetched_at) AS first_at, max(fetched_at) AS last_at FROM copydesk.fetch
WHERE url_key = ANY(%(url_keys)s::bytea[]) AND wire = %(wire)s AND outcome IN ('failed', 'refused', 'quarantined')
GROUP BY url_key

-- name: read_pages
-- With their bytes or the location of these.
SELECT page.page_id, page.url, page.wire, body.body, page.fetched_at, page.content_type, page.charset, page.status,
       page.etag, page.last_modified, page.canonical_url, page.published_hint, page.feed_source,
       content.content_sha256 AS sha256, content.size, file.name AS warc_file, content.warc_offset, content.warc_length
FROM copydesk.page
JOIN copydesk.page_content AS content USING (content_sha256)
LEFT JOIN copydesk.page_body AS body
  ON body.content_sha256 = content.content_sha256 AND body.content_at = content.content_at
LEFT JOIN copydesk.warc_file AS file USING (warc_file_id)
WHERE page.page_id = ANY(%(page_ids)s::uuid[]) AND NOT content.is_body_deleted
ORDER BY page.page_id

-- name: count_outcomes
SELECT outcome AS name, count(*) AS count FROM copydesk.fetch WHERE run_key = %(run_key)s
  AND wire = %(wire)s GROUP BY outcome

-- name: count_revisits
SELECT count(*) FROM copydesk.fetch WHERE run_key = %(run_key)s AND wire = %(wire)s AND revisit IS NOT NULL

-- name: count_other_urls
SELECT count(*) FROM copydesk.fetch
WHERE run_key = %(run_key)s AND wire = %(wire)s AND url_key <> ALL(%(keys)s::bytea[])

-- name: list_already_fetched
-- Only for a crawl that failed: a crawl that succeeded and runs again fetches everything again.
SELECT f.url_key, f.fetched_at FROM copydesk.fetch f
JOIN copydesk.ledger l ON l.run_key = f.run_key AND l.wire = f.wire AND l.stage = 'crawl_result'
  AND l.outcome = 'failed'
WHERE f.run_key = %(run_key)s AND f.wire = %(wire)s AND f.outcome IN ('stored', 'unchanged')

-- name: list_feed_states
SELECT url, etag, last_modified, body_sha256 AS sha256, checked_at, entries FROM copydesk.feed_state
WHERE wire = %(wire)s

-- name: save_feed_states
-- A check is saved only if the feed has changed, or if it is the first one after the window's end.
INSERT INTO copydesk.feed_state AS old (wire, url, etag, last_modified, body_sha256, checked_at, entries)
SELECT %(wire)s, n.url, n.etag, n.last_modified, n.body_sha256, n.checked_at, n.entries
FROM unnest(%(url)s::text[], %(etag)s::text[], %(last_modified)s::text[], %(body_sha256)s::bytea[],
            %(checked_at)s::timestamptz[], %(entries)s::integer[])
  AS n (url, etag, last_modified, body_sha256, checked_at, entries)
ORDER BY n.url
ON CONFLICT (wire, url) DO UPDATE
SET etag = excluded.etag, last_modified = excluded.last_modified, body_sha256 = excluded.body_sha256,
    checked_at = excluded.checked_at, entries = excluded.entries
WHERE old.body_sha256 IS DISTINCT FROM excluded.body_sha256 OR old.checked_at < %(window_end)s

-- name: ensure_partition
SELECT copydesk.ensure_page_partition(%s)
