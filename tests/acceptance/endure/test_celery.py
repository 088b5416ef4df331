"""Two Celery workers share a backfill of 24 hours, and one of them is killed: nothing is lost, and hosts are respected.

The database is not the embedded one for this Airflow: its address is set, as on several machines.
"""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg
import pytest

from copydesk.crawler.sample.network import Network
from copydesk.pipeline.core.ids import make_run_key
from copydesk.pipeline.core.source_files import read_sources
from copydesk.pipeline.core.urls import canonicalize
from copydesk.pipeline.db import embedded
from copydesk.pipeline.store.ledger import read_ledger
from tests.acceptance.conftest import find_free_ports, wait_until
from tests.acceptance.endure.installation_driver import HOUR, get_current_hour
from tests.celery_airflow import CeleryAirflow, celery_airflow, find_redis
from tests.databases import create_database, drop_database
from tests.sample_network import RunningNetwork, running_network
from tests.simulated_days import set_politeness

pytestmark = [pytest.mark.endure, pytest.mark.own_airflow, pytest.mark.timeout(3600)]

DEPLOY = Path(__file__).resolve().parents[3] / "deploy"
WIRES = ("harborpost", "meridian", "northgate")
"""Wires with a dated archive."""
BATCHES = {"harborpost, northgate", "meridian"}
"""The wires of the tasks, of which Airflow maps two here."""
WORKERS = ("first", "second")
HOURS = 24
DELAY_SECONDS = 0.3
"""Between two requests to a host, whoever sends them."""
HUNG_SECONDS = 2.0
START_SECONDS = 300
BACKFILL_SECONDS = 2400
"""How long Airflow and the backfill may take on a busy machine."""
DAGS = """
from datetime import datetime

from copydesk.airflow import newswire_dag

newswire_dag("desk", wires={wires}, pool="copydesk", start_date=datetime.fromisoformat("{start}"),
             end_date=datetime.fromisoformat("{end}"), is_paused_upon_creation=False)
"""


@dataclass
class Backfill:
    """A backfill of ``HOURS`` hours from ``start``."""

    airflow: CeleryAirflow
    network: RunningNetwork
    start: datetime
    database: str
    metadata: str

    @property
    def end(self) -> datetime:
        """The end of the last hour, which the backfill does not include."""
        return self.start + HOURS * HOUR

    def create(self) -> None:
        """Start the backfill, three runs at a time, as soon as Airflow has found the DAG."""
        wait_until(lambda: self.query("SELECT dag_id FROM serialized_dag") == [("desk",)], START_SECONDS)
        last = (self.end - HOUR).isoformat()
        range_options = ("--from-date", self.start.isoformat(), "--to-date", last)
        self.airflow.run("backfill", "create", "--dag-id", "desk", *range_options, "--max-active-runs", "3")

    def query(self, text: str) -> list[tuple[Any, ...]]:
        """Return rows of Airflow's database."""
        with closing(psycopg.connect(self.metadata)) as connection:
            return connection.execute(text.encode()).fetchall()

    def count_runs(self) -> Counter[str]:
        """Return the number of runs by state."""
        return Counter(state for (state,) in self.query("SELECT state FROM dag_run"))

    def find_hung_worker(self) -> str:
        """Return the worker with a spider that waits for a response; empty if there is none."""
        for wire in WIRES:
            for one in self.network.get_log(wire)[-1:]:
                if one.status == 0 and time.monotonic() - one.monotonic_at > HUNG_SECONDS:
                    return get_worker(one.user_agent)
        return ""


def get_worker(user_agent: str) -> str:
    """Return the worker that has sent a request, by one of its spiders."""
    return user_agent.partition("(")[2].rstrip(")")


@pytest.fixture(scope="module")
def network() -> Iterator[RunningNetwork]:
    find_redis()
    with running_network(Network(seed=5, per_day=600)) as running:
        set_politeness(running.sources_folder, DELAY_SECONDS)
        yield running


@pytest.fixture
def backfill(
    server: embedded.EmbeddedServer, database: str, network: RunningNetwork, tmp_path: Path
) -> Iterator[Backfill]:
    """Yield a backfill, not started, and an Airflow with two workers."""
    start = get_current_hour() - (HOURS + 6) * HOUR
    (tmp_path / "dags").mkdir()
    code = DAGS.format(wires=list(WIRES), start=start.isoformat(), end=(start + HOURS * HOUR).isoformat())
    (tmp_path / "dags" / "desk.py").write_text(code)
    metadata = f"airflow_{secrets.token_hex(4)}"
    create_database(server, metadata, "template1")
    port, redis_port = find_free_ports(2)
    variables = {
        "COPYDESK_DATABASE_URL": database,
        "COPYDESK_SOURCES": str(network.sources_folder),
        "AIRFLOW__CORE__MAX_MAP_LENGTH": str(len(BATCHES)),
    }
    with celery_airflow(tmp_path, server.url(metadata), (port, redis_port), **variables) as airflow:
        airflow.run("pools", "import", str(DEPLOY / "pools.json"))
        for name in WORKERS:
            airflow.start_worker(name)
        yield Backfill(airflow, network, start, database, server.url(metadata))
    drop_database(server, metadata)


def test_backfill_of_two_workers_completes_although_one_is_killed(backfill: Backfill) -> None:
    backfill.create()
    wait_until(lambda: backfill.count_runs()["success"] >= HOURS // 4, BACKFILL_SECONDS)
    backfill.network.inject_fault("northgate", "hang", times=1)
    wait_until(lambda: bool(backfill.find_hung_worker()), BACKFILL_SECONDS)
    killed = backfill.find_hung_worker()
    backfill.airflow.kill(killed)
    killed_at = time.monotonic()
    wait_until(lambda: backfill.count_runs().keys() <= {"success", "failed"}, BACKFILL_SECONDS)
    assert backfill.count_runs() == {"success": HOURS}

    check_tasks(backfill)
    check_articles(backfill)
    check_ledgers(backfill)
    check_requests(backfill, killed, killed_at)


def check_tasks(backfill: Backfill) -> None:
    """Check that wires share tasks, and that the retry of the killed one did not crawl what its first try had."""
    labels = backfill.query("SELECT DISTINCT rendered_map_index FROM task_instance WHERE task_id LIKE 'wire.%'")
    assert {label for (label,) in labels} == BATCHES
    retries = backfill.airflow.list_logs("wire.crawl", attempt=2)
    assert any("harborpost (1 of 2): an earlier try has finished it" in text for text in retries)


def check_articles(backfill: Backfill) -> None:
    """Check that every article that the wires published in these hours is stored once."""
    sources = read_sources([backfill.network.sources_folder])
    truths = backfill.network.truth(backfill.start, backfill.end, datetime.now(UTC))
    published = {canonicalize(one.url, sources[one.wire].identity) for one in truths if one.wire in WIRES}
    assert len(published) > 2 * HOURS
    with closing(psycopg.connect(backfill.database)) as connection:
        stored = Counter(url for (url,) in connection.execute("SELECT canonical_url FROM copydesk.article"))
    assert sorted(published - stored.keys()) == []
    assert {url: count for url, count in stored.items() if count > 1} == {}


def check_ledgers(backfill: Backfill) -> None:
    """Check that the ledger of each run adds up, and counts the URLs that the run has requested, each once."""
    with closing(psycopg.connect(backfill.database)) as connection:
        runs = connection.execute("SELECT run_id, state, wires FROM copydesk.run WHERE dag_id = 'desk'").fetchall()
        assert len(runs) == HOURS
        for run_id, state, wires in runs:
            assert (state, set(wires)) == ("done", set(WIRES))
            run_key = make_run_key("desk", run_id)
            ledger = read_ledger(connection, run_key)
            ledger.check(run_id)
            fetched = connection.execute(
                "SELECT wire, count(*), count(DISTINCT url_key) FROM copydesk.fetch WHERE run_key = %s GROUP BY wire",
                (run_key,),
            ).fetchall()
            for wire, rows, urls in fetched:
                assert ledger.get(wire, "crawl", "scheduled") == rows == urls
            assert {ledger.get(wire, "crawl_result", "succeeded") for wire in WIRES} == {1}


def check_requests(backfill: Backfill, killed: str, killed_at: float) -> None:
    """Check in the server's log that both workers have crawled, and that they were never at one host at once.

    A crawl sends one request at a time and keeps the delay; so two requests with less between them are of two crawls.
    """
    requests = {wire: backfill.network.get_log(wire) for wire in WIRES}
    survivor = next(name for name in WORKERS if name != killed)
    workers = Counter(get_worker(one.user_agent) for log in requests.values() for one in log)
    print(f"articles and requests by worker: {dict(workers)}")
    assert workers.keys() == set(WORKERS)
    assert min(workers.values()) > len(WIRES)
    late = {get_worker(one.user_agent) for log in requests.values() for one in log if one.monotonic_at > killed_at + 5}
    assert late == {survivor}
    too_soon = [
        (wire, first.path, second.path, timedelta(seconds=second.monotonic_at - first.monotonic_at))
        for wire, log in requests.items()
        for first, second in pairwise(log)
        if second.monotonic_at - first.monotonic_at < DELAY_SECONDS
    ]
    assert too_soon == []
