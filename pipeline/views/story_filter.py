"""Read a filter of stories from text fields: those of a form, of a query string, or of a saved search."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from psycopg import Connection

from copydesk.pipeline.core.errors import BadInput
from copydesk.pipeline.core.times import parse_user_span
from copydesk.pipeline.db import Row
from copydesk.pipeline.views.story_list import StoryFilter, StoryLength, StorySort, StoryState
from copydesk.pipeline.views.story_search import parse_language
from copydesk.pipeline.views.wire_queries import assert_wire_is_known

MAX_MIN_COPIES = 1_000_000
"""No story has so many copies."""

FILTER_FIELDS = (
    "q", "since", "until", "wire", "agency", "language", "section", "length", "copies", "min_copies", "state",
)  # fmt: skip
"""The fields of a filter, as they are named in URLs."""

_OUTDATED = "outdated"
_COPIES = ("any", _OUTDATED)


def parse_story_filter(
    connection: Connection[Row], fields: Mapping[str, str], configured: Iterable[str]
) -> tuple[StoryFilter, StorySort]:
    """Return what the fields ask for; an absent field restricts nothing.

    Args:
        connection: A connection in a transaction.
        fields: The texts by name, from ``FILTER_FIELDS`` and ``sort``.
        configured: The wires with a source file.

    Raises:
        BadInput: A field cannot be read.
        NotFound: There is no such wire.
    """
    given = {name: text.strip() for name, text in fields.items()}
    since, until = parse_user_span(given.get("since", ""), given.get("until", ""))
    if given.get("wire"):
        assert_wire_is_known(connection, given["wire"], configured)
    copies = given.get("min_copies") or "1"
    if not (copies.isascii() and copies.isdecimal() and len(copies) <= 20 and 1 <= int(copies) <= MAX_MIN_COPIES):
        raise BadInput(f"{copies[:40]!r} is not a number of copies.", f"Use a number from 1 to {MAX_MIN_COPIES}.")
    wanted = StoryFilter(
        search=given.get("q") or None,
        since=since,
        until=until,
        wire=given.get("wire") or None,
        agency=given.get("agency") or None,
        language=parse_language(given.get("language", "")),
        section=given.get("section") or None,
        min_copies=int(copies),
        length=StoryLength(_choose(given.get("length", ""), StoryLength.ANY, tuple(StoryLength))),
        outdated=_choose(given.get("copies", ""), "", _COPIES) == _OUTDATED,
        state=StoryState(_choose(given.get("state", ""), StoryState.LIVE, tuple(StoryState))),
    )
    return wanted, StorySort(_choose(given.get("sort", ""), StorySort.PUBLISHED, tuple(StorySort)))


def _choose(text: str, default: str, values: tuple[str, ...]) -> str:
    if text and text not in values:
        raise BadInput(f"{text!r} is not one of the choices.", f"Use {', '.join(values[:-1])} or {values[-1]}.")
    return text or default
