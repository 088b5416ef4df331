"""Proofs in the database: readings of stored pages that are kept beside what is shown, until a person has seen them;
and what that person was asked about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.types.json import Jsonb
from pydantic import TypeAdapter

from copydesk.pipeline.core.errors import Permanent, QuarantineError
from copydesk.pipeline.core.records import Article
from copydesk.pipeline.db import Row, load_queries
from copydesk.pipeline.store.articles import ParseResult

BATCH_SIZE = 200
"""Proofs that are in memory at once where all are read."""

_ARTICLE_ADAPTER: TypeAdapter[Article] = TypeAdapter(Article)


def list_unstaged_pages(connection: Connection[Row], run_id: str, wire: str, cleaner: str) -> list[UUID]:
    """The run's pages of one wire that these rules have not read yet, neither for all to see nor as a proof."""
    asked = {"run_id": run_id, "wire": wire, "cleaner": cleaner}
    return [row[0] for row in connection.execute(load_queries("proof")["list_unstaged"], asked)]


def stage_results(connection: Connection[Row], run_id: str, cleaner: str, results: Iterable[ParseResult]) -> None:
    """Keep some readings as proofs, in the caller's transaction; twice changes nothing."""
    query = load_queries("proof")["save"]
    for one in results:
        given = {
            "run_id": run_id, "wire": one.wire, "cleaner": cleaner, "page_id": one.page_id,
            "canonical_url": one.canonical_url, "fetched_at": one.fetched_at, "result": Jsonb(_serialize(one.result)),
        }  # fmt: skip
        connection.execute(query, given)


def read_staged_results(
    connection: Connection[Row], run_id: str, wire: str, cleaner: str
) -> Iterator[list[ParseResult]]:
    """The run's proofs of one wire by these rules, some at a time, in the order of their pages."""
    asked = {"run_id": run_id, "wire": wire, "cleaner": cleaner}
    with connection.cursor("proofs") as cursor:
        cursor.execute(load_queries("proof")["read"], asked)
        while rows := cursor.fetchmany(BATCH_SIZE):
            yield [
                ParseResult(page_id, wire, url, fetched_at, _deserialize(told))
                for page_id, url, fetched_at, told in rows
            ]


def count_staged_results(connection: Connection[Row], run_id: str) -> int:
    """How many proofs the run has."""
    row = connection.execute(load_queries("proof")["count"], {"run_id": run_id}).fetchone()
    return int(row[0]) if row else 0


def delete_outdated_staged_results(
    connection: Connection[Row], run_id: str, cleaner_versions: Mapping[str, str]
) -> None:
    """Drop those of the run's proofs that are not by ``rules``: of each wire the rules that are in force."""
    asked = {"run_id": run_id, "wires": list(cleaner_versions), "cleaners": list(cleaner_versions.values())}
    connection.execute(load_queries("proof")["delete_outdated"], asked)


def delete_staged_results(connection: Connection[Row], run_id: str) -> None:
    """Drop all the run's proofs."""
    connection.execute(load_queries("proof")["delete"], {"run_id": run_id})


def save_approval_request(connection: Connection[Row], run_id: str, details: Mapping[str, Any]) -> None:
    """Keep what a person is asked about; the same again changes nothing.

    Raises:
        Permanent: the run has asked about something else before, and that is what the person would see still.
    """
    asked = {"run_id": run_id, "details": Jsonb(dict(details))}
    connection.execute(load_queries("proof")["save_approval_request"], asked)
    if connection.execute(load_queries("proof")["matches_approval_request"], asked).fetchone() != (True,):
        raise Permanent(
            "What would change is no longer what was asked about.",
            "Trigger `reprocess` anew: it asks with new figures.",
        )


def _serialize(result: Article | QuarantineError) -> dict[str, Any]:
    if isinstance(result, QuarantineError):
        return {"quarantine": [result.reason, result.message, result.remedy]}
    return {"article": _ARTICLE_ADAPTER.dump_python(result, mode="json")}


def _deserialize(data: Mapping[str, Any]) -> Article | QuarantineError:
    if "quarantine" in data:
        return QuarantineError(*data["quarantine"])
    return _ARTICLE_ADAPTER.validate_python(data["article"])
