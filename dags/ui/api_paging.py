"""Parameters and links that the lists of the API have in common."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from fastapi import Query, Request

from copydesk.dags.ui.api_models import ApiModel, ListOf
from copydesk.pipeline.views.paging import ListPage

MAX_LIMIT = 200
"""Number of rows of a page of a list: an answer stays below a megabyte."""

M = TypeVar("M", bound=ApiModel)

Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="The number of rows of a page.")]
After = Annotated[str, Query(max_length=4_000, description="A position in the list, as in the address `next`.")]


def get_base_url(request: Request) -> str:
    """Return the address of Copydesk's pages as this client reaches them, with a slash at its end."""
    return f"{request.url.scheme}://{request.url.netloc}{request.scope.get('root_path', '')}/"


def make_next_url(request: Request, after: str) -> str:
    """Return the address of the same list from a position on."""
    path = request.url.include_query_params(after=after)
    return str(path)


def make_list(request: Request, model: type[M], page: ListPage[Any]) -> ListOf[M]:
    """Return a page of a list as the API sends it."""
    following = make_next_url(request, page.end.encode()) if page.end else None
    return ListOf[model](  # type: ignore[valid-type]
        items=[model.model_validate(row) for row in page.rows], total=page.total, next=following
    )
