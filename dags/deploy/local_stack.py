"""What `copydesk up` starts on this machine: the embedded database, Airflow with its UI, and the sample wires."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console

from copydesk.dags.deploy.launch_record import check_note, write_note
from copydesk.pipeline.core.errors import DataFolderRights, Permanent, PortBusy, Transient
from copydesk.pipeline.core.file_lock import hold
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.db import connect, database_url, embedded, migrate
from copydesk.pipeline.db.embedded import read_revision
from copydesk.pipeline.process.daemon import Daemon

if TYPE_CHECKING:
    from copydesk.dags.deploy.airflow_env import Installation


READY_SECONDS = 180


SAMPLE_WIRES = 16
"""How many consecutive ports the sample network may take."""


progress = Console(stderr=True)


def daemons(settings: Settings) -> dict[str, Daemon]:
    """Everything that `up` may start besides the database, in the order of starting."""
    from copydesk.dags.deploy.airflow_env import COMPONENTS

    folder = settings.home / "run"
    return {name: Daemon(name, folder) for name in ("sample", *COMPONENTS)}


@contextmanager
def take_turn(settings: Settings) -> Iterator[None]:
    """Be the only one who starts or ends what belongs to this data folder; another is waited for, and told of.

    Raises:
        DataFolderRights: the data folder can't be made or used.
    """
    folder = settings.home / "run"
    waiting = "Another `copydesk` is starting or ending what runs here; waiting for it ..."
    try:
        folder.mkdir(parents=True, exist_ok=True)
        turn = folder / "turn.lock"
        turn.touch()
    except OSError as error:
        raise DataFolderRights.at(settings.home, error) from None
    with hold(turn, on_wait=lambda: typer.echo(waiting, err=True)):
        yield


def start_all(settings: Settings, *, sample: bool) -> Installation:
    """Start what is missing and wait until all of it answers. Of several callers at once one starts it.

    Raises:
        PortBusy: another program listens where the UI or a sample wire should.
        Permanent: Airflow runs already, with other settings.
        DataFolderRights: the data folder can't be made or used.
        Transient: something did not become ready in time; the message quotes its log.
    """
    with take_turn(settings):
        return _start_all(settings, sample=sample)


def _start_all(settings: Settings, *, sample: bool) -> Installation:
    from copydesk.dags.deploy.airflow_env import COMPONENTS, install

    found = daemons(settings)
    if any(found[name].find() is not None for name in COMPONENTS):
        check_note(settings, sample=sample)
    if embedded.find_pid(embedded.locate(settings)) is None:
        # What still runs of Airflow has lost its database, and would end of it sooner or later.
        for name in COMPONENTS:
            found[name].stop(seconds=5)
    missing = [name for name in COMPONENTS if found[name].find() is None]
    # All that can be in the way is looked at before anything is started.
    if "api-server" in missing:
        check_port(settings.ui_port, "COPYDESK_UI_PORT")
    if sample and found["sample"].find() is None:
        for port in range(settings.sample_port, settings.sample_port + SAMPLE_WIRES):
            check_port(port, "COPYDESK_SAMPLE_PORT")
    write_note(settings, sample=sample)
    with progress.status("Starting the database ..."), connect(settings, autocommit=True) as connection:
        migrate(connection)
    if sample:
        settings = settings.model_copy(update={"sources": (settings.sample_folder / "sources",)})
        with progress.status("Starting the sample wires ..."):
            _start_sample(settings, found["sample"])
    installation = install(settings)
    if missing:
        _migrate_airflow(settings, installation)
        for name in missing:
            found[name].start(installation.command(*COMPONENTS[name]), installation.environment)
    with progress.status("Waiting for Airflow ..."):
        _await_airflow(installation, {name: found[name] for name in COMPONENTS}, set(missing))
    return installation


def stop_all(settings: Settings) -> list[str]:
    """End everything, the scheduler and its tasks first and the database last; the names of what was running.

    Raises:
        DataFolderRights: the data folder can't be used.
    """
    if not settings.home.exists():
        return []
    with take_turn(settings):
        return _stop_all(settings)


def _stop_all(settings: Settings) -> list[str]:
    found = daemons(settings)
    # A scheduler waits for its tasks; they are interrupted all the same, and taken up again by their retries.
    ended = ["scheduler"] if found["scheduler"].stop(seconds=5) else []
    others = [name for name in found if name != "scheduler"]
    with ThreadPoolExecutor(len(others)) as pool:  # each takes its seconds to end
        stopped = pool.map(lambda name: found[name].stop(seconds=15), others)
        ended += [name for name, was_running in zip(others, stopped, strict=True) if was_running]
    if embedded.stop(settings):
        ended.append("postgres")
    return ended


def check_port(port: int, setting: str) -> None:
    """Make sure that a loopback port can be had.

    Raises:
        PortBusy: something listens there, or we may not.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            told = f"Port {port} may be used by the system's administrator only."
            raise PortBusy(told, f"Set {setting} to a port above 1023.") from None
        except OSError:
            raise PortBusy(
                f"Port {port} is taken by another program.", f"End that program, or set {setting} to a free port."
            ) from None


def wait_until(ready: Callable[[], bool], seconds: float, failed: Callable[[], str], every: float = 0.5) -> None:
    """Ask ``ready`` until it is, for programs that offer nothing else to wait for.

    Raises:
        Transient: it took longer than ``seconds``; ``failed`` words the message.
    """
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise Transient(failed(), "`copydesk status` tells what runs; its log is in the data folder's run/.")
        time.sleep(every)


def _start_sample(settings: Settings, daemon: Daemon) -> None:
    folder = settings.sample_folder
    ready = folder / "ready.json"
    if daemon.find() is None:
        ready.unlink(missing_ok=True)
        command = [
            sys.executable, "-m", "copydesk.crawler.sample", "serve", "--base-port", str(settings.sample_port),
            "--seed", str(settings.sample_seed), "--per-day", str(settings.sample_per_day),
            "--sources", str(folder / "sources"), "--ready-file", str(ready),
        ]  # fmt: skip
        (folder / "sources").mkdir(parents=True, exist_ok=True)
        daemon.start(command, {**os.environ, "PYTHONUNBUFFERED": "1"})

    def has_started() -> bool:
        if daemon.find() is None:
            raise Permanent(f"The sample wires ended at once: {daemon.read_tail().rstrip('.')}.")
        return ready.exists()

    wait_until(has_started, 60, lambda: f"The sample wires did not start: {daemon.read_tail()}.", every=0.1)


def _run_airflow(installation: Installation, *arguments: str) -> None:
    done = subprocess.run(
        installation.command(*arguments),
        env=installation.environment,
        capture_output=True,
        text=True,
        check=False,
        cwd=installation.home,
    )
    if done.returncode:
        told = " ".join((done.stderr or done.stdout).split())[-400:]
        raise Transient(f"`airflow {' '.join(arguments)}` failed: {told}.", "Mend its cause and `copydesk up` again.")


def _migrate_airflow(settings: Settings, installation: Installation) -> None:
    """Bring Airflow's own tables up to date, unless this version of it has left them so: asking it takes seconds."""
    note = installation.home / "migrated"
    url = database_url(settings, "airflow")
    if note.exists() and note.read_text() == f"{version('apache-airflow')} {read_revision(url)}":
        return
    with progress.status("Preparing Airflow's database ..."):
        _run_airflow(installation, "db", "migrate")
    note.write_text(f"{version('apache-airflow')} {read_revision(url)}")


def _await_airflow(installation: Installation, parts: dict[str, Daemon], started: set[str]) -> None:
    """Wait until it answers. A part that ran before and ends meanwhile is started, once: something has killed it."""
    from copydesk.dags.deploy.airflow_client import Rest
    from copydesk.dags.deploy.airflow_env import COMPONENTS

    with Rest(installation.url, installation.user, installation.password, seconds=5) as rest:

        def is_ready() -> bool:
            for name, daemon in parts.items():
                if daemon.find() is None and name not in started:
                    started.add(name)
                    daemon.start(installation.command(*COMPONENTS[name]), installation.environment)
                elif daemon.find() is None:
                    raise Transient(f"Airflow's {name} ended at once: {daemon.read_tail()}.", f"Read {daemon.log}.")
            return rest.is_healthy()

        def tell() -> str:
            tails = " | ".join(f"{name}: {daemon.read_tail(1)}" for name, daemon in parts.items())
            return f"Airflow was not ready after {READY_SECONDS} s ({tails})."

        wait_until(is_ready, READY_SECONDS, tell)


def show_database(settings: Settings) -> str:
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    return embedded.locate(settings).url("copydesk")


def ui_url(settings: Settings) -> str:
    return f"http://localhost:{settings.ui_port}"


def read_sample_origins(folder: Path) -> dict[str, str]:
    """The address of each sample wire, as the running network told when it was ready."""
    told: dict[str, dict[str, str]] = json.loads((folder / "ready.json").read_text())
    return told["origins"]
