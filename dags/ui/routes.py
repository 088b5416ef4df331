"""The pages of the Airflow plugin: HTML rendered on the server, without scripts or external resources.

Every page requires a login to Airflow and read access to the runs of the DAG that it shows.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import unquote_to_bytes

from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api.security import requires_access_dag, requires_authenticated
from fastapi import Depends, FastAPI, Query, Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from copydesk.dags.support.airflow_settings import load_settings
from copydesk.pipeline.core.errors import BadInput, CopydeskError, NotFound
from copydesk.pipeline.core.records import Outcome
from copydesk.pipeline.core.urls import to_printable_url
from copydesk.pipeline.db import read_transaction
from copydesk.pipeline.store.profiles import get_live_profile_id
from copydesk.pipeline.store.states import PageOutcome
from copydesk.pipeline.views import story_queries
from copydesk.pipeline.views.run_queries import list_run_overviews, list_warnings, read_run_details

DAG_ID = "newswire"
RECENT = timedelta(hours=48)
"""The span of warnings and stories on the overview page."""

MAX_CELL_CHARS = 300
"""Length to which texts in tables are cut, such as titles and URLs."""
MAX_TEXT_CHARS = 100_000
"""Length to which an article's text is cut: a long report has a tenth of it."""
MAX_COPIES = 200
"""Number of copies of a story that are listed. With these limits, a page has less than 2 MiB, however hostile the
content."""

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
    """Return the application that the api-server mounts."""
    pages = FastAPI(
        title="Copydesk",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(requires_authenticated())],
    )
    pages.add_exception_handler(CopydeskError, _show_error)
    pages.middleware("http")(_reject_nul)
    pages.get("/", response_class=HTMLResponse, dependencies=[_require_newswire_access])(show_runs)
    pages.get("/run", response_class=HTMLResponse, dependencies=[_require_run_access])(show_run)
    pages.get("/story", response_class=HTMLResponse, dependencies=[_require_newswire_access])(show_story)
    return pages


def show_runs() -> HTMLResponse:
    """Show the latest runs, their warnings, and the most copied stories."""
    since = datetime.now(UTC) - RECENT
    with read_transaction(load_settings()) as connection:
        return render(
            "runs",
            dag_id=DAG_ID,
            runs=list_run_overviews(connection, DAG_ID),
            warnings_found=list_warnings(connection, DAG_ID, since),
            stories=story_queries.list_stories(connection, since=since, min_copies=2, limit=25),
        )


def show_run(dag_id: Annotated[str, Query()], run_id: Annotated[str, Query()]) -> HTMLResponse:
    """Show one run: its warnings, its stories and its counts by wire."""
    with read_transaction(load_settings()) as connection:
        try:
            view = read_run_details(connection, dag_id, run_id)
        except NotFound:
            raise NotFound(
                "Copydesk has no data about this run.",
                "It may have failed in `plan`, or belong to another DAG.",
            ) from None
    fetched, cleaned = view.list_outcomes("crawl", list(Outcome)), view.list_outcomes("clean", list(PageOutcome))
    return render("run", dag_id=dag_id, view=view, fetched=fetched, cleaned=cleaned)


def show_story(story_id: Annotated[str, Query(alias="id")]) -> HTMLResponse:
    """Show one story: its copies and its text."""
    with read_transaction(load_settings()) as connection:
        profile_id = get_live_profile_id(connection)
        story = story_queries.find_story(connection, profile_id, story_id)
        copies = story_queries.list_copies(connection, profile_id, story.story_id)
    return render("story", story=story, copies=copies, max_text=MAX_TEXT_CHARS, max_copies=MAX_COPIES)


def render(name: str, status: int = 200, **values: Any) -> HTMLResponse:
    """Return a page that cannot load or run anything, and that only Airflow's own pages can embed.

    Args:
        name: The name of the template, without its extension.
        status: The HTTP status.
        values: The variables of the template.
    """
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


async def _reject_nul(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Answer 404 to an id with a NUL character: PostgreSQL cannot store it, so that nothing has it.

    It applies before any dependency, because Airflow's own queries fail on it too.
    """
    if b"\0" in unquote_to_bytes(request.scope.get("query_string", b"")):
        error = NotFound("No run or story has this ID.", "Follow a link of the overview page.")
        return render("error", 404, heading="Not found", error=error)
    return await call_next(request)


def shorten(text: str, limit: int = MAX_CELL_CHARS) -> str:
    """Return a text of at most ``limit`` characters; an ellipsis marks that it was cut."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


_templates.filters["shorten"] = shorten
_templates.filters["printable_url"] = to_printable_url


async def _show_error(_: Request, error: Exception) -> Response:
    if isinstance(error, NotFound):
        return render("error", 404, heading="Not found", error=error)
    if isinstance(error, BadInput):
        return render("error", 400, heading="Cannot show this page", error=error)
    return render("error", 503, heading="Cannot show this page", error=error)


def _format_time(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M}"


def _format_window(start: datetime, end: datetime) -> str:
    """Return ``2026-03-01 04:00–05:00``, with the second date if it differs."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    same_day = start.date() == (end - timedelta(microseconds=1)).date()
    return f"{start:%Y-%m-%d %H:%M}–{end:%H:%M}" if same_day else f"{start:%Y-%m-%d %H:%M} – {end:%Y-%m-%d %H:%M}"


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
"""The functions that templates use to format times."""
