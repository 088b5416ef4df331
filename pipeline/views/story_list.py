"""The list of stories in the user interface: searched, filtered, sorted, and read in pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from psycopg import Connection

from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all
from copydesk.pipeline.store.profiles import get_live_profile_id
from copydesk.pipeline.views.paging import ListPage, decode_position, make_page
from copydesk.pipeline.views.story_search import make_search_params

STORIES_PER_PAGE = 50


class StorySort(StrEnum):
    """What a list of stories is sorted by, the latest or the most first."""

    PUBLISHED = "published"
    LAST_COPY = "last"
    COPIES = "copies"
    WIRES = "wires"


class StoryState(StrEnum):
    """Which stories are listed."""

    LIVE = "live"
    KILLED = "killed"
    ANY = "any"

    def list_stored(self) -> list[str]:
        """Return the values of the ``state`` column that this stands for."""
        return ["live", "killed"] if self is StoryState.ANY else [str(self)]


@dataclass(frozen=True, slots=True)
class StoryFilter:
    """Which stories are listed; None restricts nothing.

    Attributes:
        search: Only stories with a copy that has these words, as ``websearch_to_tsquery`` reads them.
        since: Only stories with a copy published at or after this time.
        until: Only stories first published before this time.
        wire: Only stories that this wire has a copy of.
        agency: Only stories that come from this agency, or with a representative that gives it as its own.
        language: Only stories in this language; a code without a country matches those with one.
        min_copies: Only stories with at least so many copies.
        state: Only live stories, only killed ones, or both.
    """

    search: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    wire: str | None = None
    agency: str | None = None
    language: str | None = None
    min_copies: int = 1
    state: StoryState = StoryState.LIVE


@dataclass(frozen=True, slots=True)
class ListedStory:
    """A story in a list, with its latest title; ``source`` is the agency it comes from, else its first wire."""

    story_id: UUID
    title: str
    published_at: datetime
    last_at: datetime
    copies: int
    wires: int
    language: str
    source: str
    killed: bool
    sort_key: float
    remaining: int


def list_stories(
    connection: Connection[Row],
    wanted: StoryFilter,
    sort: StorySort = StorySort.PUBLISHED,
    after: str = "",
    limit: int = STORIES_PER_PAGE,
) -> ListPage[ListedStory]:
    """Return a page of the stories that a filter selects.

    Args:
        connection: A connection in a transaction.
        wanted: The filter.
        sort: The order.
        after: The encoded position in the list of this filter and order; empty for its first page.
        limit: The maximum number of rows.

    Raises:
        BadInput: The search has no words, or the position is invalid.
    """
    position = decode_position(after, (float, UUID))
    after_key, after_id = position.key or (None, None)
    params = {
        "profile_id": get_live_profile_id(connection), "states": wanted.state.list_stored(), "sort": str(sort),
        "since": wanted.since, "until": wanted.until, "wire": wanted.wire, "agency": wanted.agency,
        "language": wanted.language, "min_copies": wanted.min_copies, "after_key": after_key, "after_id": after_id,
        "limit": limit, **make_search_params(connection, wanted.search),
    }  # fmt: skip
    rows = fetch_all(connection, ListedStory, queries.story_list.list_stories, params)
    key = (rows[-1].sort_key, rows[-1].story_id) if rows else ()
    return make_page(rows, rows[0].remaining if rows else 0, position, key)
