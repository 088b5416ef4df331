"""Read the rows of a file, whatever its format, one at a time."""

from __future__ import annotations

import codecs
import csv
import json
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from copydesk.pipeline.core.errors import BadInput
from copydesk.pipeline.offline.fields import FieldMap
from copydesk.pipeline.offline.file_format import FileFormat, detect_format, find_delimiter, has_rows, make_format_error
from copydesk.pipeline.offline.input_stream import MAX_LINE_BYTES, READ_ERRORS, InputStream, iterate_lines, open_input

PARQUET_BATCH_ROWS = 256
"""Rows that are read at a time: one article may be large."""

_MAX_BROKEN_CSV_ROWS = 1_000
"""After so many rows that do not fit the header, the file is taken for another format."""

_BLANKS = re.compile(r"[\s,]*")
_TOO_LONG = f"the line is longer than {MAX_LINE_BYTES // 1024 // 1024} MB"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file."""

    number: int
    """Its line in a text file, otherwise its place among the rows; from 1."""

    values: Mapping[str, object]
    """By column."""

    file: str = ""
    """Its file, if the source has several."""


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that cannot be read."""

    number: int
    """As in ``Row``."""

    reason: str
    """Why, without a full stop."""


def read_rows(path: Path | None, fields: FieldMap) -> Iterator[Row | BrokenRow]:
    """Yield the rows of a file in their order.

    Memory use is bounded by the longest row, except for a JSON object that contains all rows.

    Args:
        path: The file; None for standard input.
        fields: The fields that are read. The columns of a table that are in none of them are not read where that saves
            time.

    Raises:
        BadInput: The file cannot be read, or its format is not one of those that are read.
    """
    file = "standard input" if path is None else str(path)
    try:
        with open_input(path) as stream:
            yield from read_stream_rows(stream, path, file, fields)
    except READ_ERRORS as error:
        message = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise BadInput(
            f"Cannot read {file}: {message or type(error).__name__}.", "Check that the file is there and complete."
        ) from None


def read_stream_rows(stream: InputStream, path: Path | None, file: str, fields: FieldMap) -> Iterator[Row | BrokenRow]:
    """Yield the rows of an open file.

    Args:
        stream: The open file.
        path: Where it is; None for standard input.
        file: Its name, for messages and as a hint.
        fields: As in ``read_rows``.

    Raises:
        BadInput: As in ``read_rows``.
    """
    match detect_format(stream.head, file, fields):
        case FileFormat.JSON_LINES:
            yield from _read_json_lines(stream, fields)
        case FileFormat.JSON:
            yield from _read_json(stream, file, fields)
        case FileFormat.CSV:
            yield from _read_csv(stream, file, fields)
        case FileFormat.PARQUET:
            yield from _read_parquet(stream, path, file, fields)


def _read_json_lines(stream: BinaryIO, fields: FieldMap) -> Iterator[Row | BrokenRow]:
    for number, line in enumerate(iterate_lines(stream), 1):
        if line is None:
            yield BrokenRow(number, _TOO_LONG)
        elif line.strip():
            row = _parse_json_line(number, line)
            if number == 1 and isinstance(row, Row) and has_rows(row.values, fields):
                # One object on a line that is longer than the head.
                yield from _number_rows(_list_items(row.values, fields))
            else:
                yield row


def _parse_json_line(number: int, line: bytes) -> Row | BrokenRow:
    try:
        values = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
    except UnicodeDecodeError:
        return BrokenRow(number, "the line is not UTF-8")
    except json.JSONDecodeError as error:
        return BrokenRow(number, f"the line is not JSON: {error.msg} at column {error.colno}")
    except (RecursionError, ValueError):  # nested too deep, or an integer of thousands of digits
        return BrokenRow(number, "the line is JSON nested too deeply or with too large a number")
    return Row(number, values) if isinstance(values, dict) else BrokenRow(number, "the line is not a JSON object")


def _read_json(stream: BinaryIO, file: str, fields: FieldMap) -> Iterator[Row | BrokenRow]:
    yield from _number_rows(item for value in _iterate_json(stream, file) for item in _list_items(value, fields))


def _number_rows(items: Iterable[object]) -> Iterator[Row | BrokenRow]:
    for number, item in enumerate(items, 1):
        yield Row(number, item) if isinstance(item, dict) else BrokenRow(number, "the item is not a JSON object")


def _list_items(value: object, fields: FieldMap) -> list[Any]:
    """Return the rows of one JSON value: itself, those of its only list of objects, or its objects with their keys."""
    if not isinstance(value, dict) or not has_rows(value, fields):
        return [value]
    for item in value.values():
        if isinstance(item, list) and item and isinstance(item[0], dict):
            return item
    return [{"id": key, **item} for key, item in value.items()]


def _iterate_json(stream: BinaryIO, file: str) -> Iterator[object]:
    """Yield the items of a JSON array, or the values of a file that has several, as they are read."""
    decode = json.JSONDecoder().raw_decode
    to_text = codecs.getincrementaldecoder("utf-8-sig")()
    buffer, at, is_end, is_start = "", 0, False, True
    while True:
        blank = _BLANKS.match(buffer, at)
        at = blank.end() if blank else at
        if is_start and at < len(buffer):
            is_start = False
            if buffer[at] == "[":
                at += 1
                continue
        if buffer[at : at + 1] == "]":
            return
        try:
            value, at = decode(buffer, at)
        except RecursionError:
            raise make_format_error(file, "its JSON is nested too deeply") from None
        except json.JSONDecodeError as error:
            if is_end:
                if at < len(buffer):
                    raise make_format_error(file, f"its JSON is broken or incomplete: {error.msg}") from None
                return
            if len(buffer) - at > MAX_LINE_BYTES:
                raise make_format_error(
                    file, f"a JSON value is longer than {MAX_LINE_BYTES // 1024 // 1024} MB"
                ) from None
            # Twice as much each time, so that a long value is not parsed again for each piece.
            piece = stream.read(max(1 << 16, len(buffer) - at))
            is_end = not piece
            buffer, at = buffer[at:] + to_text.decode(piece, final=is_end), 0
        else:
            yield value


def _read_csv(stream: InputStream, file: str, fields: FieldMap) -> Iterator[Row | BrokenRow]:
    csv.field_size_limit(MAX_LINE_BYTES)
    try:
        codecs.getincrementaldecoder("utf-8-sig")().decode(stream.head)
    except UnicodeDecodeError:
        raise make_format_error(file, "the table is not UTF-8") from None
    texts = _decode_lines(stream, file)
    header = next((line for line in texts if line.strip()), "")
    delimiter = find_delimiter(header.rstrip("\r\n"), fields)

    def iterate_texts() -> Iterator[str]:
        yield header
        yield from texts

    rows = csv.reader(iterate_texts(), delimiter=delimiter)
    try:
        columns = [column.strip() for column in next(rows, [])]
        broken = 0
        while True:
            number = rows.line_num + 1
            cells = next(rows, None)
            if cells is None:
                return
            if not cells:
                continue
            if len(cells) > len(columns):
                broken += 1
                if broken > _MAX_BROKEN_CSV_ROWS:
                    raise make_format_error(file, f"{broken} rows have more cells than the header")
                yield BrokenRow(number, f"the row has {len(cells)} cells, the header {len(columns)}")
            elif any(not cell.isascii() and _has_surrogates(cell) for cell in cells):
                yield BrokenRow(number, "the line is not UTF-8")
            else:
                yield Row(number, dict(zip(columns, cells, strict=False)))
    except csv.Error as error:
        raise make_format_error(file, f"the table is broken in line {rows.line_num}: {error}") from None


def _decode_lines(stream: BinaryIO, file: str) -> Iterator[str]:
    """Yield lines as text; bytes that are not UTF-8 become surrogates."""
    for number, line in enumerate(iterate_lines(stream), 1):
        if line is None:
            raise make_format_error(file, f"line {number} is longer than {MAX_LINE_BYTES // 1024 // 1024} MB")
        yield line.removeprefix(codecs.BOM_UTF8 if number == 1 else b"").decode("utf-8", "surrogateescape")


def _has_surrogates(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _read_parquet(stream: InputStream, path: Path | None, file: str, fields: FieldMap) -> Iterator[Row | BrokenRow]:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        raise BadInput(
            f"Cannot read {file}: reading Parquet needs pyarrow, which is not installed.",
            'Install it with `pip install "copydesk[parquet]"`, or pass the table as CSV or JSON Lines.',
        ) from None
    with ExitStack() as opened:
        source: Any = path
        if path is None or stream.is_compressed:
            # The format is read from its end.
            source = opened.enter_context(tempfile.TemporaryFile())
            shutil.copyfileobj(stream, source)
            source.seek(0)
        try:
            table = parquet.ParquetFile(source)
            columns = list(table.schema_arrow.names)
            wanted = [column for column in columns if column not in fields.list_unused(columns)]
            number = 0
            for batch in table.iter_batches(PARQUET_BATCH_ROWS, columns=wanted or columns):
                for values in batch.to_pylist():
                    number += 1
                    yield Row(number, values)
        except pa.ArrowException as error:
            raise make_format_error(file, f"its Parquet is broken: {str(error).splitlines()[0]}") from None
