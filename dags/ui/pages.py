"""The pages that the plugin shows inside Airflow's UI: HTML made here, no script, nothing from anywhere else.

Whoever asks has to be logged in to Airflow and to have the right to read the runs of the DAG that is shown.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api.security import requires_access_dag, requires_authenticated
from fastapi import Depends, FastAPI, Query, Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from copydesk.dags.support.airflow_settings import load_settings
from copydesk.pipeline.core.errors import CopydeskError, NotFound
from copydesk.pipeline.db import connect
from copydesk.pipeline.store.ledger import CLEAN_OUTCOMES, FETCH_OUTCOMES
from copydesk.pipeline.store.profiles import get_live_profile_id
from copydesk.pipeline.views import story_queries
from copydesk.pipeline.views.run_queries import list_run_overviews, list_warnings, read_run_details

DAG_ID = "newswire"
RECENT = timedelta(hours=48)

_require_run_access = Depends(requires_access_dag("GET", DagAccessEntity.RUN))
_require_newswire_access = Depends(requires_access_dag("GET", DagAccessEntity.RUN, DAG_ID))

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def create_app() -> FastAPI:
    """The application that the api-server mounts."""
    pages = FastAPI(
        title="Copydesk",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(requires_authenticated())],
    )
    pages.add_exception_handler(CopydeskError, _show_error)
    pages.get("/", response_class=HTMLResponse, dependencies=[_require_newswire_access])(show_runs)
    pages.get("/run", response_class=HTMLResponse, dependencies=[_require_run_access])(show_run)
    pages.get("/story", response_class=HTMLResponse, dependencies=[_require_newswire_access])(show_story)
    return pages


def show_runs() -> HTMLResponse:
    """The latest runs, what was odd about them, and the stories with most copies."""
    since = datetime.now(UTC) - RECENT
    with connect(load_settings()) as connection:
        return render(
            "runs",
            dag_id=DAG_ID,
            runs=list_run_overviews(connection, DAG_ID),
            warnings_found=list_warnings(connection, DAG_ID, since),
            stories=story_queries.list_stories(connection, since=since, min_copies=2, limit=25),
        )


def show_run(dag_id: Annotated[str, Query()], run_id: Annotated[str, Query()]) -> HTMLResponse:
    """One run: its ledger wire by wire, what was odd, its stories."""
    with connect(load_settings()) as connection:
        view = read_run_details(connection, dag_id, run_id)
    fetched, cleaned = view.list_outcomes("crawl", FETCH_OUTCOMES), view.list_outcomes("clean", CLEAN_OUTCOMES)
    return render("run", dag_id=dag_id, view=view, fetched=fetched, cleaned=cleaned)


def show_story(story_id: Annotated[str, Query(alias="id")]) -> HTMLResponse:
    """One story: its text, and where and when each copy of it ran."""
    with connect(load_settings()) as connection:
        profile_id = get_live_profile_id(connection)
        story = story_queries.find_story(connection, profile_id, story_id)
        copies = story_queries.list_copies(connection, profile_id, story["story_id"])
    return render("story", story=story, copies=copies)


def render(name: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page of one template. It may load nothing and run nothing, and only Airflow's own pages may frame it."""
    nonce = secrets.token_urlsafe(16)
    page = _templates.get_template(f"{name}.html.jinja").render(nonce=nonce, **_TEMPLATE_FUNCTIONS, **values)
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )
    headers = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
    return HTMLResponse(page, status, headers)


async def _show_error(_: Request, error: Exception) -> Response:
    return render("error", 404 if isinstance(error, NotFound) else 503, error=error)


def _format_time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"


def _format_window(start: datetime, end: datetime) -> str:
    """``2026-03-01 04:00-05:00``; the second day too where it is another."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    same = start.date() == (end - timedelta(microseconds=1)).date()
    return f"{start:%Y-%m-%d %H:%M}–{end:%H:%M}" if same else f"{start:%Y-%m-%d %H:%M} – {end:%Y-%m-%d %H:%M}"


def _format_delay(delay: timedelta | None) -> str:
    if delay is None:
        return ""
    minutes = round(delay.total_seconds() / 60)
    return f"{'−' if minutes < 0 else '+'}{abs(minutes) // 60}:{abs(minutes) % 60:02}"


_TEMPLATE_FUNCTIONS: dict[str, Callable[..., str]] = {
    "time": _format_time,
    "window": _format_window,
    "delay": _format_delay,
}
"""What templates word times with."""
