"""Read documents from a JSON Lines file; report invalid lines and read the rest."""

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
"""Far more than any article: a longer line is a broken file."""

MAX_ID_CHARS = 2_000
"""As long as the longest usual URL, which often serves as the id."""


@dataclass(frozen=True, slots=True)
class InvalidLine:
    """A line that is not a usable document."""

    file: str
    """The file's name as it was given, or ``standard input``."""

    line_number: int
    """Counted from 1."""

    reason: str
    """Why the line is invalid, without a full stop."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line_number}: {self.reason}."


def read_documents(path: Path | None) -> Iterator[Document | InvalidLine]:
    """Yield one document per line, ``{"id", "title", "body", "published_at"}``, in the file's order.

    ``id`` is a unique string or integer; ``title``, ``body`` and ``published_at`` may be missing or null.
    ``published_at`` is ISO 8601, in UTC unless it has an offset. ``agency``, ``dateline``, ``language`` and ``notice``
    are optional. The output of `copydesk clean` is accepted too: its ``path`` is the id, and refused pages are skipped.
    Blank lines are skipped.

    Args:
        path: The file; None reads standard input.

    Raises:
        BadInput: The file cannot be opened or read.
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
                except _InvalidLineError as error:
                    yield InvalidLine(file, number, str(error))
                    continue
                if document is None:
                    continue
                if document.id in seen:
                    yield InvalidLine(
                        file, number, f"duplicate id {document.id!r}, first used in line {seen[document.id]}"
                    )
                    continue
                seen[document.id] = number
                yield document
    except OSError as error:
        raise BadInput(
            f"Cannot read {file}: {error.strerror}.", "Pass a readable JSON Lines file with one document per line."
        ) from None


class _InvalidLineError(ValueError):
    """A line is not a usable document; the message says why."""


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
        raise _InvalidLineError("the line is JSON nested too deeply or with too large a number") from None
    if not isinstance(data, dict):
        raise _InvalidLineError("the line is not a JSON object")
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
        raise _InvalidLineError("the id is an integer longer than 64 bits")
    text = str(value)
    if len(text) > MAX_ID_CHARS:
        raise _InvalidLineError(f"the id is longer than {MAX_ID_CHARS} characters")
    if not text.isprintable():
        raise _InvalidLineError("the id contains a tab, a line break or another unprintable character")
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
        raise _InvalidLineError(f"published_at is not an ISO 8601 time: {value[:40]!r}") from None
