"""The list of stories in the user interface: searched, filtered, sorted, and read in pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from psycopg import Connection, sql
from psycopg.rows import class_row

from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all, fetch_value, fetch_values
from copydesk.pipeline.store.profiles import get_live_profile_id
from copydesk.pipeline.views.paging import ListPage, decode_position, make_page
from copydesk.pipeline.views.story_search import make_search_params

STORIES_PER_PAGE = 50

MAX_COUNTED = 1000
"""How many stories of a list are counted at most: counting a million would take longer than the list itself."""

FREQUENT_TEXTS = 7_000
"""From so many matching texts on, a search goes through the stories in their order instead of the texts. With fewer,
the stories that match are so far apart that this would take longer."""

MAX_SPARKLINE_COPIES = 200
"""How many copies of a story its sparkline is made of."""

_SECTIONS_AMONG = 2000
_MAX_SECTIONS = 100


class StorySort(StrEnum):
    """What a list of stories is sorted by, the latest or the most first."""

    PUBLISHED = "published"
    LAST_COPY = "last"
    COPIES = "copies"
    WIRES = "wires"
    SPREAD = "spread"

    @property
    def is_by_time(self) -> bool:
        return self in {StorySort.PUBLISHED, StorySort.LAST_COPY}


class StoryState(StrEnum):
    """Which stories are listed."""

    LIVE = "live"
    KILLED = "killed"
    ANY = "any"

    def list_stored(self) -> list[str]:
        """Return the values of the ``state`` column that this stands for."""
        return ["live", "killed"] if self is StoryState.ANY else [str(self)]


class StoryLength(StrEnum):
    """Which stories are listed, by the words of their text."""

    ANY = "any"
    BRIEF = "brief"
    MEDIUM = "medium"
    LONG = "long"

    @property
    def words(self) -> tuple[int, int | None]:
        """The minimum, and the number that is too many; None if there is no such number."""
        ranges = {StoryLength.BRIEF: (0, 100), StoryLength.MEDIUM: (100, 500), StoryLength.LONG: (500, None)}
        return ranges.get(self, (0, None))


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
        section: Only stories with a copy in this section of its site.
        min_copies: Only stories with at least so many copies.
        length: Only stories of about this length.
        state: Only live stories, only killed ones, or both.
        outdated: Only stories with a copy that still shows a killed or corrected text.
    """

    search: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    wire: str | None = None
    agency: str | None = None
    language: str | None = None
    section: str | None = None
    min_copies: int = 1
    length: StoryLength = StoryLength.ANY
    state: StoryState = StoryState.LIVE
    outdated: bool = False


@dataclass(frozen=True, slots=True)
class ListedStory:
    """A story in a list, with its latest title.

    Attributes:
        published_at: When its first copy was published.
        last_at: When its latest copy was published.
        first_hour_wires: How many outlets had it within an hour of the first copy.
        source: The agency that it comes from, else its first wire.
        sources: The number of its independent sources; None if none are stored.
    """

    story_id: UUID
    title: str
    published_at: datetime
    last_at: datetime
    copies: int
    wires: int
    first_hour_wires: int
    language: str
    source: str
    sources: int | None
    killed: bool
    sort_time: datetime | None
    sort_number: int | None
    remaining: int


@dataclass(frozen=True, slots=True)
class _ChangeTime:
    story_id: UUID
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class _CopyTimes:
    story_id: UUID
    minutes: Sequence[int]


def list_stories(
    connection: Connection[Row],
    wanted: StoryFilter,
    sort: StorySort = StorySort.PUBLISHED,
    after: str = "",
    limit: int = STORIES_PER_PAGE,
) -> ListPage[ListedStory]:
    """Return a page of the stories that a filter selects. Of a long list, only the beginning is counted.

    Args:
        connection: A connection in a transaction.
        wanted: The filter.
        sort: The order.
        after: The encoded position in the list of this filter and order; empty for its first page.
        limit: The maximum number of rows.

    Raises:
        BadInput: The search has no words, or the position is invalid.
    """
    position = decode_position(after, (datetime if sort.is_by_time else int, UUID))
    after_key, after_id = position.key or (None, None)
    search = make_search_params(connection, wanted.search)
    is_frequent = _is_frequent(connection, search)
    max_counted = limit if is_frequent else max(limit, MAX_COUNTED)  # each counted story would be looked into
    min_words, max_words = wanted.length.words
    params = {
        "profile_id": get_live_profile_id(connection), "states": wanted.state.list_stored(), "sort": str(sort),
        "since": wanted.since, "until": wanted.until, "wire": wanted.wire, "agency": wanted.agency,
        "language": wanted.language, "section": wanted.section, "min_copies": wanted.min_copies,
        "min_words": min_words, "max_words": max_words, "outdated": wanted.outdated,
        "after_time": after_key if sort.is_by_time else None, "after_number": None if sort.is_by_time else after_key,
        "after_id": after_id, "limit": limit, "max_counted": max_counted, "is_frequent": is_frequent, **search,
    }  # fmt: skip
    starts_with_texts = search["search"] is not None and not is_frequent
    found = queries.story_list.stories_with_words if starts_with_texts else queries.story_list.all_stories
    query = sql.SQL(queries.story_list.list_stories).format(stories=sql.SQL(found))
    with connection.cursor(row_factory=class_row(ListedStory)) as cursor:
        rows = cursor.execute(query, params).fetchall()
    key = (rows[-1].sort_time if sort.is_by_time else rows[-1].sort_number, rows[-1].story_id) if rows else ()
    return make_page(rows, rows[0].remaining if rows else 0, position, key, max_counted)


def list_copy_times(connection: Connection[Row], stories: Iterable[UUID]) -> dict[UUID, Sequence[int]]:
    """Return when the copies of stories of the live profile were published, in minutes since the first one, in order.

    Of a story with more than ``MAX_SPARKLINE_COPIES``, only the earliest.
    """
    params = {"profile_id": get_live_profile_id(connection), "stories": list(stories), "limit": MAX_SPARKLINE_COPIES}
    return {
        row.story_id: row.minutes
        for row in fetch_all(connection, _CopyTimes, queries.story_list.list_copy_times, params)
    }


def list_change_times(connection: Connection[Row], stories: Iterable[UUID]) -> dict[UUID, datetime]:
    """Return when stories of the live profile last changed: their copies, or the text of one of them."""
    params = {"profile_id": get_live_profile_id(connection), "stories": list(stories)}
    rows = fetch_all(connection, _ChangeTime, queries.story_list.list_change_times, params)
    return {row.story_id: row.changed_at for row in rows}


def list_sections(connection: Connection[Row]) -> list[str]:
    """Return the sections of the latest stories, the most frequent first, in lower case."""
    params = {"profile_id": get_live_profile_id(connection), "stories": _SECTIONS_AMONG, "limit": _MAX_SECTIONS}
    return fetch_values(connection, str, queries.story_list.list_sections, params)


def _is_frequent(connection: Connection[Row], search: Mapping[str, str | None]) -> bool:
    """Return whether so many texts match a search that the stories are searched in their order."""
    if search["search"] is None or search["contained"] is not None:
        return False
    params = {**search, "limit": FREQUENT_TEXTS}
    return fetch_value(connection, int, queries.story_list.count_matching_articles, params) >= FREQUENT_TEXTS
