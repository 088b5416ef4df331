"""The Airflow plugin: a tab on each run, a page in the Browse menu, and the reference time of deadlines.

Every component of Airflow loads every plugin, even the workers of tasks. Therefore nothing is imported here that only
the api-server needs: the pages are created at the first request.
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
    """An ASGI application that creates the pages at the first request."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    @cached_property
    def _app(self) -> Any:
        from copydesk.dags.ui.routes import create_app

        return create_app()


class CopydeskPlugin(AirflowPlugin):
    """The plugin, which Airflow finds by the entry point ``copydesk`` of the group ``airflow.plugins``."""

    name = "copydesk"
    deadline_references: list[Any] = [FirstQueuedAt]  # noqa: RUF012  # as in the base class
    fastapi_apps: list[Any] = [{"app": LazyPages(), "url_prefix": URL_PREFIX, "name": "Copydesk"}]  # noqa: RUF012  # as in the base class
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
