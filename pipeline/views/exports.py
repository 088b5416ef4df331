"""Stories, copies and articles as lines of a file: JSON, or CSV that a spreadsheet can open without harm."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from psycopg import Connection

from copydesk.pipeline.db import Row, load_queries

FETCH_SIZE = 500
"""Rows that are fetched at once: the whole need not fit into memory."""

_FORMULA_PREFIXES = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the begin of a formula; the wide forms are folded to the narrow ones by some."""


class ExportEntity(StrEnum):
    """What is exported: a row of ``v_stories``, ``v_copies`` or ``v_articles`` each."""

    STORIES = "stories"
    COPIES = "copies"
    ARTICLES = "articles"


class ExportFormat(StrEnum):
    """How a row is written."""

    JSONL = "jsonl"
    CSV = "csv"


def read_rows(
    connection: Connection[Row],
    entity: ExportEntity,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    wire: str | None = None,
) -> Iterator[Mapping[str, Any]]:
    """The rows of one view, those published in [since, until), of one wire or of all; in one order whenever asked."""
    asked = {"since": since, "until": until, "wire": wire}
    with connection.cursor(name="export") as cursor:
        cursor.itersize = FETCH_SIZE
        cursor.execute(load_queries("export")[entity.value], asked)
        names = [column.name for column in cursor.description or ()]
        for row in cursor:
            yield dict(zip(names, row, strict=True))


def format_lines(rows: Iterator[Mapping[str, Any]], export_format: ExportFormat) -> Iterator[str]:
    """The rows as lines with their ends; CSV begins with the names, where there is a row to tell them."""
    if export_format is ExportFormat.JSONL:
        for row in rows:
            yield json.dumps(dict(row), default=_to_json_value, ensure_ascii=False) + "\n"
        return
    for number, row in enumerate(rows):
        if number == 0:
            yield _format_csv_line(list(row))
        yield _format_csv_line([format_cell(value) for value in row.values()])


def format_cell(value: Any) -> str:
    """One value as a cell's text. A text that would be a formula gets an apostrophe before it, as spreadsheets do."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, dict | list):
        text = json.dumps(value, default=_to_json_value, ensure_ascii=False)
    else:
        text = str(_to_json_value(value))
    if isinstance(value, timedelta):
        return text  # a number of ours, whatever its sign
    return f"'{text}" if text.startswith(_FORMULA_PREFIXES) else text


def _format_csv_line(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def _to_json_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return str(value)
