"""Shared fixtures: a data folder, an embedded server, and a new migrated database per test."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
from xdist.scheduler.loadscope import LoadScopeScheduling

from copydesk.pipeline.core import settings
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.db import embedded, migrate
from copydesk.pipeline.db.pool import close_pools
from copydesk.pipeline.generations.invariants import Violation, find_violations
from tests.databases import Databases, create_database

# Machines are shared: no test is about how long an example takes. Every run draws new examples, most of them for a
# release: `make test SLOW=1` asks for the second profile.
hypothesis.settings.register_profile("copydesk", deadline=None, max_examples=25)
hypothesis.settings.register_profile("many", deadline=None, max_examples=150)
hypothesis.settings.load_profile("copydesk")


@pytest.fixture(scope="session")
def home() -> Iterator[Path]:
    """Yield the data folder of this test run; it is removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="copydesk-test-"))
    yield folder
    embedded.stop_server(Settings(home=folder))
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest, home: Path) -> embedded.EmbeddedServer:
    """Return the embedded PostgreSQL, which runs for the whole session, or the server that ``--server`` names."""
    if socket_folder := request.config.getoption("server"):
        owner = (Path(socket_folder) / ".s.PGSQL.5432").owner()  # whom clients expect to run it
        return embedded.EmbeddedServer(home / "no data", Path(socket_folder), home / "no log", owner)
    started = embedded.ensure_running(Settings(home=home))
    with psycopg.connect(started.url("postgres"), autocommit=True) as connection:
        # Its data need not survive the machine: killed processes lose nothing, and no test waits for the disk.
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
    return started


@pytest.fixture(scope="session")
def template(server: embedded.EmbeddedServer) -> str:
    """Return the name of a migrated database that tests clone."""
    name = f"copydesk_template_{os.getpid()}"  # workers may share a server
    create_database(server, name, "template1")
    with psycopg.connect(server.url(name), autocommit=True) as connection:
        migrate(connection)
    return name


@pytest.fixture(scope="session")
def databases(server: embedded.EmbeddedServer, template: str) -> Databases:
    """Return the databases like the template that tests take in turn."""
    return Databases(server, template)


@pytest.fixture
def database(
    request: pytest.FixtureRequest, server: embedded.EmbeddedServer, databases: Databases,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[str]:  # fmt: skip
    """Yield the URL of an empty, migrated database, which is also ``COPYDESK_DATABASE_URL``. Afterwards, no invariant
    may be violated in it.
    """
    name = databases.take()
    monkeypatch.setenv("COPYDESK_DATABASE_URL", server.url(name))
    settings.load_settings.cache_clear()
    yield server.url(name)
    settings.load_settings.cache_clear()
    close_pools()
    violations = [] if request.node.get_closest_marker("unsound") else find_violations_of_database(server.url(name))
    databases.give_back(name)
    assert violations == [], "an invariant of `copydesk doctor` is violated"


def find_violations_of_database(address: str) -> list[Violation]:
    """Return the violated invariants of the generations that are complete."""
    with psycopg.connect(address) as connection:
        if connection.execute("SELECT to_regclass('copydesk.pending_article')").fetchone() == (None,):
            return []  # the test was about the schema
        return [row for rows in find_violations(connection) for row in rows]


@pytest.fixture(autouse=True)
def isolate_settings(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep the settings of the person who runs the tests out of them."""
    for name in [name for name in os.environ if name.startswith("COPYDESK_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COPYDESK_HOME", str(home))
    monkeypatch.setenv("XDG_STATE_HOME", f"{home}/state")  # where `up` records its data folder for other shells
    monkeypatch.setenv("COPYDESK_CONTACT", "tests@copydesk.example")  # without one, no public wire is crawled
    settings.load_settings.cache_clear()
    settings.load_settings_without_database.cache_clear()
    yield
    settings.load_settings.cache_clear()
    settings.load_settings_without_database.cache_clear()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--server", help="the socket folder of a PostgreSQL that trusts postgres: run the tests of the database on it"
    )


def pytest_sessionstart() -> None:
    """Let Ctrl-C reach the processes that tests start, even if the shell runs them in the background and ignores
    signals.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark each test with its folder's name, and start with those that need an Airflow, because they take longest.

    Tests that start an Airflow of their own come before those that share one, so that never two run at once. The rest
    keeps the order that pytest-randomly has given it.
    """
    for item in items:
        for name in ("integration", "acceptance"):
            if f"/{name}/" in str(item.path):
                item.add_marker(name)
    if config.getoption("server"):
        others = [item for item in items if "server" not in getattr(item, "fixturenames", ())]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item not in others]
    items.sort(key=lambda item: ("acceptance" not in item.keywords, "own_airflow" not in item.keywords))


class GroupScheduling(LoadScopeScheduling):  # type: ignore[misc]
    """Send the tests of a file to one worker, and all acceptance tests to one worker: they share an Airflow."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        return "acceptance" if "tests/acceptance/" in file else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> GroupScheduling:
    config.option.loadscopereorder = False  # otherwise it would start with the group that has most tests
    return GroupScheduling(config, log)
