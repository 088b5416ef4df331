"""The DAG factories: what their arguments and the settings file change, and what they refuse."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "dags"

# Run in a separate process, because importing Airflow changes an interpreter.
CODE = """
import json, sys
from datetime import timedelta
from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization

def describe(dag):
    DagSerialization.to_dict(dag)
    crawl = dag.get_task("wire.crawl") if dag.has_task("wire.crawl") else None
    return {
        "file": dag.fileloc, "tags": sorted(dag.tags), "runs": dag.max_active_runs, "catchup": dag.catchup,
        "timetable": type(dag.timetable).__name__, "cron": getattr(dag.timetable, "expression", None),
        "hours": dag.dagrun_timeout / timedelta(hours=1) if dag.dagrun_timeout else None,
        "places": sorted({(task.pool, task.queue) for task in dag.tasks}),
        "retries": sorted({task.retries for task in dag.tasks}), "owners": sorted({task.owner for task in dag.tasks}),
        "policy": all(task.retry_policy for task in dag.tasks),
        "crawl": [crawl.live_timeout.total_seconds(), crawl.execution_timeout.total_seconds()] if crawl else None,
    }

out = {}
for folder in sys.argv[1:]:
    bag = DagBag(folder)
    out |= {name: describe(dag) for name, dag in bag.dags.items()}
    out |= {f"error of {name.rpartition('/')[2]}": str(error) for name, error in bag.import_errors.items()}
print("RESULT" + json.dumps(out))
"""
OWN = """
from datetime import timedelta
from copydesk.airflow import Limits, maintain_dag, newswire_dag, reprocess_dag

plain = newswire_dag("plain")
full = newswire_dag(
    "full", schedule="*/15 * * * *", wires=["north", "language=de"], pool="crawls", queue="big", retries=1,
    limits=Limits(live_crawl=timedelta(minutes=5), crawl=timedelta(minutes=9), run=timedelta(hours=1)),
    max_active_runs=5, tags=["desk"], default_args={"owner": "me", "retries": 7}, catchup=True,
)
newswire_dag("delta", schedule=timedelta(minutes=15))
maintain_dag("tidy", schedule="@daily", pool="crawls")
reprocess_dag("again", wires=["north"])
"""
TABLES = """
[newswire]
dag_id = "desk-newswire"
schedule = "*/30 * * * *"
pool = "crawls"
retries = 1
max_active_runs = 4
tags = ["desk"]
live_crawl_minutes = 7

[maintain]
dag_id = "desk-maintain"
schedule = "@daily"

[reprocess]
queue = "slow"
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what Airflow parses from a user's files and from the shipped ones, by DAG."""
    folder = tmp_path_factory.mktemp("dags")
    (folder / "own.py").write_text(OWN)
    (folder / "single.py").write_text(
        "from copydesk.airflow import newswire_dag\nnewswire_dag('single', wires='north')\n"
    )
    settings_file = tmp_path_factory.mktemp("settings") / "copydesk.toml"
    settings_file.write_text(TABLES)
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith("COPYDESK_")},
        "AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow")),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "COPYDESK_CONFIG": str(settings_file),
        "COPYDESK_HOME": str(tmp_path_factory.mktemp("home")),
    }
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(folder), str(FOLDER)], env=env, capture_output=True, text=True, check=False
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT")]
    assert lines, done.stderr[-3000:]
    result: dict[str, Any] = json.loads(lines[0].removeprefix("RESULT"))
    return result


def test_defaults_of_a_factory_are_those_of_the_shipped_dag(found: dict[str, Any]) -> None:
    plain = found["plain"]
    assert (plain["timetable"], plain["cron"]) == ("CronDataIntervalTimetable", "0 * * * *")
    assert (plain["tags"], plain["runs"], plain["catchup"], plain["retries"]) == (["copydesk", "wire"], 2, False, [3])
    assert (plain["places"], plain["owners"]) == ([["default_pool", "default"]], ["copydesk"])
    assert (plain["crawl"], plain["hours"]) == ([14 * 60, 30 * 60], 3)


def test_arguments_of_a_factory_reach_every_task(found: dict[str, Any]) -> None:
    full = found["full"]
    assert full["cron"] == "*/15 * * * *"
    assert (full["tags"], full["runs"], full["catchup"]) == (["copydesk", "desk"], 5, True)
    assert full["places"] == [["crawls", "big"]]
    assert (full["retries"], full["owners"]) == ([7], ["me"])  # default_args have precedence
    assert (full["crawl"], full["hours"]) == ([5 * 60, 9 * 60], 1)
    assert full["policy"]


def test_schedules_have_data_intervals(found: dict[str, Any]) -> None:
    assert found["delta"]["timetable"] == "DeltaDataIntervalTimetable"
    assert (found["tidy"]["timetable"], found["tidy"]["cron"]) == ("CronDataIntervalTimetable", "0 0 * * *")
    assert found["again"]["timetable"] == "NullTimetable"
    assert found["tidy"]["places"] == [["crawls", "default"]]


def test_dag_belongs_to_the_file_of_the_user(found: dict[str, Any]) -> None:
    """Whether or not it is assigned to a name."""
    assert all(found[name]["file"].endswith("/own.py") for name in ("plain", "full", "delta", "tidy", "again"))


def test_single_name_instead_of_a_list_is_an_import_error(found: dict[str, Any]) -> None:
    assert "wires must be a list of names, not 'north'. Write wires=['north']." in found["error of single.py"]


def test_settings_file_changes_the_shipped_dags(found: dict[str, Any]) -> None:
    desk = found["desk-newswire"]
    assert (desk["cron"], desk["runs"], desk["retries"]) == ("*/30 * * * *", 4, [1])
    assert (desk["tags"], desk["places"]) == (["copydesk", "desk"], [["crawls", "default"]])
    assert desk["crawl"][0] == 7 * 60
    assert found["desk-maintain"]["cron"] == "0 0 * * *"
    assert found["reprocess"]["places"] == [["default_pool", "slow"]]
    assert "newswire" not in found
