"""The DAG bundle that adds the DAGs of Copydesk to an existing Airflow."""

from __future__ import annotations

from typing import Any

from copydesk.dags.deploy.airflow_env import DAG_FOLDER

BUNDLE_NAME = "copydesk"


def list_bundles() -> list[dict[str, Any]]:
    """Return the bundles configured in this environment's Airflow, plus the bundle of Copydesk."""
    from airflow.configuration import conf

    configured: list[dict[str, Any]] = conf.getjson("dag_processor", "dag_bundle_config_list") or []  # type: ignore[assignment]
    own = {
        "name": BUNDLE_NAME,
        "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle",
        "kwargs": {"path": str(DAG_FOLDER)},
    }
    return [*(bundle for bundle in configured if bundle.get("name") != BUNDLE_NAME), own]
