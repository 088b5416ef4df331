"""The invariants: what is true of every generation, and of the page store, while no task is running.

Each has a query that finds violations.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from psycopg import Connection, sql
from psycopg.rows import class_row

from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all, fetch_values


@dataclass(frozen=True, slots=True)
class Violation:
    """An article, story or page that violates an invariant; ``what`` is a sentence without its full stop."""

    what: str
    profile_id: str
    id: UUID

    def __str__(self) -> str:
        return f"{self.what} ({self.id})"


def find_violations(connection: Connection[Row]) -> Iterator[list[Violation]]:
    """Yield the violations of each invariant, in all generations and in the page store.

    Generations in which signing, matching or folding is in progress are skipped (``list_busy_generations``).
    """
    busy = list_busy_generations(connection)
    for query in (*queries.invariants.list_all().values(), *queries.page_invariants.list_all().values()):
        yield [row for row in fetch_all(connection, Violation, query) if row.profile_id not in busy]


def find_violations_of(connection: Connection[Row], profile_id: str) -> list[Violation]:
    """Return violations in one generation, a few per invariant."""
    template = sql.SQL(queries.generation.list_violations)
    violations: list[Violation] = []
    with connection.cursor(row_factory=class_row(Violation)) as cursor:
        for query in queries.invariants.list_all().values():
            violations += cursor.execute(template.format(query=sql.SQL(query), profile_id=sql.Literal(profile_id)))
    return violations


def list_busy_generations(connection: Connection[Row]) -> set[str]:
    """Return the profiles of generations with articles that are not yet matched or folded."""
    return set(fetch_values(connection, str, queries.pending_article.list_busy_generations))
