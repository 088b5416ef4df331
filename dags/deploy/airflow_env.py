"""The embedded Airflow that `copydesk up` runs: its home folder, environment and components."""

from __future__ import annotations

import json
import os
import secrets
import sys
from base64 import urlsafe_b64encode
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg

from copydesk.pipeline.core.errors import NotFound
from copydesk.pipeline.core.private_folder import make_private_folder
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.core.wire_login import LOGIN_PREFIX
from copydesk.pipeline.db import locate_database
from copydesk.pipeline.db.session import assert_has_data
from copydesk.pipeline.process.fork import NO_FORK

ADMIN_USER = "admin"
COMPONENTS = {
    # Without log servers, which would listen on all interfaces; the api-server reads the log files directly.
    "api-server": ("api-server", "--workers", "1"),
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
}
"""The arguments of `airflow` for each component, in the order of starting."""

PASSTHROUGH_PREFIXES = (
    *(f"AIRFLOW__{section}__" for section in ("METRICS", "TRACES", "OPENLINEAGE", "SMTP", "EMAIL")),
    NO_FORK,
    LOGIN_PREFIX,
)
"""Prefixes of variables that are passed on to the embedded Airflow although they look like its own or Copydesk's:
where to send metrics, traces, lineage and mail, ``COPYDESK_NO_FORK``, and the logins of wires."""

LOCAL_SETTINGS_SOURCE = "from copydesk.dags.deploy.task_preload import preload_before_fork\n\npreload_before_fork()\n"
DAG_FOLDER = Path(__file__).resolve().parents[1]
EMBEDDED_VARIABLE = "COPYDESK_EMBEDDED_AIRFLOW"
"""Set for the checks of the Airflow that `copydesk up` runs, which needs no connection."""

DATABASE = "airflow"
"""The name of Airflow's database in the embedded server."""

REVISION_QUERY_PATH = Path(__file__).with_name("airflow_revision.sql")


@dataclass(frozen=True, slots=True)
class Installation:
    """The embedded Airflow of one data folder."""

    home: Path
    """The Airflow home folder."""

    url: str
    """The URL of the UI and of the REST API."""

    user: str
    """The name of the administrator."""

    password: str
    """The password of the administrator."""

    environment: dict[str, str]
    """The complete environment of its components and commands."""

    def build_command(self, *arguments: str) -> list[str]:
        """Return the command line that runs ``airflow`` with the current Python interpreter."""
        return [sys.executable, "-P", "-m", "airflow", *arguments]


def install_airflow(settings: Settings) -> Installation:
    """Create the home folder and its secrets if they are missing, and return how to run Airflow in it.

    The database is not started.
    """
    home = settings.airflow_home
    make_private_folder(settings.home)
    make_private_folder(home)
    stored_secrets = _load_or_create_secrets(home / "secrets.json")
    _write_private_file(
        home / "simple_auth_manager_passwords.json.generated", json.dumps({ADMIN_USER: stored_secrets["password"]})
    )
    (home / "config").mkdir(exist_ok=True)
    (home / "config" / "airflow_local_settings.py").write_text(LOCAL_SETTINGS_SOURCE)
    settings.user_dags_folder.mkdir(exist_ok=True)
    url = f"http://localhost:{settings.ui_port}"
    database = locate_database(settings, DATABASE).replace("postgresql://", "postgresql+psycopg://", 1)
    environment = {
        **{name: value for name, value in os.environ.items() if _is_passthrough(name)},
        # Commands of this virtual environment take precedence over the caller's PATH.
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONUNBUFFERED": "1",
        **settings.to_service_environment(),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAG_FOLDER),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": str(settings.parallelism),
        "AIRFLOW__CORE__MAX_MAP_LENGTH": "10000",  # so that each wire of a run has a task of its own
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__FERNET_KEY": stored_secrets["fernet"],
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{ADMIN_USER}:admin",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database,
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(settings.ui_port),
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__API__SECRET_KEY": stored_secrets["api"],
        "AIRFLOW__API_AUTH__JWT_SECRET": stored_secrets["jwt"],
        # The defaults are interpolated from the home folder's name, which fails if it contains a percent sign.
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(home / "plugins"),
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": str(home / "logs" / "dag_processor"),
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO",
        # Detect a killed worker within one minute instead of five.
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
        "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "30",
        # A task notices at its next heartbeat that its state was changed in the UI.
        "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "2",
        "AIRFLOW__DAG_PROCESSOR__DAG_VERSION_INFLATION_CHECK_LEVEL": "error",
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps(_list_bundles(settings)),
    }
    return Installation(home, url, ADMIN_USER, stored_secrets["password"], environment)


def find_airflow(settings: Settings) -> Installation:
    """Return how to run Airflow in the data folder of an earlier `up`; nothing is started.

    Raises:
        NotFound: There was no `up` in this data folder.
    """
    if not (settings.airflow_home / "secrets.json").exists():
        assert_has_data(settings)
        raise NotFound(f"There is no Airflow in {settings.home} yet.", "Run `copydesk up` first.")
    return install_airflow(settings)


def read_airflow_revision(url: str) -> str:
    """Return the latest migration of Airflow's own database; empty if it has no tables yet."""
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        try:
            row = connection.execute(REVISION_QUERY_PATH.read_bytes()).fetchone()
        except psycopg.errors.UndefinedTable:
            return ""
    return row[0] if row else ""


def _list_bundles(settings: Settings) -> list[dict[str, object]]:
    """Return the bundle of the packaged DAGs, under Airflow's default name, and that of the user's own DAGs."""
    classpath = "airflow.dag_processing.bundles.local.LocalDagBundle"
    own = {"path": str(settings.user_dags_folder), "refresh_interval": 30}  # seconds, so that new files appear soon
    return [
        {"name": "dags-folder", "classpath": classpath, "kwargs": {}},
        {"name": "own", "classpath": classpath, "kwargs": own},
    ]


def _is_passthrough(name: str) -> bool:
    """Return whether a variable of the caller is passed on: all except settings of Airflow and Copydesk."""
    return name.startswith(PASSTHROUGH_PREFIXES) or not name.startswith(("AIRFLOW__", "COPYDESK_"))


def _load_or_create_secrets(path: Path) -> dict[str, str]:
    if path.exists():
        stored: dict[str, str] = json.loads(path.read_text())
        return stored
    created = {
        "password": secrets.token_urlsafe(9),
        "fernet": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "api": secrets.token_hex(32),
        "jwt": secrets.token_hex(64),
    }
    _write_private_file(path, json.dumps(created))
    return created


def _write_private_file(path: Path, text: str) -> None:
    partial = path.with_name(path.name + ".partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        handle.write(text)
    partial.rename(path)
