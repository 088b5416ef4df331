"""Pages of long lists, by keyset: each page starts after the last row of the one before, whatever was added since."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from copydesk.pipeline.core.errors import BadInput

T = TypeVar("T")

_BIGINT_BITS = 64


@dataclass(frozen=True, slots=True)
class Position:
    """A position in a list.

    Attributes:
        offset: The number of rows before it, when the list was read.
        key: The sort key of the row before it; empty at the start.
    """

    offset: int = 0
    key: Sequence[Any] = ()

    def encode(self) -> str:
        """Return the position as text for a URL."""
        text = json.dumps([self.offset, *self.key], default=str)
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


START = Position()
"""The position before the first row."""


@dataclass(frozen=True, slots=True)
class ListPage(Generic[T]):
    """Some rows of a list.

    Attributes:
        rows: The rows.
        total: The number of rows of the whole list.
        start: The position of the first of them.
        end: The position after the last of them; None if nothing follows.
        is_total_exact: Whether ``total`` is the number of rows; else there are more.
    """

    rows: Sequence[T]
    total: int
    start: Position
    end: Position | None
    is_total_exact: bool = True


def decode_position(text: str, types: Sequence[type]) -> Position:
    """Return the position from its text in a URL; the start if it is empty.

    Args:
        text: The text, from ``Position.encode``.
        types: The type of each value of the sort key, called with the stored value.

    Raises:
        BadInput: It is not the text of a position in such a list.
    """
    if not text:
        return START
    try:
        offset, *key = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        parsed = tuple(_parse(value, one) for value, one in zip(key, types, strict=True))
        return Position(int(offset), parsed)
    except (binascii.Error, ValueError, TypeError, OverflowError, RecursionError):
        raise BadInput("The link to this page of the list is invalid.", "Start from the first page.") from None


def make_page(
    rows: Sequence[T],
    remaining: int,
    start: Position,
    key_of_last: Sequence[Any],
    max_counted: int | None = None,
) -> ListPage[T]:
    """Return a page of a list.

    Args:
        rows: Its rows.
        remaining: The number of rows from ``start`` to the end of the list.
        start: The position of its first row.
        key_of_last: The sort key of its last row.
        max_counted: How many rows were counted at most, if there was a limit: one more remain then.
    """
    end = Position(start.offset + len(rows), key_of_last) if len(rows) < remaining else None
    is_exact = max_counted is None or remaining <= max_counted
    return ListPage(rows, start.offset + remaining - (not is_exact), start, end, is_exact)


def _parse(value: Any, one: type) -> Any:
    """Return a value of the sort key; times are stored as ISO 8601.

    Raises:
        ValueError: PostgreSQL could not store it.
    """
    parsed = getattr(one, "fromisoformat", one)(value)
    if isinstance(parsed, str):
        parsed.encode()
        if "\0" in parsed:
            raise ValueError("a NUL character")
    elif isinstance(parsed, int) and parsed.bit_length() >= _BIGINT_BITS:
        raise ValueError("an integer of more than 64 bits")
    return parsed
