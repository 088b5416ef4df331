"""The page that lists stories. Search, filters and order are in the query string, so that the URL can be shared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode
from uuid import UUID

from fastapi.responses import HTMLResponse

from copydesk.dags.support.airflow_settings import load_settings
from copydesk.dags.ui.maintenance_right import Maintainer
from copydesk.dags.ui.parameters import StoryFields, Text
from copydesk.dags.ui.rendering import render
from copydesk.pipeline.core.errors import BadInput, NotFound
from copydesk.pipeline.core.source_files import list_source_files
from copydesk.pipeline.db import read_transaction
from copydesk.pipeline.views.article_queries import read_article_range
from copydesk.pipeline.views.paging import START, ListPage
from copydesk.pipeline.views.story_filter import parse_story_filter
from copydesk.pipeline.views.story_list import (
    ListedStory,
    StoryLength,
    StorySort,
    StoryState,
    list_copy_times,
    list_sections,
    list_stories,
)
from copydesk.pipeline.views.wire_queries import list_stored_wires

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
_COPIES_LABELS = {"any": "Any copies", "outdated": "With outdated copies"}


def show_stories(fields: StoryFields, right: Maintainer = None, after: Text = "") -> HTMLResponse:
    """Show the stories that match; a filter that cannot be read is reported above the list, next to its field."""
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
            configured = list_source_files(load_settings().source_folders)
            wanted, order = parse_story_filter(connection, fields, configured)
            stories = list_stories(connection, wanted, order, after)
            times = list_copy_times(connection, [story.story_id for story in stories.rows])
        except BadInput as wrong:
            error, status = wrong, 400
        except NotFound as absent:
            error, status = absent, 404
    return render(
        "stories", status, stories=stories, right=right, error=error, fields=fields, used=used, stored=stored,
        wires=wires, sections=sections, times=times, lengths=_LENGTH_LABELS, copies=_COPIES_LABELS,
        states=_STATE_LABELS, sorts=_SORT_LABELS, address=f"stories?{urlencode([*used.items(), ('after', '')])}",
        permalink=f"stories?{urlencode(used)}", used_query=urlencode(used),
    )  # fmt: skip
