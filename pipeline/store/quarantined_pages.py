"""Reading once more what is held in quarantine, after a fix: each page is recovered, refused, or held with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg import Connection
from psycopg.rows import class_row

from copydesk.pipeline.core.errors import NotFound
from copydesk.pipeline.db import Row, load_queries


@dataclass(frozen=True, slots=True)
class QuarantinedPage:
    """One page in quarantine, or one that was; ``detail`` says more than the code ``reason``."""

    id: int
    at: datetime
    wire: str
    stage: str
    reason: str
    detail: str
    url: str
    run_id: str
    state: str


def list_quarantined(
    connection: Connection[Row],
    *,
    wire: str | None = None,
    reason: str | None = None,
    include_resolved: bool = False,
    limit: int = 100,
) -> list[QuarantinedPage]:
    """What is in quarantine, the earliest first; with ``settled`` what has left it too."""
    asked = {"wire": wire, "reason": reason, "all": include_resolved, "limit": limit}
    with connection.cursor(row_factory=class_row(QuarantinedPage)) as cursor:
        return cursor.execute(load_queries("quarantine")["list_quarantined"], asked).fetchall()


def check_ids(connection: Connection[Row], ids: Sequence[int]) -> None:
    held = {row[0] for row in connection.execute(load_queries("quarantine")["list_replayable_ids"], {"ids": list(ids)})}
    if absent := sorted(set(ids) - held):
        named = ", ".join(map(str, absent))
        raise NotFound(f"Not in quarantine: {named}.", "See `copydesk quarantine list` for what is.")
