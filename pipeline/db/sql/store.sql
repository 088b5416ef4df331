-- Pages kept once by content, every URL's outcome, and what is known of addresses and feeds.
-- All inserts of a batch are in key order, so that batches at once wait for one another and never deadlock.

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
-- Content whose bytes were dropped and that has come again: its bytes are to be stored anew.
WITH found AS (
    SELECT c.content_sha256, given.at
    FROM unnest(%(shas)s::bytea[], %(ats)s::timestamptz[]) AS given (sha, at)
    JOIN copydesk.page_content c ON c.content_sha256 = given.sha AND c.is_body_deleted
    ORDER BY c.content_sha256 FOR UPDATE OF c
)
UPDATE copydesk.page_content c SET is_body_deleted = false, content_at = found.at
FROM found WHERE c.content_sha256 = found.content_sha256
RETURNING c.content_sha256, c.content_at

-- name: list_contents
SELECT content_sha256, content_at FROM copydesk.page_content WHERE content_sha256 = ANY(%(shas)s::bytea[])

-- name: save_body
INSERT INTO copydesk.page_body (content_sha256, content_at, body)
VALUES (%(sha)b, %(at)s, %(body)b)
ON CONFLICT (content_sha256, content_at) DO NOTHING

-- name: save_page
INSERT INTO copydesk.page (page_id, wire, url, canonical_url, url_key, content_sha256, content_at, fetched_at, status,
                           content_type, charset, etag, last_modified, published_hint)
VALUES (%(page_id)s, %(wire)s, %(url)s, %(canonical)s, %(url_key)b, %(sha)b, %(at)s, %(fetched_at)s, %(status)s,
        %(content_type)s, %(charset)s, %(etag)s, %(last_modified)s, %(published_hint)s)
ON CONFLICT (page_id) DO NOTHING
RETURNING page_id

-- name: save_fetch
-- The first outcome of a URL in a run stands. DO NOTHING, because an update that changes nothing still writes.
INSERT INTO copydesk.fetch (run_id, wire, url_key, url, outcome, reason, status, page_id, body_bytes, fetched_at)
VALUES (%(run_id)s, %(wire)s, %(url_key)b, %(url)s, %(outcome)s, %(reason)s, %(status)s, %(page_id)s, %(body_bytes)s,
        %(fetched_at)s)
ON CONFLICT (run_id, wire, url_key) DO NOTHING
RETURNING url_key

-- name: replace_failed_fetch
-- A failed one alone is replaced, by what a later try of the same run made of it.
UPDATE copydesk.fetch
SET outcome = %(outcome)s, reason = %(reason)s, status = %(status)s, page_id = %(page_id)s, body_bytes = %(body_bytes)s,
    fetched_at = %(fetched_at)s
WHERE run_id = %(run_id)s AND wire = %(wire)s AND url_key = %(url_key)b AND outcome = 'failed'

-- name: list_latest_pages
-- The latest page of each address, and when the address was last fetched with success.
SELECT key.url_key, page.page_id, page.etag, page.last_modified, page.content_sha256,
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

-- name: read_pages
SELECT page.page_id, page.url, page.wire, body.body, page.fetched_at, page.content_type, page.charset, page.status,
       page.etag, page.last_modified, page.canonical_url, page.published_hint
FROM copydesk.page
JOIN copydesk.page_content AS content USING (content_sha256)
JOIN copydesk.page_body AS body
  ON body.content_sha256 = content.content_sha256 AND body.content_at = content.content_at
WHERE page.page_id = ANY(%(page_ids)s::uuid[])
ORDER BY page.page_id

-- name: count_outcomes
SELECT outcome, count(*) FROM copydesk.fetch WHERE run_id = %(run_id)s AND wire = %(wire)s GROUP BY outcome

-- name: count_other_urls
SELECT count(*) FROM copydesk.fetch
WHERE run_id = %(run_id)s AND wire = %(wire)s AND url_key <> ALL(%(keys)s::bytea[])

-- name: list_already_fetched
-- A crawl that was a good one and is run again asks for everything once more.
SELECT f.url_key, f.fetched_at FROM copydesk.fetch f
JOIN copydesk.ledger l ON l.run_id = f.run_id AND l.wire = f.wire AND l.stage = 'crawl_result' AND l.outcome = 'failed'
WHERE f.run_id = %(run_id)s AND f.wire = %(wire)s AND f.outcome IN ('stored', 'unchanged')

-- name: list_feed_states
SELECT url, etag, last_modified, body_sha256, checked_at FROM copydesk.feed_state WHERE wire = %(wire)s

-- name: save_feed_state
-- Only a check of a changed feed, or one that looks past the window's end for the first time, is worth a write.
INSERT INTO copydesk.feed_state AS old (wire, url, etag, last_modified, body_sha256, checked_at)
VALUES (%(wire)s, %(url)s, %(etag)s, %(last_modified)s, %(body_sha256)b, %(checked_at)s)
ON CONFLICT (wire, url) DO UPDATE
SET etag = excluded.etag, last_modified = excluded.last_modified, body_sha256 = excluded.body_sha256,
    checked_at = excluded.checked_at
WHERE old.body_sha256 IS DISTINCT FROM excluded.body_sha256 OR old.checked_at < %(window_end)s
