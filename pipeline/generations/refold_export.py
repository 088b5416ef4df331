"""The documents of a refold: every article with the version to sign, a Parquet file per month."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from psycopg.rows import dict_row
from pyarrow import parquet

from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.corpus import ParquetFolder
from copydesk.pipeline.db import queries, read_transaction
from copydesk.pipeline.db.rows import fetch_all
from copydesk.pipeline.spark import spark_schemas

BATCH_ROWS = 1_000
"""Articles in memory at a time."""

_DIGEST_KEY = b"copydesk.digest"
_NUMBERS_PER_MONTH = 1 << 32
"""Articles of one month have numbers of their own, so that months can be exported independently."""


@dataclass(frozen=True, slots=True)
class Month:
    """A month (UTC) with articles.

    Attributes:
        start: Its first moment.
        articles: Their number.
        digest: Of which texts are to be signed, under which times.
    """

    start: datetime
    articles: int
    digest: str

    @property
    def file_name(self) -> str:
        return f"{self.start.astimezone(UTC):%Y-%m}.parquet"


def list_months(settings: Settings) -> list[Month]:
    """Return the months that have articles, in order."""
    with read_transaction(settings) as connection:
        return fetch_all(connection, Month, queries.refold.months, {"start": None})


def export_month(settings: Settings, folder: Path, start: datetime) -> int:
    """Write the articles of a month to its file, in constant memory, unless the file has the same articles already.

    Args:
        settings: They name the database.
        folder: The folder of all months.
        start: The first moment of the month.

    Returns:
        The number of articles written; 0 if nothing has changed.
    """
    target = ParquetFolder(str(folder))
    with read_transaction(settings, snapshot=True) as connection:
        months = fetch_all(connection, Month, queries.refold.months, {"start": start})
        if not months:
            (folder / Month(start, 0, "").file_name).unlink(missing_ok=True)
            return 0
        month = months[0]
        digest = f"{month.articles} {month.digest}".encode()
        if target.read_metadata(month.file_name).get(_DIGEST_KEY) == digest:
            return 0
        utc = start.astimezone(UTC)
        numbers = count((utc.year * 12 + utc.month) * _NUMBERS_PER_MONTH)
        schema = spark_schemas.DOCUMENT.with_metadata({_DIGEST_KEY: digest})
        with (
            target.create_file(month.file_name) as stream,
            parquet.ParquetWriter(stream, schema) as writer,
            connection.cursor("refold_documents", row_factory=dict_row) as cursor,
        ):
            cursor.execute(queries.refold.documents, {"start": start})
            while rows := cursor.fetchmany(BATCH_ROWS):
                writer.write_batch(_make_batch(rows, numbers))
        return month.articles


def delete_other_months(folder: Path, months: Sequence[Month]) -> None:
    """Delete the files of months that have no articles any more."""
    names = {month.file_name for month in months}
    for file in folder.glob("*.parquet"):
        if file.name not in names:
            file.unlink()


def compute_input_digest(folder: Path) -> str:
    """Return a digest of everything that was exported to a folder."""
    found = ParquetFolder(str(folder))
    lines = [f"{name} {found.read_metadata(name).get(_DIGEST_KEY, b'').decode()}" for name in found.list_files()]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _make_batch(rows: Sequence[dict[str, Any]], numbers: count[int]) -> Any:
    columns = {name: [row[name] for row in rows] for name in rows[0] if name != "published_at"}
    columns["number"] = [next(numbers) for _ in rows]
    columns["time"] = [spark_schemas.to_microseconds(row["published_at"]) for row in rows]
    return spark_schemas.make_batch(spark_schemas.DOCUMENT, columns).cast(spark_schemas.DOCUMENT)
