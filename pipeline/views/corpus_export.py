"""Export of articles to a folder of Parquet files, one per month, that can be continued and repeated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from copydesk.pipeline.corpus import CorpusTable, ParquetFolder, load_schema
from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.views.exports import ExportEntity, open_rows
from copydesk.pipeline.views.parquet_export import write_parquet

DIGEST_KEY = b"copydesk.digest"
"""Metadata of a file: what its rows were computed from; equal as long as no row has changed."""


@dataclass(frozen=True, slots=True)
class ExportedMonths:
    """What was written."""

    months: int
    """Files that were written."""

    skipped: int
    """Files that were there already and have the same rows."""

    articles: int
    """Rows of all months, also of those that were skipped."""


def export_months(
    connection: Connection[Row],
    folder: ParquetFolder,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    wire: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> ExportedMonths:
    """Write the articles of each month (UTC) to ``month=YYYY-MM/articles.parquet``.

    The columns are those of ``v_articles``, with ``article_id`` as ``id``, so that the files are documents
    (``CorpusTable.DOCUMENTS``). Each file appears when it is complete, and memory does not grow with its rows. A month
    of which the file has the same rows already is not written again: an export that was interrupted goes on.

    Args:
        connection: The database.
        folder: Where to write.
        since, until, wire: As in ``open_rows``.
        progress: Called with the number of articles done, and of all.

    Raises:
        BadInput: A file cannot be written.
    """
    params = {"since": since, "until": until, "wire": wire}
    with connection.cursor(row_factory=dict_row) as cursor:
        months = cursor.execute(queries.export.months, params).fetchall()
    total = sum(month["articles"] for month in months)
    done = written = 0
    for month in months:
        name = f"month={month['start']:%Y-%m}/articles.parquet"
        digest = f"{month['articles']} {month['digest']}".encode()
        if folder.read_metadata(name).get(DIGEST_KEY) != digest:
            start = max(month["start"], since) if since else month["start"]
            end = min(month["end"], until) if until else month["end"]
            with (
                folder.create_file(name) as stream,
                open_rows(connection, ExportEntity.ARTICLES, since=start, until=end, wire=wire) as rows,
            ):
                columns = {"id" if column == "article_id" else column: kind for column, kind in rows.columns.items()}
                counted = _count(rows.rows, done, total, progress)
                metadata = {**(load_schema(CorpusTable.DOCUMENTS).metadata or {}), DIGEST_KEY: digest}
                write_parquet(replace(rows, columns=columns, rows=counted), stream, metadata)
            written += 1
        done += month["articles"]
        if progress:
            progress(done, total)
    return ExportedMonths(written, len(months) - written, total)


def _count(
    rows: Iterator[tuple[Any, ...]], done: int, total: int, progress: Callable[[int, int], None] | None
) -> Iterator[tuple[Any, ...]]:
    for number, row in enumerate(rows, done + 1):
        yield row
        if progress and number % 1_000 == 0:
            progress(number, total)
