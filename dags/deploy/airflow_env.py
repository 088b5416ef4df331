"""The Airflow that `copydesk up` runs: its home, its environment, its components."""

from __future__ import annotations

import json
import os
import secrets
import sys
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from pathlib import Path

from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.db import get_database_url
from copydesk.pipeline.process.fork import NO_FORK

ADMIN_USER = "admin"
COMPONENTS = {
    # The log servers would listen on every interface; the api-server reads the same files.
    "api-server": ("api-server", "--workers", "1"),
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
}
PASSTHROUGH_PREFIXES = (
    *(f"AIRFLOW__{section}__" for section in ("METRICS", "TRACES", "OPENLINEAGE", "SMTP", "EMAIL")),
    NO_FORK,
)
"""Airflow's settings of where it tells what, the user's own, and what of ours is no setting of ``Settings``."""
LOCAL_SETTINGS_SOURCE = "from copydesk.dags.deploy.task_preload import preload_before_fork\n\nload_before_fork()\n"
DAG_FOLDER = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Installation:
    """One embedded Airflow: the environment its components and commands run in, and how to log in."""

    home: Path
    url: str
    user: str
    password: str
    environment: dict[str, str]

    def build_command(self, *arguments: str) -> list[str]:
        """The command line that runs ``airflow`` of this very Python."""
        return [sys.executable, "-P", "-m", "airflow", *arguments]


def install_airflow(settings: Settings) -> Installation:
    """Make the home folder with its secrets where it is missing, and describe how to run Airflow in it."""
    home = settings.airflow_home
    home.mkdir(parents=True, exist_ok=True)
    stored_secrets = _load_or_create_secrets(home / "secrets.json")
    _write_private_file(
        home / "simple_auth_manager_passwords.json.generated", json.dumps({ADMIN_USER: stored_secrets["password"]})
    )
    (home / "config").mkdir(exist_ok=True)
    (home / "config" / "airflow_local_settings.py").write_text(LOCAL_SETTINGS_SOURCE)
    settings.user_dags_folder.mkdir(exist_ok=True)
    url = f"http://localhost:{settings.ui_port}"
    database = get_database_url(settings, "airflow").replace("postgresql://", "postgresql+psycopg://", 1)
    environment = {
        **{name: value for name, value in os.environ.items() if _is_passthrough(name)},
        # The commands of this very environment are found first, whatever the caller's PATH says.
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONUNBUFFERED": "1",
        "COPYDESK_HOME": str(settings.home),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAG_FOLDER),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": str(settings.parallelism),
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
        # By default these are put together from the home's name, in a way that fails where it holds a percent sign.
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(home / "plugins"),
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": str(home / "logs" / "dag_processor"),
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO",
        # A task whose worker was killed is noticed within a minute instead of five.
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
        "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "30",
        # A task that is marked in the UI learns of it when it next tells that it lives.
        "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "2",
        "AIRFLOW__DAG_PROCESSOR__DAG_VERSION_INFLATION_CHECK_LEVEL": "error",
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps(_list_bundles(settings)),
    }
    for name in (
        "extract_seconds", "extract_megabytes", "max_page_bytes", "late_minutes", "approval_hours", "notifier",
    ):  # fmt: skip
        environment[f"COPYDESK_{name.upper()}"] = str(getattr(settings, name))
    for name in ("keep_page_days", "keep_quarantine_days"):
        kept_days = getattr(settings, name)
        environment[f"COPYDESK_{name.upper()}"] = "" if kept_days is None else str(kept_days)
    environment["COPYDESK_NOTIFIER_ARGUMENTS"] = json.dumps(settings.notifier_arguments)
    if settings.sources:
        environment["COPYDESK_SOURCES"] = os.pathsep.join(str(folder) for folder in settings.sources)
    if settings.database_url is not None:
        environment["COPYDESK_DATABASE_URL"] = settings.database_url.get_secret_value()
    return Installation(home, url, ADMIN_USER, stored_secrets["password"], environment)


def _list_bundles(settings: Settings) -> list[dict[str, object]]:
    """Our DAGs, by the name that Airflow gives to its DAGs folder, and the user's, where a new file is seen soon."""
    kind = "airflow.dag_processing.bundles.local.LocalDagBundle"
    own = {"path": str(settings.user_dags_folder), "refresh_interval": 30}
    return [
        {"name": "dags-folder", "classpath": kind, "kwargs": {}},
        {"name": "own", "classpath": kind, "kwargs": own},
    ]


def _is_passthrough(name: str) -> bool:
    """Whether a variable of the caller's reaches Airflow: all do but its settings and ours that are set here."""
    return name.startswith(PASSTHROUGH_PREFIXES) or not name.startswith(("AIRFLOW__", "COPYDESK_"))


def _load_or_create_secrets(path: Path) -> dict[str, str]:
    if path.exists():
        stored: dict[str, str] = json.loads(path.read_text())
        return stored
    made = {
        "password": secrets.token_urlsafe(9),
        "fernet": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "api": secrets.token_hex(32),
        "jwt": secrets.token_hex(64),
    }
    _write_private_file(path, json.dumps(made))
    return made


def _write_private_file(path: Path, text: str) -> None:
    partial = path.with_name(path.name + ".partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        handle.write(text)
    partial.rename(path)
