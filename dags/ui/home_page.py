"""The page that people open first: runs, warnings, the volume by hour, and the stories to look at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.api_fastapi.common.db.common import SessionDep
from fastapi.responses import HTMLResponse

from copydesk.dags.support.airflow_settings import load_settings
from copydesk.dags.ui.access import ReadableDags
from copydesk.dags.ui.airflow_runs import read_airflow_runs
from copydesk.dags.ui.charts import draw_volume
from copydesk.dags.ui.rendering import render
from copydesk.pipeline.db import read_transaction
from copydesk.pipeline.views import run_queries
from copydesk.pipeline.views.story_list import StoryFilter, StorySort, list_copy_times, list_stories
from copydesk.pipeline.views.volume import list_volume

RECENT = timedelta(hours=48)
"""The span of warnings, volume and stories."""

STORIES_PER_LIST = 6

_LISTS = (
    ("Newest", "stories", StorySort.PUBLISHED, 1),
    ("Most copied", "stories?since=48h&sort=copies&min_copies=2", StorySort.COPIES, 2),
    ("Fastest spreading", "stories?since=48h&sort=spread&min_copies=2", StorySort.SPREAD, 2),
)
"""Heading, address of the whole list, order, and minimum number of copies of each list of stories."""


def show_home(session: SessionDep, dag_ids: ReadableDags = None, runs: str = "", warnings: str = "") -> HTMLResponse:
    """Show the latest runs, their warnings, and what is new; of each list, the page after a position."""
    now = datetime.now(UTC)
    with read_transaction(load_settings()) as connection:
        listed = run_queries.list_run_overviews(connection, dag_ids, runs)
        found = run_queries.list_warnings(connection, now - RECENT, dag_ids, warnings)
        volume = list_volume(connection, now)
        stories = [
            (heading, address, list_stories(connection, _recent(now, sort, copies), sort, "", STORIES_PER_LIST).rows)
            for heading, address, sort, copies in _LISTS
        ]
        times = list_copy_times(connection, {story.story_id for _, _, rows in stories for story in rows})
    states = read_airflow_runs(session, [(run.dag_id, run.run_id) for run in listed.rows])
    return render(
        "home", runs=listed, states=states, warnings_found=found, stories=stories, times=times,
        volume=draw_volume(volume) if any(hour.articles or hour.usual for hour in volume) else None,
    )  # fmt: skip


def _recent(now: datetime, sort: StorySort, copies: int) -> StoryFilter:
    """Return the filter of one list: the newest stories need no limit, because the list is in their order."""
    return StoryFilter(since=None if sort is StorySort.PUBLISHED else now - RECENT, min_copies=copies)
