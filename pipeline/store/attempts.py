"""Earlier attempts to fetch URLs that brought no page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from psycopg import Connection

from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all


@dataclass(frozen=True, slots=True)
class Attempts:
    """The attempts to fetch one URL that failed or were refused: when the first and the last one were (aware, UTC)."""

    url_key: bytes
    first_at: datetime
    last_at: datetime


def list_attempts(connection: Connection[Row], wire: str, url_keys: Iterable[bytes]) -> dict[bytes, Attempts]:
    """Return the unsuccessful attempts of a wire's crawls by URL key, for keys that have any."""
    params = {"wire": wire, "url_keys": sorted(set(url_keys))}
    return {row.url_key: row for row in fetch_all(connection, Attempts, queries.page.list_attempts, params)}
