"""A request to Airflow that the program itself does not make."""

from __future__ import annotations

from typing import Any

from copydesk.dags.deploy.airflow_client import AirflowClient


def patch(client: AirflowClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Return the response to a PATCH request; the path is relative to ``/api/v2/``."""
    return client._call("PATCH", path, json=body)
