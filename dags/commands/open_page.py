"""`copydesk open`: open the page of a story or of a run in the browser."""

from __future__ import annotations

import os
import webbrowser
from enum import StrEnum
from typing import Annotated
from urllib.parse import quote, urlencode

import typer

from copydesk.dags.commands.backfills import connect_airflow
from copydesk.dags.deploy.local_stack import ui_url
from copydesk.pipeline.cli.completion import complete_story
from copydesk.pipeline.cli.stories import connect_to_database
from copydesk.pipeline.core.errors import BadInput, Transient
from copydesk.pipeline.core.ids import CLI_DAG_ID
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.store.profiles import get_live_profile_id
from copydesk.pipeline.views.run_lookup import RunName, find_run
from copydesk.pipeline.views.story_queries import find_story

PAGES_PATH = "copydesk"
"""The path of Copydesk's own pages below Airflow's UI (``dags/ui/plugin.py``)."""

RUN_TAB = "copydesk-run"


class PageKind(StrEnum):
    """What has a page."""

    STORY = "story"
    RUN = "run"


def open_page(
    kind: Annotated[
        PageKind | None, typer.Argument(metavar="story|run", help="What to open.", show_default="Airflow's UI")
    ] = None,
    page_id: Annotated[
        str,
        typer.Argument(
            metavar="ID", autocompletion=complete_story, help="The ID of the story or run, or a prefix of it."
        ),
    ] = "",
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only print the address.")] = False,
) -> None:
    """Open the page of a story or a run in the browser, and print its address."""
    url = find_url(kind, page_id)
    with connect_airflow() as client:
        if not client.is_healthy():
            raise Transient(f"Airflow at {ui_url(load_settings())} is not running.", "Run `copydesk up`.")
    typer.echo(url)
    if not no_browser and _has_browser():
        webbrowser.open(url)


def find_url(kind: PageKind | None, page_id: str) -> str:
    """Return the address of a page.

    Raises:
        NotFound: There is no such story or run.
        BadInput: The ID is missing, or fits several.
    """
    base = ui_url(load_settings()).rstrip("/")
    if kind is None:
        return f"{base}/"
    if not page_id:
        raise BadInput(f"The ID of the {kind} is missing.", f"Run `copydesk open {kind} ID`.")
    with connect_to_database() as connection:
        if kind is PageKind.STORY:
            story = find_story(connection, get_live_profile_id(connection), page_id)
            return f"{base}/{PAGES_PATH}/story?{urlencode({'id': str(story.story_id)})}"
        return make_run_url(base, find_run(connection, page_id))


def make_run_url(base: str, run: RunName) -> str:
    """Return the address of a run: its tab in Airflow, or for a run of the command line Copydesk's page."""
    if run.dag_id == CLI_DAG_ID:
        return f"{base}/{PAGES_PATH}/run?{urlencode({'dag_id': run.dag_id, 'run_id': run.run_id})}"
    return f"{base}/dags/{quote(run.dag_id, safe='')}/runs/{quote(run.run_id, safe='')}/plugin/{RUN_TAB}"


def _has_browser() -> bool:
    """Return whether a browser would appear on the user's screen: not over SSH or in a container."""
    return bool(os.environ.get("BROWSER") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
