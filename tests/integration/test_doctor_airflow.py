"""`copydesk doctor` describes each of many misconfigurations of an existing Airflow, injected one by one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from copydesk.pipeline.db import embedded

pytestmark = pytest.mark.timeout(600)

# Run in a separate process, because importing Airflow changes an interpreter. The metadata database is migrated by
# Airflow, and the rows are those that its own components write. Each misconfiguration is undone before the next one.
INJECT = """
import json, os, sys
from contextlib import contextmanager
from pathlib import Path
from airflow.utils import timezone
from airflow import plugins_manager
from airflow.jobs.job import Job
from airflow.models.dag import DagModel, DagTag
from airflow.models.dagbundle import DagBundleModel
from airflow.models.errors import ParseImportError
from airflow.utils.db import initdb
from airflow.utils.session import create_session
from sqlalchemy import text, update
from copydesk.dags.deploy import airflow_checks
from copydesk.pipeline.core.settings import load_settings

folder, database = Path(sys.argv[1]), sys.argv[2]
initdb()
JOBS = ("SchedulerJob", "DagProcessorJob", "TriggererJob")
with create_session() as session:
    session.add(DagBundleModel(name="copydesk"))
    session.flush()
    session.add(DagModel(dag_id="newswire", bundle_name="copydesk", is_paused=False, is_stale=False,
                         fileloc="newswire.py"))
    session.flush()
    session.add(DagTag(name="copydesk", dag_id="newswire"))
    for kind in JOBS:
        job = Job()
        job.job_type, job.state = kind, "running"
        session.add(job)

def beat():
    with create_session() as session:
        session.execute(update(Job).values(latest_heartbeat=timezone.utcnow()))

@contextmanager
def variables(**values):
    before = {name: os.environ.get(name) for name in values}
    os.environ.update({name: value for name, value in values.items() if value is not None})
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

@contextmanager
def statement(do, undo):
    with create_session() as session:
        session.execute(text(do))
    try:
        yield
    finally:
        with create_session() as session:
            session.execute(text(undo))

@contextmanager
def file(path, content=""):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    plugins_manager._get_plugins.cache_clear()
    try:
        yield
    finally:
        path.unlink()
        plugins_manager._get_plugins.cache_clear()

def dead(kind):
    query = "UPDATE job SET state = '%s' WHERE job_type = '%s'"
    return statement(query % ("failed", kind), query % ("running", kind))

CONNECTION = os.environ["AIRFLOW_CONN_COPYDESK"]
PLUGIN = (
    "from airflow.plugins_manager import AirflowPlugin\\n\\nclass Mine(AirflowPlugin):\\n    name = 'copydesk'\\n"
)
MISCONFIGURATIONS = {
    "none": variables(),
    "connection missing": variables(AIRFLOW_CONN_COPYDESK=None),
    "connection wrong": variables(AIRFLOW_CONN_COPYDESK="postgres://nobody@127.0.0.1:1/none"),
    "connection type": variables(AIRFLOW_CONN_COPYDESK=json.dumps({"conn_type": "mysql"})),
    "executor": variables(AIRFLOW_CONN_COPYDESK=None, AIRFLOW__CORE__EXECUTOR="CeleryExecutor"),
    "notifier": variables(COPYDESK_NOTIFIER="nowhere.Notifier"),
    "bundle": statement("DELETE FROM dag_tag", "INSERT INTO dag_tag (name, dag_id) VALUES ('copydesk', 'newswire')"),
    "paused": statement("UPDATE dag SET is_paused = true", "UPDATE dag SET is_paused = false"),
    "scheduler": dead("SchedulerJob"),
    "dag processor": dead("DagProcessorJob"),
    "triggerer": dead("TriggererJob"),
    "import error": statement(
        "INSERT INTO import_error (filename, bundle_name, stacktrace) VALUES ('newswire.py', 'copydesk',"
        " 'Traceback\\nModuleNotFoundError: No module named scrapy')",
        "DELETE FROM import_error",
    ),
    "migrations": statement(
        "UPDATE alembic_version SET version_num = 'x' || version_num",
        "UPDATE alembic_version SET version_num = substr(version_num, 2)",
    ),
    "shadowed": file(folder / "dags" / "copydesk.py"),
    "plugin": file(folder / "plugins" / "mine.py", PLUGIN),
}
for name, misconfiguration in MISCONFIGURATIONS.items():
    beat()
    with misconfiguration:
        load_settings.cache_clear()
        results = airflow_checks.run_checks(load_settings())
        print("RESULT", json.dumps([name, [result[2] for result in results if not result[1]]]))
"""

EXPECTED = {
    "connection missing": "Airflow has no connection copydesk, so tasks would start their own database. Run ",
    "connection wrong": "The database of the connection copydesk does not respond: ",
    "connection type": "The connection copydesk has the type mysql. Change its type to postgres.",
    "executor": "CeleryExecutor may run tasks on other machines, which cannot use the embedded database. Create ",
    "notifier": "Cannot import COPYDESK_NOTIFIER: No module named 'nowhere'. Install its package, or set another ",
    "bundle": "Airflow has none of Copydesk's DAGs: their bundle is not configured. Set"
    " AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE",
    "paused": "Paused DAGs do not run: newswire. Run `airflow dags unpause newswire`.",
    "scheduler": "Without a running scheduler, no task is started. Start `airflow scheduler`.",
    "dag processor": "Without a running dag-processor, new DAGs are not found and failed runs are not reported. Start ",
    "triggerer": "Without a running triggerer, late runs are not reported. Start `airflow triggerer`.",
    "import error": "Airflow cannot import newswire.py of the bundle copydesk: ModuleNotFoundError: No module named ",
    "migrations": "Airflow's metadata database is not migrated. Run `airflow db migrate`.",
    "shadowed": "/dags/copydesk.py has the same name as the package copydesk, so imports find the wrong one. Rename ",
    "plugin": "Airflow cannot load the plugin: Plugin 'copydesk' already registered, skipping. Remove the other plugin",
}


@pytest.fixture
def metadata(server: embedded.EmbeddedServer) -> Iterator[str]:
    """Yield the address of an empty database for Airflow's metadata."""
    name = f"metadata{uuid.uuid4().hex[:8]}"
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield server.url(name).replace("postgresql://", "postgresql+psycopg://", 1)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.mark.slow
def test_doctor_describes_each_misconfiguration_of_an_airflow(metadata: str, database: str, tmp_path: Path) -> None:
    parts = conninfo_to_dict(database)
    connection = {"conn_type": "postgres", "host": parts["host"], "login": parts["user"], "schema": parts["dbname"]}
    (tmp_path / "dags").mkdir()
    env = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "COPYDESK_DATABASE"))}
    env |= {
        "AIRFLOW_HOME": str(tmp_path), "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__DAGS_FOLDER": str(tmp_path / "dags"), "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": metadata,
        "AIRFLOW_CONN_COPYDESK": json.dumps(connection),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", INJECT, str(tmp_path), database], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    lines = [line.removeprefix("RESULT ") for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    found = dict(json.loads(line) for line in lines)
    assert found.pop("none") == []
    assert found.keys() == EXPECTED.keys()
    for name, message in EXPECTED.items():
        assert any(message in one for one in found[name]), (name, found[name])
        others = [one for one in found[name] if message not in one]
        # A missing connection is the cause of the executor's problem, and a database that is not migrated of three.
        assert len(others) == {"executor": 1, "migrations": 3}.get(name, 0), (name, others)
