"""Daily maintenance of the tables: partitions for the next months, retention, statistics, and table sizes.

Each function may be called again at any time, and concurrently.
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
from copydesk.pipeline.db import Row, connect, queries, transaction
from copydesk.pipeline.db.rows import fetch_all, fetch_value, fetch_values
from copydesk.pipeline.store.pages import ensure_page_partition, get_database_time

MONTHS_AHEAD = 2
"""Months after the current one that have a partition."""

BATCH_SIZE = 500
"""Contents per transaction of which the bytes are deleted."""

STAGED_RESULT_RETENTION = timedelta(days=7)
"""How long staged results are kept after the time for their approval."""

_PARTITION_NAME = re.compile(r"page_body_(\d{4})_(\d{2})")


@dataclass(frozen=True, slots=True)
class RetentionResult:
    """What retention deleted.

    Attributes:
        bodies: Contents of which the bytes were deleted.
        freed_bytes: The size of these, as stored.
        still_needed: Old contents that are kept.
        partitions: Dropped partitions.
        quarantine_entries: Resolved rows of the quarantine.
        staged_results: Staged results that were not approved.
    """

    bodies: int
    freed_bytes: int
    still_needed: int
    partitions: int
    quarantine_entries: int
    staged_results: int


@dataclass(frozen=True, slots=True)
class TableSize:
    """A table's size, with indexes and partitions; ``growth``, in bytes, is since the last record, if any."""

    table: str
    size_bytes: int
    row_estimate: int
    growth: int | None


@dataclass(frozen=True, slots=True)
class _OldContent:
    content_sha256: bytes
    content_at: datetime
    expired: bool


def ensure_partitions(settings: Settings, today: date) -> list[str]:
    """Ensure that this month and the next ones have a partition; return all partitions.

    Pages that were stored before their partition was created are moved into it.
    """
    with transaction(settings) as connection:
        for month in _list_months(today, MONTHS_AHEAD):
            ensure_page_partition(connection, month)
        return fetch_values(connection, str, queries.retention.list_partitions)


def apply_retention(settings: Settings, now: datetime) -> RetentionResult:
    """Delete what the settings no longer keep: the bytes of old pages, and old resolved rows of the quarantine.

    Articles, versions, stories and URLs are never deleted, only the bytes of pages, so that these can't be read again
    by other rules. Bytes of pages that have not been read yet, or that are in quarantine, are kept.
    """
    contents = size = kept = months = resolved = 0
    if settings.keep_page_days is not None:
        before = now - timedelta(days=settings.keep_page_days)
        contents, size, kept = _delete_expired_bodies(settings, before)
        months = drop_empty_partitions(settings, before)
    if settings.keep_quarantine_days is not None:
        before = now - timedelta(days=settings.keep_quarantine_days)
        with transaction(settings) as connection:
            resolved = connection.execute(queries.quarantine.delete_resolved, {"before": before}).rowcount
    before = now - timedelta(hours=settings.approval_hours) - STAGED_RESULT_RETENTION
    with transaction(settings) as connection:
        staged = connection.execute(queries.staged_result.delete_expired, {"before": before}).rowcount
        connection.execute(queries.staged_result.delete_expired_samples, {"before": before})
    return RetentionResult(contents, size, kept, months, resolved, staged)


def vacuum_analyze(settings: Settings) -> int:
    """Update the planner's statistics and free space in all tables; return how many tables there are.

    Autovacuum does so for tables that change often, but never analyzes a partitioned table as a whole.
    """
    # A connection of its own: VACUUM can't run in a transaction.
    with closing(connect(settings)) as connection:
        tables = fetch_values(connection, str, queries.retention.list_tables)
        for table in tables:
            connection.execute(sql.SQL(queries.retention.vacuum_table).format(sql.Identifier("copydesk", table)))
    return len(tables)


def record_table_sizes(settings: Settings, today: date) -> list[TableSize]:
    """Save today's size of every table (``copydesk.v_table_sizes``) and return the sizes, the largest first."""
    with transaction(settings) as connection:
        connection.execute(queries.retention.save_sizes, {"day": today})
        return fetch_all(connection, TableSize, queries.retention.read_sizes, (today,))


def read_database_time(settings: Settings) -> datetime:
    """Return the time of the database's clock, aware UTC. A worker's may be wrong, and would delete too much."""
    with transaction(settings) as connection:
        return get_database_time(connection)


def get_database_bytes(settings: Settings) -> int:
    """Return the size of the whole database in bytes."""
    with transaction(settings) as connection:
        return fetch_value(connection, int, queries.retention.database_size)


def get_free_disk_bytes(settings: Settings) -> int | None:
    """Return the free bytes on the embedded database's disk; None if the database may be on another machine."""
    if settings.database_url is not None or not settings.home.exists():
        return None
    return shutil.disk_usage(settings.home).free


def _list_months(today: date, ahead: int) -> Iterator[date]:
    for number in range(today.month - 1, today.month + ahead):
        yield date(today.year + number // 12, number % 12 + 1, 1)


def _delete_expired_bodies(settings: Settings, before: datetime) -> tuple[int, int, int]:
    """Delete the bytes of old contents; return how many, their size as stored, and how many are still needed."""
    contents = size = kept = 0
    at, sha = datetime.min.replace(tzinfo=UTC), b""
    while True:
        with transaction(settings) as connection:
            params = {"before": before, "at": at, "sha": sha, "limit": BATCH_SIZE}
            rows = fetch_all(connection, _OldContent, queries.retention.list_old_contents, params)
            if not rows:
                return contents, size, kept
            expired = [row.content_sha256 for row in rows if row.expired]
            size += sum(fetch_values(connection, int, queries.retention.delete_bodies, {"shas": expired}))
        contents += len(expired)
        kept += len(rows) - len(expired)
        sha, at = rows[-1].content_sha256, rows[-1].content_at


def drop_empty_partitions(settings: Settings, before: datetime) -> int:
    """Drop the empty partitions of months that ended before a time; return how many."""
    dropped = 0
    with transaction(settings) as connection:
        names = fetch_values(connection, str, queries.retention.list_partitions)
    for name in names:
        match = _PARTITION_NAME.fullmatch(name)
        if match is None:
            continue
        month = date(int(match[1]), int(match[2]), 1)
        *_, following = _list_months(month, 1)
        if following <= before.date():
            dropped += _drop_partition(settings, name)
    return dropped


def _drop_partition(settings: Settings, name: str) -> bool:
    table = sql.Identifier("copydesk", name)
    with transaction(settings) as connection:
        connection.execute(queries.retention.set_lock_timeout)
        try:
            _detach_and_drop(connection, table)
        except (psycopg.errors.LockNotAvailable, psycopg.errors.UndefinedTable, _PartitionNotEmptyError):
            connection.rollback()  # in use, not empty, or already dropped: the next day tries again
            return False
    return True


class _PartitionNotEmptyError(Exception):
    """A month's partition is not empty."""


def _detach_and_drop(connection: Connection[Row], table: sql.Identifier) -> None:
    connection.execute(sql.SQL(queries.retention.detach_partition).format(table))
    if connection.execute(sql.SQL(queries.retention.find_row).format(table)).fetchone() is not None:
        raise _PartitionNotEmptyError
    connection.execute(sql.SQL(queries.retention.drop_table).format(table))
