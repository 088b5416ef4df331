"""The settings and the wires, as a task of Airflow finds them."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from copydesk.pipeline.core.settings import Settings
    from copydesk.pipeline.core.source import Source
    from copydesk.pipeline.core.source_files import LoadResult


CONNECTION_ID = "copydesk"
log = logging.getLogger(__name__)


def load_settings() -> Settings:
    """The settings of this process; Airflow's connection ``copydesk``, if there is one, names the database.

    Its extras are libpq's parameters (``sslmode`` and the like).

    Raises:
        Transient: Airflow could not tell whether there is one.
    """
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException, AirflowRuntimeError
    from psycopg import pq
    from psycopg.conninfo import make_conninfo

    from copydesk.pipeline.core.errors import Transient
    from copydesk.pipeline.core.settings import load_settings

    if "COPYDESK_DATABASE_URL" not in os.environ:
        try:
            connection = Connection.get(CONNECTION_ID)
        except AirflowNotFoundException:
            connection = None
        except AirflowRuntimeError as error:  # never the embedded database for want of an answer
            raise Transient(f"Airflow does not tell its connection {CONNECTION_ID}: {error}.", "Try again.") from error
        if connection is not None:
            # Into the environment, so that the spider's process finds it too, and never into a command line.
            connection_values = {
                "host": connection.host, "port": connection.port, "user": connection.login, "password": connection.password,
                "dbname": connection.schema,
            }  # fmt: skip
            known = {option.keyword.decode() for option in pq.Conninfo.get_defaults()}
            extras = {name: value for name, value in connection.extra_dejson.items() if name in known}
            os.environ["COPYDESK_DATABASE_URL"] = make_conninfo(**{**connection_values, **extras})
            load_settings.cache_clear()
    return load_settings()


def find_wire_source(settings: Settings, wire: str) -> Source:
    """The wire's source."""
    from copydesk.pipeline.core.source_files import find_source

    return find_source(wire, settings.source_folders)


def load_sources(settings: Settings) -> LoadResult:
    """All wires; those whose files are wrong are told in the log."""
    from copydesk.pipeline.core.source_files import load_valid_sources

    survey = load_valid_sources(settings.source_folders)
    for error in survey.errors.values():
        log.error("%s", error)
    return survey
