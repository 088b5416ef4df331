"""Arrays of ids and numbers between PostgreSQL and numpy, without an object for each."""

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
_HEADER = 20
"""Bytes before the first element: dimensions, flags, the elements' type, and length and lower bound of the only one."""
_NUMBER = np.dtype([("size", ">i4"), ("value", ">i8")])
_ID = np.dtype([("size", ">i4"), ("high", ">u8"), ("low", ">u8")])


class _Packed(Loader):
    """An array as the server sends it."""

    format = Format.BINARY

    def load(self, data: Buffer) -> bytes:
        return bytes(data)


@dataclass(frozen=True, slots=True, eq=False)
class IdRows:
    """Ids as two numbers each, any of them any number of times."""

    high: _U64
    low: _U64

    @classmethod
    def of(cls, ids: Sequence[UUID]) -> IdRows:
        both = np.frombuffer(b"".join(one.bytes for one in ids), dtype=">u8").astype(np.uint64).reshape(-1, 2)
        return cls(both[:, 0], both[:, 1])

    @classmethod
    def join(cls, parts: Sequence[IdRows]) -> IdRows:
        return cls(
            np.concatenate([np.empty(0, np.uint64), *(part.high for part in parts)]),
            np.concatenate([np.empty(0, np.uint64), *(part.low for part in parts)]),
        )

    def number(self) -> tuple[_I64, _I64]:
        """Of each row a number that equal ids share, from 0 on in order of the ids; and a row of each number."""
        order = np.argsort(self.high)
        begins = self._find_begins(order)
        if self._differ_low(order, begins):
            order = np.lexsort((self.low, self.high))
            begins = self._find_begins(order, low=True)
        numbers = np.empty(order.size, dtype=np.int64)
        marks = np.zeros(order.size, dtype=np.int64)
        marks[begins[1:]] = 1
        numbers[order] = np.cumsum(marks)
        return numbers, order[begins]

    def name(self, rows: _I64) -> list[UUID]:
        """The ids of these rows."""
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

    def _differ_low(self, order: _I64, begins: _I64) -> bool:
        """Whether ids agree in their first half alone; they are digests, so it does not happen by chance."""
        low = self.low[order]
        return bool((low != np.repeat(low[begins], np.diff(begins, append=order.size))).any())


def register_packed(cursor: Cursor[Any]) -> None:
    """Have the cursor give arrays of ids, times and bigints as bytes, for the functions below."""
    for name in _TYPES:
        found = cursor.adapters.types[name]
        cursor.adapters.register_loader(found.array_oid, _Packed)


def pack(numbers: _I64) -> str:
    """Numbers as the text of an array."""
    return "{" + ",".join(map(str, numbers.tolist())) + "}"


def unpack_numbers(arrays: Sequence[bytes | None]) -> tuple[_I64, _I64]:
    """Bigints, or times in microseconds, of all arrays, one after the other; and how many each has."""
    data, counts = _strip(arrays, _NUMBER)
    return data["value"].astype(np.int64), counts


def unpack_ids(arrays: Sequence[bytes | None]) -> tuple[IdRows, _I64]:
    """The ids of all arrays, one after the other; and how many each has."""
    data, counts = _strip(arrays, _ID)
    return IdRows(data["high"].astype(np.uint64), data["low"].astype(np.uint64)), counts


def _strip(arrays: Sequence[bytes | None], kind: np.dtype[np.void]) -> tuple[npt.NDArray[np.void], _I64]:
    """An array without elements is null, or a header that is shorter."""
    parts = [array[_HEADER:] if array else b"" for array in arrays]
    counts = np.array([len(part) // kind.itemsize for part in parts], dtype=np.int64)
    return np.frombuffer(b"".join(parts), dtype=kind), counts
