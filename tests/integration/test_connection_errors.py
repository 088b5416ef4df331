"""Servers that are unreachable, start on demand, or have no free connection."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from copydesk.pipeline.core.errors import DatabaseUnreachable, TooManyConnections
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.db import connect, embedded, get_database_url, read_transaction, transaction
from tests.integration.test_connections import get_backend


def test_refused_connection_is_reported_at_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings = Settings(database_url="postgresql://desk:hunter2@127.0.0.1:1/copydesk")
    for opening in (transaction(settings), read_transaction(settings)):
        with pytest.raises(DatabaseUnreachable, match=r"127\.0\.0\.1:1/copydesk does not answer") as caught, opening:
            pytest.fail("the connection was opened")
        assert "hunter2" not in str(caught.value)
    assert caplog.text == ""


# The embedded server


@pytest.fixture
def own_server() -> Iterator[Settings]:
    """Yield settings with their own embedded server, which is stopped at the end."""
    with tempfile.TemporaryDirectory(prefix="copydesk-connections-", ignore_cleanup_errors=True) as folder:
        settings = Settings(home=Path(folder))
        yield settings
        embedded.stop_server(settings)


def test_embedded_server_starts_on_demand_and_after_a_stop(own_server: Settings) -> None:
    pids = set()
    for _ in range(2):
        with transaction(own_server) as connection:
            get_backend(connection)
        pids.add(embedded.find_pid(embedded.locate_server(own_server)))
        assert embedded.stop_server(own_server)
    assert len(pids) == 2


def test_too_many_connections_are_reported_and_start_no_server(
    own_server: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = embedded.ensure_running(own_server)
    pid = embedded.find_pid(server)
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET max_connections = 5")
    limits = {"max_connections": "5", "superuser_reserved_connections": "0", "max_wal_senders": "0"}
    monkeypatch.setattr(embedded, "_SERVER_OPTIONS", {**embedded._SERVER_OPTIONS, **limits})
    embedded.stop_server(own_server)
    server = embedded.ensure_running(own_server)
    pid, log = embedded.find_pid(server), server.log_path.read_text()
    others = [psycopg.connect(server.url("postgres"), autocommit=True) for _ in range(5)]
    try:
        for attempt in (
            lambda: transaction(own_server).__enter__(),
            lambda: connect(own_server),
            lambda: get_database_url(own_server),
        ):
            with pytest.raises(TooManyConnections, match=r"has too many connections: .*too many clients") as caught:
                attempt()
            assert "Close other clients" in caught.value.remedy
    finally:
        for one in others:
            one.close()
    assert embedded.find_pid(server) == pid
    assert "starting PostgreSQL" not in server.log_path.read_text().removeprefix(log)
    with transaction(own_server) as connection:
        get_backend(connection)
