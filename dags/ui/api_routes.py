"""The JSON behind the pages: the same lists and details, with the same filters, for programs.

Every route requires a login to Airflow and read access to the runs of a DAG of Copydesk, as the pages do. An error is
``{"detail": "One sentence, and what to do."}``.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import unquote_to_bytes

from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api.security import requires_access_dag
from fastapi import APIRouter, Depends, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute

from copydesk.dags.ui.access import list_readable_dags
from copydesk.dags.ui.api_models import ApiError, Copy, ListOf, Run, RunRow, RunStoryRow, Story, StoryRow
from copydesk.dags.ui.api_runs import send_run, send_run_stories, send_runs
from copydesk.dags.ui.api_stories import send_copy, send_stories, send_story
from copydesk.dags.ui.api_wire_models import QuarantineList, StoredPage, Wire, WireRow
from copydesk.dags.ui.api_wires import send_quarantine, send_quarantined, send_wire, send_wires
from copydesk.dags.ui.story_feeds import send_atom_feed, send_json_feed
from copydesk.pipeline.core.errors import BadInput, CopydeskError, NotFound

API_PREFIX = "/api/v1"
API_VERSION = "1"

_MEANINGS = {
    400: "A parameter cannot be read.",
    401: "There is no login to Airflow.",
    403: "The user may not read the runs of this DAG, or of any of Copydesk's.",
    404: "There is nothing with this ID or name.",
    422: "A parameter is absent, too long or out of range.",
    503: "The database cannot be used.",
}
_RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"model": ApiError, "description": text} for status, text in _MEANINGS.items()
}


class ApiRoute(APIRoute):
    """A route with errors as JSON, each one sentence."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler of a request, from the check of its parameters on."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            if has_nul(request):
                return make_error(404, "Nothing has an ID or a name with a NUL character. Leave it out.")
            try:
                response = await handle(request)
            except RequestValidationError as error:
                return make_error(422, describe_invalid(error))
            except CopydeskError as error:
                status = 404 if isinstance(error, NotFound) else 400 if isinstance(error, BadInput) else 503
                return make_error(status, str(error))
            response.headers.setdefault("Cache-Control", "no-store")
            response.headers["X-Content-Type-Options"] = "nosniff"
            return response

        return answer


def make_api_router() -> APIRouter:
    """Return the routes below ``/api/v1``."""
    router = APIRouter(prefix=API_PREFIX, route_class=ApiRoute, responses=_RESPONSES)
    any_dag = [Depends(list_readable_dags)]
    one_dag = [Depends(requires_access_dag("GET", DagAccessEntity.RUN))]
    router.get("/stories", response_model=ListOf[StoryRow], dependencies=any_dag, tags=["Stories"])(send_stories)
    router.get("/stories/{story_id}", response_model=Story, dependencies=any_dag, tags=["Stories"])(send_story)
    router.get("/stories/{story_id}/copies/{article_id}", response_model=Copy, dependencies=any_dag, tags=["Stories"])(
        send_copy
    )
    router.get("/runs", response_model=ListOf[RunRow], dependencies=any_dag, tags=["Runs"])(send_runs)
    router.get("/runs/{dag_id}/{run_id}", response_model=Run, dependencies=one_dag, tags=["Runs"])(send_run)
    router.get(
        "/runs/{dag_id}/{run_id}/stories", response_model=ListOf[RunStoryRow], dependencies=one_dag, tags=["Runs"]
    )(send_run_stories)
    router.get("/wires", response_model=ListOf[WireRow], dependencies=any_dag, tags=["Wires"])(send_wires)
    router.get("/wires/{name}", response_model=Wire, dependencies=any_dag, tags=["Wires"])(send_wire)
    router.get("/quarantine", response_model=QuarantineList, dependencies=any_dag, tags=["Quarantine"])(send_quarantine)
    router.get("/quarantine/{quarantine_id}", response_model=StoredPage, dependencies=any_dag, tags=["Quarantine"])(
        send_quarantined
    )
    described = list(router.routes)

    def send_openapi(request: Request) -> JSONResponse:
        """Send the OpenAPI document of these routes."""
        document = get_openapi(title="Copydesk", version=API_VERSION, routes=described, description=__doc__)
        document["servers"] = [{"url": request.scope.get("root_path", "") or "/"}]
        return JSONResponse(document)

    router.get("/openapi.json", dependencies=any_dag, include_in_schema=False)(send_openapi)
    return router


def make_feed_router() -> APIRouter:
    """Return the routes of the feeds, which have addresses like that of the page with the same list."""
    router = APIRouter(route_class=ApiRoute, dependencies=[Depends(list_readable_dags)], include_in_schema=False)
    router.get("/stories.atom", response_class=Response)(send_atom_feed)
    router.get("/stories.json", response_class=Response)(send_json_feed)
    return router


def has_nul(request: Request) -> bool:
    """Return whether the address has a NUL character, which PostgreSQL cannot store."""
    query = unquote_to_bytes(request.scope.get("query_string", b""))
    return b"\0" in query or "\0" in request.scope["path"]


def make_error(status: int, detail: str) -> JSONResponse:
    """Return an error as JSON."""
    return JSONResponse({"detail": detail}, status, {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"})


def describe_invalid(error: RequestValidationError) -> str:
    """Return what is wrong with the first invalid parameter, as one sentence."""
    first = error.errors()[0]
    message = str(first["msg"])
    return f"The parameter {first['loc'][-1]} is invalid: {message[:1].lower()}{message[1:]}."
