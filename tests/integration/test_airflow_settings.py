"""The database URL from Airflow's connection: read for every call, passed on, and never left in an environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.airflow_process import run_with_airflow
from tests.mockserver import MockResponse, MockSite
from tests.mockserver.feeds import rss
from tests.mockserver.fixtures import make_site, make_wire, read_outcomes  # noqa: F401 - fixtures
from tests.mockserver.wire import MockWire

NOW = datetime.now(UTC).replace(microsecond=0)

# Run in separate processes, because importing Airflow changes an interpreter permanently.
ROTATE = """
import json, os
from copydesk.dags.support.airflow_settings import load_settings

found = []
for password in ("former-password", "present-password"):
    os.environ["AIRFLOW_CONN_COPYDESK"] = f"postgres://desk:{password}@db.example:6432/desk?sslmode=require&odd=1"
    found.append(load_settings().database_url.get_secret_value())
print("RESULT", json.dumps([found, [name for name in os.environ if name.startswith("COPYDESK_DATABASE")]]))
"""
NO_DATABASE = """
import json
from airflow.sdk import Connection
from airflow.sdk.exceptions import AirflowNotFoundException
from copydesk.dags.support.airflow_settings import load_settings
from copydesk.pipeline.core.errors import BadSettings

def get(name):
    raise AirflowNotFoundException(name)

Connection.get = get  # an Airflow that has no such connection, without a server to ask
try:
    print("RESULT", json.dumps(str(load_settings().database_url)))
except BadSettings as error:
    print("RESULT", json.dumps(str(error)))
"""
CRAWL = """
import json, os, sys
from types import SimpleNamespace
from copydesk.dags.tasks.spider_operator import SpiderOperator

before = dict(os.environ)
run = SimpleNamespace(dag_id="newswire", run_id="run")
context = {"run_id": run.run_id, "dag": run, "dag_run": run}
counts = SpiderOperator(task_id="crawl", plans=[json.loads(sys.argv[1])]).execute(context)
print("RESULT", json.dumps([counts, sorted(dict(os.environ).items() - before.items())]))
"""
SHOW_SANDBOX = """
import os, sys
from datetime import UTC, datetime
from copydesk.pipeline.core.records import Page
from copydesk.pipeline.process import fork
from copydesk.pipeline.process.sandbox import Sandbox
import json

entry_point = "tests.integration.test_airflow_settings:list_secrets"
if sys.argv[1] == "fork":
    fork.mark_preloaded(entry_point)
    assert fork.can_fork(entry_point)
with Sandbox(1, entry_point=entry_point) as sandbox:
    (found,) = sandbox.map([Page("http://h.example/1", b"", datetime(2026, 1, 1, tzinfo=UTC))])
print("RESULT", json.dumps(found))
"""


def list_secrets(*_: object) -> list[str]:
    """Return the variables with a secret; runs in the sandbox."""
    return sorted(name for name, value in os.environ.items() if "hunter2" in value)


def run_script(script: str, *arguments: str, **variables: str) -> Any:
    """Run the script and return its result, parsed as JSON."""
    environment = {name: value for name, value in os.environ.items() if name != "COPYDESK_DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False, timeout=120,
        env=environment | {"AIRFLOW__CORE__LOAD_EXAMPLES": "False", "OPENBLAS_NUM_THREADS": "1"} | variables,
    )  # fmt: skip
    return read_result(done)


def read_result(done: subprocess.CompletedProcess[str]) -> Any:
    results = [line.removeprefix("RESULT ") for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    assert results, done.stderr[-3000:]
    return json.loads(results[0])


def test_changed_password_applies_to_the_next_call() -> None:
    (former, present), variables = read_result(run_with_airflow(ROTATE))
    place = {"host": "db.example", "port": "6432", "user": "desk", "dbname": "desk", "sslmode": "require"}
    assert conninfo_to_dict(former) == place | {"password": "former-password"}
    assert conninfo_to_dict(present) == place | {"password": "present-password"}
    assert variables == []


def test_spider_uses_the_connection_and_leaves_no_environment_variable(
    site: MockSite, wire: MockWire, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.paths = {
        "/feed": MockResponse.xml(rss([(f"{site.url}/a", NOW - timedelta(minutes=30))])),
        "/a": MockResponse.page("<p>A page.</p>"),
    }
    wire.write(discovery={"feeds": [f"{site.url}/feed"]})
    start, end = (NOW - timedelta(hours=1)).isoformat(), NOW.isoformat()
    plan = {"wire": wire.name, "strategy": "live", "start": start, "end": end, "covered_until": "", "listed_since": ""}
    parts = conninfo_to_dict(database)
    connection = {"conn_type": "postgres", "host": parts["host"], "login": parts["user"], "schema": parts["dbname"]}
    counts, changed = run_script(
        CRAWL, json.dumps(plan), AIRFLOW_HOME=str(tmp_path / "airflow"), AIRFLOW_CONN_COPYDESK=json.dumps(connection)
    )
    assert counts[wire.name]["stored"] == 1
    assert set(read_outcomes(database, site.url).values()) == {("stored", "")}
    assert [name for name, _ in changed if name.startswith(("COPYDESK", "PG"))] == []


@pytest.mark.parametrize(
    ("executor", "expected"),
    [
        ("LocalExecutor", "None"),
        ("airflow.executors.local_executor.LocalExecutor", "None"),
        ("CeleryExecutor", "CeleryExecutor may run tasks on other machines. Create the Airflow connection copydesk"),
        ("LocalExecutor,KubernetesExecutor", "LocalExecutor, KubernetesExecutor may run tasks on other machines"),
    ],
)
def test_missing_connection_starts_no_embedded_database(executor: str, expected: str) -> None:
    assert expected in read_result(run_with_airflow(NO_DATABASE, AIRFLOW__CORE__EXECUTOR=executor))


@pytest.mark.parametrize("way", ["fork", "interpreter"])
def test_sandbox_worker_environment_has_no_secret(way: str) -> None:
    secrets = dict.fromkeys(
        ("COPYDESK_DATABASE_URL", "COPYDESK_NOTIFIER_ARGUMENTS", "AIRFLOW_CONN_COPYDESK", "PGPASSWORD"), "hunter2"
    )
    assert run_script(SHOW_SANDBOX, way, **secrets) == []
