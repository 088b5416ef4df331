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

URL_PREFIX = "/copydesk"

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class LazyPages:
    """The pages, as the api-server mounts them."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    @cached_property
    def _app(self) -> Any:
        from copydesk.dags.ui.pages import create_app

        return create_app()


class CopydeskPlugin(AirflowPlugin):
    """What Airflow finds by the entry point ``copydesk`` of the group ``airflow.plugins``."""

    name = "copydesk"
    deadline_references: list[Any] = [FirstQueuedAt]  # noqa: RUF012  # as its base has it
    fastapi_apps: list[Any] = [{"app": LazyPages(), "url_prefix": URL_PREFIX, "name": "Copydesk"}]  # noqa: RUF012  # as its base has it
    external_views: list[Any] = [  # noqa: RUF012
        {
            "name": "Copydesk",
            "href": f"{URL_PREFIX}/",
            "url_route": "copydesk",
            "destination": "nav",
            "category": "browse",
        },
        {
            "name": "Stories",
            "href": f"{URL_PREFIX}/run?dag_id={{DAG_ID}}&run_id={{RUN_ID}}",
            "url_route": "copydesk-run",
            "destination": "dag_run",
        },
    ]
