"""Staged results: results of stored pages that are not applied until a person approves them; and the requests for
approval."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb
from pydantic import TypeAdapter

from copydesk.pipeline.core.errors import Permanent, QuarantineError
from copydesk.pipeline.core.records import Article
from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_value, fetch_values, find_value
from copydesk.pipeline.store.articles import ParseResult

BATCH_SIZE = 200
"""Staged results in memory at a time when all are read."""

_ARTICLE_ADAPTER: TypeAdapter[Article] = TypeAdapter(Article)


@dataclass(frozen=True, slots=True)
class _StagedRow:
    page_id: UUID
    canonical_url: str
    fetched_at: datetime
    result: dict[str, Any]


def list_unstaged_pages(connection: Connection[Row], run_key: UUID, wire: str, cleaner: str) -> list[UUID]:
    """Return the run's pages of one wire for which these rules have neither a recorded nor a staged result."""
    params = {"run_key": run_key, "wire": wire, "cleaner": cleaner}
    return fetch_values(connection, UUID, queries.staged_result.list_unstaged, params)


def stage_results(connection: Connection[Row], run_key: UUID, cleaner: str, results: Iterable[ParseResult]) -> None:
    """Stage results, in the caller's transaction; staging them again changes nothing."""
    rows = list(results)
    columns = {
        "wire": [result.wire for result in rows],
        "page_id": [result.page_id for result in rows],
        "canonical_url": [result.canonical_url for result in rows],
        "fetched_at": [result.fetched_at for result in rows],
        "result": [Jsonb(_serialize(result.result)) for result in rows],
    }
    connection.execute(queries.staged_result.save, {"run_key": run_key, "cleaner": cleaner, **columns})


def read_staged_results(
    connection: Connection[Row], run_key: UUID, wire: str, cleaner: str
) -> Iterator[list[ParseResult]]:
    """Yield batches of the run's staged results of one wire by these rules, in the order of their pages' ids."""
    params = {"run_key": run_key, "wire": wire, "cleaner": cleaner}
    with connection.cursor("staged_results", row_factory=class_row(_StagedRow)) as cursor:
        cursor.execute(queries.staged_result.read, params)
        while rows := cursor.fetchmany(BATCH_SIZE):
            yield [
                ParseResult(row.page_id, wire, row.canonical_url, row.fetched_at, _deserialize(row.result))
                for row in rows
            ]


def count_staged_results(connection: Connection[Row], run_key: UUID) -> int:
    """Return how many staged results the run has."""
    return fetch_value(connection, int, queries.staged_result.count, {"run_key": run_key})


def delete_outdated_staged_results(
    connection: Connection[Row], run_key: UUID, cleaner_versions: Mapping[str, str]
) -> None:
    """Delete the run's staged results that are not by the current rules.

    Args:
        connection: An open connection.
        run_key: The run.
        cleaner_versions: The version of the current rules of each wire.
    """
    params = {"run_key": run_key, "wires": list(cleaner_versions), "cleaners": list(cleaner_versions.values())}
    connection.execute(queries.staged_result.delete_outdated, params)


def delete_staged_results(connection: Connection[Row], run_key: UUID) -> None:
    """Delete all staged results of the run."""
    connection.execute(queries.staged_result.delete, {"run_key": run_key})


def save_approval_request(
    connection: Connection[Row],
    run_key: UUID,
    details: Mapping[str, Any],
    samples: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Save what a person is asked to approve; saving the same again changes nothing.

    Args:
        connection: A connection in a transaction.
        run_key: The key of the run.
        details: What is approved: counts and versions.
        samples: Some of the changes, to be shown. They may differ when the request is repeated.

    Raises:
        Permanent: The run has a request with other details, which the person would still see.
    """
    params = {"run_key": run_key, "details": Jsonb(dict(details)), "samples": Jsonb([dict(one) for one in samples])}
    connection.execute(queries.staged_result.save_approval_request, params)
    if not fetch_value(connection, bool, queries.staged_result.matches_approval_request, params):
        raise Permanent(
            "The changes differ from those in the request for approval.",
            "Trigger the DAG again: the new run requests approval with the new figures.",
        )


def read_approval_samples(connection: Connection[Row], run_key: UUID) -> Sequence[Mapping[str, Any]]:
    """Return the samples of a request for approval; none if there is no request, or if they have been deleted."""
    samples = find_value(connection, list, queries.staged_result.read_approval_samples, {"run_key": run_key})
    return () if samples is None else samples


def _serialize(result: Article | QuarantineError) -> dict[str, Any]:
    if isinstance(result, QuarantineError):
        return {"quarantine": [result.reason, result.message, result.remedy]}
    return {"article": _ARTICLE_ADAPTER.dump_python(result, mode="json")}


def _deserialize(data: Mapping[str, Any]) -> Article | QuarantineError:
    if "quarantine" in data:
        return QuarantineError(*data["quarantine"])
    return _ARTICLE_ADAPTER.validate_python(data["article"])
