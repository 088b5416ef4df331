"""Report the tables that a task reads and writes to Airflow's lineage collector, for example for OpenLineage.

This happens at run time, because a DAG file does not know the location of the database. Without a lineage backend,
nothing is reported.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from copydesk.pipeline.core.settings import Settings

TASK_TABLES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "crawl": ((), ("fetch", "page")),
    "clean": (("page",), ("article", "article_version", "quarantine")),
    "sign": (("article", "article_version"), ("sketch",)),
    "match": (("sketch",), ("edge",)),
    "fold": (("sketch", "edge"), ("story", "story_member", "story_event")),
    "report": (("fetch", "page", "article", "story_member"), ("ledger", "run", "warning")),
}
"""The tables that each task of `newswire` reads, and those that it writes."""

logger = logging.getLogger(__name__)


def report_lineage(settings: Settings, task: str) -> None:
    """Report the tables of one task; errors are logged and never fail the task.

    Args:
        settings: The settings, for the location of the database.
        task: A key of ``TASK_TABLES``.
    """
    try:
        from airflow.sdk.lineage import NoOpCollector, get_hook_lineage_collector

        collector = get_hook_lineage_collector()
        if isinstance(collector, NoOpCollector):
            return
        location = _get_location(settings)
        inputs, outputs = TASK_TABLES[task]
        hook = object()  # the collector expects a hook, but the tables are not accessed through one
        for table in inputs:
            collector.add_input_asset(hook, scheme="postgres", asset_kwargs={**location, "table": table})  # type: ignore[arg-type]
        for table in outputs:
            collector.add_output_asset(hook, scheme="postgres", asset_kwargs={**location, "table": table})  # type: ignore[arg-type]
    except Exception as error:  # noqa: BLE001 - lineage is optional and third-party code
        logger.warning("Failed to report lineage: %s", error)


def _get_location(settings: Settings) -> dict[str, str | int]:
    from psycopg.conninfo import conninfo_to_dict

    from copydesk.pipeline.db import locate_database

    parts = conninfo_to_dict(locate_database(settings))
    host = str(parts.get("host") or "localhost")
    return {
        "host": "localhost" if host.startswith("/") else host,  # the folder of a Unix socket
        "port": int(parts.get("port") or 5432),
        "database": str(parts.get("dbname") or "copydesk"),
        "schema": "copydesk",
    }
