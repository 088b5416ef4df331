"""Load the settings and the sources inside an Airflow process."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from airflow.sdk import Connection
    from pydantic import SecretStr

    from copydesk.pipeline.core.settings import Settings
    from copydesk.pipeline.core.source import Source
    from copydesk.pipeline.core.source_files import LoadResult
    from copydesk.pipeline.runs.planning import WirePlan


CONNECTION_ID = "copydesk"
"""The Airflow connection of the database."""

logger = logging.getLogger(__name__)


def load_settings() -> Settings:
    """Return the settings of this process.

    Without ``COPYDESK_DATABASE_URL``, the database is that of the Airflow connection ``copydesk``, if it exists. The
    connection is read at each call, so that a changed password takes effect at once. Extras of the connection that are
    libpq parameters, such as ``sslmode``, are used too.

    Raises:
        Transient: Airflow did not return the connection.
        BadSettings: There is no such connection, and tasks run on other machines: each would start a database there.
    """
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException, AirflowRuntimeError

    from copydesk.pipeline.core.errors import Transient
    from copydesk.pipeline.core.settings import load_settings

    settings = load_settings()
    if settings.database_url is not None:
        return settings
    try:
        connection = Connection.get(CONNECTION_ID)
    except AirflowNotFoundException:
        _assert_local_executor()
        return settings
    except AirflowRuntimeError as error:  # do not fall back to the embedded database
        raise Transient(
            f"Failed to get the connection {CONNECTION_ID} from Airflow: {error}.", "Retry the task."
        ) from error
    return settings.model_copy(update={"database_url": make_database_url(connection)})


def _assert_local_executor() -> None:
    from airflow.configuration import conf

    from copydesk.pipeline.core.errors import BadSettings

    executors = [name.strip() for name in str(conf.get("core", "executor")).split(",")]
    if any(not name.endswith("LocalExecutor") for name in executors):
        raise BadSettings(
            f"No database is configured, and {', '.join(executors)} may run tasks on other machines.",
            f"Create the Airflow connection {CONNECTION_ID}, or set COPYDESK_DATABASE_URL on every machine.",
        )


def make_database_url(connection: Connection) -> SecretStr:
    from psycopg import pq
    from psycopg.conninfo import make_conninfo
    from pydantic import SecretStr

    parameters = {
        "host": connection.host,
        "port": connection.port,
        "user": connection.login,
        "password": connection.password,
        "dbname": connection.schema,
    }
    libpq_names = {option.keyword.decode() for option in pq.Conninfo.get_defaults()}
    extras = {name: value for name, value in connection.extra_dejson.items() if name in libpq_names}
    return SecretStr(make_conninfo(**{**parameters, **extras}))


def find_login_environment(source: Source) -> dict[str, str]:
    """Return the environment variable with a wire's login, for its spider only; empty if there is none.

    The variable of this process has precedence over the Airflow connection with the login's name.

    Raises:
        Transient: Airflow did not return the connection.
    """
    import os

    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException, AirflowRuntimeError
    from pydantic import SecretStr

    from copydesk.pipeline.core.errors import Transient
    from copydesk.pipeline.core.wire_login import WireLogin, get_login_variable

    if not source.login:
        return {}
    variable = get_login_variable(source.login)
    if variable in os.environ:
        return {variable: os.environ[variable]}
    try:
        connection = Connection.get(source.login)
    except AirflowNotFoundException:
        return {}  # the spider reports what is missing
    except AirflowRuntimeError as error:
        raise Transient(
            f"Failed to get the connection {source.login} from Airflow: {error}.", "Retry the task."
        ) from error
    return {variable: WireLogin(connection.login or "", SecretStr(connection.password or "")).format()}


def find_wire_source(settings: Settings, wire: str) -> Source:
    """Return the source of a wire.

    Raises:
        BadSource: Its file is invalid.
        NotFound: There is no such wire.
    """
    from copydesk.pipeline.core.source_files import find_source

    return find_source(wire, settings.source_folders)


def find_planned_source(settings: Settings, plan: WirePlan) -> Source:
    """Return the source of a planned wire, after a check that this machine and the one that planned see the same.

    On one machine, the source may have been edited since the plan: its tasks then use the file as it is now.

    Raises:
        BadSource: Its file is invalid, on the machine that planned.
        NotFound: There is no such wire, on the machine that planned.
        SourcesDiffer: This machine does not have the source that another one planned the run with.
    """
    import socket

    from copydesk.pipeline.core.errors import BadSource, NotFound, SourcesDiffer
    from copydesk.pipeline.core.source_digest import compute_source_digest

    machine = socket.gethostname()
    if not plan.source_digest or plan.planned_on == machine:
        return find_wire_source(settings, plan.wire)
    try:
        source = find_wire_source(settings, plan.wire)
        state = "different" if compute_source_digest(source) != plan.source_digest else ""
    except NotFound:
        state = "missing"
    except BadSource:
        state = "invalid"
    if state:
        raise SourcesDiffer(
            f"The source of the wire {plan.wire!r} is {state} on {machine}, compared with {plan.planned_on}, which"
            " planned the run.",
            "Deploy the same version of Copydesk and the same files (COPYDESK_SOURCES) to all machines; then clear plan"
            " and the tasks after it.",
        )
    return source


def load_sources(settings: Settings, also: Collection[str] = ()) -> LoadResult:
    """Load the configured sources, and log the errors of invalid files.

    Args:
        settings: The settings.
        also: Wires of the catalogue that are loaded even if they are not enabled.
    """
    from copydesk.pipeline.core.configured_sources import load_configured_sources

    result = load_configured_sources(settings, also)
    for error in result.errors.values():
        logger.error("%s", error)
    return result
