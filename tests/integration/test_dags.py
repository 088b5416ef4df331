"""The DAG files: they import fast and clean, serialise the same at every parse, and name what a person needs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from copydesk.dags.tasks.spider_operator import TIMEOUT_MARGIN_SECONDS

FOLDER = Path(__file__).resolve().parents[2] / "dags"
EXAMPLES = FOLDER.parent / "docs" / "examples"
HEAVY = ("scrapy", "trafilatura", "numpy", "psycopg", "datasketch", "copydesk.pipeline.runs.stages")

# A process of its own: importing Airflow marks an interpreter for good, and what is imported is what is tested.
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
out["told"] = {name: DagSerialization.from_dict(DagSerialization.to_dict(dag)).has_on_failure_callback
               for name, dag in bag.dags.items()}
out["wires"] = newswire.params.get_param("wires").schema
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
from copydesk.pipeline.core import errors
kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
out["retries"] = {}
for kind in [*kinds, ValueError]:
    told = RETRY_POLICY.evaluate(kind("it broke"), 1, 3)
    base = next((one.__name__ for one in (errors.Transient, errors.Permanent) if issubclass(kind, one)), "other")
    out["retries"].setdefault(base, []).append([told.action.value, told.retry_delay])
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
    told = DagSerialization.to_dict(dag)
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
    out["stable"][name] = json.dumps(told, sort_keys=True) == json.dumps(
        DagSerialization.to_dict(again.dags[name]), sort_keys=True)
out["heavy"] = sorted(m for m in loaded - before if m in sys.argv[3:])
print("RESULT" + json.dumps(out))
"""


@pytest.fixture(scope="module")
def bag(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What Airflow itself makes of the folder, with no database and no network to lean on."""
    home = tmp_path_factory.mktemp("airflow")
    wires = tmp_path_factory.mktemp("wires")
    for name in ("north", "east"):  # a wrong file hides no DAG
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


def test_every_file_imports(bag: dict[str, Any]) -> None:
    assert bag["errors"] == {}
    assert "newswire" in bag["dags"]


def test_each_file_is_parsed_within_a_second_and_asks_no_network(bag: dict[str, Any]) -> None:
    """Measured in processor time, since other work runs alongside the tests; the first file pays for shared imports."""
    parsed = {name: seconds for name, seconds in bag["seconds"].items() if bag["defines"][name]}
    assert parsed.keys() == {"maintain.py", "newswire.py", "reprocess.py"}
    assert all(seconds < 1 for seconds in parsed.values()), parsed


def test_files_without_a_dag_are_not_parsed_at_all(bag: dict[str, Any]) -> None:
    assert {name for name, dags in bag["defines"].items() if dags} == set(bag["defines"]) - {"__init__.py"}
    assert set(bag["defines"]) == {path.name for path in FOLDER.glob("*.py")}


def test_nothing_heavy_is_imported_at_parse_time(bag: dict[str, Any]) -> None:
    assert bag["heavy"] == []


def test_the_serialised_form_is_the_same_at_every_parse(bag: dict[str, Any]) -> None:
    assert all(bag["stable"].values())


def test_no_dag_varies_from_parse_to_parse_by_airflows_own_check(bag: dict[str, Any]) -> None:
    assert bag["varying"] == []


def test_a_transient_error_is_tried_again_with_backoff_and_a_permanent_one_is_not(bag: dict[str, Any]) -> None:
    decided = bag["retries"]
    assert len(decided["Transient"]) > 3
    assert len(decided["Permanent"]) > 10
    # No delay of the policy's: it would take the back-off's place.
    assert all(told == ["retry", None] for told in decided["Transient"])
    assert all(told == ["fail", None] for told in decided["Permanent"])
    assert all(told == ["default", None] for told in decided["other"])
    for dag in bag["dags"].values():
        assert all(task["policy"] and task["backoff"] == 2 for task in dag["tasks"].values())


def test_a_run_of_newswire_has_a_deadline_from_when_it_was_queued(bag: dict[str, Any]) -> None:
    assert bag["deadline"] == ["FirstQueuedAt", 17 * 60, "copydesk.dags.alerts.run_late.on_deadline_missed"]


def test_the_trigger_form_offers_the_wires_and_the_modes(bag: dict[str, Any]) -> None:
    assert bag["wires"]["examples"] == ["east", "north"]
    assert bag["mode"] == ["auto", "crawl", "stored"]


def test_a_slow_crawl_ends_by_the_spiders_own_limit_before_the_tasks(bag: dict[str, Any]) -> None:
    assert bag["crawl_seconds"] > 10 * TIMEOUT_MARGIN_SECONDS > 0
    assert bag["live_seconds"] <= bag["crawl_seconds"] - TIMEOUT_MARGIN_SECONDS


def test_the_tries_of_a_slow_crawl_all_end_long_before_the_run_is_broken_off(bag: dict[str, Any]) -> None:
    """With the waits between them, which Airflow spreads by chance; what comes after the crawl has a fourth left."""
    assert bag["crawls"].keys() == {"live", "other"}
    assert all(share < 0.75 for share in bag["crawls"].values()), bag["crawls"]


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


def test_maintain_has_the_tasks_it_promises(bag: dict[str, Any]) -> None:
    assert sorted(bag["dags"]["maintain"]["tasks"]) == [
        "done", "learn", "partitions", "replay", "retention", "sizes", "statistics",
    ]  # fmt: skip
    assert bag["leaves"] == {"maintain": ["done"], "newswire": ["report"], "reprocess": ["apply"]}
    assert bag["after_all"] == [["learn", "replay", "sizes"], "all_success"]  # else `replay` would hide a red `learn`


def test_the_failure_of_any_run_is_told(bag: dict[str, Any]) -> None:
    assert bag["told"] == {"maintain": True, "newswire": True, "reprocess": True}


def test_the_page_of_the_dags_is_what_they_say(bag: dict[str, Any]) -> None:
    """`make docs` writes it anew, with the deadline that the settings give by default."""
    page = (FOLDER.parent / "docs" / "dags.md").read_text(encoding="utf-8")
    assert page == bag["page"].replace("17 min after", "30 min after")


def test_reprocess_waits_for_a_person_before_anything_is_shown(bag: dict[str, Any]) -> None:
    assert list(bag["dags"]["reprocess"]["tasks"]) == ["plan", "preview", "approve", "apply"]
    assert bag["approve"] == [["Approve", "Reject"], ["Reject"], 1.5 * 3600, False]


def test_whatever_changes_articles_and_stories_says_so(bag: dict[str, Any]) -> None:
    told = ["copydesk/articles", "copydesk/stories"]
    assert bag["assets"] == {"newswire.report": told, "reprocess.apply": told, "maintain.replay": told}
    assert set(bag["example"]) <= set(told)
