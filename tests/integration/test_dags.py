"""The DAG files import fast, serialize the same at every parse, and have the documentation that people need."""

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
HEAVY = ("scrapy", "trafilatura", "numpy", "psycopg", "datasketch", "copydesk.pipeline.runs.stages")

# Run in a separate process, because importing Airflow changes an interpreter, and the imports themselves are tested.
CODE = """
import json, socket, sys, time
from pathlib import Path
from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization
from airflow.utils.dag_version_inflation_checker import check_dag_file_stability
before = set(sys.modules)

def refuse(*asked):
    raise AssertionError(f"a DAG file asks the network: {asked}")

socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
seconds, defines = {}, {}
from airflow.utils.file import find_dag_file_paths
listed = find_dag_file_paths(sys.argv[1], safe_mode=False)
loaded = before  # by the files that Airflow parses
for path in sorted(map(Path, listed)):
    began = time.process_time()
    found = DagBag(str(path))
    loaded = set(sys.modules)
    seconds[path.name], defines[path.name] = time.process_time() - began, sorted(found.dags)
bag = DagBag(sys.argv[1])
again = DagBag(sys.argv[1])
example = DagBag(sys.argv[2])
errors = {**bag.import_errors, **example.import_errors}
out = {"errors": {str(k): str(v) for k, v in errors.items()}, "dags": {}, "stable": {}}
out["seconds"], out["defines"] = seconds, defines
files = [path for path in Path(sys.argv[1]).glob("*.py") if defines[path.name]]
out["varying"] = [w.message for path in files for w in check_dag_file_stability(str(path)).warnings]
newswire = bag.dags["newswire"]
(deadline,) = newswire.deadline
out["deadline"] = [deadline.reference.reference_name, deadline.interval.total_seconds(), deadline.callback.path]
out["leaves"] = {name: sorted(task.task_id for task in dag.leaves) for name, dag in bag.dags.items()}
done = bag.dags["maintain"].get_task("done")
out["after_all"] = [sorted(done.upstream_task_ids), str(done.trigger_rule.value)]
out["has_failure_callback"] = {name: DagSerialization.from_dict(DagSerialization.to_dict(dag)).has_on_failure_callback
               for name, dag in bag.dags.items()}
out["wires"] = newswire.params.get_param("wires").schema

def accepts(conf):
    try:
        DagSerialization.from_dict(DagSerialization.to_dict(newswire)).params.deep_merge(conf).validate()
    except ValueError as error:
        return "Invalid input for param" not in str(error)
    return True

out["accepts"] = {"none": accepts({"wires": None})}
out["accepts"] |= {wire: accepts({"wires": [wire]}) for wire in ("north", "nosuch")}
out["accepts"] |= {time: accepts({"since": time}) for time in ("2026-03-01T05:00Z", "foo")}
out["mode"] = newswire.params.get_param("mode").schema["enum"]
crawl = newswire.get_task("wire.crawl")
out["crawl_seconds"] = crawl.execution_timeout.total_seconds()
from copydesk.dags.support.retry_policy import LIVE_CRAWL_TIMEOUT, RETRY_POLICY
doubled = [crawl.retry_delay * crawl.retry_exponential_backoff**n for n in range(crawl.retries)]
waits = [min(wait, crawl.max_retry_delay) for wait in doubled]
out["crawls"] = {
    kind: ((crawl.retries + 1) * limit + 2 * sum(waits, crawl.retry_delay)) / newswire.dagrun_timeout
    for kind, limit in (("live", LIVE_CRAWL_TIMEOUT), ("other", crawl.execution_timeout))
}
out["live_seconds"] = LIVE_CRAWL_TIMEOUT.total_seconds()
from copydesk.dags.tasks.spider_operator import TIMEOUT_MARGIN_SECONDS
out["margin_seconds"] = TIMEOUT_MARGIN_SECONDS
from copydesk.pipeline.core import errors
kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
out["retries"] = {}
for kind in [*kinds, ValueError]:
    decision = RETRY_POLICY.evaluate(kind("it broke"), 1, 3)
    base = next((one.__name__ for one in (errors.Transient, errors.Permanent) if issubclass(kind, one)), "other")
    out["retries"].setdefault(base, []).append([decision.action.value, decision.retry_delay])
waited_for = example.dags["after_stories"].timetable.asset_condition.objects
from copydesk.dags.deploy.dag_docs import render_page
out["page"] = render_page(bag.dags.values())
out["example"] = sorted(asset.name for asset in waited_for)
out["assets"] = {
    f"{name}.{t.task_id}": sorted(asset.name for asset in t.outlets)
    for name, dag in bag.dags.items() for t in dag.tasks if t.outlets
}
approve = bag.dags["reprocess"].get_task("approve")
out["approve"] = [approve.options, approve.defaults, approve.response_timeout.total_seconds(), approve.fail_on_reject]
for name, dag in bag.dags.items():
    serialized = DagSerialization.to_dict(dag)
    out["dags"][name] = {
        "tags": sorted(dag.tags), "doc": dag.doc_md, "catchup": dag.catchup,
        "params": {key: dag.params.get_param(key).description for key in dag.params},
        "tasks": {
            t.task_id: {
                "owner": t.owner, "doc": t.doc_md, "retries": t.retries, "backoff": t.retry_exponential_backoff,
                "policy": bool(t.retry_policy),
            }
            for t in dag.tasks
        },
    }
    out["stable"][name] = json.dumps(serialized, sort_keys=True) == json.dumps(
        DagSerialization.to_dict(again.dags[name]), sort_keys=True)
out["heavy"] = sorted(m for m in loaded - before if m in sys.argv[3:])
print("RESULT" + json.dumps(out))
"""


@pytest.fixture(scope="module")
def dag_bag(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what Airflow parses from the folder, without a database or network."""
    home = tmp_path_factory.mktemp("airflow")
    wires = tmp_path_factory.mktemp("wires")
    for name in ("north", "east"):  # an invalid file hides no DAG
        (wires / f"{name}.toml").write_text("this is not TOML")
    env = {
        **os.environ,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(FOLDER),
        "COPYDESK_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        "COPYDESK_SOURCES": str(wires),
        "COPYDESK_LATE_MINUTES": "17",
        "COPYDESK_APPROVAL_HOURS": "1.5",
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


def test_every_dag_file_imports(dag_bag: dict[str, Any]) -> None:
    assert dag_bag["errors"] == {}
    assert "newswire" in dag_bag["dags"]


def test_dag_files_parse_within_a_second_without_network(dag_bag: dict[str, Any]) -> None:
    """Measured in processor time, since other work runs alongside the tests; the first file pays for shared imports."""
    parsed = {name: seconds for name, seconds in dag_bag["seconds"].items() if dag_bag["defines"][name]}
    assert parsed.keys() == {"maintain.py", "newswire.py", "refold.py", "reprocess.py"}
    assert all(seconds < 1 for seconds in parsed.values()), parsed


def test_files_without_dags_are_skipped(dag_bag: dict[str, Any]) -> None:
    assert {name for name, dags in dag_bag["defines"].items() if dags} == set(dag_bag["defines"]) - {"__init__.py"}
    assert set(dag_bag["defines"]) == {path.name for path in FOLDER.glob("*.py")}


def test_no_heavy_library_is_imported_at_parse_time(dag_bag: dict[str, Any]) -> None:
    assert dag_bag["heavy"] == []


def test_serialized_dags_are_stable(dag_bag: dict[str, Any]) -> None:
    assert all(dag_bag["stable"].values())


def test_airflow_finds_no_varying_dag(dag_bag: dict[str, Any]) -> None:
    assert dag_bag["varying"] == []


def test_only_transient_errors_are_retried_with_backoff(dag_bag: dict[str, Any]) -> None:
    decided = dag_bag["retries"]
    assert len(decided["Transient"]) > 3
    assert len(decided["Permanent"]) > 10
    # The policy sets no delay, which would replace the backoff.
    assert all(decision == ["retry", None] for decision in decided["Transient"])
    assert all(decision == ["fail", None] for decision in decided["Permanent"])
    assert all(decision == ["default", None] for decision in decided["other"])
    for dag in dag_bag["dags"].values():
        assert all(task["policy"] and task["backoff"] == 2 for task in dag["tasks"].values())


def test_newswire_deadline_counts_from_queueing(dag_bag: dict[str, Any]) -> None:
    assert dag_bag["deadline"] == ["FirstQueuedAt", 17 * 60, "copydesk.dags.alerts.run_late.on_deadline_missed"]


def test_trigger_form_offers_wires_and_modes(dag_bag: dict[str, Any]) -> None:
    assert dag_bag["wires"]["examples"] == dag_bag["wires"]["items"]["enum"] == ["east", "north"]
    assert dag_bag["wires"]["type"] == ["null", "array"]
    assert dag_bag["accepts"] == {"none": True, "north": True, "nosuch": False, "2026-03-01T05:00Z": True, "foo": False}
    assert dag_bag["mode"] == ["auto", "live", "archive", "stored"]


def test_spider_time_limit_is_below_task_timeout(dag_bag: dict[str, Any]) -> None:
    assert dag_bag["crawl_seconds"] > 10 * dag_bag["margin_seconds"] > 0
    assert dag_bag["live_seconds"] <= dag_bag["crawl_seconds"] - dag_bag["margin_seconds"]


def test_all_tries_of_a_slow_crawl_fit_in_the_run_timeout(dag_bag: dict[str, Any]) -> None:
    """Including the delays between them, which Airflow randomizes; a quarter is left for the tasks after the crawl."""
    assert dag_bag["crawls"].keys() == {"live", "other"}
    assert all(share < 0.75 for share in dag_bag["crawls"].values()), dag_bag["crawls"]


def test_dags_and_tasks_have_docs_tags_and_owners(dag_bag: dict[str, Any]) -> None:
    for name, dag in dag_bag["dags"].items():
        assert "copydesk" in dag["tags"], name
        assert dag["doc"].strip(), name
        assert dag["catchup"] is False, name
        assert all(dag["params"].values()), name
        for task, attributes in dag["tasks"].items():
            assert attributes["doc"], task
            assert attributes["owner"] == "copydesk", task
            assert attributes["retries"] > 0, task


def test_newswire_has_its_documented_tasks(dag_bag: dict[str, Any]) -> None:
    assert list(dag_bag["dags"]["newswire"]["tasks"]) == [
        "plan", "wire.crawl", "wire.clean", "sign", "match", "fold", "report",
    ]  # fmt: skip


def test_maintain_has_its_documented_tasks(dag_bag: dict[str, Any]) -> None:
    assert sorted(dag_bag["dags"]["maintain"]["tasks"]) == [
        "archive", "done", "learn", "partitions", "replay", "retention", "sizes", "statistics",
    ]  # fmt: skip
    leaves = {"maintain": ["done"], "newswire": ["report"], "refold": ["report"], "reprocess": ["apply"]}
    assert dag_bag["leaves"] == leaves
    assert dag_bag["after_all"] == [
        ["archive", "learn", "replay", "sizes"],
        "all_success",
    ]  # otherwise `replay` would hide a failed `learn`


def test_every_dag_has_a_failure_callback(dag_bag: dict[str, Any]) -> None:
    assert dag_bag["has_failure_callback"] == dict.fromkeys(("maintain", "newswire", "refold", "reprocess"), True)


def test_dags_page_is_up_to_date(dag_bag: dict[str, Any]) -> None:
    """`make docs` generates it with the default deadline."""
    page = (FOLDER.parent / "docs" / "dags.md").read_text(encoding="utf-8")
    assert page == dag_bag["page"].replace("17 min after", "30 min after")


def test_reprocess_waits_for_approval_before_apply(dag_bag: dict[str, Any]) -> None:
    assert list(dag_bag["dags"]["reprocess"]["tasks"]) == ["plan", "preview", "approve", "apply"]
    assert dag_bag["approve"] == [["Approve", "Reject"], ["Reject"], 1.5 * 3600, False]


def test_tasks_that_change_articles_or_stories_have_asset_outlets(dag_bag: dict[str, Any]) -> None:
    assets = ["copydesk/articles", "copydesk/stories"]
    own = {"refold.report": ["copydesk/stories"]}
    assert dag_bag["assets"] == own | dict.fromkeys(("newswire.report", "reprocess.apply", "maintain.replay"), assets)
    assert set(dag_bag["example"]) <= set(assets)
