-- Renaming a wire, table by table: all statements are run, in this order. A run that processed both names keeps its
-- rows as they are, because their keys would collide.

-- name: fetches
UPDATE copydesk.fetch t SET wire = %(new)s FROM copydesk.run r
WHERE t.wire = %(old)s AND r.run_key = t.run_key AND NOT %(new)s = ANY(r.wires);

-- name: run_pages
UPDATE copydesk.run_page t SET wire = %(new)s FROM copydesk.run r
WHERE t.wire = %(old)s AND r.run_key = t.run_key AND NOT %(new)s = ANY(r.wires);

-- name: ledger
UPDATE copydesk.ledger t SET wire = %(new)s FROM copydesk.run r
WHERE t.wire = %(old)s AND r.run_key = t.run_key AND NOT %(new)s = ANY(r.wires);

-- name: warnings
UPDATE copydesk.warning t SET wire = %(new)s FROM copydesk.run r
WHERE t.wire = %(old)s AND r.run_key = t.run_key AND NOT %(new)s = ANY(r.wires);

-- name: failures
UPDATE copydesk.wire_failure t SET wire = %(new)s FROM copydesk.run r
WHERE t.wire = %(old)s AND r.run_key = t.run_key AND NOT %(new)s = ANY(r.wires);

-- name: run_boilerplate
UPDATE copydesk.run_boilerplate t SET wire = %(new)s FROM copydesk.run r
WHERE t.wire = %(old)s AND r.run_key = t.run_key AND NOT %(new)s = ANY(r.wires);

-- name: staged_results
-- They are the results of the old source file.
DELETE FROM copydesk.staged_result WHERE wire = %(old)s;

-- name: runs
-- Last of the tables with a run: the others ask which wires a run has.
UPDATE copydesk.run
SET wires = array_replace(wires, %(old)s, %(new)s),
    skipped = CASE WHEN skipped ? %(old)s
                   THEN skipped - %(old)s::text || jsonb_build_object(%(new)s::text, skipped -> %(old)s) ELSE skipped END
WHERE (%(old)s = ANY(wires) OR skipped ? %(old)s) AND NOT %(new)s = ANY(wires);

-- name: pages
UPDATE copydesk.page SET wire = %(new)s WHERE wire = %(old)s;

-- name: page_results
UPDATE copydesk.page_result SET wire = %(new)s WHERE wire = %(old)s;

-- name: articles
UPDATE copydesk.article SET wire = %(new)s WHERE wire = %(old)s;

-- name: sources
-- A wire without an agency is a source under its own name.
UPDATE copydesk.story_origin o
SET sources = (
    SELECT jsonb_agg(CASE WHEN x.source->>'origin' = %(old)s
                          THEN x.source || jsonb_build_object('origin', %(new)s::text) ELSE x.source END ORDER BY x.place)
    FROM jsonb_array_elements(o.sources) WITH ORDINALITY AS x (source, place))
WHERE o.sources @> jsonb_build_array(jsonb_build_object('origin', %(old)s::text))
  AND NOT EXISTS (SELECT FROM copydesk.wire_state w WHERE w.wire = %(old)s AND w.agency <> '');

-- name: totals
UPDATE copydesk.story_totals
SET wires = ARRAY(SELECT DISTINCT wire FROM unnest(array_replace(wires, %(old)s, %(new)s::text)) AS wire ORDER BY wire)
WHERE wires @> ARRAY[%(old)s::text];

-- name: searches
UPDATE copydesk.saved_search SET fields = fields || jsonb_build_object('wire', %(new)s::text)
WHERE fields->>'wire' = %(old)s;

-- name: versions
UPDATE copydesk.article_version SET wire = %(new)s WHERE wire = %(old)s;

-- name: quarantine
UPDATE copydesk.quarantine SET wire = %(new)s WHERE wire = %(old)s;

-- name: boilerplate
-- What a person decided or a run learned under the new name stays.
WITH gone AS (DELETE FROM copydesk.boilerplate WHERE wire = %(old)s RETURNING *)
INSERT INTO copydesk.boilerplate
SELECT new.* FROM gone, jsonb_populate_record(
    NULL::copydesk.boilerplate, to_jsonb(gone) || jsonb_build_object('wire', %(new)s::text)) AS new
ON CONFLICT (wire, key) DO NOTHING;

-- name: feed_states
WITH gone AS (DELETE FROM copydesk.feed_state WHERE wire = %(old)s RETURNING *)
INSERT INTO copydesk.feed_state
SELECT new.* FROM gone, jsonb_populate_record(
    NULL::copydesk.feed_state, to_jsonb(gone) || jsonb_build_object('wire', %(new)s::text)) AS new
ON CONFLICT (wire, url) DO NOTHING;

-- name: poll
WITH gone AS (DELETE FROM copydesk.wire_poll WHERE wire = %(old)s RETURNING *)
INSERT INTO copydesk.wire_poll
SELECT new.* FROM gone, jsonb_populate_record(
    NULL::copydesk.wire_poll, to_jsonb(gone) || jsonb_build_object('wire', %(new)s::text)) AS new
ON CONFLICT (wire) DO NOTHING;

-- name: exemption
WITH gone AS (DELETE FROM copydesk.guard_exemption WHERE wire = %(old)s RETURNING *)
INSERT INTO copydesk.guard_exemption
SELECT new.* FROM gone, jsonb_populate_record(
    NULL::copydesk.guard_exemption, to_jsonb(gone) || jsonb_build_object('wire', %(new)s::text)) AS new
ON CONFLICT (wire) DO NOTHING;

-- name: state
WITH gone AS (DELETE FROM copydesk.wire_state WHERE wire = %(old)s RETURNING *)
INSERT INTO copydesk.wire_state
SELECT new.* FROM gone, jsonb_populate_record(
    NULL::copydesk.wire_state, to_jsonb(gone) || jsonb_build_object('wire', %(new)s::text)) AS new
ON CONFLICT (wire) DO NOTHING;
