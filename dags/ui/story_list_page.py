"""The page that lists stories. Search, filters and order are in the query string, so that the URL can be shared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Query
from fastapi.responses import HTMLResponse
from psycopg import Connection

from copydesk.dags.support.airflow_settings import load_settings
from copydesk.dags.ui.rendering import render
from copydesk.pipeline.core.errors import BadInput, NotFound
from copydesk.pipeline.core.source_files import list_source_files
from copydesk.pipeline.core.times import parse_user_span
from copydesk.pipeline.db import Row, read_transaction
from copydesk.pipeline.views.article_queries import read_article_range
from copydesk.pipeline.views.paging import START, ListPage
from copydesk.pipeline.views.story_list import (
    ListedStory,
    StoryFilter,
    StoryLength,
    StorySort,
    StoryState,
    list_copy_times,
    list_sections,
    list_stories,
)
from copydesk.pipeline.views.story_search import parse_language
from copydesk.pipeline.views.wire_queries import assert_wire_is_known, list_stored_wires

Text = Annotated[str, Query(max_length=2_000)]

MAX_MIN_COPIES = 1_000_000
"""No story has so many copies."""

_SORT_LABELS = {
    StorySort.PUBLISHED: "Newest first",
    StorySort.LAST_COPY: "Latest copy first",
    StorySort.COPIES: "Most copies first",
    StorySort.WIRES: "Most wires first",
    StorySort.SPREAD: "Fastest spread first",
}
_STATE_LABELS = {StoryState.LIVE: "Live", StoryState.KILLED: "Killed", StoryState.ANY: "Live and killed"}
_LENGTH_LABELS = {
    StoryLength.ANY: "Any length",
    StoryLength.BRIEF: "Brief: under 100 words",
    StoryLength.MEDIUM: "100 to 499 words",
    StoryLength.LONG: "500 words and more",
}
_OUTDATED = "outdated"
_COPIES_LABELS = {"any": "Any copies", _OUTDATED: "With outdated copies"}


def show_stories(
    q: Text = "",
    since: Text = "",
    until: Text = "",
    wire: Text = "",
    agency: Text = "",
    language: Text = "",
    section: Text = "",
    length: Text = "",
    copies: Text = "",
    min_copies: Text = "",
    state: Text = "",
    sort: Text = "",
    after: Text = "",
) -> HTMLResponse:
    """Show the stories that match; a filter that cannot be read is reported above the list, next to its field."""
    fields = {
        "q": q.strip(), "since": since.strip(), "until": until.strip(), "wire": wire.strip(), "agency": agency.strip(),
        "language": language.strip(), "section": section.strip(), "length": length, "copies": copies,
        "min_copies": min_copies.strip(), "state": state, "sort": sort,
    }  # fmt: skip
    used = {name: value for name, value in fields.items() if value}
    stories: ListPage[ListedStory] = ListPage((), 0, START, None)
    error: BadInput | NotFound | None = None
    status = 200
    times: Mapping[UUID, Sequence[int]] = {}
    with read_transaction(load_settings()) as connection:
        wires = list_stored_wires(connection)
        sections = list_sections(connection)
        stored = read_article_range(connection)
        try:
            wanted, order = _read_filter(connection, fields)
            stories = list_stories(connection, wanted, order, after)
            times = list_copy_times(connection, [story.story_id for story in stories.rows])
        except BadInput as wrong:
            error, status = wrong, 400
        except NotFound as absent:
            error, status = absent, 404
    return render(
        "stories", status, stories=stories, error=error, fields=fields, used=used, stored=stored, wires=wires,
        sections=sections, times=times, lengths=_LENGTH_LABELS, copies=_COPIES_LABELS,
        states=_STATE_LABELS, sorts=_SORT_LABELS, address=f"stories?{urlencode([*used.items(), ('after', '')])}",
        permalink=f"stories?{urlencode(used)}",
    )  # fmt: skip


def _read_filter(connection: Connection[Row], fields: dict[str, str]) -> tuple[StoryFilter, StorySort]:
    """Return what the fields of the form ask for.

    Raises:
        BadInput: A field cannot be read.
        NotFound: There is no such wire.
    """
    since, until = parse_user_span(fields["since"], fields["until"])
    if fields["wire"]:
        assert_wire_is_known(connection, fields["wire"], list_source_files(load_settings().source_folders))
    copies = fields["min_copies"] or "1"
    if not (copies.isascii() and copies.isdecimal() and 1 <= int(copies) <= MAX_MIN_COPIES):
        raise BadInput(f"{copies!r} is not a number of copies.", f"Use a number from 1 to {MAX_MIN_COPIES}.")
    wanted = StoryFilter(
        search=fields["q"] or None,
        since=since,
        until=until,
        wire=fields["wire"] or None,
        agency=fields["agency"] or None,
        language=parse_language(fields["language"]),
        section=fields["section"] or None,
        min_copies=int(copies),
        length=StoryLength(_choose(fields["length"], StoryLength.ANY, tuple(_LENGTH_LABELS))),
        outdated=_choose(fields["copies"], "", tuple(_COPIES_LABELS)) == _OUTDATED,
        state=StoryState(_choose(fields["state"], StoryState.LIVE, tuple(_STATE_LABELS))),
    )
    return wanted, StorySort(_choose(fields["sort"], StorySort.PUBLISHED, tuple(_SORT_LABELS)))


def _choose(text: str, default: str, values: tuple[str, ...]) -> str:
    if text and text not in values:
        raise BadInput(f"{text!r} is not one of the choices.", f"Use {', '.join(values[:-1])} or {values[-1]}.")
    return text or default
