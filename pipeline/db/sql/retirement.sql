-- Delete a generation's rows, table by table in the order of the foreign keys; each statement deletes at most `limit`
-- rows. A test verifies that no table with a profile has any left.

-- name: pending_article
DELETE FROM copydesk.pending_article WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM copydesk.pending_article WHERE profile_id = %(profile_id)s LIMIT %(limit)s));

-- name: story_event
DELETE FROM copydesk.story_event WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM copydesk.story_event WHERE profile_id = %(profile_id)s LIMIT %(limit)s));

-- name: story_redirect
DELETE FROM copydesk.story_redirect WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM copydesk.story_redirect WHERE profile_id = %(profile_id)s LIMIT %(limit)s));

-- name: story_totals
DELETE FROM copydesk.story_totals WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM copydesk.story_totals WHERE profile_id = %(profile_id)s LIMIT %(limit)s));

-- name: story_member
DELETE FROM copydesk.story_member WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM copydesk.story_member WHERE profile_id = %(profile_id)s LIMIT %(limit)s));

-- name: story
DELETE FROM copydesk.story WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM copydesk.story WHERE profile_id = %(profile_id)s LIMIT %(limit)s));

-- name: edge
DELETE FROM copydesk.edge WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM copydesk.edge WHERE profile_id = %(profile_id)s LIMIT %(limit)s));

-- name: sketch
-- A trigger deletes the keys of each sketch: the key table has no index by profile alone.
DELETE FROM copydesk.sketch WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM copydesk.sketch WHERE profile_id = %(profile_id)s LIMIT %(limit)s));
