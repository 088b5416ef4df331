-- Runs and stories as the user interface shows them. Lists are read in pages: `remaining` counts the rows from the
-- page's start to the end of the list.

-- name: list_dags
-- The DAGs that have runs; 'cli' is not one.
SELECT DISTINCT dag_id FROM copydesk.run WHERE dag_id <> 'cli' ORDER BY dag_id;

-- name: list_runs
-- The latest windows of some DAGs, or of all, with the number of warnings of each.
WITH found AS MATERIALIZED (
    SELECT run_key, coalesce(window_start, started_at) AS sort_time FROM copydesk.run
    WHERE dag_id <> 'cli' AND (%(dag_ids)s::text[] IS NULL OR dag_id = ANY(%(dag_ids)s))
      AND (%(after_time)s::timestamptz IS NULL
           OR (coalesce(window_start, started_at), run_key) < (%(after_time)s, %(after_id)s::uuid))
), shown AS (
    SELECT *, (SELECT count(*) FROM found) AS remaining FROM found
    ORDER BY sort_time DESC, run_key DESC LIMIT %(limit)s
)
SELECT r.dag_id, r.run_id, r.run_key, r.kind, r.state, r.window_start, r.window_end, r.new_articles, r.articles,
       r.stories, r.refused + r.quarantined + r.failed AS lost, cardinality(r.wires) AS wires, r.failed_wires,
       (SELECT count(*) FROM copydesk.warning w WHERE w.run_key = r.run_key) AS warnings, r.error,
       coalesce(r.reopened_at, r.started_at) AS started_at, r.ended_at, s.sort_time, s.remaining
FROM shown s JOIN copydesk.v_runs r USING (run_key)
ORDER BY s.sort_time DESC, r.run_key DESC;

-- name: list_warnings_of_run
SELECT w.at, w.wire, w.kind, w.message, w.task, copydesk.map_index_of(w.wire, r.wires, r.wire_tasks) AS map_index, r.dag_id, r.run_id
FROM copydesk.warning w
JOIN copydesk.run r USING (run_key)
WHERE w.run_key = %(run_key)s
ORDER BY w.wire, w.kind;

-- name: list_warnings_since
SELECT w.at, w.wire, w.kind, w.message, w.task, copydesk.map_index_of(w.wire, r.wires, r.wire_tasks) AS map_index, r.dag_id, r.run_id,
       r.run_key, count(*) OVER () AS remaining
FROM copydesk.warning w
JOIN copydesk.run r USING (run_key)
WHERE w.at >= %(since)s AND (%(dag_ids)s::text[] IS NULL OR r.dag_id = ANY(%(dag_ids)s))
  AND (%(after_time)s::timestamptz IS NULL
       OR (w.at, w.run_key, w.wire, w.kind) < (%(after_time)s, %(after_id)s::uuid, %(after_wire)s, %(after_kind)s))
ORDER BY w.at DESC, w.run_key DESC, w.wire DESC, w.kind DESC LIMIT %(limit)s;

-- name: list_warnings
-- Of all DAGs, or of one run, the latest first.
SELECT w.at, w.wire, w.kind, w.message, w.task, copydesk.map_index_of(w.wire, r.wires, r.wire_tasks) AS map_index, r.dag_id, r.run_id
FROM copydesk.warning w
JOIN copydesk.run r USING (run_key)
WHERE (%(since)s::timestamptz IS NULL OR w.at >= %(since)s)
  AND (%(run_id)s::text IS NULL OR r.run_id = %(run_id)s)
  AND (%(wire)s::text IS NULL OR w.wire = %(wire)s)
ORDER BY w.at DESC, r.run_id, w.wire, w.kind LIMIT %(limit)s;

-- name: list_map_indexes
-- The index of the mapped tasks of each wire of a run.
SELECT wire, copydesk.map_index_of(wire, r.wires, r.wire_tasks) AS map_index
FROM copydesk.run r CROSS JOIN unnest(r.wires) AS wire
WHERE r.dag_id = %(dag_id)s AND r.run_id = %(run_id)s
ORDER BY wire;

-- name: find_run_ids
-- The latest runs with this ID or one that starts so.
SELECT dag_id, run_id FROM copydesk.run WHERE run_id = %(run_id)s OR starts_with(run_id, %(run_id)s)
ORDER BY run_id <> %(run_id)s, started_at DESC LIMIT %(limit)s;

-- name: list_latest_run_ids
SELECT run_id FROM copydesk.run ORDER BY started_at DESC LIMIT %(limit)s;

-- name: list_stories_of_run
-- The stories that the run's articles are in, those with the most copies first. `run_copies` counts the run's own
-- copies; `is_new`: the story was founded while the run was running.
WITH here AS (
    SELECT m.story_id, count(*) AS run_copies
    FROM (SELECT DISTINCT r.article_id FROM copydesk.run_page p JOIN copydesk.page_result r ON r.page_id = p.page_id
          WHERE p.run_key = %(run_key)s AND r.article_id IS NOT NULL) a
    JOIN copydesk.story_member m ON m.article_id = a.article_id AND m.profile_id = %(profile_id)s
    GROUP BY m.story_id
)
SELECT s.story_id, coalesce(copydesk.latest_title(s.profile_id, s.story_id), a.title) AS title, a.published_at,
       v.language, c.copies, c.wires, h.run_copies,
       coalesce(nullif(o.agency, ''), a.wire) AS source, s.state = 'killed' AS killed,
       s.founded_at >= run.started_at AND s.founded_at <= coalesce(run.ended_at, 'infinity') AS is_new,
       count(*) OVER () AS remaining
FROM here h
JOIN copydesk.run run ON run.run_key = %(run_key)s
JOIN copydesk.story s ON s.profile_id = %(profile_id)s AND s.story_id = h.story_id
JOIN copydesk.article a ON a.article_id = s.representative
JOIN copydesk.article_version v ON v.version_id = a.current_version
LEFT JOIN copydesk.story_origin o ON o.profile_id = s.profile_id AND o.story_id = s.story_id
CROSS JOIN LATERAL (
    SELECT count(*) AS copies, count(DISTINCT x.wire) AS wires
    FROM copydesk.story_member m JOIN copydesk.article x ON x.article_id = m.article_id
    WHERE m.profile_id = s.profile_id AND m.story_id = s.story_id) c
WHERE %(after_copies)s::bigint IS NULL
   OR (c.copies, a.published_at, s.story_id) < (%(after_copies)s, %(after_time)s::timestamptz, %(after_id)s::uuid)
ORDER BY c.copies DESC, a.published_at DESC, s.story_id DESC LIMIT %(limit)s;

-- name: get_copy
-- One article of a story with its current text.
SELECT c.article_id, c.story_id, c.wire, c.url, v.title, v.body, v.byline, v.dateline, v.language, c.notice,
       c.published_at, v.modified_at, c.relation, c.delay, c.is_representative
FROM copydesk.story_copy c
JOIN copydesk.article a ON a.article_id = c.article_id
JOIN copydesk.article_version v ON v.version_id = a.current_version
WHERE c.profile_id = %(profile_id)s AND c.story_id = %(story_id)s AND c.article_id = %(article_id)s;
