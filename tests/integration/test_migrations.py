"""Migrations are applied in order, once, completely or not at all, and by one caller at a time."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from copydesk.pipeline.cli.registry import make_app
from copydesk.pipeline.core.errors import DatabaseUnreachable, MigrationFailed, SchemaIncompatible
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.db import connect, embedded, schema, schema_dump
from copydesk.pipeline.db.programs import POSTGRES_VERSION


@pytest.fixture
def empty_database(server: embedded.EmbeddedServer) -> str:
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS migrated WITH (FORCE)")
        connection.execute("CREATE DATABASE migrated")
    return server.url("migrated")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "0001_first.sql").write_text("CREATE TABLE copydesk.first (id int);")
    (tmp_path / "0002_second.sql").write_text("CREATE TABLE copydesk.second (id int); SELECT pg_sleep(0.05);")
    return tmp_path


def test_each_migration_is_applied_once(empty_database: str, folder: Path) -> None:
    with psycopg.connect(empty_database, autocommit=True) as connection:
        assert schema.list_pending_migrations(connection, folder) == ["0001_first", "0002_second"]
        assert schema.migrate(connection, folder) == ["0001_first", "0002_second"]
        assert schema.migrate(connection, folder) == []
        assert schema.list_pending_migrations(connection, folder) == []


def test_failed_migration_leaves_nothing(empty_database: str, folder: Path) -> None:
    (folder / "0003_half.sql").write_text("CREATE TABLE copydesk.half (id int); SELECT 1 / 0;")
    with psycopg.connect(empty_database, autocommit=True) as connection:
        with pytest.raises(MigrationFailed, match="0003_half failed and was rolled back"):
            schema.migrate(connection, folder)
        assert connection.execute("SELECT to_regclass('copydesk.half')").fetchone() == (None,)
        assert schema.list_pending_migrations(connection, folder) == ["0003_half"]
        (folder / "0003_half.sql").write_text("CREATE TABLE copydesk.half (id int);")
        assert schema.migrate(connection, folder) == ["0003_half"]


def test_schema_of_another_development_version_is_reported_with_remedy(empty_database: str, folder: Path) -> None:
    with psycopg.connect(empty_database, autocommit=True) as connection:
        schema.migrate(connection, folder)
        (folder / "0001_first.sql").write_text("CREATE TABLE copydesk.other (id int);")
        for call in (schema.migrate, schema.list_pending_migrations):
            with pytest.raises(SchemaIncompatible, match="created by a different development version") as caught:
                call(connection, folder)
            assert "drop the schema `copydesk`" in caught.value.remedy


def test_commands_report_schema_of_another_development_version(
    empty_database: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its migrations have other names than the current ones."""
    with psycopg.connect(empty_database, autocommit=True) as connection:
        schema.migrate(connection, folder)
    monkeypatch.setenv("COPYDESK_DATABASE_URL", empty_database)
    load_settings.cache_clear()
    for command in (["db", "migrate"], ["runs"]):
        done = CliRunner().invoke(make_app(), command)
        assert isinstance(done.exception, SchemaIncompatible), command
    done = CliRunner().invoke(make_app(), ["doctor", "--json"])
    found = {one["check"]: one for one in map(json.loads, done.stdout.splitlines())}
    assert found["database"]["passed"]
    assert "different development version" in found["schema"]["message"]


def test_concurrent_migrations_wait_for_each_other(empty_database: str, folder: Path) -> None:
    def run(_: int) -> list[str]:
        with psycopg.connect(empty_database, autocommit=True) as connection:
            return schema.migrate(connection, folder)

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(run, range(4)))
    assert sorted(name for names in done for name in names) == ["0001_first", "0002_second"]


def test_shipped_migrations_apply_to_an_empty_database(empty_database: str) -> None:
    with psycopg.connect(empty_database, autocommit=True) as connection:
        assert schema.migrate(connection) == ["0001_initial"]
        views = connection.execute(
            "SELECT table_name FROM information_schema.views WHERE table_schema = 'copydesk' ORDER BY 1"
        ).fetchall()
    assert [name for (name,) in views] == [
        "resolved_origin",
        "story_copy",
        "story_digest_item",
        "story_link",
        "story_source",
        "story_spread",
        "v_articles",
        "v_copies",
        "v_digest_items",
        "v_killed_stories",
        "v_outdated_copies",
        "v_runs",
        "v_sources",
        "v_spread",
        "v_stories",
        "v_story_events",
        "v_table_sizes",
        "v_warnings",
    ]


def test_committed_schema_matches_the_migrations(server: embedded.EmbeddedServer, template: str) -> None:
    with psycopg.connect(server.url(template)) as connection:
        if connection.info.server_version // 10_000 != POSTGRES_VERSION:
            pytest.skip(f"PostgreSQL {POSTGRES_VERSION} wrote the schema, and other versions write it in another way")
    assert schema_dump.SCHEMA_PATH.read_text("utf-8") == schema_dump.dump_schema(server.url(template)), (
        "run `make schema`"
    )


def test_unreachable_server_is_reported_without_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPYDESK_DATABASE_URL", "postgresql://desk:hunter2@127.0.0.1:1/copydesk")
    with pytest.raises(DatabaseUnreachable, match=r"desk at 127\.0\.0\.1:1/copydesk does not answer") as caught:
        connect(load_settings())
    assert "hunter2" not in str(caught.value)
