"""Enums with stored values: the database accepts these values and no others."""

from __future__ import annotations

import re
from enum import StrEnum

import psycopg

from copydesk.pipeline.core.dedup_records import MERGING_KINDS, EdgeKind
from copydesk.pipeline.core.records import Notice, Outcome
from copydesk.pipeline.core.strategy import RunMode
from copydesk.pipeline.db import embedded
from copydesk.pipeline.fold.origin import OriginBasis
from copydesk.pipeline.fold.reconcile import EventKind
from copydesk.pipeline.runs.anomalies import WarningKind
from copydesk.pipeline.store import states

ENUMS: dict[str, type[StrEnum]] = {
    "run.mode": RunMode,
    "run.state": states.RunState,
    "ledger.stage": states.LedgerStage,
    "warning.kind": WarningKind,
    "fetch.outcome": Outcome,
    "wire_poll.grade": states.FailureGrade,
    "boilerplate.state": states.BoilerplateState,
    "article.notice": Notice,
    "article_version.notice": Notice,
    "page_result.outcome": states.PageOutcome,
    "quarantine.state": states.QuarantineState,
    "profile.state": states.GenerationState,
    "sketch.notice": Notice,
    "edge.kind": EdgeKind,
    "pending_article.stage": states.PendingStage,
    "story.state": states.StoryState,
    "story_event.kind": EventKind,
    "webhook_delivery.state": states.DeliveryState,
    "story_origin.basis": OriginBasis,
}
"""The enum of each column; a notice may also be empty."""

CHECKS = """
SELECT c.relname || '.' || a.attname, pg_get_constraintdef(k.oid)
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
WHERE k.contype = 'c' AND c.relnamespace = 'copydesk'::regnamespace AND cardinality(k.conkey) = 1
  AND pg_get_constraintdef(k.oid) LIKE '%= ANY (ARRAY[%'
"""


def read_values(definition: str) -> set[str]:
    return set(re.findall(r"'([^']*)'::text", definition))


def test_enums_match_the_check_constraints(server: embedded.EmbeddedServer, template: str) -> None:
    with psycopg.connect(server.url(template)) as connection:
        found = {column: read_values(definition) for column, definition in connection.execute(CHECKS)}
    assert found.keys() == ENUMS.keys()
    for column, enum in ENUMS.items():
        assert found[column] == {*enum, *([""] if enum is Notice else [])}, column


def test_every_stored_enum_has_a_column() -> None:
    defined = {one for one in vars(states).values() if isinstance(one, type) and issubclass(one, StrEnum)} - {StrEnum}
    assert defined <= set(ENUMS.values())


def test_merging_kinds_match_the_check_constraint(server: embedded.EmbeddedServer, template: str) -> None:
    query = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'edge_merges_by_kind'"
    with psycopg.connect(server.url(template)) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    assert read_values(row[0]) == MERGING_KINDS
