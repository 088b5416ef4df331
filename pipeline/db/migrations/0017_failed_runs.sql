-- A warning may say of a whole run that it failed.
ALTER TABLE copydesk.warning DROP CONSTRAINT warning_kind_check;
ALTER TABLE copydesk.warning ADD CONSTRAINT warning_kind_check
    CHECK (kind IN ('silent', 'refusals', 'layout', 'failed', 'late', 'run_failed'));
