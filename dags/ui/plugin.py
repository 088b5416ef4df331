"""The Airflow plugin: a tab on the runs of Copydesk's DAGs, a page in the Browse menu, the reference time of deadlines.

Every component of Airflow loads every plugin, even the workers of tasks. Therefore nothing is imported here that only
the api-server needs: the pages are created at the first request.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from functools import cached_property
from typing import Any
from urllib.parse import quote

from airflow.plugins_manager import AirflowPlugin

from copydesk.dags.alerts.deadline_reference import FirstQueuedAt

URL_PREFIX = "/copydesk"


def make_icon(color: str) -> str:
    """Return a pile of copies as a data URL, so that the icon needs no request."""
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="{color}" stroke-width="2" '
        'stroke-linecap="round" stroke-linejoin="round"><rect x="8" y="2" width="13" height="16" rx="2"/>'
        '<path d="M12 7h5M12 11h5M8 6H5a2 2 0 0 0-2 2v12a2 2 0 0 0 2 2h9a2 2 0 0 0 2-2v-2"/></svg>'
    )
    return f"data:image/svg+xml,{quote(svg)}"


ICONS = {"icon": make_icon("#3f3f46"), "icon_dark_mode": make_icon("#d4d4d8")}
"""The icon in Airflow's light and dark theme."""

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
            **ICONS,
        },
        {
            "name": "Copydesk",
            "href": f"{URL_PREFIX}/run?dag_id={{DAG_ID}}&run_id={{RUN_ID}}",
            "url_route": "copydesk-run",
            "destination": "dag_run",
            **ICONS,
        },
    ]
    react_apps: list[Any] = [  # noqa: RUF012
        # It shows nothing: it hides the tab above on the runs of other DAGs, which Airflow cannot do.
        {"name": "Copydesk tabs", "bundle_url": f"{URL_PREFIX}/tabs.js", "destination": "base"},
    ]
