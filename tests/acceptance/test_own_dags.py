"""DAGs of a user's own in a stock Airflow with a real scheduler: they run side by side, with ledgers of their own.

A third DAG has a wire that drips and one that is down: the stories of its other wires do not wait for them.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from copydesk.crawler.sample.network import Network
from copydesk.pipeline.core.ids import make_run_key
from copydesk.pipeline.db import embedded
from copydesk.pipeline.store.ledger import read_ledger
from tests.acceptance.conftest import find_free_ports, wait_until
from tests.databases import create_database
from tests.sample_network import RunningNetwork, running_network
from tests.stock_airflow import StockAirflow, make_stock_airflow

pytestmark = [pytest.mark.slow, pytest.mark.own_airflow, pytest.mark.timeout(1500)]

ROOT = Path(__file__).resolve().parents[2]
DAGS = """
from datetime import timedelta

from copydesk.airflow import Limits, maintain_dag, newswire_dag

fast = newswire_dag("fast", schedule="*/15 * * * *", wires=["northgate", "hfd"], pool="crawls", tags=["a"])
newswire_dag("hourly", schedule="@hourly", wires=["hfd", "rheinblatt"], pool="crawls", default_args={"owner": "b"})
newswire_dag("faulty", schedule=timedelta(hours=1), wires=["harborpost", "dripping", "down"], retries=1,
             limits=Limits(live_crawl=timedelta(seconds=90)))
maintain_dag("housekeeping", schedule="@daily")
"""
DAG_IDS = {"fast", "hourly", "faulty", "housekeeping"}
WIRES = {
    "fast": {"northgate", "hfd"},
    "hourly": {"hfd", "rheinblatt"},
    "faulty": {"harborpost", "dripping", "down"},
}
BAD_WIRES = {"dripping", "down"}
START_SECONDS = 300
TASKS_SECONDS = 900
"""How long Airflow and the runs may take on a busy machine."""


@pytest.fixture
def network() -> Iterator[RunningNetwork]:
    with running_network(Network(seed=5, per_day=240)) as running:
        running.inject_fault("pressline", "drip")
        yield running


@pytest.fixture
def stock_airflow(
    server: embedded.EmbeddedServer, database: str, network: RunningNetwork, tmp_path: Path
) -> Iterator[StockAirflow]:
    """Yield an Airflow of a user with Copydesk installed and three DAGs that use it."""
    found = make_stock_airflow(tmp_path)
    metadata = f"airflow_{os.getpid()}_{secrets.token_hex(3)}"
    create_database(server, metadata, "template1")
    (tmp_path / "dags" / "desks.py").write_text(DAGS)
    port, closed_port = find_free_ports(2)
    url = f"http://localhost:{port}"
    found.env |= {
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": server.url(metadata).replace("postgresql:", "postgresql+psycopg:", 1),
        "AIRFLOW__CORE__PARALLELISM": "6",
        "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "60",  # of 5 s, a busy machine needs more
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__API__SECRET_KEY": secrets.token_hex(32),
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(64),
        "COPYDESK_DATABASE_URL": database,
        "COPYDESK_SOURCES": str(write_sources(network, tmp_path / "sources", closed_port)),
    }
    yield found
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {metadata} WITH (FORCE)".encode())


def write_sources(network: RunningNetwork, folder: Path, port: int) -> Path:
    """Write the sources of the sample wires, of one that drips, and of one that is down, at the port."""
    folder.mkdir()
    for path in network.sources_folder.glob("*.toml"):
        (folder / path.name).write_text(path.read_text())
    dripping = (folder / "pressline.toml").read_text().replace('name = "pressline"', 'name = "dripping"')
    (folder / "dripping.toml").write_text(dripping.replace("timeout = 10", "timeout = 60"))
    (folder / "pressline.toml").unlink()
    (folder / "down.toml").write_text(
        f'name = "down"\ntitle = "Down"\nhome = "http://127.0.0.1:{port}/"\nallow_private = true\n'
        f'discovery.feeds = ["http://127.0.0.1:{port}/feed.xml"]\npoliteness.delay = 0\n'
    )
    return folder


@contextmanager
def running_airflow(stock: StockAirflow) -> Iterator[None]:
    """Run the scheduler, the API server, the DAG processor and the triggerer, until the context ends."""
    log = stock.folder / "airflow.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [stock.python, "-m", "airflow", "standalone"], cwd=stock.folder, env=stock.env, stdout=output,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        try:
            yield
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(20)
            print(log.read_text()[-6000:])


def is_healthy(url: str) -> bool:
    """Return whether the scheduler and the database are healthy, which the API server responds to."""
    try:
        health = httpx.get(url, timeout=10).json()
    except (httpx.HTTPError, ValueError):
        return False
    return all((health.get(part) or {}).get("status") == "healthy" for part in ("metadatabase", "scheduler"))


class Watch:
    """Reads both databases while the runs are running, and keeps when the stories of each wire were visible first."""

    def __init__(self, database: str, metadata: str) -> None:
        self._database = psycopg.connect(database, autocommit=True)
        self._metadata = psycopg.connect(metadata, autocommit=True)
        self.visible: dict[str, datetime] = {}
        self.unfinished: dict[str, set[str]] = {}
        """The DAGs with an unfinished run at the time when a wire's stories were visible first, by wire."""

    def close(self) -> None:
        """Close the connections."""
        self._database.close()
        self._metadata.close()

    def list_dags(self) -> set[str]:
        """Return the DAGs that Airflow has found."""
        return {dag_id for (dag_id,) in self._metadata.execute("SELECT dag_id FROM serialized_dag")}

    def read_run_states(self) -> dict[str, tuple[str, str]]:
        """Return type and state of the first run of each DAG."""
        rows = self._metadata.execute(
            "SELECT DISTINCT ON (dag_id) dag_id, run_type, state FROM dag_run ORDER BY dag_id, id"
        )
        return {dag_id: (run_type, state) for dag_id, run_type, state in rows}

    def have_ended(self, *dag_ids: str) -> bool:
        """Look at the stories; return whether the first runs of the DAGs have ended."""
        states = self.read_run_states()
        running = {dag_id for dag_id in dag_ids if states.get(dag_id, ("", ""))[1] not in {"success", "failed"}}
        rows = self._database.execute(
            "SELECT DISTINCT c.wire FROM copydesk.v_copies c JOIN copydesk.v_stories s USING (story_id)"
        ).fetchall()
        for (wire,) in rows:
            if wire not in self.visible:
                self.visible[wire] = datetime.now(UTC)
                self.unfinished[wire] = running
        return not running

    def list_runs(self) -> dict[str, Any]:
        """Return the row of the first run of each DAG in Copydesk's database."""
        rows = self._database.execute(
            "SELECT DISTINCT ON (dag_id) dag_id, run_id, kind, state, wires, window_start, window_end, started_at,"
            " summary FROM copydesk.run ORDER BY dag_id, started_at"
        )
        names = ("run_id", "kind", "state", "wires", "start", "end", "started_at", "summary")
        return {row[0]: dict(zip(names, row[1:], strict=True)) for row in rows}

    def read_tasks(self, dag_id: str, run_id: str) -> dict[str, set[str]]:
        """Return the states and the pools of each task."""
        rows = self._metadata.execute(
            "SELECT task_id, state, pool FROM task_instance WHERE dag_id = %s AND run_id = %s", (dag_id, run_id)
        )
        found: dict[str, set[str]] = {}
        for task_id, state, pool in rows:
            found.setdefault(task_id, set()).update((str(state), f"pool {pool}"))
        return found

    def list_fold_delays(self, dag_id: str, run_id: str) -> dict[str, float]:
        """Return how long after its last page was fetched each wire's articles of a run were in stories, in seconds.

        Both times are the database's. A busy machine delays all runs alike.
        """
        rows = self._database.execute(
            "SELECT wire, extract(epoch FROM max(at) - max(fetched_at))::float8 FROM ("
            " SELECT f.wire, max(f.fetched_at) AS fetched_at, min(e.at) AS at FROM copydesk.fetch f"
            " JOIN copydesk.page_result r USING (page_id) JOIN copydesk.story_event e ON e.article_id = r.article_id"
            " WHERE f.run_key = %s AND f.outcome = 'stored' GROUP BY f.wire, r.article_id) a GROUP BY wire",
            (make_run_key(dag_id, run_id),),
        )
        return {str(wire): float(seconds) for wire, seconds in rows}

    def check_ledger(self, dag_id: str, run: dict[str, Any]) -> None:
        """Check that the ledger of a run adds up, and counts the run's own URLs and no others."""
        run_key = make_run_key(dag_id, run["run_id"])
        ledger = read_ledger(self._database, run_key)
        ledger.check(dag_id)
        assert set(ledger.counts) - {""} == set(run["wires"])
        fetched = self._database.execute(
            "SELECT wire, count(*) FROM copydesk.fetch WHERE run_key = %s GROUP BY wire", (run_key,)
        ).fetchall()
        assert {wire: ledger.get(wire, "crawl", "scheduled") for wire, _ in fetched} == dict(fetched)


def test_own_dags_run_side_by_side_and_no_wire_waits_for_a_slow_one(stock_airflow: StockAirflow, database: str) -> None:
    install = f"pip install --no-deps --no-build-isolation --quiet {ROOT}"
    assert stock_airflow.run(f"{install} && airflow db migrate && airflow pools set crawls 4 crawls").returncode == 0
    metadata = stock_airflow.env["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].replace("postgresql+psycopg:", "postgresql:", 1)
    with closing(Watch(database, metadata)) as watch:
        run_and_check(stock_airflow, watch)


def run_and_check(stock_airflow: StockAirflow, watch: Watch) -> None:
    """Run the DAGs once, and check their runs."""
    with running_airflow(stock_airflow):
        health = f"{stock_airflow.env['AIRFLOW__API__BASE_URL']}/api/v2/monitor/health"
        wait_until(lambda: is_healthy(health) and watch.list_dags() == DAG_IDS, START_SECONDS)
        unpause = "airflow dags unpause --treat-dag-id-as-regex '^(fast|hourly|faulty)$' --yes"
        assert stock_airflow.run(unpause).returncode == 0
        wait_until(lambda: watch.have_ended("fast", "hourly", "faulty"), TASKS_SECONDS)
        states = watch.read_run_states()
    shown = stock_airflow.run("airflow dags list-import-errors --output json").stdout
    assert shown.splitlines()[-1] == "[]"  # warnings are printed before it
    assert {dag_id: states[dag_id] for dag_id in ("fast", "hourly", "faulty")} == {
        "fast": ("scheduled", "success"), "hourly": ("scheduled", "success"), "faulty": ("scheduled", "success"),
    }  # fmt: skip

    # Two desks: their intervals overlap, every task is green and in its pool, and each ledger counts its own wires.
    runs = watch.list_runs()
    assert (runs["fast"]["end"] - runs["fast"]["start"]).total_seconds() == 900
    assert (runs["hourly"]["end"] - runs["hourly"]["start"]).total_seconds() == 3600
    for dag_id in ("fast", "hourly"):
        tasks = watch.read_tasks(dag_id, runs[dag_id]["run_id"])
        assert set(tasks) == {"plan", "wire.crawl", "wire.clean", "sign", "match", "fold", "report"}
        assert all(states == {"success", "pool crawls"} for states in tasks.values()), tasks
        assert runs[dag_id]["state"] == "done"
        assert runs[dag_id]["summary"]["articles"] > 0
        watch.check_ledger(dag_id, runs[dag_id])
        # The wire that both have may be left to the other run while that is crawling it.
        assert WIRES[dag_id] - {"hfd"} <= set(runs[dag_id]["wires"]) <= WIRES[dag_id]
    assert "hfd" in {*runs["fast"]["wires"], *runs["hourly"]["wires"]}

    # The third one: the stories of its good wires are there while its bad wires are still being crawled.
    faulty = runs["faulty"]
    assert set(faulty["wires"]) == WIRES["faulty"]
    watch.check_ledger("faulty", faulty)
    usual = max(watch.list_fold_delays("fast", runs["fast"]["run_id"]).values())
    delays = watch.list_fold_delays("faulty", faulty["run_id"])
    for wire in WIRES["faulty"] - BAD_WIRES:
        assert "faulty" in watch.unfinished[wire]
        assert delays[wire] <= usual + 60
    assert set(faulty["summary"]["failed_wires"]) == BAD_WIRES
    assert "connection refused" in json.dumps(faulty["summary"]["failed_wires"]["down"])
    assert "next try" in json.dumps(faulty["summary"]["failed_wires"]["down"])
    tasks = watch.read_tasks("faulty", faulty["run_id"])
    assert tasks["wire.crawl"] == {"success", "failed", "pool default_pool"}
    assert all("failed" not in states for task, states in tasks.items() if task != "wire.crawl")
