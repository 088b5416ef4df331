"""What all tests share: a home of the test run's own, one embedded server, a fresh migrated database a test."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
from psycopg import sql
from xdist.scheduler.loadscope import LoadScopeScheduling

from copydesk.pipeline.core import settings
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.db import embedded, load_queries, migrate

# Machines are shared: no test is about how long an example takes. Every run draws other examples, most of them in CI.
hypothesis.settings.register_profile("copydesk", deadline=None, max_examples=150 if os.environ.get("CI") else 25)
hypothesis.settings.load_profile("copydesk")


@pytest.fixture(scope="session")
def home() -> Iterator[Path]:
    """A data folder of this test run's own, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="copydesk-test-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def server(home: Path) -> Iterator[embedded.EmbeddedServer]:
    """The embedded PostgreSQL, running for the whole session."""
    settings = Settings(home=home)
    running = embedded.ensure_running(settings)
    yield running
    embedded.stop_server(settings)


@pytest.fixture(scope="session")
def template(server: embedded.EmbeddedServer) -> str:
    """The name of a migrated database that tests clone."""
    name = "copydesk_template"
    create_database(server, name, "template1")
    with psycopg.connect(server.url(name), autocommit=True) as connection:
        migrate(connection)
    return name


@pytest.fixture
def database(
    request: pytest.FixtureRequest, server: embedded.EmbeddedServer, template: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """The address of a fresh, migrated database; ``COPYDESK_DATABASE_URL`` points at it. At the end what was folded
    there has to be sound.
    """
    name = f"t{uuid.uuid4().hex[:12]}"
    create_database(server, name, template)
    monkeypatch.setenv("COPYDESK_DATABASE_URL", server.url(name))
    settings.load_settings.cache_clear()
    yield server.url(name)
    settings.load_settings.cache_clear()
    faults = [] if request.node.get_closest_marker("unsound") else find_faults(server.url(name))
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
    assert faults == [], "whatever was folded, every invariant of `copydesk doctor` holds at the end"


def create_database(server: embedded.EmbeddedServer, name: str, template: str) -> None:
    """Make a database that is as that one."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )


def find_faults(address: str) -> list[tuple[object, ...]]:
    """What the invariants find wrong with the generations in which nothing is left to be done."""
    with psycopg.connect(address) as connection:
        if connection.execute("SELECT to_regclass('copydesk.pending_article')").fetchone() == (None,):
            return []  # the test was about the schema
        busy = {row[0] for row in connection.execute(load_queries("unsettled")["list_busy_generations"])}
        return [
            row
            for query in load_queries("invariants").values()
            for row in connection.execute(query)
            if row[1] not in busy
        ]


@pytest.fixture(autouse=True)
def own_settings(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test reads the settings of the person who runs it."""
    for name in [name for name in os.environ if name.startswith("COPYDESK_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COPYDESK_HOME", str(home))
    settings.load_settings.cache_clear()
    settings.load_settings_without_database.cache_clear()
    yield
    settings.load_settings.cache_clear()
    settings.load_settings_without_database.cache_clear()


def pytest_sessionstart() -> None:
    """Ctrl-C reaches the processes that tests start: a shell that starts this run behind it has signals ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test's folder is its marker."""
    for item in items:
        for name in ("integration", "acceptance"):
            if f"/{name}/" in str(item.path):
                item.add_marker(name)


class Turns(LoadScopeScheduling):  # type: ignore[misc]
    """Which of two processes runs what: a file's tests stay together, and so do all those that share one Airflow."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        return "acceptance" if "tests/acceptance/" in file else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Turns:
    return Turns(config, log)
