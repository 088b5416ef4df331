"""Start and stop the local processes of `copydesk up`: the embedded database, Airflow and the sample wires."""

from __future__ import annotations

import json
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
from copydesk.pipeline.core.child_environment import make_child_environment
from copydesk.pipeline.core.errors import DataFolderInaccessible, Permanent, PortBusy, Transient
from copydesk.pipeline.core.file_lock import file_lock
from copydesk.pipeline.core.private_folder import make_private_folder
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.db import connect, embedded, get_database_url, migrate
from copydesk.pipeline.db.session import lasting_server
from copydesk.pipeline.process.daemon import Daemon

if TYPE_CHECKING:
    from copydesk.dags.deploy.airflow_env import Installation


READY_TIMEOUT_SECONDS = 180
"""How long Airflow may take to become healthy, even on a slow, busy machine."""

SAMPLE_PORTS = 16
"""Number of consecutive ports that the sample network may use, one per wire."""


console = Console(stderr=True)


def make_daemons(settings: Settings) -> dict[str, Daemon]:
    """Return the processes that `up` can start besides the database, in the order of starting."""
    from copydesk.dags.deploy.airflow_env import COMPONENTS

    folder = settings.home / "run"
    return {name: Daemon(name, folder) for name in ("sample", *COMPONENTS)}


@contextmanager
def exclusive_lock(settings: Settings) -> Iterator[None]:
    """Lock the processes of the data folder for the block; if another `copydesk` has the lock, say so and wait.

    Raises:
        DataFolderInaccessible: The data folder cannot be created or used.
    """
    folder = settings.home / "run"
    waiting = "Waiting for another `copydesk` that is starting or stopping processes in this data folder ..."
    try:
        make_private_folder(settings.home)
        make_private_folder(folder)
        lock_file = folder / "turn.lock"
        lock_file.touch()
    except OSError as error:
        raise DataFolderInaccessible.from_os_error(settings.home, error) from None
    with file_lock(lock_file, on_wait=lambda: typer.echo(waiting, err=True)):
        yield


def start_all(settings: Settings, *, sample: bool) -> Installation:
    """Start all processes that are not running, and wait until Airflow is healthy. Concurrent calls start them once.

    Args:
        settings: The settings.
        sample: Whether to start the sample wires and crawl only those.

    Returns:
        How to reach the embedded Airflow.

    Raises:
        PortBusy: Another program uses a port of the UI or of a sample wire.
        Permanent: Airflow is already running with other settings.
        DataFolderInaccessible: The data folder cannot be created or used.
        Transient: A process did not become ready in time; the message quotes its log.
    """
    with exclusive_lock(settings), lasting_server(settings):
        return _start_all(settings, sample=sample)


def _start_all(settings: Settings, *, sample: bool) -> Installation:
    from copydesk.dags.deploy.airflow_env import COMPONENTS, install_airflow

    daemons = make_daemons(settings)
    if any(daemons[name].find_process() is not None for name in COMPONENTS):
        assert_same_launch(settings, sample=sample)
    if embedded.find_pid(embedded.locate_server(settings)) is None:
        # Components that are still running have lost their database and would fail sooner or later.
        for name in COMPONENTS:
            daemons[name].stop(timeout_seconds=5)
    missing = [name for name in COMPONENTS if daemons[name].find_process() is None]
    # Check all ports before anything is started.
    if "api-server" in missing:
        check_port_free(settings.ui_port, "COPYDESK_UI_PORT")
    if sample and daemons["sample"].find_process() is None:
        for port in range(settings.sample_port, settings.sample_port + SAMPLE_PORTS):
            check_port_free(port, "COPYDESK_SAMPLE_PORT")
    save_launch_record(settings, sample=sample)
    with console.status("Starting the database ..."), connect(settings) as connection:
        migrate(connection)
    if sample:
        settings = settings.model_copy(update={"sources": (settings.sample_folder / "sources",)})
        with console.status("Starting the sample wires ..."):
            _start_sample(settings, daemons["sample"])
    installation = install_airflow(settings)
    if missing:
        _migrate_airflow(settings, installation)
        for name in missing:
            daemons[name].start(installation.build_command(*COMPONENTS[name]), installation.environment)
    with console.status("Waiting for Airflow ..."):
        _wait_for_airflow(installation, {name: daemons[name] for name in COMPONENTS}, set(missing))
    return installation


def stop_all(settings: Settings) -> list[str]:
    """Stop all processes: the scheduler with its tasks first, the database last.

    Returns:
        The names of the processes that were running.

    Raises:
        DataFolderInaccessible: The data folder cannot be used.
    """
    if not settings.home.exists():
        return []
    with exclusive_lock(settings):
        return _stop_all(settings)


def _stop_all(settings: Settings) -> list[str]:
    daemons = make_daemons(settings)
    # The scheduler would wait for its tasks. They are interrupted instead, and retried later.
    stopped_names = ["scheduler"] if daemons["scheduler"].stop(timeout_seconds=5) else []
    others = [name for name in daemons if name != "scheduler"]
    with ThreadPoolExecutor(len(others)) as pool:  # each one takes seconds to stop
        stopped = pool.map(lambda name: daemons[name].stop(timeout_seconds=15), others)
        stopped_names += [name for name, was_running in zip(others, stopped, strict=True) if was_running]
    if embedded.stop_server(settings):
        stopped_names.append("postgres")
    return stopped_names


def check_port_free(port: int, setting: str) -> None:
    """Check that a loopback port is free.

    Args:
        port: The port.
        setting: The environment variable that sets it, for the error message.

    Raises:
        PortBusy: Another program uses the port, or this user may not bind it.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            message = f"Port {port} requires administrator rights."
            raise PortBusy(message, f"Set {setting} to a port above 1023.") from None
        except OSError:
            raise PortBusy(
                f"Port {port} is used by another program.", f"Stop that program, or set {setting} to a free port."
            ) from None


def wait_until(
    is_ready: Callable[[], bool],
    timeout_seconds: float,
    describe_failure: Callable[[], str],
    interval_seconds: float = 0.5,
) -> None:
    """Poll until a program is ready, for programs that do not signal it.

    Args:
        is_ready: Called repeatedly; it may raise to stop waiting.
        timeout_seconds: Maximum time to wait.
        describe_failure: Returns the message of the error on a timeout.
        interval_seconds: Time between two calls.

    Raises:
        Transient: The program was not ready in time.
    """
    deadline = time.monotonic() + timeout_seconds
    while not is_ready():
        if time.monotonic() > deadline:
            raise Transient(
                describe_failure(), "See `copydesk status`, and the logs in the `run` folder of the data folder."
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
        make_private_folder(folder)
        (folder / "sources").mkdir(exist_ok=True)
        daemon.start(command, {**make_child_environment(), "PYTHONUNBUFFERED": "1"})

    def has_started() -> bool:
        if daemon.find_process() is None:
            raise Permanent(f"The sample wires exited at once: {daemon.read_log_tail().rstrip('.')}.")
        return ready.exists()

    wait_until(
        has_started, 60, lambda: f"The sample wires failed to start: {daemon.read_log_tail()}.", interval_seconds=0.1
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
        raise Transient(
            f"`airflow {' '.join(arguments)}` failed: {output}.", "Fix the cause and run `copydesk up` again."
        )


def _migrate_airflow(settings: Settings, installation: Installation) -> None:
    """Migrate Airflow's metadata database, unless a marker file says that this version has done so.

    The marker file saves seconds, because Airflow's own check loads all of Airflow.
    """
    from copydesk.dags.deploy.airflow_env import DATABASE, read_airflow_revision

    marker = installation.home / "migrated"
    url = get_database_url(settings, DATABASE)
    if marker.exists() and marker.read_text() == f"{version('apache-airflow')} {read_airflow_revision(url)}":
        return
    with console.status("Preparing Airflow's database ..."):
        _run_airflow(installation, "db", "migrate")
    marker.write_text(f"{version('apache-airflow')} {read_airflow_revision(url)}")


def _wait_for_airflow(installation: Installation, components: dict[str, Daemon], started: set[str]) -> None:
    """Wait until Airflow is healthy. A component that was already running and exits meanwhile is restarted once."""
    from copydesk.dags.deploy.airflow_client import AirflowClient
    from copydesk.dags.deploy.airflow_env import COMPONENTS

    with AirflowClient(installation.url, installation.user, installation.password, timeout_seconds=5) as client:

        def is_ready() -> bool:
            for name, daemon in components.items():
                if daemon.find_process() is None and name not in started:
                    started.add(name)
                    daemon.start(installation.build_command(*COMPONENTS[name]), installation.environment)
                elif daemon.find_process() is None:
                    raise Transient(
                        f"Airflow's {name} exited at once: {daemon.read_log_tail()}.", f"See {daemon.log_path}."
                    )
            return client.is_healthy()

        def describe_timeout() -> str:
            tails = " | ".join(f"{name}: {daemon.read_log_tail(1)}" for name, daemon in components.items())
            return f"Airflow was not ready after {READY_TIMEOUT_SECONDS} s ({tails})."

        wait_until(is_ready, READY_TIMEOUT_SECONDS, describe_timeout)


def ui_url(settings: Settings) -> str:
    """Return the URL of Airflow's UI."""
    return f"http://localhost:{settings.ui_port}"


def read_sample_origins(folder: Path) -> dict[str, str]:
    """Return the URL of each running sample wire, from the file that the network wrote when it was ready.

    Args:
        folder: The folder of the sample network.
    """
    ready: dict[str, dict[str, str]] = json.loads((folder / "ready.json").read_text())
    return ready["origins"]
