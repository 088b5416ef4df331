"""The page that lists stories. Search, filters and order are in the query string, so that the URL can be shared."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

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
from copydesk.pipeline.views.story_list import ListedStory, StoryFilter, StorySort, StoryState, list_stories
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
}
_STATE_LABELS = {StoryState.LIVE: "Live", StoryState.KILLED: "Killed", StoryState.ANY: "Live and killed"}


def show_stories(
    q: Text = "",
    since: Text = "",
    until: Text = "",
    wire: Text = "",
    agency: Text = "",
    language: Text = "",
    min_copies: Text = "",
    state: Text = "",
    sort: Text = "",
    after: Text = "",
) -> HTMLResponse:
    """Show the stories that match; a filter that cannot be read is reported above the list, next to its field."""
    fields = {
        "q": q.strip(), "since": since.strip(), "until": until.strip(), "wire": wire.strip(), "agency": agency.strip(),
        "language": language.strip(), "min_copies": min_copies.strip(), "state": state, "sort": sort,
    }  # fmt: skip
    used = {name: value for name, value in fields.items() if value}
    stories: ListPage[ListedStory] = ListPage((), 0, START, None)
    error: BadInput | NotFound | None = None
    status = 200
    with read_transaction(load_settings()) as connection:
        wires = list_stored_wires(connection)
        stored = read_article_range(connection)
        try:
            wanted, order = _read_filter(connection, fields)
            stories = list_stories(connection, wanted, order, after)
        except BadInput as wrong:
            error, status = wrong, 400
        except NotFound as absent:
            error, status = absent, 404
    return render(
        "stories", status, stories=stories, error=error, fields=fields, used=used, stored=stored, wires=wires,
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
        min_copies=int(copies),
        state=StoryState(_choose(fields["state"], StoryState.LIVE, tuple(_STATE_LABELS))),
    )
    return wanted, StorySort(_choose(fields["sort"], StorySort.PUBLISHED, tuple(_SORT_LABELS)))


def _choose(text: str, default: str, values: tuple[str, ...]) -> str:
    if text and text not in values:
        raise BadInput(f"{text!r} is not one of the choices.", f"Use {', '.join(values[:-1])} or {values[-1]}.")
    return text or default
