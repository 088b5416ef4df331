"""Arrays of ids and numbers between PostgreSQL and numpy, without a Python object per element."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
from psycopg import Cursor
from psycopg.adapt import Buffer, Loader
from psycopg.pq import Format

_I64 = npt.NDArray[np.int64]
_U64 = npt.NDArray[np.uint64]

_TYPES = ("int8", "uuid", "timestamptz")
_HEADER_BYTES = 20
"""Bytes before the first element: dimensions, flags, the elements' type, and length and lower bound of the only
dimension."""
_BIGINT_DTYPE = np.dtype([("size", ">i4"), ("value", ">i8")])
_UUID_DTYPE = np.dtype([("size", ">i4"), ("high", ">u8"), ("low", ">u8")])


class _RawArrayLoader(Loader):
    """An array as the server sends it."""

    format = Format.BINARY

    def load(self, data: Buffer) -> bytes:
        return bytes(data)


@dataclass(frozen=True, slots=True, eq=False)
class UuidArray:
    """Ids as two arrays of 64-bit halves; ids may repeat."""

    high: _U64
    low: _U64

    @classmethod
    def from_uuids(cls, ids: Sequence[UUID]) -> UuidArray:
        """Return the array of these ids."""
        halves = np.frombuffer(b"".join(item.bytes for item in ids), dtype=">u8").astype(np.uint64).reshape(-1, 2)
        return cls(halves[:, 0], halves[:, 1])

    @classmethod
    def concatenate(cls, parts: Sequence[UuidArray]) -> UuidArray:
        """Return the arrays, one after the other."""
        return cls(
            np.concatenate([np.empty(0, np.uint64), *(part.high for part in parts)]),
            np.concatenate([np.empty(0, np.uint64), *(part.low for part in parts)]),
        )

    def number_ids(self) -> tuple[_I64, _I64]:
        """Number the distinct ids in their order.

        Returns:
            The number of each row's id, from 0; and per number the index of one row with that id.
        """
        order = np.argsort(self.high)
        begins = self._find_begins(order)
        if self._has_low_half_differences(order, begins):
            order = np.lexsort((self.low, self.high))
            begins = self._find_begins(order, low=True)
        numbers = np.empty(order.size, dtype=np.int64)
        marks = np.zeros(order.size, dtype=np.int64)
        marks[begins[1:]] = 1
        numbers[order] = np.cumsum(marks)
        return numbers, order[begins]

    def to_uuids(self, rows: _I64) -> list[UUID]:
        """Return the ids of these rows."""
        return [
            UUID(int=high << 64 | low)
            for high, low in zip(self.high[rows].tolist(), self.low[rows].tolist(), strict=True)
        ]

    def _find_begins(self, order: _I64, *, low: bool = False) -> _I64:
        changes = np.ones(order.size, dtype=bool)
        high = self.high[order]
        changes[1:] = high[1:] != high[:-1]
        if low:
            rest = self.low[order]
            changes[1:] |= rest[1:] != rest[:-1]
        return np.flatnonzero(changes)

    def _has_low_half_differences(self, order: _I64, begins: _I64) -> bool:
        """Return whether ids have only their first half in common; ids are digests, so this hardly occurs by chance."""
        low = self.low[order]
        return bool((low != np.repeat(low[begins], np.diff(begins, append=order.size))).any())


def register_raw_arrays(cursor: Cursor[Any]) -> None:
    """Make the cursor return arrays of ids, times and bigints as bytes, for the functions below."""
    for name in _TYPES:
        cursor.adapters.register_loader(cursor.adapters.types[name].array_oid, _RawArrayLoader)


def format_bigint_array(numbers: _I64) -> str:
    """Return numbers as the text of an array."""
    return "{" + ",".join(map(str, numbers.tolist())) + "}"


def parse_bigint_arrays(arrays: Sequence[bytes | None]) -> tuple[_I64, _I64]:
    """Return the bigints, or times in microseconds, of all arrays, concatenated; and the length of each array."""
    data, counts = _parse_arrays(arrays, _BIGINT_DTYPE)
    return data["value"].astype(np.int64), counts


def parse_uuid_arrays(arrays: Sequence[bytes | None]) -> tuple[UuidArray, _I64]:
    """Return the ids of all arrays, concatenated; and the length of each array."""
    data, counts = _parse_arrays(arrays, _UUID_DTYPE)
    return UuidArray(data["high"].astype(np.uint64), data["low"].astype(np.uint64)), counts


def _parse_arrays(arrays: Sequence[bytes | None], kind: np.dtype[np.void]) -> tuple[npt.NDArray[np.void], _I64]:
    """Return the elements of all arrays and the length of each; an empty array is null or has a shorter header."""
    parts = [array[_HEADER_BYTES:] if array else b"" for array in arrays]
    counts = np.array([len(part) // kind.itemsize for part in parts], dtype=np.int64)
    return np.frombuffer(b"".join(parts), dtype=kind), counts
