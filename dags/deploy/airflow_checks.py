"""Checks of the Airflow that runs the DAGs: its configuration, its processes and what it knows about them.

`copydesk doctor` runs this module in a process of its own, with the environment of that Airflow: importing Airflow
changes an interpreter, and may itself fail.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

import copydesk
from copydesk.dags.deploy.airflow_env import DAG_FOLDER, EMBEDDED_VARIABLE
from copydesk.dags.factories.dag_options import DEFAULT_TAG
from copydesk.dags.support.airflow_settings import CONNECTION_ID, make_database_url
from copydesk.pipeline.core.errors import CopydeskError, Permanent
from copydesk.pipeline.core.settings import Settings, load_settings

CONNECT_TIMEOUT_SECONDS = 5
"""A database that needs longer to answer is too far away for tasks."""

METADATA_CHECK = "airflow metadata"
_DATABASE_CHECKS = frozenset({"airflow processes", "airflow dags", "airflow imports"})


def check_version(_: Settings) -> str:
    """Check that Airflow has a version that Copydesk supports."""
    from packaging.requirements import Requirement

    installed = version("apache-airflow-core")
    try:
        needed = [Requirement(one) for one in requires("copydesk") or ()]
    except PackageNotFoundError:
        return installed
    for requirement in needed:
        if requirement.name in {"apache-airflow", "apache-airflow-core"} and installed not in requirement.specifier:
            raise Permanent(
                f"Airflow {installed} is installed, but Copydesk needs {requirement.specifier}.",
                f"Install apache-airflow{requirement.specifier}.",
            )
    return installed


def check_packages(_: Settings) -> str:
    """Check that no file or folder of the user hides the package ``copydesk`` or is hidden by it."""
    from airflow.configuration import conf

    own = Path(copydesk.__file__).resolve().parent
    folders = [conf.get("core", "dags_folder"), conf.get("core", "plugins_folder")]
    folders += [str(Path(os.environ.get("AIRFLOW_HOME", "~/airflow")).expanduser() / "config")]
    folders += os.environ.get("PYTHONPATH", "").split(os.pathsep)
    folders += [str(bundle.get("kwargs", {}).get("path", "")) for bundle in _list_bundles()]
    for folder in filter(None, folders):
        for other in (Path(folder) / "copydesk", Path(folder) / "copydesk.py"):
            if other.exists() and other.resolve() not in {own, own / "__init__.py"}:
                raise Permanent(
                    f"{other} has the same name as the package copydesk, so imports find the wrong one.", "Rename it."
                )
    return str(own)


def check_executor(settings: Settings) -> str:
    """Check that tasks that run on other machines have a database to connect to."""
    from airflow.configuration import conf

    executors = [name.strip() for name in str(conf.get("core", "executor")).split(",")]
    local = all(name.rpartition(".")[2] == "LocalExecutor" for name in executors)
    if not local and settings.database_url is None and not _has_connection():
        raise Permanent(
            f"{', '.join(executors)} may run tasks on other machines, which cannot use the embedded database.",
            f"Create the Airflow connection {CONNECTION_ID}, or use LocalExecutor.",
        )
    return ", ".join(executors)


def check_connection(settings: Settings) -> str:
    """Check that the connection exists, and that its database responds."""
    import psycopg
    from airflow.models.connection import Connection

    if settings.database_url is not None:
        return "not needed: COPYDESK_DATABASE_URL is set"
    if not _has_connection():
        if os.environ.get(EMBEDDED_VARIABLE):
            return "not needed: the embedded database is used"
        raise Permanent(
            f"Airflow has no connection {CONNECTION_ID}, so tasks would start their own database.",
            f"Run `airflow connections add {CONNECTION_ID} --conn-uri postgresql://USER:PASSWORD@HOST/DATABASE`.",
        )
    connection = Connection.get_connection_from_secrets(CONNECTION_ID)
    if connection.conn_type not in {"postgres", "postgresql"}:
        raise Permanent(
            f"The connection {CONNECTION_ID} has the type {connection.conn_type}.", "Change its type to postgres."
        )
    url = make_database_url(connection).get_secret_value()
    try:
        with psycopg.connect(url, connect_timeout=CONNECT_TIMEOUT_SECONDS, autocommit=True) as database:
            row = database.execute("SELECT to_regclass('copydesk.run') IS NOT NULL").fetchone()
    except psycopg.Error as error:
        raise Permanent(
            f"The database of the connection {CONNECTION_ID} does not respond: {str(error).strip().splitlines()[0]}.",
            "Correct the connection, or start the server.",
        ) from None
    if row != (True,):
        raise Permanent(
            f"The database of the connection {CONNECTION_ID} does not have Copydesk's tables.",
            "Run `copydesk db migrate` with its address in COPYDESK_DATABASE_URL.",
        )
    return f"{connection.host or 'local socket'}/{connection.schema}"


def check_plugin(_: Settings) -> str:
    """Check that Airflow loads the plugin."""
    from airflow import plugins_manager

    plugins, errors = plugins_manager._get_plugins()
    for source, error in errors.items():
        if "copydesk" in f"{source} {error}".lower():
            raise Permanent(
                f"Airflow cannot load the plugin: {error}.", "Remove the other plugin, or reinstall Copydesk."
            )
    if not any(type(plugin).__module__.startswith("copydesk.") or plugin.name == "copydesk" for plugin in plugins):
        raise Permanent(
            "Airflow cannot find Copydesk's plugin.", "Install Copydesk in the environment of the api-server."
        )
    return "loaded"


def check_notifier(settings: Settings) -> str:
    """Check that the notifier can be imported and created."""
    from copydesk.dags.alerts.notify import make_notifier

    if not settings.notifier:
        return "none configured"
    make_notifier(settings)
    return settings.notifier


def check_metadata(_: Settings) -> str:
    """Check that Airflow's metadata database responds and is migrated."""
    from airflow.utils.db import check_migrations
    from sqlalchemy.exc import SQLAlchemyError

    try:
        check_migrations(timeout=1)  # type: ignore[no-untyped-call]
    except TimeoutError:
        raise Permanent("Airflow's metadata database is not migrated.", "Run `airflow db migrate`.") from None
    except SQLAlchemyError as error:
        raise Permanent(
            f"Airflow's metadata database does not respond: {str(error).splitlines()[0]}.",
            "Start it, or correct `sql_alchemy_conn` in the section [database].",
        ) from None
    return "migrated"


def check_processes(_: Settings) -> str:
    """Check that the scheduler, the DAG processor and the triggerer are running."""
    from airflow.api.common.airflow_health import HEALTHY, get_airflow_health

    health = get_airflow_health()
    uses = {
        "scheduler": ("scheduler", "no task is started"),
        "dag_processor": ("dag-processor", "new DAGs are not found and failed runs are not reported"),
        "triggerer": ("triggerer", "late runs are not reported"),
    }
    stopped = [name for name in uses if health[name]["status"] != HEALTHY]
    if stopped:
        effects = "; ".join(f"without a running {uses[name][0]}, {uses[name][1]}" for name in stopped)
        commands = " and ".join(f"`airflow {uses[name][0]}`" for name in stopped)
        raise Permanent(f"{effects[0].upper()}{effects[1:]}.", f"Start {commands}.")
    return "scheduler, dag-processor and triggerer are running"


def check_dags(_: Settings) -> str:
    """Check that Airflow has DAGs of Copydesk, and that none is paused."""
    from airflow.models.dag import DagModel, DagTag
    from airflow.utils.session import create_session
    from sqlalchemy import select

    configured = any(_is_own_folder(bundle) for bundle in _list_bundles()) or _is_dags_folder()
    with create_session() as session:
        tagged = select(DagTag.dag_id).where(DagTag.name == DEFAULT_TAG)
        query = select(DagModel.dag_id, DagModel.is_paused).where(
            DagModel.dag_id.in_(tagged), DagModel.is_stale.is_(False)
        )
        paused_by_dag = {row.dag_id: row.is_paused for row in session.execute(query)}
    if not configured and not paused_by_dag:
        raise Permanent(
            "Airflow has none of Copydesk's DAGs: their bundle is not configured.",
            "Set AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST to the output of `copydesk bundle`.",
        )
    if not paused_by_dag:
        raise Permanent(
            "Airflow has not parsed Copydesk's DAGs yet.", "Wait a minute, or run `airflow dags reserialize`."
        )
    paused = sorted(dag_id for dag_id, is_paused in paused_by_dag.items() if is_paused)
    if paused:
        commands = "; ".join(f"airflow dags unpause {dag_id}" for dag_id in paused)
        raise Permanent(f"Paused DAGs do not run: {', '.join(paused)}.", f"Run `{commands}`.")
    return ", ".join(sorted(paused_by_dag))


def check_imports(_: Settings) -> str:
    """Check that no DAG file that uses Copydesk fails to import."""
    from airflow.models.errors import ParseImportError
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        query = select(ParseImportError.filename, ParseImportError.bundle_name, ParseImportError.stacktrace)
        failed = [row for row in session.execute(query) if "copydesk" in f"{row.bundle_name} {row.stacktrace}".lower()]
    if failed:
        first = failed[0]
        reason = str(first.stacktrace).strip().splitlines()[-1]
        raise Permanent(
            f"Airflow cannot import {first.filename} of the bundle {first.bundle_name}: {reason}.",
            "Correct the file or its environment; `airflow dags list-import-errors` shows the whole error.",
        )
    return "no errors"


CHECKS: tuple[tuple[str, Callable[[Settings], str]], ...] = (
    ("airflow version", check_version),
    ("airflow packages", check_packages),
    ("airflow plugin", check_plugin),
    ("airflow notifier", check_notifier),
    (METADATA_CHECK, check_metadata),
    ("airflow executor", check_executor),
    ("airflow connection", check_connection),
    ("airflow processes", check_processes),
    ("airflow dags", check_dags),
    ("airflow imports", check_imports),
)
"""The checks by name, in the order in which they are shown."""


def run_checks(settings: Settings) -> list[tuple[str, bool, str]]:
    """Run all checks; those that read the metadata database are skipped if it does not respond.

    Returns:
        The name of each check, whether it passed, and what was found, with a remedy if it failed.
    """
    results: list[tuple[str, bool, str]] = []
    for name, check in CHECKS:
        if name in _DATABASE_CHECKS and (METADATA_CHECK, False) in [result[:2] for result in results]:
            results.append((name, False, "skipped: Airflow's metadata database does not respond."))
            continue
        try:
            results.append((name, True, check(settings)))
        except CopydeskError as error:
            results.append((name, False, str(error)))
        except Exception as error:  # noqa: BLE001 - Airflow may raise anything if it is misconfigured
            results.append((name, False, f"{type(error).__name__}: {str(error).strip() or 'no message'}."))
    return results


def _has_connection() -> bool:
    from airflow.models.connection import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        Connection.get_connection_from_secrets(CONNECTION_ID)
    except AirflowNotFoundException:
        return False
    return True


def _list_bundles() -> list[dict[str, dict[str, object]]]:
    from airflow.configuration import conf

    return conf.getjson("dag_processor", "dag_bundle_config_list") or []  # type: ignore[return-value]


def _is_own_folder(bundle: dict[str, dict[str, object]]) -> bool:
    path = str(bundle.get("kwargs", {}).get("path") or "")
    return bool(path) and Path(path).resolve() == DAG_FOLDER.resolve()


def _is_dags_folder() -> bool:
    from airflow.configuration import conf

    return Path(str(conf.get("core", "dags_folder"))).resolve() == DAG_FOLDER.resolve()


def main() -> None:
    """Print one JSON list per check: its name, whether it passed, and what was found."""
    for result in run_checks(load_settings()):
        sys.stdout.write(f"CHECK {json.dumps(result)}\n")


if __name__ == "__main__":
    main()
