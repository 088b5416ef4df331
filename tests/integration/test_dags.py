"""The DAG files: they import fast and clean, serialise the same at every parse, and name what a person needs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "dags"
EXAMPLES = FOLDER.parent / "docs" / "examples"
HEAVY = ("scrapy", "trafilatura", "numpy", "psycopg", "datasketch", "pipeline.chain")

# A process of its own: importing Airflow marks an interpreter for good, and what is imported is what is tested.
CODE = """
import json, sys
from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization
before = set(sys.modules)
bag = DagBag(sys.argv[1])
again = DagBag(sys.argv[1])
example = DagBag(sys.argv[2])
errors = {**bag.import_errors, **example.import_errors}
out = {"errors": {str(k): str(v) for k, v in errors.items()}, "dags": {}, "stable": {}}
waited_for = example.dags["after_stories"].timetable.asset_condition.objects
out["example"] = sorted(asset.name for asset in waited_for)
out["assets"] = sorted(asset.name for asset in bag.dags["newswire"].get_task("report").outlets)
for name, dag in bag.dags.items():
    told = DagSerialization.to_dict(dag)
    out["dags"][name] = {
        "tags": sorted(dag.tags), "doc": dag.doc_md, "catchup": dag.catchup,
        "params": {key: dag.params.get_param(key).description for key in dag.params},
        "tasks": {t.task_id: {"owner": t.owner, "doc": t.doc_md, "retries": t.retries} for t in dag.tasks},
    }
    out["stable"][name] = json.dumps(told, sort_keys=True) == json.dumps(
        DagSerialization.to_dict(again.dags[name]), sort_keys=True)
out["heavy"] = sorted(m for m in set(sys.modules) - before if m in sys.argv[3:])
print("RESULT" + json.dumps(out))
"""


@pytest.fixture(scope="module")
def bag(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What Airflow itself makes of the folder, with no database and no network to lean on."""
    home = tmp_path_factory.mktemp("airflow")
    env = {
        **os.environ,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(FOLDER),
        "COPYDESK_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    }
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(FOLDER), str(EXAMPLES), *HEAVY],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT")]
    assert lines, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(lines[0].removeprefix("RESULT"))
    return found


def test_every_file_imports(bag: dict[str, Any]) -> None:
    assert bag["errors"] == {}
    assert "newswire" in bag["dags"]


def test_nothing_heavy_is_imported_at_parse_time(bag: dict[str, Any]) -> None:
    assert bag["heavy"] == []


def test_the_serialised_form_is_the_same_at_every_parse(bag: dict[str, Any]) -> None:
    assert all(bag["stable"].values())


def test_a_person_finds_tags_owners_and_words(bag: dict[str, Any]) -> None:
    for name, dag in bag["dags"].items():
        assert "copydesk" in dag["tags"], name
        assert dag["doc"].strip(), name
        assert dag["catchup"] is False, name
        assert all(dag["params"].values()), name
        for task, told in dag["tasks"].items():
            assert told["doc"], task
            assert told["owner"] == "copydesk", task
            assert told["retries"] > 0, task


def test_newswire_has_the_tasks_it_promises(bag: dict[str, Any]) -> None:
    assert list(bag["dags"]["newswire"]["tasks"]) == [
        "plan", "wire.crawl", "wire.clean", "sign", "match", "fold", "report",
    ]  # fmt: skip


def test_maintain_learns_once_a_day(bag: dict[str, Any]) -> None:
    assert list(bag["dags"]["maintain"]["tasks"]) == ["learn"]


def test_reprocess_waits_for_a_person_before_anything_is_shown(bag: dict[str, Any]) -> None:
    assert list(bag["dags"]["reprocess"]["tasks"]) == ["plan", "preview", "approve", "apply"]


def test_the_example_is_scheduled_on_an_asset_that_newswire_emits(bag: dict[str, Any]) -> None:
    assert bag["assets"] == ["copydesk/articles", "copydesk/stories"]
    assert set(bag["example"]) <= set(bag["assets"])
