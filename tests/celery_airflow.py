"""An Airflow with CeleryExecutor: Redis, a scheduler, an API server, a DAG processor and workers, all on loopback."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

PYTHON = Path(__file__).resolve().parents[1] / ".venv-celery" / "bin" / "python"
SLOTS = 2
"""Tasks at a time of each worker."""


def find_redis() -> str:
    """Return the path of Redis. Skip the test if it, or the environment with Celery, is missing; in CI, fail it."""
    program = shutil.which("redis-server", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
    missing = "" if program else "Redis is not installed (Debian: apt-get install redis-server)."
    if not PYTHON.exists():
        missing = missing or "Airflow's Celery executor is not installed (make setup-celery)."
    if missing:
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    return str(program)


@contextmanager
def running_redis(folder: Path, port: int) -> Iterator[str]:
    """Yield the URL of a Redis that keeps nothing on disk."""
    command = [find_redis(), "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"]
    command += ["--dir", str(folder), "--loglevel", "notice"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            lines = [""]
            while "Ready to accept connections" not in lines[-1] and (line := process.stdout.readline()):
                lines.append(line)
            assert "Ready to accept connections" in lines[-1], "".join(lines)
            yield f"redis://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(30)


@dataclass
class CeleryAirflow:
    """The processes of an Airflow, by name; each has a process group of its own, and its log in the folder."""

    folder: Path
    env: dict[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def run(self, *arguments: str) -> str:
        """Run an ``airflow`` command and return its standard output."""
        command = [str(PYTHON), "-P", "-m", "airflow", *arguments]
        done = subprocess.run(command, cwd=self.folder, env=self.env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{arguments}: {done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        return done.stdout

    def start(self, name: str, *arguments: str, env: Mapping[str, str] | None = None) -> None:
        """Start a component, with further variables."""
        with (self.folder / f"{name}.log").open("w") as log:
            self.processes[name] = subprocess.Popen(
                [str(PYTHON), "-P", "-m", "airflow", *arguments], cwd=self.folder, env=self.env | dict(env or {}),
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    def start_worker(self, name: str) -> None:
        """Start a worker; requests of its spiders carry its name."""
        arguments = ("celery", "worker", "--celery-hostname", f"{name}@127.0.0.1", "--concurrency", str(SLOTS))
        self.start(name, *arguments, "--skip-serve-logs", env={"COPYDESK_USER_AGENT": f"copydesk ({name})"})

    def list_logs(self, task: str, attempt: int) -> list[str]:
        """Return the logs of a task of all runs, for this attempt."""
        pattern = f"dag_id=*/run_id=*/task_id={task}/**/attempt={attempt}.log"
        return [path.read_text() for path in (self.folder / "airflow" / "logs").glob(pattern)]

    def kill(self, name: str) -> None:
        """Send SIGKILL to the process group of a component."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)

    def stop(self) -> None:
        """Stop all components, workers first; print the end of their logs for a test that fails."""
        for name, process in reversed(self.processes.items()):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(20)
            print(f"--- {name}\n{(self.folder / f'{name}.log').read_text()[-3000:]}")


@contextmanager
def celery_airflow(folder: Path, metadata: str, ports: tuple[int, int], **variables: str) -> Iterator[CeleryAirflow]:
    """Yield a running Airflow without workers.

    Args:
        folder: An empty folder; DAGs are read from ``dags`` in it.
        metadata: The URL of an empty database.
        ports: Of the API server and of Redis.
        variables: Further environment variables.
    """
    (folder / "dags").mkdir(exist_ok=True)
    port, redis_port = ports
    url = f"http://localhost:{port}"
    with ExitStack() as stack:
        broker = stack.enter_context(running_redis(folder, redis_port))
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("COPYDESK_", "AIRFLOW"))}
        env = kept | {
            "AIRFLOW_HOME": str(folder / "airflow"),
            "COPYDESK_HOME": str(folder / "copydesk"),
            "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__DAGS_FOLDER": str(folder / "dags"),
            "AIRFLOW__CORE__FERNET_KEY": "",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(port),
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__API__BASE_URL": url,
            "AIRFLOW__API__SECRET_KEY": secrets.token_hex(32),
            "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(64),
            "AIRFLOW__CELERY__BROKER_URL": f"{broker}/0",
            "AIRFLOW__CELERY__RESULT_BACKEND": f"{broker}/1",
            "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT": "7200",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": metadata.replace("postgresql:", "postgresql+psycopg:", 1),
            # Detect a killed worker within a minute; so are tasks that it had taken, but not started.
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "45",
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "10",
            "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": "60",
            "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL": "15",
            "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "60",  # of 5 s, a busy machine needs more
            **variables,
        }  # fmt: skip
        airflow = CeleryAirflow(folder, env)
        airflow.run("db", "migrate")
        stack.callback(airflow.stop)
        airflow.start("api-server", "api-server", "--workers", "1")
        airflow.start("dag-processor", "dag-processor")
        airflow.start("scheduler", "scheduler", "--skip-serve-logs")
        yield airflow
