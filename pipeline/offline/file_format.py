"""Recognize the format of a file of rows by its content."""

from __future__ import annotations

import codecs
import csv
import io
import json
from enum import StrEnum

from copydesk.pipeline.core.errors import BadInput
from copydesk.pipeline.offline.fields import FieldMap
from copydesk.pipeline.offline.input_stream import HEAD_BYTES

READABLE = "JSON Lines, JSON, CSV with a header line, or Parquet; plain or compressed with gzip, zstd, bzip2 or xz"


class FileFormat(StrEnum):
    """A format of rows."""

    JSON_LINES = "JSON Lines"
    JSON = "JSON"
    CSV = "CSV"
    PARQUET = "Parquet"


DELIMITERS = ",;\t|"
"""The delimiters of CSV files, the usual one first."""

_OTHER_FORMATS = {
    b"PK\x03\x04": "a ZIP archive or a spreadsheet",
    b"%PDF": "PDF",
    b"SQLite format 3\0": "an SQLite database",
    b"ARROW1": "Arrow IPC (Feather)",
    b"ORC": "ORC",
    b"Obj\x01": "Avro",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet",
    b"WARC/": "WARC",
    codecs.BOM_UTF16_LE: "UTF-16 text",
    codecs.BOM_UTF16_BE: "UTF-16 text",
}
"""Formats that users may pass, by their first bytes."""

_ROW_FIELDS = ("id", "body", "html")
"""An object with one of these is a row."""

_MAX_LINES_TO_JUDGE = 50
"""A file of JSON lines has a valid one among so many."""


def detect_format(head: bytes, file: str, fields: FieldMap) -> FileFormat:
    """Return the format of a file.

    Args:
        head: The first ``HEAD_BYTES`` bytes.
        file: The file's name, for messages; an ending ``.csv`` or ``.tsv`` helps where the content can be anything.
        fields: A table is recognized by the names of its columns.

    Raises:
        BadInput: The format is not one of those that are read.
    """
    if head.startswith(b"PAR1"):
        return FileFormat.PARQUET
    for magic, name in _OTHER_FORMATS.items():
        if head.startswith(magic):
            raise make_format_error(file, f"it is {name}")
    if b"\0" in head:
        raise make_format_error(file, "it is binary")
    text = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if not text:
        return FileFormat.JSON_LINES
    lines = text.split(b"\n")
    if text[:1] in b"[{" and (found := _detect_json(lines, fields, is_whole=len(head) < HEAD_BYTES)):
        return found
    if any(line.lstrip().startswith(b"{") for line in lines[:_MAX_LINES_TO_JUDGE]):
        return FileFormat.JSON_LINES
    if file.lower().split(".")[-1] in {"csv", "tsv"} or is_table(head, fields):
        return FileFormat.CSV
    if text[:1] == b"<":
        raise make_format_error(file, "it is HTML or XML")
    raise make_format_error(file, "it is not recognized")


def describe_other_format(head: bytes) -> str:
    """Return what a file is that is neither a page nor has rows, such as ``PDF``; empty if it may be one."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ""  # a page may be UTF-16
    return next((name for magic, name in _OTHER_FORMATS.items() if head.startswith(magic)), "")


def is_table(head: bytes, fields: FieldMap) -> bool:
    """Return whether the first line is a CSV header: several columns, at least one with a known name."""
    columns = read_header(head, fields)
    return len(columns) > 1 and any(fields.find_column(name, columns) for name in fields.names)


def read_header(head: bytes, fields: FieldMap) -> list[str]:
    """Return the columns of a CSV file, by the delimiter of ``find_delimiter``."""
    line = _read_first_record(head)
    return next(csv.reader(io.StringIO(line, newline=""), delimiter=find_delimiter(line, fields)), [])


def find_delimiter(line: str, fields: FieldMap) -> str:
    """Return the delimiter of a header line: the one with which most known columns are found, then most columns."""

    def rank(delimiter: str) -> tuple[int, int]:
        columns = next(csv.reader(io.StringIO(line, newline=""), delimiter=delimiter), [])
        return sum(fields.find_column(name, columns) is not None for name in fields.names), len(columns)

    return max(DELIMITERS, key=rank)


def make_format_error(file: str, what: str) -> BadInput:
    """Return the error for a file that is not read."""
    return BadInput(f"Cannot read {file}: {what}.", f"Pass {READABLE}.")


def _read_first_record(head: bytes) -> str:
    return head.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace").lstrip("\r\n").split("\n", 1)[0].rstrip("\r")


def _detect_json(lines: list[bytes], fields: FieldMap, *, is_whole: bool) -> FileFormat | None:
    """Distinguish JSON lines from one JSON value, which may be on one line or on many."""
    first, rest = lines[0], [line for line in lines[1:] if line.strip()]
    if not rest and not is_whole:
        # One long line: an array, or the first of many lines.
        return FileFormat.JSON if first.startswith(b"[") else FileFormat.JSON_LINES
    try:
        value = json.loads(first)
    except (ValueError, RecursionError):
        is_open = first.rstrip().endswith((b"{", b"[", b",", b":"))
        return FileFormat.JSON if is_open or first.startswith(b"[{") else FileFormat.JSON_LINES
    if rest:
        return FileFormat.JSON_LINES
    return FileFormat.JSON if isinstance(value, list) or has_rows(value, fields) else FileFormat.JSON_LINES


def has_rows(value: object, fields: FieldMap) -> bool:
    """Return whether a JSON object is not a row itself, but has a list of rows, or rows by id."""
    if not isinstance(value, dict) or not value:
        return False
    if any(name in fields.names and fields.find_column(name, value) for name in _ROW_FIELDS):
        return False
    lists = [item for item in value.values() if isinstance(item, list) and item and isinstance(item[0], dict)]
    return len(lists) == 1 or all(isinstance(item, dict) for item in value.values())
