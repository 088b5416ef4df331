"""The tasks of a batch of wires: a wire that fails loses no other, a retry crawls no other, and sources must agree."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from copydesk.pipeline.core.records import Window
from copydesk.pipeline.core.source_files import read_sources
from copydesk.pipeline.runs.planning import RunPlan, plan_run
from copydesk.pipeline.store.ledger import read_ledger
from copydesk.pipeline.store.runs import list_wire_failures
from tests.airflow_process import run_with_airflow
from tests.article_store import ArticleStore
from tests.mockserver import MockResponse, MockSite
from tests.mockserver.feeds import rss
from tests.mockserver.fixtures import make_site, make_wire  # noqa: F401 - fixtures
from tests.mockserver.wire import MockWire
from tests.run_keys import DAG_ID, run_key_for

NOW = datetime.now(UTC).replace(microsecond=0)
WINDOW = Window(NOW - timedelta(hours=1), NOW)
TEXT = "<html><h1>Item {0}</h1><article><p>{1}</p></article></html>"

TASKS = """
import json, sys
from types import SimpleNamespace
from copydesk.dags.tasks.clean_tasks import clean_pages
from copydesk.dags.tasks.spider_operator import SpiderOperator

class Store(dict):
    set = dict.__setitem__

plans, state = json.loads(sys.argv[1]), Store(json.loads(sys.argv[2]))
run = SimpleNamespace(dag_id="newswire", run_id="one")
ti = SimpleNamespace(max_tries=3)
context = {"dag": run, "dag_run": run, "run_id": "one", "task_state_store": state, "ti": ti}
for name, task in (
    ("crawl", lambda: SpiderOperator(task_id="crawl", plans=plans).execute(context)),
    ("clean", lambda: clean_pages(context, plans)),
):
    try:
        print("RESULT", json.dumps([name, "done", task()]))
    except Exception as error:
        print("RESULT", json.dumps([name, type(error).__name__, str(error)]))
print("RESULT", json.dumps(state))
"""


@pytest.fixture
def wires(site: MockSite, wire: MockWire) -> MockWire:
    """Write three wires of one host, of which the second has no feed that responds."""
    for name in ("east", "north", "south"):
        paths = [f"/{name}/{number}" for number in range(2)]
        site.paths |= {path: MockResponse.page(TEXT.format(path, f"The text of {path}. " * 30)) for path in paths}
        items = [(site.url + path, NOW - timedelta(minutes=30)) for path in paths]
        site.paths[f"/{name}/feed"] = MockResponse.xml(rss(items)) if name != "north" else MockResponse(status=503)
        MockWire(wire.folder, wire.home, name).write(discovery={"feeds": [f"{site.url}/{name}/feed"]})
    return wire


def plan_batch(store: ArticleStore, wires: MockWire) -> RunPlan:
    """Plan the run, with one task for all wires."""
    sources = read_sources([wires.folder])
    planned = plan_run(
        store.connection, sources, dag_id=DAG_ID, run_id="one", kind="manual", window=WINDOW, max_tasks=1
    )
    store.connection.commit()
    return planned


def run_batch(planned: RunPlan, state: Any, **changes: str) -> list[Any]:
    """Run crawl and clean of the batch; return their outcomes, and the state that Airflow would keep."""
    (batch,) = planned.batches
    plans = [plan.to_dict() | changes for plan in batch]
    done = run_with_airflow(
        TASKS, json.dumps(plans), json.dumps(state), preload=["copydesk.dags.tasks.spider_operator"]
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return [json.loads(line.removeprefix("RESULT ")) for line in done.stdout.splitlines() if line.startswith("RESULT ")]


def test_failing_wire_loses_no_other_and_is_retried_alone(site: MockSite, wires: MockWire, store: ArticleStore) -> None:
    planned = plan_batch(store, wires)
    (_, error, message), cleaned, state = run_batch(planned, {})
    assert (error, message.partition(":")[0]) == ("Transient", "1 of 3 wires failed")
    assert [cleaned[:2], {wire: counts["article"] for wire, counts in cleaned[2].items() if counts["pages"]}] == [
        ["clean", "done"], {"east": 2, "south": 2},
    ]  # fmt: skip
    ledger = read_ledger(store.connection, run_key_for("one"))
    assert {wire: ledger.get(wire, "crawl", "stored") for wire in ("east", "north", "south")} == {
        "east": 2, "north": 0, "south": 2,
    }  # fmt: skip
    assert {wire: ledger.get(wire, "crawl_result", "failed") for wire in ("east", "north")} == {"east": 0, "north": 1}
    assert {key for key, _ in list_wire_failures(store.connection, run_key_for("one"))} == {"north"}

    feeds = {name: len(site.requests_for(f"/{name}/feed")) for name in ("east", "south")}
    site.paths["/north/feed"] = MockResponse.xml(rss([(f"{site.url}/north/0", NOW - timedelta(minutes=30))]))
    crawled, cleaned, _ = run_batch(planned, state)
    assert crawled[:2] == ["crawl", "done"]
    assert {wire: counts["stored"] for wire, counts in crawled[2].items()} == {"north": 1}
    assert {wire: counts["article"] for wire, counts in cleaned[2].items()} == {"east": 2, "north": 1, "south": 2}
    assert {name: len(site.requests_for(f"/{name}/feed")) for name in feeds} == feeds


def test_machine_with_another_source_refuses_the_wire(wires: MockWire, store: ArticleStore) -> None:
    planned = plan_batch(store, wires)
    crawled, cleaned, _ = run_batch(planned, {}, planned_on="planner", source_digest="0" * 16)
    for _, error, message in (crawled, cleaned):
        assert (error, message.partition(":")[0]) == ("Transient", "3 of 3 wires failed")
        assert "The source of the wire 'east' is different on " in message
        assert ", compared with planner, which planned the run. Deploy the same version of Copydesk" in message
    reasons = list_wire_failures(store.connection, run_key_for("one"))
    assert reasons.keys() == {(wire, stage) for wire in ("east", "north", "south") for stage in ("crawl", "clean")}


def test_machine_without_the_source_refuses_the_wire(wires: MockWire, store: ArticleStore) -> None:
    planned = plan_batch(store, wires)
    for name in ("east", "north", "south"):
        (wires.folder / f"{name}.toml").write_text("none" if name == "north" else "")
    (wires.folder / "east.toml").unlink()
    (_, error, message), _, _ = run_batch(planned, {}, planned_on="planner")
    assert error == "Transient"
    assert "The source of the wire 'east' is missing on " in message
    assert "The source of the wire 'north' is invalid on " in message


def test_source_edited_on_the_same_machine_is_used(site: MockSite, wires: MockWire, store: ArticleStore) -> None:
    planned = plan_batch(store, wires)
    crawled, *_ = run_batch(planned, {}, source_digest="0" * 16)
    assert crawled[1:] == ["Transient", crawled[2]]
    assert crawled[2].startswith("1 of 3 wires failed: north: ")
