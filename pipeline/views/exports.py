"""Export of stories, copies and articles: their rows, and JSON Lines or CSV that is safe to open in a spreadsheet."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from psycopg import Connection

from copydesk.pipeline.db import Row, queries

FETCH_SIZE = 200
"""Rows fetched at a time: the result need not fit into memory."""

# What starts a formula in a spreadsheet, at the beginning of a text and after everything that a spreadsheet may take
# for the end of a cell: it reads a file with the separator of its own language or of its user, and then quotes do not
# keep the text together. Some programs convert the full-width forms to the ASCII ones. Apostrophes in front count as
# part of it, so that each text has its own escaped form.
_CELL_START = r"(^|[;|\t\r\n\v\f\x85\u2028\u2029])"
_FORMULA = r"""(?=[\s"']*[=+\-@＝＋－＠]|'*(?<![^'])[\t\r\n])"""
_FORMULA_START = re.compile(_CELL_START + _FORMULA, re.DOTALL)
_ESCAPED_FORMULA_START = re.compile(_CELL_START + "'" + _FORMULA, re.DOTALL)


class ExportEntity(StrEnum):
    """What is exported: the rows of ``v_stories``, ``v_copies`` or ``v_articles``."""

    STORIES = "stories"
    COPIES = "copies"
    ARTICLES = "articles"


class ExportFormat(StrEnum):
    """The format of the file."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"


class ColumnType(StrEnum):
    """The type of a column, in the files that have types."""

    TEXT = "text"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    TIME = "time"
    SECONDS = "seconds"
    TEXTS = "texts"
    JSON = "json"


_COLUMN_TYPES = {
    "bool": ColumnType.BOOLEAN, "int4": ColumnType.INTEGER, "int8": ColumnType.INTEGER,
    "timestamptz": ColumnType.TIME, "interval": ColumnType.SECONDS, "jsonb": ColumnType.JSON,
    "_text": ColumnType.TEXTS,
}  # fmt: skip
"""By the name of the type in PostgreSQL; all others are written as text."""


@dataclass(frozen=True, slots=True)
class ExportRows:
    """The rows to export, which are fetched while they are read.

    Attributes:
        columns: The columns with their types, in order.
        rows: The values of each row.
    """

    columns: Mapping[str, ColumnType]
    rows: Iterator[tuple[Any, ...]]


@contextmanager
def open_rows(
    connection: Connection[Row],
    entity: ExportEntity,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    wire: str | None = None,
) -> Iterator[ExportRows]:
    """Open the rows of a view published in [since, until), of one wire or of all, always in the same order.

    A cursor on the server yields them, so that memory does not grow with their number.
    """
    params = {"since": since, "until": until, "wire": wire}
    query = {
        ExportEntity.STORIES: queries.export.stories,
        ExportEntity.COPIES: queries.export.copies,
        ExportEntity.ARTICLES: queries.export.articles,
    }[entity]
    with connection.cursor(name="export") as cursor:
        cursor.itersize = FETCH_SIZE
        cursor.execute(query, params)
        columns = {column.name: _find_column_type(connection, column.type_code) for column in cursor.description or ()}
        yield ExportRows(columns, iter(cursor))


def _find_column_type(connection: Connection[Row], oid: int) -> ColumnType:
    info = connection.adapters.types.get(oid)
    if info is None:
        return ColumnType.TEXT
    name = f"_{info.name}" if oid == info.array_oid else info.name
    return _COLUMN_TYPES.get(name, ColumnType.TEXT)


def format_json_lines(rows: ExportRows) -> Iterator[str]:
    """Yield each row as a line of JSON: times in ISO 8601, durations in seconds."""
    names = list(rows.columns)
    for row in rows.rows:
        yield json.dumps(dict(zip(names, row, strict=True)), default=_to_json_value, ensure_ascii=False) + "\n"


def format_csv_lines(rows: ExportRows, *, escape_formulas: bool = True) -> Iterator[str]:
    """Yield the header and each row as a line of CSV.

    As in PostgreSQL's CSV, text is quoted and a null is not, so that it differs from an empty text.

    Args:
        rows: The rows.
        escape_formulas: Whether to escape text that a spreadsheet would evaluate as a formula.
    """
    yield ",".join(map(_quote, rows.columns)) + "\r\n"
    for row in rows.rows:
        yield ",".join(_format_csv_value(value, escape_formulas=escape_formulas) for value in row) + "\r\n"


def format_cell(value: Any, *, escape_formulas: bool = True) -> str:
    """Return a value as the text of a cell.

    Text that would be a formula gets an apostrophe in front, as spreadsheets do, also within the cell: after a
    semicolon, a tab, a vertical bar or a line break, where a cell ends if the file is read with another separator. See
    OWASP, "CSV Injection". ``unescape_cell`` removes the apostrophes again.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | timedelta):
        return str(_to_json_value(value) if isinstance(value, timedelta) else value)
    if isinstance(value, dict | list):
        text = json.dumps(value, default=_to_json_value, ensure_ascii=False)
    else:
        text = str(_to_json_value(value))
    return _FORMULA_START.sub(r"\1'", text) if escape_formulas else text


def unescape_cell(text: str) -> str:
    """Return the text that ``format_cell`` has escaped."""
    return _ESCAPED_FORMULA_START.sub(r"\1", text)


def _format_csv_value(value: Any, *, escape_formulas: bool) -> str:
    text = format_cell(value, escape_formulas=escape_formulas)
    return text if value is None or isinstance(value, bool | int | float | timedelta) else _quote(text)


def _quote(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _to_json_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return str(value)
