"""A wire that is too slow for its hour: its task fails at once if others wait for it, and fetched pages are kept."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from copydesk.pipeline.core.records import Window
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.core.source_files import read_source
from copydesk.pipeline.core.strategy import RunMode
from copydesk.pipeline.db.locks import host_lock
from copydesk.pipeline.runs.planning import plan_run
from copydesk.pipeline.store.ledger import read_ledger
from tests.airflow_process import run_with_airflow
from tests.article_store import ArticleStore
from tests.fork_server import clean_wire
from tests.mockserver import MockResponse, MockSite, bad_responses
from tests.mockserver.feeds import news_sitemap, rss
from tests.mockserver.fixtures import make_site, make_wire  # noqa: F401 - fixtures
from tests.mockserver.wire import MockWire
from tests.run_keys import DAG_ID, run_key_for

NOW = datetime.now(UTC).replace(microsecond=0)
WINDOW = Window(NOW - timedelta(hours=1), NOW)
TEXT = "<html><h1>Item {0}</h1><article><p>{1}</p></article></html>"

# Airflow itself handles the error.
CRAWL = """
import json, sys
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
import structlog
from airflow.sdk.exceptions import AirflowFailException
from airflow.sdk.execution_time import task_runner
from copydesk.dags.tasks import spider_operator
from copydesk.dags.support.retry_policy import DEFAULT_ARGS

plan, seconds = json.loads(sys.argv[1]), float(sys.argv[2])
task = spider_operator.SpiderOperator(
    task_id="crawl", plans=[plan], live_timeout=timedelta(seconds=seconds),
    **DEFAULT_ARGS | {"execution_timeout": timedelta(seconds=spider_operator.TIMEOUT_MARGIN_SECONDS + seconds)},
)
try:
    task.execute({"dag": SimpleNamespace(dag_id="newswire"), "run_id": "one"})
except AirflowFailException as error:
    print("RESULT failed", error)
except Exception as error:
    ti = SimpleNamespace(task=task, try_number=1, _ti_context_from_server=SimpleNamespace(max_tries=3))
    print("RESULT", task_runner._evaluate_retry_policy(ti, error, structlog.get_logger()).action.value, error)
"""


@pytest.fixture
def slow_wire(site: MockSite, wire: MockWire) -> MockWire:
    """Return a wire with three pages that respond and five that never do."""
    paths = [f"/{number}" for number in range(8)]
    site.paths = dict.fromkeys(paths, bad_responses.endless_body(site.closing))
    site.paths |= {
        path: MockResponse.page(TEXT.format(path, f"The text of the item {path}. " * 30)) for path in paths[:3]
    }
    items = [(site.url + path, WINDOW.start) for path in paths]
    site.paths |= {
        "/feed": MockResponse.xml(rss(items)),
        f"/{WINDOW.start:%Y}.xml": MockResponse.xml(news_sitemap(items)),
    }
    found = {"feeds": [f"{site.url}/feed"], "archive": f"{site.url}/{{%Y}}.xml"}
    wire.write(discovery=found, politeness={"concurrency": 8, "timeout": 60})
    return wire


def plan_wire(store: ArticleStore, wire: MockWire) -> dict[str, str]:
    sources = {"mock": read_source(wire.folder / "mock.toml")}
    planned = plan_run(
        store.connection, sources, dag_id=DAG_ID, run_id="one", kind="scheduled", window=WINDOW, mode=RunMode.AUTO
    )  # fmt: skip
    store.connection.commit()
    return planned.wires[0].to_dict()


def run_crawl_task(planned: dict[str, Any], seconds: float) -> str:
    """Run the crawl task; return its outcome."""
    modules = ["airflow.sdk.execution_time.task_runner", "copydesk.dags.tasks.spider_operator"]
    done = run_with_airflow(CRAWL, json.dumps(planned), str(seconds), preload=modules)
    assert done.returncode == 0, done.stderr[-3000:]
    return next(line.removeprefix("RESULT ") for line in done.stdout.splitlines() if line.startswith("RESULT "))


@pytest.mark.parametrize(("strategy", "action"), [("live", "failed"), ("archive", "retry")])
def test_timed_out_crawl_keeps_its_pages_and_is_retried_only_in_archive_mode(
    slow_wire: MockWire, store: ArticleStore, strategy: str, action: str
) -> None:
    result = run_crawl_task(plan_wire(store, slow_wire) | {"strategy": strategy}, 4)
    assert result.startswith(f"{action} mock: the crawl was cut short (timeout).")
    assert ("the next poll continues with the rest" in result) == (strategy == "live")
    ledger = read_ledger(store.connection, run_key_for("one"))
    assert ledger.get("mock", "crawl", "stored") == 3
    assert ledger.get("mock", "crawl_result", "failed") == 1
    source = read_source(slow_wire.folder / "mock.toml")
    assert clean_wire(load_settings(), run_key_for("one"), strategy, source)["article"] == 3


def test_live_crawl_waits_for_its_host_within_its_time_limit(slow_wire: MockWire, store: ArticleStore) -> None:
    with host_lock(load_settings(), read_source(slow_wire.folder / "mock.toml").host):
        result = run_crawl_task(plan_wire(store, slow_wire), 1)
    assert result.startswith("failed 127.0.0.1")
    assert "been crawled by another run for more than 1 s" in result
