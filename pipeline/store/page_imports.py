"""How far an import has read its files, and the wires that it has found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from psycopg import Connection
from psycopg.types.json import Jsonb

from copydesk.pipeline.core.errors import Permanent
from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all, to_columns
from copydesk.pipeline.db.sanitize import sanitize_for_postgres


@dataclass(frozen=True, slots=True)
class FileProgress:
    """How far a file was read."""

    file_key: str
    records: int = 0
    """The number of records that were read; pages are saved up to there."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """The number of records by outcome and reason."""
    is_complete: bool = False


@dataclass(frozen=True, slots=True)
class ImportedWire:
    """The pages of a wire in an import, and the times of their first and last fetch."""

    wire: str
    pages: int
    first_at: datetime | None
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class ProgressStep:
    """A file's progress, to be saved over that of ``saved_records``."""

    name: str
    progress: FileProgress
    saved_records: int


def list_file_progress(connection: Connection[Row], run_key: UUID) -> dict[str, FileProgress]:
    """Return the progress of each file of an import, by the file's key."""
    rows = fetch_all(connection, FileProgress, queries.page_import.list_files, {"run_key": run_key})
    return {row.file_key: row for row in rows}


def save_file_progress(connection: Connection[Row], run_key: UUID, steps: Sequence[ProgressStep]) -> None:
    """Save the progress of files, in the transaction that saves their pages.

    Raises:
        Permanent: Another process imports one of them at the same time.
    """
    if not steps:
        return
    columns = to_columns([
        {
            "file_key": step.progress.file_key, "name": sanitize_for_postgres(step.name),
            "records": step.progress.records, "counts": Jsonb(dict(step.progress.counts)),
            "is_complete": step.progress.is_complete, "saved_records": step.saved_records,
        }
        for step in steps
    ])  # fmt: skip
    if connection.execute(queries.page_import.save_files, {"run_key": run_key, **columns}).rowcount < len(steps):
        raise Permanent(
            "Another process is importing the same files.", "Wait until it has ended, then run the command again."
        )


def delete_file_progress(connection: Connection[Row], run_key: UUID) -> None:
    """Forget how far the files of an import were read, so that they are read from the start."""
    connection.execute(queries.page_import.delete_files, {"run_key": run_key})


def list_imported_wires(connection: Connection[Row], run_key: UUID) -> list[ImportedWire]:
    """Return the wires of an import."""
    return fetch_all(connection, ImportedWire, queries.page_import.list_wires, {"run_key": run_key})
