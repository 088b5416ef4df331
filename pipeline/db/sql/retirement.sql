-- What a generation's rows are dropped by, table by table in the order that their references ask for; each at most so
-- many rows at once. A test holds that nothing is left in any table with a profile.

-- name: pending_article
DELETE FROM copydesk.pending_article WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM copydesk.pending_article WHERE profile_id = %(profile_id)s LIMIT %(limit)s));

-- name: story_event
DELETE FROM copydesk.story_event WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM copydesk.story_event WHERE profile_id = %(profile_id)s LIMIT %(limit)s));

-- name: story_redirect
DELETE FROM copydesk.story_redirect WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM copydesk.story_redirect WHERE profile_id = %(profile_id)s LIMIT %(limit)s));

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
-- With its keys, by a trigger: no index leads from a profile to them.
DELETE FROM copydesk.sketch WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM copydesk.sketch WHERE profile_id = %(profile_id)s LIMIT %(limit)s));
