"""Request the plugin's pages without a server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.airflow_process import run_with_airflow

# A process of its own, for the pages import Airflow. The log-in is left out: it is Airflow's.
ASK = """
import json, sys
from fastapi.testclient import TestClient
from copydesk.dags.ui.routes import create_app

app = create_app()
for route in app.routes:
    for dependency in getattr(route, "dependant", None) and route.dependant.dependencies or ():
        app.dependency_overrides[dependency.call] = lambda: None
client = TestClient(app, raise_server_exceptions=False)
answers = [client.get(one) if isinstance(one, str) else client.get(**one) for one in json.loads(sys.argv[1])]
print(json.dumps([[one.status_code, len(one.content), one.text, dict(one.headers)] for one in answers]))
"""


def request_pages(tmp_path: Path, *paths: str | dict[str, Any]) -> list[Any]:
    """Return status, size in bytes, text and headers of each answer, as a user who may see everything.

    A request with headers of its own is a mapping with ``url`` and ``headers``.
    """
    done = run_with_airflow(ASK, json.dumps(paths), preload=["fastapi.testclient", "copydesk.dags.ui.routes"])
    assert done.returncode == 0, done.stderr[-3000:]
    answers: list[Any] = json.loads(done.stdout.splitlines()[-1])
    return answers


def run_in_airflow(tmp_path: Path, code: str, *arguments: str, **variables: str) -> Any:
    """Run code in a process with an Airflow home of its own; return the JSON on the last line that it prints."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, "AIRFLOW_HOME": str(tmp_path), "AIRFLOW__CORE__LOAD_EXAMPLES": "False", **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])
