"""Read documents from a file; report what is invalid and read the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from copydesk.pipeline.core.errors import BadInput
from copydesk.pipeline.core.records import ArticleKind, Document
from copydesk.pipeline.offline.fields import DOCUMENT_FIELDS, FieldMap
from copydesk.pipeline.offline.file_rows import BrokenRow, read_rows
from copydesk.pipeline.offline.folder_rows import read_folder_rows
from copydesk.pipeline.offline.row_times import parse_row_time

MAX_ID_CHARS = 2_000
"""As long as the longest usual URL, which often serves as the id."""

_MAX_LISTED_COLUMNS = 12


@dataclass(frozen=True, slots=True)
class InvalidLine:
    """A line that is not a usable document, or a value of it that is not usable."""

    file: str
    """The file's name as it was given, or ``standard input``."""

    line_number: int
    """Counted from 1: of lines, or of rows in JSON and Parquet. 0 if it is about the whole file."""

    reason: str
    """Why the line is invalid, without a full stop."""

    is_skipped: bool = True
    """Whether there is no document; otherwise only a value is missing in it."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line_number}: {self.reason}." if self.line_number else f"{self.file}: {self.reason}."


def read_documents(path: Path | str | None, fields: FieldMap | None = None) -> Iterator[Document | InvalidLine]:
    """Yield one document per row, in the file's order.

    The format is recognized by its content: JSON Lines, a JSON array or object, CSV with a header line, or Parquet,
    plain or compressed. A document has an id, a unique string or number, and may have a title, a body, a time of
    publication, an agency, a dateline, a language and a notice (``fields.DOCUMENT_FIELDS`` has the names of the
    columns). The output of `copydesk clean` is accepted: refused pages are skipped. Blank lines are skipped. A time
    that cannot be read is reported, and the document has none.

    Args:
        path: The file, or as a string a folder of Parquet files or its URL; None reads standard input.
        fields: Which column is which field; None means by the usual names.

    Raises:
        BadInput: The file cannot be read, its format is not supported, or no row has a title or body.
    """
    fields = fields or FieldMap(DOCUMENT_FIELDS)
    file = "standard input" if path is None else str(path)
    seen: dict[str, int] = {}
    columns: dict[str, None] = {}
    for row in read_folder_rows(path, fields) if isinstance(path, str) else read_rows(path, fields):
        if isinstance(row, BrokenRow):
            yield InvalidLine(file, row.number, row.reason)
            continue
        if len(columns) <= _MAX_LISTED_COLUMNS:
            columns |= dict.fromkeys(row.values)
        if fields.get("kind", row.values) == ArticleKind.REFUSED:
            continue
        try:
            document, remarks = _make_document(row.values, fields)
        except _InvalidRowError as error:
            yield InvalidLine(row.file or file, row.number, str(error))
            continue
        if document.id in seen:
            reason = f"duplicate id {document.id!r}, first used in line {seen[document.id]}"
            yield InvalidLine(row.file or file, row.number, reason)
            continue
        seen[document.id] = row.number
        for remark in remarks:
            yield InvalidLine(row.file or file, row.number, remark, is_skipped=False)
        yield document
    _check_columns(file, list(columns), fields)
    if columns and not fields.find_column("body", columns) and fields.list_unused(columns):
        reason = f"no body in the columns {_join(columns)}; the documents are compared by their titles"
        yield InvalidLine(file, 0, reason, is_skipped=False)


def parse_document(values: Mapping[str, object]) -> tuple[Document, list[str]]:
    """Return the document in a mapping with the usual keys, and what is wrong with it without making it useless.

    Raises:
        ValueError: It is not a usable document; the message says why, without a full stop.
    """
    fields = FieldMap(DOCUMENT_FIELDS)
    if not fields.get("title", values) and not fields.get("body", values):
        raise _InvalidRowError(f"no title and no body among {_join(map(str, values)) or 'no keys'}")
    return _make_document(values, fields)


class _InvalidRowError(ValueError):
    """A row is not a usable document; the message says why."""


def _check_columns(file: str, columns: list[str], fields: FieldMap) -> None:
    """Raise an error if a column that the user chose is not there, or if no column has text."""
    for name, column in fields.chosen.items():
        if columns and column not in columns:
            raise BadInput(
                f"{file} has no column {column!r} for the field {name}.", f"Its columns are {_join(columns)}."
            )
    has_text = fields.find_column("body", columns) or fields.find_column("title", columns)
    if not has_text and fields.list_unused(columns):
        raise BadInput(
            f"{file} has no column for the body or the title among {_join(columns)}.",
            "Choose one with --field body=COLUMN.",
        )


def _join(columns: Iterable[str]) -> str:
    listed = list(columns)
    return ", ".join(listed[:_MAX_LISTED_COLUMNS]) + (", ..." if len(listed) > _MAX_LISTED_COLUMNS else "")


def _make_document(values: Mapping[str, object], fields: FieldMap) -> tuple[Document, list[str]]:
    """Return the document of a row, and what is wrong with it without making it useless."""
    language = _get_text(values, fields, "language")
    given = fields.get("published_at", values)
    published_at = None if _is_missing(given) else parse_row_time(given, language)
    remarks = []
    if published_at is None and not _is_missing(given):
        remarks.append(f"published_at is not a time: {str(given)[:40]!r}; the document counts as undated")
    document = Document(
        id=_parse_id(fields.get("id", values)),
        title=_get_text(values, fields, "title"),
        body=_get_text(values, fields, "body"),
        published_at=published_at,
        agency=_get_text(values, fields, "agency"),
        dateline=_get_text(values, fields, "dateline"),
        language=language,
        notice=_get_text(values, fields, "notice"),
    )
    return document, remarks


def _is_missing(value: object) -> bool:
    """Return whether a value is null: NaN is how tables of numbers write it."""
    return value is None or value == "" or value != value  # noqa: PLR0124


def _parse_id(value: object) -> str:
    if _is_missing(value):
        raise _InvalidRowError("the id is missing")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise _InvalidRowError("the id is neither a string nor a number")
    if isinstance(value, int) and value.bit_length() > 64:
        raise _InvalidRowError("the id is an integer longer than 64 bits")
    text = str(value)
    if len(text) > MAX_ID_CHARS:
        raise _InvalidRowError(f"the id is longer than {MAX_ID_CHARS} characters")
    if not text.isprintable():
        raise _InvalidRowError("the id contains a tab, a line break or another unprintable character")
    return text


def _get_text(values: Mapping[str, object], fields: FieldMap, name: str) -> str:
    value = fields.get(name, values)
    if _is_missing(value):
        return ""
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return "\n\n".join(value)
    if not isinstance(value, str):
        raise _InvalidRowError(f"{name} is not a string")
    return value
