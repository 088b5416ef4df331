"""Reading of rows by the names of their columns, into dataclasses; or single values, checked for their type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, LiteralString, TypeVar

from psycopg import Connection
from psycopg.rows import class_row, scalar_row

T = TypeVar("T")

Params = Mapping[str, Any] | Sequence[Any]


def fetch_all(
    connection: Connection[Any],
    row_type: type[T],
    query: LiteralString,
    params: Params | None = None,
    *,
    binary: bool = False,
) -> list[T]:
    """Return all rows of a query, each as ``row_type(column=value, ...)``."""
    with connection.cursor(row_factory=class_row(row_type)) as cursor:
        return cursor.execute(query, params, binary=binary).fetchall()


def fetch_one(
    connection: Connection[Any], row_type: type[T], query: LiteralString, params: Params | None = None
) -> T | None:
    """Return the first row of a query; None if there is no row."""
    with connection.cursor(row_factory=class_row(row_type)) as cursor:
        return cursor.execute(query, params).fetchone()


def fetch_values(
    connection: Connection[Any],
    value_type: type[T],
    query: LiteralString,
    params: Params | None = None,
    *,
    binary: bool = False,
) -> list[T]:
    """Return the only column of a query.

    Raises:
        TypeError: A value is of another type.
    """
    with connection.cursor(row_factory=scalar_row) as cursor:
        return [_check_type(value, value_type) for value in cursor.execute(query, params, binary=binary)]


def fetch_value(
    connection: Connection[Any], value_type: type[T], query: LiteralString, params: Params | None = None
) -> T:
    """Return the only value of a query that has exactly one row.

    Raises:
        TypeError: The value is of another type, or there is none.
    """
    with connection.cursor(row_factory=scalar_row) as cursor:
        return _check_type(cursor.execute(query, params).fetchone(), value_type)


def find_value(
    connection: Connection[Any], value_type: type[T], query: LiteralString, params: Params | None = None
) -> T | None:
    """Return the first value of a query; None if there is no row, or the value is null.

    Raises:
        TypeError: The value is of another type.
    """
    with connection.cursor(row_factory=scalar_row) as cursor:
        value = cursor.execute(query, params).fetchone()
    return None if value is None else _check_type(value, value_type)


def fetch_counts(connection: Connection[Any], query: LiteralString, params: Params | None = None) -> dict[str, int]:
    """Return the rows of a query with the columns ``name`` and ``count``."""
    return {row.name: row.count for row in fetch_all(connection, _Count, query, params)}


def to_columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Return the columns of rows that have the same keys, for a query that takes arrays; no rows have no columns."""
    return {name: [row[name] for row in rows] for name in rows[0]} if rows else {}


class _Count:
    __slots__ = ("count", "name")

    def __init__(self, name: str, count: int) -> None:
        self.name = name
        self.count = count


def _check_type(value: object, value_type: type[T]) -> T:
    if not isinstance(value, value_type):
        raise TypeError(f"The database answered {value!r}, not a value of type {value_type.__name__}.")
    return value
