"""Saved searches: filters of stories with a name, and the stories that each has found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Connection
from psycopg.types.json import Jsonb

from copydesk.pipeline.core.errors import BadInput, NotFound
from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all, fetch_values, find_value

MAX_NAME_CHARS = 80
MAX_SEARCHES = 100
"""Each run evaluates all of them."""


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A saved search.

    Attributes:
        fields: The fields of the filter by name, as in the address of the page Stories.
        seen_until: Up to when changes of stories have been looked at.
        matches: The number of stories that it has found.
    """

    name: str
    fields: Mapping[str, str]
    created_by: str
    created_at: datetime
    seen_until: datetime
    matches: int


def save_search(connection: Connection[Row], name: str, fields: Mapping[str, str], created_by: str) -> None:
    """Save a search.

    Raises:
        BadInput: The name is empty, too long or taken, or there are too many searches.
    """
    if not (name and name.isprintable() and len(name) <= MAX_NAME_CHARS):
        raise BadInput("This is not a name for a search.", f"Use 1 to {MAX_NAME_CHARS} printable characters.")
    if len(list_searches(connection)) >= MAX_SEARCHES:
        raise BadInput(f"There are {MAX_SEARCHES} saved searches already.", "Remove one that is no longer needed.")
    params = {"name": name, "fields": Jsonb(dict(fields)), "created_by": created_by}
    if find_value(connection, str, queries.saved_search.save, params) is None:
        raise BadInput(f"There is a search named {name!r} already.", "Choose another name, or remove it.")


def delete_search(connection: Connection[Row], name: str) -> None:
    """Delete a search.

    Raises:
        NotFound: There is none with this name.
    """
    if find_value(connection, str, queries.saved_search.delete, {"name": name}) is None:
        raise NotFound(f"No saved search is named {name!r}.", "`copydesk searches` lists them.")


def list_searches(connection: Connection[Row]) -> list[SavedSearch]:
    """Return the saved searches by name."""
    return fetch_all(connection, SavedSearch, queries.saved_search.list_searches)


def add_matches(connection: Connection[Row], name: str, stories: Sequence[UUID]) -> list[UUID]:
    """Save which stories a search has found up to now, and return those that it had not found before.

    Whoever evaluates the same search at the same time waits: a story is new to only one of them. Of a search that was
    deleted meanwhile, nothing is new.
    """
    params = {"name": name, "stories": list(stories)}
    if not connection.execute(queries.saved_search.set_seen, params).rowcount:
        return []
    return fetch_values(connection, UUID, queries.saved_search.add_matches, params)
