"""Drive a running installation: start backfills, inject faults, kill processes, and inspect the result."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psutil
import psycopg

from copydesk.crawler.sample.ground_truth import Truth
from copydesk.crawler.sample.sample_wires import load_wires
from copydesk.dags.commands.demo import load_truth
from copydesk.dags.deploy.airflow_client import AirflowClient
from copydesk.dags.deploy.local_stack import make_daemons
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.db import embedded
from tests.acceptance.conftest import Installation, wait_until

HOUR = timedelta(hours=1)
RUNS = "dags/newswire/dagRuns"
ENDED = {"success", "failed"}
PER_DAY = 1440
"""Enough articles per day that a test's hours have some at night as well."""


@dataclass(frozen=True)
class InstallationDriver:
    """Drives an installation by REST and by the command line, and reads its tables."""

    installation: Installation
    rest: AirflowClient

    # Airflow

    def backfill(
        self, start: datetime, hours: int, wires: Sequence[str] = (), reprocess: str = "none", active: int = 2
    ) -> int:
        """Start a backfill of hourly windows; return its ID."""
        parameters = {
            "dag_id": "newswire", "from_date": start.isoformat(), "to_date": (start + (hours - 1) * HOUR).isoformat(),
            "reprocess_behavior": reprocess, "max_active_runs": active, "dag_run_conf": {"wires": list(wires)},
        }  # fmt: skip
        return int(self.rest.post("backfills", parameters)["id"])

    def await_backfill(self, number: int, seconds: float) -> None:
        wait_until(lambda: self.rest.get(f"backfills/{number}")["completed_at"] is not None, seconds)

    def trigger(self, start: datetime, hours: int = 1, wires: Sequence[str] = ()) -> str:
        """Trigger a run for a window; return its ID."""
        conf = {"wires": list(wires), "since": start.isoformat(), "until": (start + hours * HOUR).isoformat()}
        return str(self.rest.post(RUNS, {"logical_date": None, "conf": conf})["dag_run_id"])

    def await_run(self, run_id: str, seconds: float) -> str:
        """Wait until a run has ended; return its state."""
        wait_until(lambda: self.rest.get(f"{RUNS}/{run_id}")["state"] in ENDED, seconds)
        return str(self.rest.get(f"{RUNS}/{run_id}")["state"])

    def list_runs(self, start: datetime, hours: int) -> list[dict[str, Any]]:
        """Return the backfilled runs of these windows."""
        parameters = {"logical_date_gte": start.isoformat(), "logical_date_lt": (start + hours * HOUR).isoformat()}
        found = self.rest.get(RUNS, run_type="backfill", limit=100, **parameters)["dag_runs"]
        return list(found)

    def read_window(self, run_id: str) -> datetime:
        """Return the start of a run's window, as stored in the run's row."""
        ((start,),) = self.fetch_rows("SELECT window_start FROM copydesk.run WHERE run_id = %s", run_id)
        found: datetime = start
        return found

    def read_seconds(self, run_id: str) -> float:
        """Return the duration of a run in seconds, from when it was queued."""
        run = self.rest.get(f"{RUNS}/{run_id}")
        return (datetime.fromisoformat(run["end_date"]) - datetime.fromisoformat(run["queued_at"])).total_seconds()

    def read_tasks(self, run_id: str, task: str) -> dict[str, dict[str, Any]]:
        """Return a run's instances of a mapped task, by wire."""
        found = self.rest.get(f"{RUNS}/{run_id}/taskInstances", limit=200)["task_instances"]
        return {one["rendered_map_index"]: one for one in found if one["task_id"] == task}

    def count_other_runs(self) -> int:
        """Return how many runs have been started outside of backfills; most are scheduled ones."""
        dags = ("newswire", "maintain")
        found = [run for dag in dags for run in self.rest.get(f"dags/{dag}/dagRuns", limit=100)["dag_runs"]]
        return sum(run["run_type"] != "backfill" for run in found)

    def await_quiet(self, seconds: float = 240, ahead: float = 0) -> None:
        """Wait until no run is active and no scheduled run starts within ``ahead`` seconds."""

        def is_quiet() -> bool:
            dags = ("newswire", "maintain")
            found = [self.rest.get(f"dags/{dag}/dagRuns", limit=100)["dag_runs"] for dag in dags]
            soon = datetime.now(UTC) + timedelta(seconds=ahead)
            next_runs = [datetime.fromisoformat(self.rest.get(f"dags/{dag}")["next_dagrun_run_after"]) for dag in dags]
            return all(run["state"] in ENDED for runs in found for run in runs) and (not ahead or min(next_runs) > soon)

        wait_until(is_quiet, seconds + ahead)

    # Faults

    def inject_fault(self, wire: str, kind: str, **options: Any) -> None:
        """Inject a fault into a wire."""
        httpx.post(f"{self._control_url}/fault", json={"wire": wire, "kind": kind, **options}).raise_for_status()

    def clear_faults(self, wire: str = "") -> None:
        """Clear the faults of a wire, or of all wires."""
        httpx.post(f"{self._control_url}/clear", params={"wire": wire}).raise_for_status()

    @property
    def _control_url(self) -> str:
        return get_control_url(self.installation)

    def hang_next_spider(self, wire: str, seconds: float = 120) -> psutil.Process:
        """Make the wire's next spider wait for a response that never arrives; return that spider's process."""
        self.inject_fault(wire, "hang", times=1)
        return self.await_hanging(wire, seconds)

    def await_hanging(self, wire: str, seconds: float = 120) -> psutil.Process:
        """Wait until a spider waits for a response that a fault withholds; return its process."""
        wait_until(lambda: self._is_fault_reached(wire) and self.find_spider(wire) is not None, seconds)
        found = self.find_spider(wire)
        assert found is not None
        return found

    def _is_fault_reached(self, wire: str) -> bool:
        faults = httpx.get(f"{self._control_url}/").json()["wires"][wire]["faults"]
        return all(inject_fault["requests"] for inject_fault in faults)

    # Processes

    def find_component(self, name: str) -> psutil.Process:
        """Return the process of a component that `copydesk up` has started."""
        pid_file = (self.installation.home / "run" / f"{name}.pid").read_text()
        return psutil.Process(int(pid_file.split('"pid":')[1].split(",")[0]))

    def is_running(self) -> bool:
        """Return whether all components run, as `copydesk status` checks it."""
        return all(one.find_process() is not None for one in make_daemons(self.settings).values())

    def find_postgres(self) -> psutil.Process:
        number = embedded.find_pid(embedded.locate_server(self.settings))
        assert number is not None
        return psutil.Process(number)

    def find_spider(self, wire: str) -> psutil.Process | None:
        """Return the running spider of that wire in this data folder."""
        return next((one for one in self.list_spiders() if _read_title(one)[3:4] == [wire]), None)

    def list_spiders(self) -> list[psutil.Process]:
        """Return all running spiders of this data folder, including orphans."""
        found = []
        for process in psutil.process_iter():
            try:
                ours = process.cwd().startswith(str(self.installation.home))
                if ours and _read_title(process)[:3] == ["copydesk", "spider", "--"]:
                    found.append(process)
            except psutil.Error:
                continue
        return found

    # Results

    @property
    def settings(self) -> Settings:
        return Settings(
            home=self.installation.home,
            sample_port=int(self.installation.env["COPYDESK_SAMPLE_PORT"]),
            sample_per_day=PER_DAY,
        )

    @property
    def url(self) -> str:
        return embedded.locate_server(Settings(home=self.installation.home)).url("copydesk")

    def fetch_rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return rows of Copydesk's tables."""
        with psycopg.connect(self.url) as connection:
            return connection.execute(query.encode(), values).fetchall()

    def find_missing(self, start: datetime, hours: int, wires: Iterable[str]) -> tuple[list[str], int]:
        """Return the URLs that these wires published in the windows without a stored article, and the count of all.

        A page that was changed since then still counts as one URL.
        """
        parameters = set(wires)
        known = self.list_published(start, hours, parameters)
        here = {row[0] for row in self.fetch_rows("SELECT canonical_url FROM copydesk.article")}
        return sorted(known - here), len(known)

    def list_published(self, start: datetime, hours: int, wires: Collection[str]) -> set[str]:
        """Return the URLs that these wires published in the windows."""
        truth: dict[str, Truth] = load_truth(self.settings)
        end = start + hours * HOUR
        return {at for at, one in truth.items() if one.wire in wires and start <= one.published_at < end}

    def find_unbalanced(self, runs: Iterable[str]) -> list[str]:
        """Return the runs with an unbalanced ledger, computed from the tables and not by `report`."""
        found = []
        for run_id in runs:
            ((state, summary),) = self.fetch_rows("SELECT state, summary FROM copydesk.run WHERE run_id = %s", run_id)
            ((rows, urls),) = self.fetch_rows(
                "SELECT count(*), count(DISTINCT url_key) FROM copydesk.fetch JOIN copydesk.run USING (run_key)"
                " WHERE run_id = %s",
                run_id,
            )
            ((pages, resolved),) = self.fetch_rows(
                "SELECT count(DISTINCT p.page_id), count(DISTINCT r.page_id) FROM copydesk.run_page p"
                " JOIN copydesk.run ON run.run_key = p.run_key"
                " LEFT JOIN copydesk.page_result r USING (page_id) WHERE run.run_id = %s",
                run_id,
            )
            balanced = state == "done" and summary["scheduled"] == rows == urls
            if not (balanced and summary["pages"] == pages == resolved):
                found.append(
                    f"{run_id}: {state} {summary}; {rows} fetches of {urls} addresses, {pages} pages, {resolved}"
                )
        return found

    def check_health(self) -> None:
        """Check that `copydesk doctor` passes and that no spider runs."""
        done = self.installation.run("doctor")
        assert done.returncode == 0, done.stdout
        assert "not in a story" not in done.stdout
        assert self.list_spiders() == []


def start_with_faults(installation: Installation, faults: Mapping[str, Mapping[str, object]]) -> None:
    """Run `copydesk up`, and inject these faults before the scheduler starts."""
    return_codes: list[int] = []
    starting = threading.Thread(target=lambda: return_codes.append(installation.run("up", "--sample").returncode))
    starting.start()
    control = get_control_url(installation)

    def is_responding() -> bool:
        try:
            return httpx.get(f"{control}/").is_success
        except httpx.HTTPError:
            return False

    wait_until(is_responding, 120)
    for wire, fault in faults.items():
        httpx.post(f"{control}/fault", json={"wire": wire, **fault}).raise_for_status()
    starting.join(240)
    assert return_codes == [0]


def get_control_url(installation: Installation) -> str:
    """Return the URL of the control server of the sample wires."""
    return f"http://127.0.0.1:{int(installation.env['COPYDESK_SAMPLE_PORT']) + len(load_wires())}"


@contextmanager
def open_rest_client(installation: Installation) -> Iterator[AirflowClient]:
    """Yield a REST client with the installation's administrator account."""
    kept = json.loads((installation.home / "airflow" / "secrets.json").read_text())
    with AirflowClient(f"http://localhost:{installation.env['COPYDESK_UI_PORT']}", "admin", kept["password"]) as rest:
        yield rest


def _read_title(process: psutil.Process) -> list[str]:
    """Return the words of the process title, which psutil returns as one argument or as several."""
    return " ".join(process.cmdline()).split()


def kill(process: psutil.Process) -> None:
    """Send SIGKILL and wait until the process is gone."""
    os.kill(process.pid, signal.SIGKILL)
    psutil.wait_procs([process], timeout=10)


def is_alive(process: psutil.Process) -> bool:
    """Return whether the process runs; a zombie does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def measure_seconds_until(seconds: float, condition: Callable[[], bool]) -> float:
    """Return how many seconds it takes until the condition is true."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "timed out"
        time.sleep(0.05)
    return time.monotonic() - began


def get_current_hour() -> datetime:
    """Return the start of the current hour."""
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
