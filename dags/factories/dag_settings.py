"""The arguments of the DAG factories for the shipped DAGs, from the settings."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from copydesk.dags.factories.dag_options import Limits
from copydesk.pipeline.core import settings
from copydesk.pipeline.core.dag_tables import DagTable


def read_newswire_options() -> dict[str, Any]:
    """Return the arguments of ``newswire_dag`` from the settings table ``[newswire]``.

    Raises:
        BadSettings: A setting is invalid; Airflow's UI shows it as an import error. The same in the next functions.
    """
    table = settings.load_settings_without_database().newswire
    return _to_options(table) | {
        "schedule": table.schedule,
        "wires": table.wires,
        "max_active_runs": table.max_active_runs,
        "limits": Limits(
            live_crawl=timedelta(minutes=table.live_crawl_minutes),
            crawl=timedelta(minutes=table.crawl_minutes),
            run=timedelta(hours=table.run_hours),
        ),
    }


def read_reprocess_options() -> dict[str, Any]:
    """Return the arguments of ``reprocess_dag`` from the settings table ``[reprocess]``."""
    return _to_options(settings.load_settings_without_database().reprocess)


def read_refold_options() -> dict[str, Any]:
    """Return the arguments of ``refold_dag`` from the settings table ``[refold]``."""
    return _to_options(settings.load_settings_without_database().refold)


def read_maintain_options() -> dict[str, Any]:
    """Return the arguments of ``maintain_dag`` from the settings table ``[maintain]``."""
    table = settings.load_settings_without_database().maintain
    return _to_options(table) | {"schedule": table.schedule}


def _to_options(table: DagTable) -> dict[str, Any]:
    return {**table.model_dump(include={"dag_id", "tags", "retries"}), "pool": table.pool, "queue": table.queue}
