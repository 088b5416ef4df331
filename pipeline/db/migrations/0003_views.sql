-- The public face: views with stable names and columns. Columns may be added at the end, never taken away.

CREATE VIEW copydesk.v_articles AS
SELECT a.article_id, a.wire, p.url, a.canonical_url, a.title, v.body, a.published_at, a.published_given, v.modified_at,
       v.byline, v.agency, v.dateline, v.credit, v.section, v.language, a.notice, v.image_url, v.via, v.cleaner,
       v.dropped, (SELECT count(*) FROM copydesk.article_version n WHERE n.article_id = a.article_id) AS versions,
       m.story_id
FROM copydesk.article a
JOIN copydesk.article_version v ON v.version_id = a.current_version
JOIN copydesk.page p ON p.page_id = v.page_id
LEFT JOIN copydesk.story_member m ON m.article_id = a.article_id
    AND m.profile_id = (SELECT profile_id FROM copydesk.profile WHERE state = 'live')
WHERE NOT a.withdrawn;

CREATE VIEW copydesk.v_stories AS
SELECT s.story_id, a.title, v.body, a.published_at, a.wire, p.url, v.agency, v.language, a.notice,
       s.representative, c.copies, c.wires, c.last_at
FROM copydesk.story s
JOIN copydesk.article a ON a.article_id = s.representative
JOIN copydesk.article_version v ON v.version_id = a.current_version
JOIN copydesk.page p ON p.page_id = v.page_id
JOIN (SELECT m.profile_id, m.story_id, count(*) AS copies, count(DISTINCT x.wire) AS wires,
             max(x.published_at) AS last_at
      FROM copydesk.story_member m JOIN copydesk.article x ON x.article_id = m.article_id
      GROUP BY m.profile_id, m.story_id) c ON c.profile_id = s.profile_id AND c.story_id = s.story_id
WHERE s.state = 'live' AND s.profile_id = (SELECT profile_id FROM copydesk.profile WHERE state = 'live');

CREATE VIEW copydesk.v_copies AS
SELECT m.story_id, m.article_id, a.wire, p.url, a.title, a.published_at, a.notice,
       m.article_id = s.representative AS is_representative, coalesce(e.kind, '') AS relation,
       a.published_at - r.published_at AS delay
FROM copydesk.story_member m
JOIN copydesk.story s ON s.profile_id = m.profile_id AND s.story_id = m.story_id
JOIN copydesk.article a ON a.article_id = m.article_id
JOIN copydesk.article_version v ON v.version_id = a.current_version
JOIN copydesk.page p ON p.page_id = v.page_id
JOIN copydesk.article r ON r.article_id = s.representative
LEFT JOIN copydesk.edge e ON e.profile_id = m.profile_id
    AND e.a = least(m.article_id, s.representative) AND e.b = greatest(m.article_id, s.representative)
WHERE s.state = 'live' AND s.profile_id = (SELECT profile_id FROM copydesk.profile WHERE state = 'live');

CREATE VIEW copydesk.v_runs AS
SELECT run_id, dag_id, kind, mode, window_start, window_end, state, wires, skipped,
       coalesce((summary->>'scheduled')::int, 0) AS scheduled, coalesce((summary->>'stored')::int, 0) AS stored,
       coalesce((summary->>'pages')::int, 0) AS pages, coalesce((summary->>'new_articles')::int, 0) AS new_articles,
       coalesce((summary->>'articles')::int, 0) AS articles, coalesce((summary->>'stories')::int, 0) AS stories,
       coalesce((summary->>'refused')::int, 0) AS refused, coalesce((summary->>'quarantined')::int, 0) AS quarantined,
       coalesce((summary->>'failed')::int, 0) AS failed, summary, started_at, ended_at
FROM copydesk.run;
