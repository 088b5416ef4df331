-- Whose copy a story is, and what the public is shown of it: copies, versions, events, what a digest holds, what was
-- killed.

-- Which agency each wire is; its articles without a credit are that agency's own.
CREATE TABLE copydesk.wire_agency (
    wire text PRIMARY KEY,
    agency text NOT NULL
);

-- Found when a story is folded (pipeline/fold/origin.py) and kept: telling it anew for every story listed costs as much
-- as listing them.
CREATE TABLE copydesk.story_origin (
    profile_id text NOT NULL,
    story_id uuid NOT NULL,
    agency text NOT NULL,                     -- empty: nothing is known of it
    article_id uuid REFERENCES copydesk.article ON DELETE SET NULL,  -- null: its own article is not among the copies
    basis text NOT NULL CHECK (basis IN ('credit', 'dateline', 'earliest', 'alone')),
    evidence jsonb NOT NULL,
    PRIMARY KEY (profile_id, story_id),
    FOREIGN KEY (profile_id, story_id) REFERENCES copydesk.story ON DELETE CASCADE
);
CREATE INDEX story_origin_by_article ON copydesk.story_origin (article_id);

-- A digest has the openings of the stories that it has items of.
ALTER TABLE copydesk.sketch
    ADD COLUMN is_digest boolean NOT NULL DEFAULT false,
    ADD COLUMN opening bytea NOT NULL DEFAULT '';

-- What digests hold and are held by is looked up from both sides.
CREATE INDEX edge_parts_by_a ON copydesk.edge (a, profile_id) WHERE kind = 'part_of';
CREATE INDEX edge_parts_by_b ON copydesk.edge (b, profile_id) WHERE kind = 'part_of';

-- Every copy of every story, killed ones and those of other generations too: what the views of copies are made of.
CREATE VIEW copydesk.story_copy AS
SELECT m.profile_id, m.story_id, s.state, m.article_id, a.wire, p.url, a.title, a.published_at, a.notice,
       m.article_id = s.representative AS is_representative, coalesce(e.kind, '') AS relation,
       a.published_at - r.published_at AS delay,
       m.article_id IS NOT DISTINCT FROM o.article_id AS is_origin, coalesce(f.kind, '') AS origin_relation,
       a.published_at - b.published_at AS origin_delay
FROM copydesk.story_member m
JOIN copydesk.story s ON s.profile_id = m.profile_id AND s.story_id = m.story_id
JOIN copydesk.article a ON a.article_id = m.article_id
JOIN copydesk.article_version v ON v.version_id = a.current_version
JOIN copydesk.page p ON p.page_id = v.page_id
JOIN copydesk.article r ON r.article_id = s.representative
LEFT JOIN copydesk.story_origin o ON o.profile_id = m.profile_id AND o.story_id = m.story_id
LEFT JOIN copydesk.article b ON b.article_id = o.article_id
LEFT JOIN copydesk.edge e ON e.profile_id = m.profile_id
    AND e.a = least(m.article_id, s.representative) AND e.b = greatest(m.article_id, s.representative)
LEFT JOIN copydesk.edge f ON f.profile_id = m.profile_id
    AND f.a = least(m.article_id, o.article_id) AND f.b = greatest(m.article_id, o.article_id);

CREATE OR REPLACE VIEW copydesk.v_copies AS
SELECT story_id, article_id, wire, url, title, published_at, notice, is_representative, relation, delay,
       is_origin, origin_relation, origin_delay
FROM copydesk.story_copy
WHERE state = 'live' AND profile_id = (SELECT profile_id FROM copydesk.profile WHERE state = 'live');

-- A kill withdraws every copy of its story, whoever printed it.
CREATE OR REPLACE VIEW copydesk.v_articles AS
SELECT a.article_id, a.wire, p.url, a.canonical_url, a.title, v.body, a.published_at, a.published_given, v.modified_at,
       v.byline, v.agency, v.dateline, v.credit, v.section, v.language, a.notice, v.image_url, v.via, v.cleaner,
       v.dropped, (SELECT count(*) FROM copydesk.article_version n WHERE n.article_id = a.article_id) AS versions,
       m.story_id, v.published_source, v.modified_source, v.author, v.truncated, v.tickers, v.isins
FROM copydesk.article a
JOIN copydesk.article_version v ON v.version_id = a.current_version
JOIN copydesk.page p ON p.page_id = v.page_id
LEFT JOIN copydesk.story_member m ON m.article_id = a.article_id
    AND m.profile_id = (SELECT profile_id FROM copydesk.profile WHERE state = 'live')
LEFT JOIN copydesk.story s ON s.profile_id = m.profile_id AND s.story_id = m.story_id
WHERE NOT a.withdrawn AND s.state IS DISTINCT FROM 'killed';

-- The origin of every story; its wire is that of its article, else the only wire that is that agency.
CREATE VIEW copydesk.resolved_origin AS
SELECT o.profile_id, o.story_id, o.agency AS origin_agency,
       coalesce(a.wire, (SELECT min(w.wire) FROM copydesk.wire_agency w
                         WHERE lower(w.agency) = lower(o.agency) HAVING count(*) = 1), '') AS origin_wire,
       o.article_id AS origin_article, o.basis AS origin_basis, o.evidence AS origin_evidence
FROM copydesk.story_origin o
LEFT JOIN copydesk.article a ON a.article_id = o.article_id;

CREATE OR REPLACE VIEW copydesk.v_stories AS
SELECT s.story_id, a.title, v.body, a.published_at, a.wire, p.url, v.agency, v.language, a.notice,
       s.representative, c.copies, c.wires, c.last_at,
       o.origin_agency, o.origin_wire, o.origin_article, o.origin_basis
FROM copydesk.story s
JOIN copydesk.article a ON a.article_id = s.representative
JOIN copydesk.article_version v ON v.version_id = a.current_version
JOIN copydesk.page p ON p.page_id = v.page_id
JOIN (SELECT m.profile_id, m.story_id, count(*) AS copies, count(DISTINCT x.wire) AS wires,
             max(x.published_at) AS last_at
      FROM copydesk.story_member m JOIN copydesk.article x ON x.article_id = m.article_id
      GROUP BY m.profile_id, m.story_id) c ON c.profile_id = s.profile_id AND c.story_id = s.story_id
LEFT JOIN copydesk.resolved_origin o ON o.profile_id = s.profile_id AND o.story_id = s.story_id
WHERE s.state = 'live' AND s.profile_id = (SELECT profile_id FROM copydesk.profile WHERE state = 'live');

-- What was withdrawn, by which kill; the title is the last one before it.
CREATE VIEW copydesk.v_killed_stories AS
SELECT s.story_id, t.title, a.published_at, a.wire, s.representative,
       (SELECT count(*) FROM copydesk.story_member m WHERE m.profile_id = s.profile_id AND m.story_id = s.story_id)
           AS copies,
       k.article_id AS kill_article, k.wire AS kill_wire, k.url AS kill_url, k.title AS kill_title, k.body AS kill_text,
       (SELECT max(e.at) FROM copydesk.story_event e
        WHERE e.profile_id = s.profile_id AND e.story_id = s.story_id AND e.kind = 'killed') AS killed_at
FROM copydesk.story s
JOIN copydesk.article a ON a.article_id = s.representative
JOIN copydesk.sketch r ON r.profile_id = s.profile_id AND r.article_id = s.representative
JOIN copydesk.article_version t ON t.version_id = r.version_id
LEFT JOIN LATERAL (
    SELECT x.article_id, x.wire, p.url, v.title, v.body
    FROM copydesk.story_member m
    JOIN copydesk.sketch h ON h.profile_id = m.profile_id AND h.article_id = m.article_id
    JOIN copydesk.article x ON x.article_id = m.article_id
    JOIN copydesk.article_version v ON v.version_id = x.current_version
    JOIN copydesk.page p ON p.page_id = v.page_id
    WHERE m.profile_id = s.profile_id AND m.story_id = s.story_id
      AND (h.withdrawn OR h.notice IN ('kill', 'withhold'))
    ORDER BY x.withdrawn DESC, x.published_at, x.article_id LIMIT 1
) k ON true
WHERE s.state = 'killed' AND s.profile_id = (SELECT profile_id FROM copydesk.profile WHERE state = 'live');

-- What happened to stories, killed and merged ones too.
CREATE VIEW copydesk.v_story_events AS
SELECT e.event_id, e.story_id, e.kind, e.at, e.article_id, a.wire, a.canonical_url AS url, a.title,
       e.related_story_id AS related_story
FROM copydesk.story_event e
LEFT JOIN copydesk.article a ON a.article_id = e.article_id
WHERE e.profile_id = (SELECT profile_id FROM copydesk.profile WHERE state = 'live');

-- What digests hold, edge by edge. Two arms, so that it can be looked up from both sides by an index.
CREATE VIEW copydesk.story_digest_item AS
SELECT e.profile_id, e.container_id AS digest_article, w.story_id AS digest_story, x.title AS digest_title,
       x.published_at AS digest_published_at, e.part AS item_article, n.story_id AS item_story, y.title AS item_title,
       e.rule, e.shared, e.evidence, t.state AS digest_state, u.state AS item_state
FROM (
    SELECT profile_id, a AS container_id, b AS part, rule, shared, evidence FROM copydesk.edge
    WHERE kind = 'part_of' AND container_id = a
    UNION ALL
    SELECT profile_id, b, a, rule, shared, evidence FROM copydesk.edge WHERE kind = 'part_of' AND container_id = b
) e
JOIN copydesk.story_member w ON w.profile_id = e.profile_id AND w.article_id = e.container_id
JOIN copydesk.story_member n ON n.profile_id = e.profile_id AND n.article_id = e.part AND n.story_id <> w.story_id
JOIN copydesk.story t ON t.profile_id = w.profile_id AND t.story_id = w.story_id
JOIN copydesk.story u ON u.profile_id = n.profile_id AND u.story_id = n.story_id
JOIN copydesk.article x ON x.article_id = e.container_id
JOIN copydesk.article y ON y.article_id = e.part;

-- One row for each digest and story that it has an item of, with the copy that it shares most with.
CREATE VIEW copydesk.v_digest_items AS
SELECT DISTINCT ON (digest_article, item_story)
       digest_article, digest_story, digest_title, digest_published_at, item_article, item_story, item_title, rule, shared,
       evidence
FROM copydesk.story_digest_item
WHERE digest_state = 'live' AND item_state = 'live'
  AND profile_id = (SELECT profile_id FROM copydesk.profile WHERE state = 'live')
ORDER BY digest_article, item_story, shared DESC, item_article;
