"""Documents from a file of JSON lines; a broken line is told, the rest is read."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from copydesk.pipeline.core.errors import BadInput
from copydesk.pipeline.core.records import ArticleKind, Document

MAX_LINE_BYTES = 64 * 1024 * 1024
MAX_ID_CHARS = 2_000


@dataclass(frozen=True, slots=True)
class InvalidLine:
    """A line that holds no usable document; ``number`` counts from 1."""

    file: str
    line_number: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line_number}: {self.reason}."


def read_documents(path: Path | None) -> Iterator[Document | InvalidLine]:
    """Read ``{"id", "title", "body", "published_at"}`` a line, in the file's order; blank lines are passed over.

    None reads standard input.

    ``id`` is a string or an integer and stands once; ``title``, ``body`` and ``published_at`` may be missing or null.
    ``published_at`` is ISO 8601, UTC where it names no zone. ``agency``, ``dateline``, ``language`` and ``notice`` are
    read where they are given. So is what `copydesk clean` writes: its ``path`` is the id, and a refused page is
    passed over.

    Raises:
        BadInput: the file can't be opened or read.
    """
    seen: dict[str, int] = {}
    file = "standard input" if path is None else str(path)
    try:
        with sys.stdin.buffer if path is None else path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                try:
                    document = _parse_line(line, first=number == 1)
                except _InvalidLineError as broken:
                    yield InvalidLine(file, number, str(broken))
                    continue
                if document is None:
                    continue
                if document.id in seen:
                    yield InvalidLine(
                        file, number, f"the id {document.id!r} stands already in line {seen[document.id]}"
                    )
                    continue
                seen[document.id] = number
                yield document
    except OSError as error:
        raise BadInput(
            f"{file} can't be read: {error.strerror}.", "Give a readable file of JSON lines, one document a line."
        ) from None


class _InvalidLineError(ValueError):
    """Why one line can't be used."""


def _parse_line(line: bytes, *, first: bool) -> Document | None:
    if len(line) > MAX_LINE_BYTES:
        raise _InvalidLineError(f"the line is longer than {MAX_LINE_BYTES // 1024 // 1024} MB")
    try:
        data = json.loads(line.decode("utf-8-sig" if first else "utf-8"))
    except UnicodeDecodeError:
        raise _InvalidLineError("the line is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise _InvalidLineError(f"the line is not JSON: {error.msg} at column {error.colno}") from None
    except (RecursionError, ValueError):  # nested too deep, or an integer of thousands of digits
        raise _InvalidLineError("the line is JSON that can't be taken in") from None
    if not isinstance(data, dict):
        raise _InvalidLineError("the line is no JSON object")
    if data.get("kind") == ArticleKind.REFUSED:
        return None
    return Document(
        id=_parse_id(data.get("id", data.get("path"))),
        title=_parse_text(data, "title"),
        body=_parse_text(data, "body"),
        published_at=_parse_time(data.get("published_at")),
        agency=_parse_text(data, "agency"),
        dateline=_parse_text(data, "dateline"),
        language=_parse_text(data, "language"),
        notice=_parse_text(data, "notice"),
    )


def _parse_id(value: object) -> str:
    if value is None or value == "":
        raise _InvalidLineError("the id is missing")
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _InvalidLineError("the id is neither a string nor an integer")
    if isinstance(value, int) and value.bit_length() > 64:
        raise _InvalidLineError("the id is an integer of more than 64 bits")
    text = str(value)
    if len(text) > MAX_ID_CHARS:
        raise _InvalidLineError(f"the id is longer than {MAX_ID_CHARS} characters")
    if not text.isprintable():
        raise _InvalidLineError("the id holds a tab, a line break or another character that can't be printed")
    return text


def _parse_text(data: dict[str, object], key: str) -> str:
    value = data.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _InvalidLineError(f"{key} is not a string")
    return value


def _parse_time(value: object) -> datetime | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise _InvalidLineError("published_at is not a string")
    try:
        time = datetime.fromisoformat(value.strip())
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _InvalidLineError(f"published_at is no time in ISO 8601: {value[:40]!r}") from None
