"""The pages of the Airflow plugin: HTML rendered on the server, without external resources.

Every page requires a login to Airflow and read access to the runs of the DAG that it shows. Pages that are not about
one DAG require it for any of Copydesk's DAGs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import unquote_to_bytes

from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api.security import requires_access_dag, requires_authenticated
from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from copydesk.dags.ui.access import ReadableDags, list_readable_dags
from copydesk.dags.ui.api_routes import API_PREFIX, make_api_router, make_error, make_feed_router
from copydesk.dags.ui.home_page import show_home
from copydesk.dags.ui.quarantine_pages import show_quarantine, show_quarantined
from copydesk.dags.ui.rendering import TEMPLATE_FOLDER, render
from copydesk.dags.ui.replay import start_replay
from copydesk.dags.ui.run_pages import show_outcomes, show_page, show_run
from copydesk.dags.ui.search_form import create_search
from copydesk.dags.ui.story_list_page import show_stories
from copydesk.dags.ui.story_pages import show_comparison, show_copy, show_story
from copydesk.dags.ui.wire_pages import show_wire, show_wires
from copydesk.pipeline.core.errors import BadInput, CopydeskError, NotFound

_require_run_access = Depends(requires_access_dag("GET", DagAccessEntity.RUN))


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
    any_dag = Depends(list_readable_dags)
    pages.get("/", response_class=HTMLResponse, dependencies=[any_dag])(show_home)
    pages.get("/run", response_class=HTMLResponse, dependencies=[_require_run_access])(show_run)
    pages.get("/outcomes", response_class=HTMLResponse, dependencies=[_require_run_access])(show_outcomes)
    pages.get("/page", response_class=HTMLResponse, dependencies=[any_dag])(show_page)
    pages.get("/stories", response_class=HTMLResponse, dependencies=[any_dag])(show_stories)
    pages.get("/story", response_class=HTMLResponse, dependencies=[any_dag])(show_story)
    pages.get("/copy", response_class=HTMLResponse, dependencies=[any_dag])(show_copy)
    pages.get("/compare", response_class=HTMLResponse, dependencies=[any_dag])(show_comparison)
    pages.get("/wires", response_class=HTMLResponse, dependencies=[any_dag])(show_wires)
    pages.get("/wire", response_class=HTMLResponse, dependencies=[any_dag])(show_wire)
    pages.get("/quarantine", response_class=HTMLResponse, dependencies=[any_dag])(show_quarantine)
    pages.get("/quarantined", response_class=HTMLResponse, dependencies=[any_dag])(show_quarantined)
    pages.post("/replay", response_class=HTMLResponse, dependencies=[any_dag])(start_replay)
    pages.post("/searches", response_class=HTMLResponse, dependencies=[any_dag])(create_search)
    pages.get("/dags.json", dependencies=[any_dag])(send_dags)
    pages.get("/tabs.js")(send_tabs_script)
    pages.include_router(make_api_router())
    pages.include_router(make_feed_router())
    return pages


def send_dags(dag_ids: ReadableDags = None) -> JSONResponse:
    """Send the IDs of Copydesk's DAGs that the user may read."""
    return JSONResponse({"dag_ids": sorted(dag_ids or ())}, headers={"Cache-Control": "no-store"})


def send_tabs_script() -> Response:
    """Send the script that hides the tab on the runs of other DAGs."""
    script = (TEMPLATE_FOLDER / "tabs.js").read_bytes()
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache"}
    return Response(script, media_type="text/javascript", headers=headers)


async def _reject_nul(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Answer 404 to an id with a NUL character: PostgreSQL cannot store it, so that nothing has it.

    It applies before any dependency, because Airflow's own queries fail on it too.
    """
    if b"\0" in unquote_to_bytes(request.scope.get("query_string", b"")):
        error = NotFound("No run or story has this ID.", "Follow a link of the overview page.")
        if f"{API_PREFIX}/" in request.scope["path"]:
            return make_error(404, str(error))
        return render("error", 404, heading="Not found", error=error)
    return await call_next(request)


async def _show_error(_: Request, error: Exception) -> Response:
    if isinstance(error, NotFound):
        return render("error", 404, heading="Not found", error=error)
    if isinstance(error, BadInput):
        return render("error", 400, heading="Cannot show this page", error=error)
    return render("error", 503, heading="Cannot show this page", error=error)
