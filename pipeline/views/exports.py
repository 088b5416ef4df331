"""Export of stories, copies and articles as JSON lines, or as CSV that is safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from copydesk.pipeline.db import Row, queries

FETCH_SIZE = 500
"""Rows fetched at a time: the result need not fit into memory."""

# What starts a formula in a spreadsheet, at the beginning of a text and after everything that a spreadsheet may take
# for the end of a cell: it reads a file with the separator of its own language or of its user, and then quotes do not
# keep the text together. Some programs convert the full-width forms to the ASCII ones.
_FORMULA_START = re.compile(
    r"""(^|[;|\t\r\n\v\f\x85\u2028\u2029])(?=[\s"]*[=+\-@＝＋－＠]|(?<!.)[\t\r\n])""", re.DOTALL
)


class ExportEntity(StrEnum):
    """What is exported: the rows of ``v_stories``, ``v_copies`` or ``v_articles``."""

    STORIES = "stories"
    COPIES = "copies"
    ARTICLES = "articles"


class ExportFormat(StrEnum):
    """The format of the file."""

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
    """Yield the rows of a view published in [since, until), of one wire or of all, always in the same order."""
    params = {"since": since, "until": until, "wire": wire}
    query = {
        ExportEntity.STORIES: queries.export.stories,
        ExportEntity.COPIES: queries.export.copies,
        ExportEntity.ARTICLES: queries.export.articles,
    }[entity]
    with connection.cursor(name="export", row_factory=dict_row) as cursor:
        cursor.itersize = FETCH_SIZE
        yield from cursor.execute(query, params)


def format_lines(rows: Iterator[Mapping[str, Any]], export_format: ExportFormat) -> Iterator[str]:
    """Yield the rows as lines with their line ends; CSV starts with the column names if there is a row."""
    if export_format is ExportFormat.JSONL:
        for row in rows:
            yield json.dumps(dict(row), default=_to_json_value, ensure_ascii=False) + "\n"
        return
    for number, row in enumerate(rows):
        if number == 0:
            yield _format_csv_line(list(row))
        yield _format_csv_line([format_cell(value) for value in row.values()])


def format_cell(value: Any) -> str:
    """Return a value as the text of a cell.

    Text that would be a formula gets an apostrophe in front, as spreadsheets do, also within the cell: after a
    semicolon, a tab, a vertical bar or a line break, where a cell ends if the file is read with another separator. See
    OWASP, "CSV Injection".
    """
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
        return text  # a number of seconds, which may start with a minus
    return _FORMULA_START.sub(r"\1'", text)


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
