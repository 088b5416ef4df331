"""What the tables need once a day: partitions ahead, retention, statistics, and a look at how large they are.

Each function may be called again at any time, or twice at once.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import psycopg
from psycopg import Connection, sql

from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.db import Row, connect, load_queries, transaction

MONTHS_AHEAD = 2
"""Months after the current one that have their partition."""

BATCH_SIZE = 500
"""Contents whose bytes are dropped in one transaction."""

STAGED_RESULT_RETENTION = timedelta(days=7)
"""How long proofs are kept once the time to approve them is over."""

_PARTITION_NAME = re.compile(r"page_body_(\d{4})_(\d{2})")


@dataclass(frozen=True, slots=True)
class RetentionResult:
    """What retention took away: the bytes of so many contents (``bytes``, as stored), whole months, settled rows of
    the quarantine, proofs that nobody approved. ``kept`` counts old contents that are needed still."""

    bodies: int
    freed_bytes: int
    still_needed: int
    partitions: int
    quarantine_entries: int
    staged_results: int


@dataclass(frozen=True, slots=True)
class TableSize:
    """One table in bytes, indexes and partitions included; ``growth`` is since the last look, None at the first."""

    table: str
    size_bytes: int
    row_estimate: int
    growth: int | None


def ensure_partitions(settings: Settings, today: date) -> list[str]:
    """Make sure that pages of this month and the next ones have a partition to go to; all partitions there are.

    Pages that came before theirs was made are moved into it.
    """
    queries = load_queries("upkeep")
    with transaction(settings) as connection:
        for month in _list_months(today, MONTHS_AHEAD):
            connection.execute(queries["ensure_partition"], (month,))
        return [row[0] for row in connection.execute(queries["list_partitions"])]


def apply_retention(settings: Settings, now: datetime) -> RetentionResult:
    """Drop what the settings no longer keep: old pages' bytes, and what has left the quarantine long ago.

    No article, version, story or address is ever dropped: all that goes is the page as it was fetched, so that it
    can't be read once more by other rules. Bytes that nobody has read yet, or that are held in quarantine, stay.
    """
    contents = size = kept = months = settled = 0
    if settings.keep_page_days is not None:
        before = now - timedelta(days=settings.keep_page_days)
        contents, size, kept = _delete_expired_bodies(settings, before)
        months = _drop_expired_partitions(settings, before)
    if settings.keep_quarantine_days is not None:
        before = now - timedelta(days=settings.keep_quarantine_days)
        with transaction(settings) as connection:
            settled = connection.execute(load_queries("quarantine")["delete_resolved"], {"before": before}).rowcount
    before = now - timedelta(hours=settings.approval_hours) - STAGED_RESULT_RETENTION
    with transaction(settings) as connection:
        proofs = connection.execute(load_queries("proof")["delete_expired"], {"before": before}).rowcount
    return RetentionResult(contents, size, kept, months, settled, proofs)


def vacuum_analyze(settings: Settings) -> int:
    """Have the planner know the tables as they are, and room that was freed used again; how many tables.

    PostgreSQL does it by itself for what changes much, but never for a partitioned table as a whole.
    """
    # A connection of its own outside any transaction: VACUUM asks for that.
    with closing(connect(settings, autocommit=True)) as connection:
        tables = [row[0] for row in connection.execute(load_queries("upkeep")["list_tables"])]
        for table in tables:
            connection.execute(sql.SQL("VACUUM (ANALYZE, SKIP_LOCKED) {}").format(sql.Identifier("copydesk", table)))
    return len(tables)


def record_table_sizes(settings: Settings, today: date) -> list[TableSize]:
    """Keep today's size of every table (``copydesk.v_table_sizes``) and tell them, the largest first."""
    queries = load_queries("upkeep")
    with transaction(settings) as connection:
        connection.execute(queries["save_sizes"], {"day": today})
        return [TableSize(*row) for row in connection.execute(queries["read_sizes"], (today,))]


def get_database_bytes(settings: Settings) -> int:
    """The whole database in bytes."""
    with transaction(settings) as connection:
        row = connection.execute(load_queries("upkeep")["database_size"]).fetchone()
    return int(row[0]) if row else 0


def get_free_disk_bytes(settings: Settings) -> int | None:
    """Bytes left where the embedded database lies; None where another machine may hold it."""
    if settings.database_url is not None or not settings.home.exists():
        return None
    return shutil.disk_usage(settings.home).free


def _list_months(today: date, ahead: int) -> Iterator[date]:
    for number in range(today.month - 1, today.month + ahead):
        yield date(today.year + number // 12, number % 12 + 1, 1)


def _delete_expired_bodies(settings: Settings, before: datetime) -> tuple[int, int, int]:
    """Drop the bytes of contents first seen before; how many, how large as stored, and how many are needed still."""
    queries = load_queries("upkeep")
    contents = size = kept = 0
    at, sha = datetime.min.replace(tzinfo=UTC), b""
    while True:
        with transaction(settings) as connection:
            asked = {"before": before, "at": at, "sha": sha, "limit": BATCH_SIZE}
            rows = connection.execute(queries["list_old_contents"], asked).fetchall()
            if not rows:
                return contents, size, kept
            expired = [bytes(row[0]) for row in rows if row[2]]
            size += sum(row[0] for row in connection.execute(queries["delete_bodies"], {"shas": expired}))
        contents += len(expired)
        kept += len(rows) - len(expired)
        sha, at = bytes(rows[-1][0]), rows[-1][1]


def _drop_expired_partitions(settings: Settings, before: datetime) -> int:
    """Drop the partitions of months that are over and empty."""
    dropped = 0
    with transaction(settings) as connection:
        names = [row[0] for row in connection.execute(load_queries("upkeep")["list_partitions"])]
    for name in names:
        found = _PARTITION_NAME.fullmatch(name)
        if found is None:
            continue
        month = date(int(found[1]), int(found[2]), 1)
        *_, following = _list_months(month, 1)
        if following <= before.date():
            dropped += _drop_partition(settings, name)
    return dropped


def _drop_partition(settings: Settings, name: str) -> bool:
    table = sql.Identifier("copydesk", name)
    with transaction(settings) as connection:
        connection.execute(load_queries("upkeep")["set_lock_timeout"])
        try:
            _detach_and_drop(connection, table)
        except (psycopg.errors.LockNotAvailable, psycopg.errors.UndefinedTable, _PartitionNotEmptyError):
            connection.rollback()  # somebody reads, or has been faster: the next day does
            return False
    return True


class _PartitionNotEmptyError(Exception):
    """A month's partition is not empty."""


def _detach_and_drop(connection: Connection[Row], table: sql.Identifier) -> None:
    connection.execute(sql.SQL("ALTER TABLE copydesk.page_body DETACH PARTITION {}").format(table))
    if connection.execute(sql.SQL("SELECT FROM {} LIMIT 1").format(table)).fetchone() is not None:
        raise _PartitionNotEmptyError
    connection.execute(sql.SQL("DROP TABLE {}").format(table))
