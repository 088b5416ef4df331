"""Which tables a task reads and writes, told to whoever collects lineage: OpenLineage's provider, if it is installed.

Airflow's collector takes them at run time, because a DAG file does not know where the database is; where nothing
reads what it collects, it takes nothing.
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
"""Of each task of `newswire` that does something: what it reads, and what it writes."""

logger = logging.getLogger(__name__)


def report_lineage(settings: Settings, task: str) -> None:
    """Tell the collector of the tables of one task; it never fails a run."""
    try:
        from airflow.sdk.lineage import NoOpCollector, get_hook_lineage_collector

        collector = get_hook_lineage_collector()
        if isinstance(collector, NoOpCollector):  # looking up where the database is costs a connection
            return
        place = _locate_database(settings)
        read, written = TASK_TABLES[task]
        source = object()  # what is told is told by us, not by a hook
        for table in read:
            collector.add_input_asset(source, scheme="postgres", asset_kwargs={**place, "table": table})  # type: ignore[arg-type]
        for table in written:
            collector.add_output_asset(source, scheme="postgres", asset_kwargs={**place, "table": table})  # type: ignore[arg-type]
    except Exception as error:  # noqa: BLE001  # lineage is somebody else's, and beside the matter
        logger.warning("Lineage was not told: %s", error)


def _locate_database(settings: Settings) -> dict[str, str | int]:
    from psycopg.conninfo import conninfo_to_dict

    from copydesk.pipeline.db import get_database_url

    parts = conninfo_to_dict(get_database_url(settings))
    host = str(parts.get("host") or "localhost")
    return {
        "host": "localhost" if host.startswith("/") else host,  # a socket's folder
        "port": int(parts.get("port") or 5432),
        "database": str(parts.get("dbname") or "copydesk"),
        "schema": "copydesk",
    }
