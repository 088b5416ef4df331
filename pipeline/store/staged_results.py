"""Proofs in the database: readings of stored pages that are kept beside what is shown, until a person has seen them;
and what that person was asked about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.types.json import Jsonb
from pydantic import TypeAdapter

from copydesk.pipeline.core.errors import Permanent, Quarantine
from copydesk.pipeline.core.records import Article
from copydesk.pipeline.db import Row, load_queries
from copydesk.pipeline.store.articles import Reading

AT_ONCE = 200
"""Proofs that are in memory at once where all are read."""

_ARTICLE: TypeAdapter[Article] = TypeAdapter(Article)


def list_unproved(connection: Connection[Row], run_id: str, wire: str, cleaner: str) -> list[UUID]:
    """The run's pages of one wire that these rules have not read yet, neither for all to see nor as a proof."""
    asked = {"run_id": run_id, "wire": wire, "cleaner": cleaner}
    return [row[0] for row in connection.execute(load_queries("proof")["pages_to_read"], asked)]


def put_proofs(connection: Connection[Row], run_id: str, cleaner: str, readings: Iterable[Reading]) -> None:
    """Keep some readings as proofs, in the caller's transaction; twice changes nothing."""
    query = load_queries("proof")["put"]
    for one in readings:
        given = {
            "run_id": run_id, "wire": one.wire, "cleaner": cleaner, "page_id": one.page_id,
            "canonical_url": one.canonical_url, "fetched_at": one.fetched_at, "result": Jsonb(_write(one.result)),
        }  # fmt: skip
        connection.execute(query, given)


def read_proofs(connection: Connection[Row], run_id: str, wire: str, cleaner: str) -> Iterator[list[Reading]]:
    """The run's proofs of one wire by these rules, some at a time, in the order of their pages."""
    asked = {"run_id": run_id, "wire": wire, "cleaner": cleaner}
    with connection.cursor("proofs") as cursor:
        cursor.execute(load_queries("proof")["read"], asked)
        while rows := cursor.fetchmany(AT_ONCE):
            yield [Reading(page_id, wire, url, fetched_at, _read(told)) for page_id, url, fetched_at, told in rows]


def count_proofs(connection: Connection[Row], run_id: str) -> int:
    """How many proofs the run has."""
    row = connection.execute(load_queries("proof")["count"], {"run_id": run_id}).fetchone()
    return int(row[0]) if row else 0


def drop_other_proofs(connection: Connection[Row], run_id: str, rules: Mapping[str, str]) -> None:
    """Drop those of the run's proofs that are not by ``rules``: of each wire the rules that are in force."""
    asked = {"run_id": run_id, "wires": list(rules), "cleaners": list(rules.values())}
    connection.execute(load_queries("proof")["drop_others"], asked)


def drop_proofs(connection: Connection[Row], run_id: str) -> None:
    """Drop all the run's proofs."""
    connection.execute(load_queries("proof")["drop"], {"run_id": run_id})


def put_question(connection: Connection[Row], run_id: str, told: Mapping[str, Any]) -> None:
    """Keep what a person is asked about; the same again changes nothing.

    Raises:
        Permanent: the run has asked about something else before, and that is what the person would see still.
    """
    asked = {"run_id": run_id, "told": Jsonb(dict(told))}
    connection.execute(load_queries("proof")["ask"], asked)
    if connection.execute(load_queries("proof")["asked"], asked).fetchone() != (True,):
        raise Permanent(
            "What would change is no longer what was asked about.",
            "Trigger `reprocess` anew: it asks with new figures.",
        )


def _write(result: Article | Quarantine) -> dict[str, Any]:
    if isinstance(result, Quarantine):
        return {"quarantine": [result.reason, result.message, result.remedy]}
    return {"article": _ARTICLE.dump_python(result, mode="json")}


def _read(told: Mapping[str, Any]) -> Article | Quarantine:
    if "quarantine" in told:
        return Quarantine(*told["quarantine"])
    return _ARTICLE.validate_python(told["article"])
