"""The plugin by which Airflow's UI shows our runs: a tab on each run, and a page of its own; and a run's deadline.

Every component of Airflow loads every plugin, each task's worker too, so nothing is imported here that only the
api-server needs: the pages are made when the first one is asked for.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from functools import cached_property
from typing import Any

from airflow.plugins_manager import AirflowPlugin

from copydesk.dags.alerts.deadline_reference import FirstQueuedAt

PREFIX = "/copydesk"

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Pages:
    """The pages, as the api-server mounts them."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._made(scope, receive, send)

    @cached_property
    def _made(self) -> Any:
        from copydesk.dags.ui.pages import make_pages

        return make_pages()


class CopydeskPlugin(AirflowPlugin):
    """What Airflow finds by the entry point ``copydesk`` of the group ``airflow.plugins``."""

    name = "copydesk"
    deadline_references: list[Any] = [FirstQueuedAt]  # noqa: RUF012  # as its base has it
    fastapi_apps: list[Any] = [{"app": Pages(), "url_prefix": PREFIX, "name": "Copydesk"}]  # noqa: RUF012  # as its base has it
    external_views: list[Any] = [  # noqa: RUF012
        {
            "name": "Copydesk",
            "href": f"{PREFIX}/",
            "url_route": "copydesk",
            "destination": "nav",
            "category": "browse",
        },
        {
            "name": "Stories",
            "href": f"{PREFIX}/run?dag_id={{DAG_ID}}&run_id={{RUN_ID}}",
            "url_route": "copydesk-run",
            "destination": "dag_run",
        },
    ]
