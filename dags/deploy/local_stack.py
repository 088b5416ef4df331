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

from copydesk.dags.deploy.launch_record import assert_same_launch, save_launch_record
from copydesk.pipeline.core.errors import DataFolderInaccessible, Permanent, PortBusy, Transient
from copydesk.pipeline.core.file_lock import file_lock
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.db import connect, embedded, get_database_url, migrate
from copydesk.pipeline.db.embedded import read_airflow_revision
from copydesk.pipeline.process.daemon import Daemon

if TYPE_CHECKING:
    from copydesk.dags.deploy.airflow_env import Installation


READY_TIMEOUT_SECONDS = 180


SAMPLE_PORTS = 16
"""How many consecutive ports the sample network may take."""


console = Console(stderr=True)


def make_daemons(settings: Settings) -> dict[str, Daemon]:
    """Everything that `up` may start besides the database, in the order of starting."""
    from copydesk.dags.deploy.airflow_env import COMPONENTS

    folder = settings.home / "run"
    return {name: Daemon(name, folder) for name in ("sample", *COMPONENTS)}


@contextmanager
def exclusive_lock(settings: Settings) -> Iterator[None]:
    """Be the only one who starts or ends what belongs to this data folder; another is waited for, and told of.

    Raises:
        DataFolderInaccessible: the data folder can't be made or used.
    """
    folder = settings.home / "run"
    waiting = "Another `copydesk` is starting or ending what runs here; waiting for it ..."
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock_file = folder / "turn.lock"
        lock_file.touch()
    except OSError as error:
        raise DataFolderInaccessible.from_os_error(settings.home, error) from None
    with file_lock(lock_file, on_wait=lambda: typer.echo(waiting, err=True)):
        yield


def start_all(settings: Settings, *, sample: bool) -> Installation:
    """Start what is missing and wait until all of it answers. Of several callers at once one starts it.

    Raises:
        PortBusy: another program listens where the UI or a sample wire should.
        Permanent: Airflow runs already, with other settings.
        DataFolderInaccessible: the data folder can't be made or used.
        Transient: something did not become ready in time; the message quotes its log.
    """
    with exclusive_lock(settings):
        return _start_all(settings, sample=sample)


def _start_all(settings: Settings, *, sample: bool) -> Installation:
    from copydesk.dags.deploy.airflow_env import COMPONENTS, install_airflow

    found = make_daemons(settings)
    if any(found[name].find_process() is not None for name in COMPONENTS):
        assert_same_launch(settings, sample=sample)
    if embedded.find_pid(embedded.locate_server(settings)) is None:
        # What still runs of Airflow has lost its database, and would end of it sooner or later.
        for name in COMPONENTS:
            found[name].stop(timeout_seconds=5)
    missing = [name for name in COMPONENTS if found[name].find_process() is None]
    # All that can be in the way is looked at before anything is started.
    if "api-server" in missing:
        check_port_free(settings.ui_port, "COPYDESK_UI_PORT")
    if sample and found["sample"].find_process() is None:
        for port in range(settings.sample_port, settings.sample_port + SAMPLE_PORTS):
            check_port_free(port, "COPYDESK_SAMPLE_PORT")
    save_launch_record(settings, sample=sample)
    with console.status("Starting the database ..."), connect(settings, autocommit=True) as connection:
        migrate(connection)
    if sample:
        settings = settings.model_copy(update={"sources": (settings.sample_folder / "sources",)})
        with console.status("Starting the sample wires ..."):
            _start_sample(settings, found["sample"])
    installation = install_airflow(settings)
    if missing:
        _migrate_airflow(settings, installation)
        for name in missing:
            found[name].start(installation.build_command(*COMPONENTS[name]), installation.environment)
    with console.status("Waiting for Airflow ..."):
        _wait_for_airflow(installation, {name: found[name] for name in COMPONENTS}, set(missing))
    return installation


def stop_all(settings: Settings) -> list[str]:
    """End everything, the scheduler and its tasks first and the database last; the names of what was running.

    Raises:
        DataFolderInaccessible: the data folder can't be used.
    """
    if not settings.home.exists():
        return []
    with exclusive_lock(settings):
        return _stop_all(settings)


def _stop_all(settings: Settings) -> list[str]:
    found = make_daemons(settings)
    # A scheduler waits for its tasks; they are interrupted all the same, and taken up again by their retries.
    stopped_names = ["scheduler"] if found["scheduler"].stop(timeout_seconds=5) else []
    others = [name for name in found if name != "scheduler"]
    with ThreadPoolExecutor(len(others)) as pool:  # each takes its seconds to end
        stopped = pool.map(lambda name: found[name].stop(timeout_seconds=15), others)
        stopped_names += [name for name, was_running in zip(others, stopped, strict=True) if was_running]
    if embedded.stop_server(settings):
        stopped_names.append("postgres")
    return stopped_names


def check_port_free(port: int, setting: str) -> None:
    """Make sure that a loopback port can be had.

    Raises:
        PortBusy: something listens there, or we may not.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            message = f"Port {port} may be used by the system's administrator only."
            raise PortBusy(message, f"Set {setting} to a port above 1023.") from None
        except OSError:
            raise PortBusy(
                f"Port {port} is taken by another program.", f"End that program, or set {setting} to a free port."
            ) from None


def wait_until(
    is_ready: Callable[[], bool],
    timeout_seconds: float,
    describe_failure: Callable[[], str],
    interval_seconds: float = 0.5,
) -> None:
    """Ask ``ready`` until it is, for programs that offer nothing else to wait for.

    Raises:
        Transient: it took longer than ``seconds``; ``failed`` words the message.
    """
    deadline = time.monotonic() + timeout_seconds
    while not is_ready():
        if time.monotonic() > deadline:
            raise Transient(
                describe_failure(), "`copydesk status` tells what runs; its log is in the data folder's run/."
            )
        time.sleep(interval_seconds)


def _start_sample(settings: Settings, daemon: Daemon) -> None:
    folder = settings.sample_folder
    ready = folder / "ready.json"
    if daemon.find_process() is None:
        ready.unlink(missing_ok=True)
        command = [
            sys.executable, "-m", "copydesk.crawler.sample", "serve", "--base-port", str(settings.sample_port),
            "--seed", str(settings.sample_seed), "--per-day", str(settings.sample_per_day),
            "--sources", str(folder / "sources"), "--ready-file", str(ready),
        ]  # fmt: skip
        (folder / "sources").mkdir(parents=True, exist_ok=True)
        daemon.start(command, {**os.environ, "PYTHONUNBUFFERED": "1"})

    def has_started() -> bool:
        if daemon.find_process() is None:
            raise Permanent(f"The sample wires ended at once: {daemon.read_log_tail().rstrip('.')}.")
        return ready.exists()

    wait_until(
        has_started, 60, lambda: f"The sample wires did not start: {daemon.read_log_tail()}.", interval_seconds=0.1
    )


def _run_airflow(installation: Installation, *arguments: str) -> None:
    done = subprocess.run(
        installation.build_command(*arguments),
        env=installation.environment,
        capture_output=True,
        text=True,
        check=False,
        cwd=installation.home,
    )
    if done.returncode:
        output = " ".join((done.stderr or done.stdout).split())[-400:]
        raise Transient(f"`airflow {' '.join(arguments)}` failed: {output}.", "Mend its cause and `copydesk up` again.")


def _migrate_airflow(settings: Settings, installation: Installation) -> None:
    """Bring Airflow's own tables up to date, unless this version of it has left them so: asking it takes seconds."""
    note = installation.home / "migrated"
    url = get_database_url(settings, "airflow")
    if note.exists() and note.read_text() == f"{version('apache-airflow')} {read_airflow_revision(url)}":
        return
    with console.status("Preparing Airflow's database ..."):
        _run_airflow(installation, "db", "migrate")
    note.write_text(f"{version('apache-airflow')} {read_airflow_revision(url)}")


def _wait_for_airflow(installation: Installation, components: dict[str, Daemon], started: set[str]) -> None:
    """Wait until it answers. A part that ran before and ends meanwhile is started, once: something has killed it."""
    from copydesk.dags.deploy.airflow_client import AirflowClient
    from copydesk.dags.deploy.airflow_env import COMPONENTS

    with AirflowClient(installation.url, installation.user, installation.password, timeout_seconds=5) as rest:

        def is_ready() -> bool:
            for name, daemon in components.items():
                if daemon.find_process() is None and name not in started:
                    started.add(name)
                    daemon.start(installation.build_command(*COMPONENTS[name]), installation.environment)
                elif daemon.find_process() is None:
                    raise Transient(
                        f"Airflow's {name} ended at once: {daemon.read_log_tail()}.", f"Read {daemon.log_path}."
                    )
            return rest.is_healthy()

        def describe_timeout() -> str:
            tails = " | ".join(f"{name}: {daemon.read_log_tail(1)}" for name, daemon in components.items())
            return f"Airflow was not ready after {READY_TIMEOUT_SECONDS} s ({tails})."

        wait_until(is_ready, READY_TIMEOUT_SECONDS, describe_timeout)


def _get_database_url(settings: Settings) -> str:
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    return embedded.locate_server(settings).url("copydesk")


def ui_url(settings: Settings) -> str:
    return f"http://localhost:{settings.ui_port}"


def read_sample_origins(folder: Path) -> dict[str, str]:
    """The address of each sample wire, as the running network told when it was ready."""
    ready: dict[str, dict[str, str]] = json.loads((folder / "ready.json").read_text())
    return ready["origins"]
