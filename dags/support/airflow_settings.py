"""The settings and the wires, as a task of Airflow finds them."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from copydesk.pipeline.core.settings import Settings
    from copydesk.pipeline.core.source import Source
    from copydesk.pipeline.core.source_files import Survey


CONNECTION = "copydesk"
log = logging.getLogger(__name__)


def open_settings() -> Settings:
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
    from copydesk.pipeline.core.settings import load

    if "COPYDESK_DATABASE_URL" not in os.environ:
        try:
            found = Connection.get(CONNECTION)
        except AirflowNotFoundException:
            found = None
        except AirflowRuntimeError as error:  # never the embedded database for want of an answer
            raise Transient(f"Airflow does not tell its connection {CONNECTION}: {error}.", "Try again.") from error
        if found is not None:
            # Into the environment, so that the spider's process finds it too, and never into a command line.
            given = {
                "host": found.host, "port": found.port, "user": found.login, "password": found.password,
                "dbname": found.schema,
            }  # fmt: skip
            known = {option.keyword.decode() for option in pq.Conninfo.get_defaults()}
            extras = {name: value for name, value in found.extra_dejson.items() if name in known}
            os.environ["COPYDESK_DATABASE_URL"] = make_conninfo(**{**given, **extras})
            load.cache_clear()
    return load()


def pick_wire(settings: Settings, wire: str) -> Source:
    """The wire's source."""
    from copydesk.pipeline.core.source_files import find_source

    return find_source(wire, settings.source_folders)


def read_wires(settings: Settings) -> Survey:
    """All wires; those whose files are wrong are told in the log."""
    from copydesk.pipeline.core.source_files import survey_sources

    survey = survey_sources(settings.source_folders)
    for error in survey.broken.values():
        log.error("%s", error)
    return survey
