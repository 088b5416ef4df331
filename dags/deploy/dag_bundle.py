"""How an Airflow that is already there finds our DAGs: a DAG bundle beside those that it has."""

from __future__ import annotations

from typing import Any

from copydesk.dags.deploy.airflow_env import DAG_FOLDER

BUNDLE_NAME = "copydesk"


def list_bundles() -> list[dict[str, Any]]:
    """The bundles that this environment's Airflow is configured with, and ours."""
    from airflow.configuration import conf

    configured: list[dict[str, Any]] = conf.getjson("dag_processor", "dag_bundle_config_list") or []  # type: ignore[assignment]
    ours = {
        "name": BUNDLE_NAME,
        "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle",
        "kwargs": {"path": str(DAG_FOLDER)},
    }
    return [*(one for one in configured if one.get("name") != BUNDLE_NAME), ours]
