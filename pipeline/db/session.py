"""The database for the time of one command: the embedded server is started if it is not running, and stopped again.

Commands share a lock file while they use a server that one of them has started. The last one stops it, unless `up` has
taken it over, or a program that does not know of the lock (psql, a task) is connected.
"""

from __future__ import annotations

import fcntl
import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from copydesk.pipeline.core.errors import BadSettings, DataFolderInaccessible, NotFound
from copydesk.pipeline.core.private_folder import make_private_folder
from copydesk.pipeline.core.running_up import read_running_record
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.db import embedded, queries
from copydesk.pipeline.db.pool import close_pools
from copydesk.pipeline.db.rows import fetch_value
from copydesk.pipeline.db.schema import ensure_schema

_DISCONNECT_SECONDS = 1.0
"""How long closed connections may take to disappear from the server's list."""


@contextmanager
def database_session(settings: Settings, *, create: bool = False) -> Iterator[None]:
    """Make the database available for the block, with an up-to-date schema.

    Args:
        settings: The settings.
        create: Whether to create the data folder and an embedded database if there is none. A command that only reads
            creates nothing.

    Raises:
        NotFound: There is no data yet, and ``create`` is false.
        BadSettings: A running `up` uses a database that these settings do not name.
        SchemaOutdated: A database that is not the embedded one has pending migrations.
        DatabaseUnreachable, DataFolderInaccessible: The database cannot be used.
    """
    if settings.database_url is not None:
        ensure_schema(settings)
        yield
        return
    if create:
        _assert_same_database(settings)
    with _use_server(settings, stays=False) if create else existing_server(settings):
        embedded.ensure_running(settings)
        ensure_schema(settings)
        yield


@contextmanager
def existing_server(settings: Settings) -> Iterator[None]:
    """Allow the block to start the embedded server if there is data; nothing is created, and no schema is migrated.

    Args:
        settings: The settings. If they name another database, nothing is done.

    Raises:
        NotFound: There is no data yet.
        BadSettings: A running `up` uses a database that these settings do not name.
        DataFolderInaccessible: This user cannot look into the data folder.
    """
    if settings.database_url is not None:
        yield
        return
    _assert_same_database(settings)
    assert_has_data(settings)
    with _use_server(settings, stays=False):
        yield


@contextmanager
def temporary_server(settings: Settings) -> Iterator[None]:
    """Stop the embedded server after the block, if it is started in it and nothing else uses it."""
    with _use_server(settings, stays=False):
        yield


@contextmanager
def lasting_server(settings: Settings) -> Iterator[None]:
    """Let the embedded server that runs at the end of the block stay, whichever command has started it."""
    with _use_server(settings, stays=True):
        yield


def assert_has_data(settings: Settings) -> None:
    """Check that the data folder has an embedded database, running or not.

    Raises:
        NotFound: It has none, or there is no data folder.
        DataFolderInaccessible: This user cannot look into it.
    """
    try:
        settings.database_folder.stat()
    except FileNotFoundError:
        raise NotFound(
            f"There is no data in {settings.home} yet.",
            "`copydesk run WIRE` crawls a wire once, `copydesk up --sample` starts everything with simulated wires; set"
            " COPYDESK_HOME or COPYDESK_DATABASE_URL if you have data elsewhere.",
        ) from None
    except OSError as error:
        raise DataFolderInaccessible.from_os_error(settings.home, error) from None


def is_temporary(settings: Settings) -> bool:
    """Return whether the embedded server runs only for as long as commands use it."""
    return settings.database_url is None and _get_marker(settings).exists()


def _assert_same_database(settings: Settings) -> None:
    """Check that a running `up` uses the embedded database too; its record has only a hash of the URL."""
    recorded = read_running_record(settings.home).get("COPYDESK_DATABASE_URL")
    if recorded not in (None, hashlib.sha256(b"").hexdigest()):
        raise BadSettings(
            "The `copydesk up` that is running stores its data in another database.",
            "Set COPYDESK_DATABASE_URL as for `up`, or write database_url into the settings file.",
        )


@contextmanager
def _use_server(settings: Settings, *, stays: bool) -> Iterator[None]:
    marker = _get_marker(settings)
    make_private_folder(settings.home)
    try:
        lock = (settings.home / "postgres.users").open("a")
    except OSError as error:
        raise DataFolderInaccessible.from_os_error(settings.home, error) from None
    with lock:
        fcntl.flock(lock, fcntl.LOCK_SH)  # waits while another command stops the server
        try:
            if not stays and embedded.find_pid(embedded.locate_server(settings)) is None:
                marker.touch()
            yield
        finally:
            if stays:
                marker.unlink(missing_ok=True)
            elif marker.exists():
                close_pools()
                with suppress(BlockingIOError):  # another command uses the server, and will stop it
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    _stop_unless_used(settings, marker)


def _stop_unless_used(settings: Settings, marker: Path) -> None:
    if not marker.exists():
        return
    if _count_other_connections(settings) == 0:
        embedded.stop_server(settings)
    marker.unlink(missing_ok=True)


def _count_other_connections(settings: Settings) -> int:
    """Return the number of connections to the server that other programs have; 0 if it does not run."""
    deadline = time.monotonic() + _DISCONNECT_SECONDS
    while True:
        try:
            with psycopg.connect(embedded.locate_server(settings).url("postgres"), autocommit=True) as connection:
                count = fetch_value(connection, int, queries.embedded.count_other_connections)
        except psycopg.Error:
            return 0
        if count == 0 or time.monotonic() > deadline:
            return count
        time.sleep(0.05)  # PostgreSQL has no event for a connection that ends


def _get_marker(settings: Settings) -> Path:
    """Return the path of the file that exists while the server runs only for commands."""
    return settings.home / "postgres.temporary"
