"""The tasks of `maintain` on PostgreSQL: repeated and concurrent runs, which delete nothing that is needed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from psycopg import Connection
from typer.testing import CliRunner

from copydesk.pipeline.cli.registry import make_app
from copydesk.pipeline.core.errors import NotFound, QuarantineError
from copydesk.pipeline.core.ids import make_page_id
from copydesk.pipeline.core.records import Page, Window
from copydesk.pipeline.core.settings import Settings, load_settings
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.source_files import read_sources
from copydesk.pipeline.core.strategy import WireStrategy
from copydesk.pipeline.core.urls import hash_url
from copydesk.pipeline.db import Row, connect, transaction
from copydesk.pipeline.maintenance.retention import (
    apply_retention,
    ensure_partitions,
    get_database_bytes,
    record_table_sizes,
    vacuum_analyze,
)
from copydesk.pipeline.runs.quarantine_replay import replay_quarantine
from copydesk.pipeline.runs.report import report_run
from copydesk.pipeline.runs.stages import fold_run, match_run, sign_run
from copydesk.pipeline.runs.wire_run import compute_cleaner_version
from copydesk.pipeline.store.articles import ParseResult, save_parse_results
from copydesk.pipeline.store.pages import FetchedPage, save_pages
from copydesk.pipeline.store.quarantined_pages import list_quarantined
from copydesk.pipeline.store.runs import open_run
from copydesk.pipeline.store.stored_pages import read_page
from tests.fork_server import clean_wire
from tests.mockserver.fixtures import fetch_rows
from tests.run_keys import DAG_ID, run_key_for
from tests.table_digest import digest_tables

TIME = datetime(2026, 3, 4, 10, tzinfo=UTC)
NOW = TIME + timedelta(days=120)
STORIES = ("article", "article_version", "sketch", "edge", "story", "story_member", "page", "page_result")
BAD = b"<html><body>" + b"<div>" * 20_000 + b"The ferry sails."
TEXT = (
    "The council of the harbour town approved the new ferry timetable on Wednesday after a debate of three hours.",
    "From May the boats leave every forty minutes, and the last one of the day sails at a quarter to midnight.",
    "Residents of the island had asked for the later crossing for years, said the mayor, Ines Kolbe.",
    "The line is paid for by the state until the end of next year; what follows is to be settled in autumn.",
)


@pytest.fixture
def settings(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    (tmp_path / "north.toml").write_text(
        'name = "north"\ntitle = "North"\nhome = "https://north.example"\n'
        '[discovery]\nfeeds = ["https://north.example/feed"]\n'
    )
    monkeypatch.setenv("COPYDESK_SOURCES", str(tmp_path))
    monkeypatch.setenv("COPYDESK_KEEP_PAGE_DAYS", "30")
    load_settings.cache_clear()
    return load_settings()


@pytest.fixture
def connection(settings: Settings) -> Iterator[Connection[Row]]:
    with connect(settings) as found:
        yield found


def store_page(connection: Connection[Row], name: str, at: datetime = TIME, body: bytes | None = None) -> UUID:
    """Store a page of the wire; return its ID. Without a body, it contains the same story under another title."""
    text = "".join(f"<p>{line}</p>" for line in TEXT)
    body = body or f"<html><head><title>{name}</title></head><article><h1>{name}</h1>{text}</article></html>".encode()
    url = f"https://north.example/{hash_url(name).hex()[:8]}"
    one = FetchedPage(Page(url=url, body=body, fetched_at=at, wire="north"), url, hash_url(url))
    save_pages(connection, run_key_for("crawl"), [one])
    return make_page_id(one.url_key, one.sha256)


def quarantine_page(settings: Settings, page_id: UUID, source: Source, cleaner: str = "older") -> None:
    """Quarantine the page as older rules would have."""
    with transaction(settings) as connection:
        url = fetch_value(connection, "SELECT canonical_url FROM copydesk.page WHERE page_id = %s", page_id)
        reading = ParseResult(page_id, source.name, url, TIME, QuarantineError("slow", "It took too long."))
        save_parse_results(connection, run_key_for("earlier"), cleaner, [reading])


def fetch_value(connection: Connection[Row], query: str, *values: Any) -> Any:
    row = connection.execute(query.encode(), values).fetchone()
    return row[0] if row else None


def process_stored_pages(settings: Settings, run_id: str = "run", at: datetime = TIME) -> None:
    """Process all stored pages into stories."""
    source = read_sources(settings.source_folders)["north"]
    window = Window(at - timedelta(hours=1), at + timedelta(hours=1))
    with transaction(settings) as connection:
        run_key = open_run(connection, DAG_ID, run_id, kind="backfill", mode="stored", window=window, wires=["north"])
    clean_wire(settings, run_key, WireStrategy.STORED, source)
    sign_run(settings, run_key)
    match_run(settings, run_key)
    fold_run(settings, run_key)
    report_run(settings, run_key).raise_for_error()


def run_twice_concurrently(call: Callable[[int], Any]) -> list[Any]:
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(call, range(2)))


def test_pages_move_from_default_to_their_months_partition(
    settings: Settings, connection: Connection[Row], database: str
) -> None:
    page = store_page(connection, "Ferry sails later")
    assert fetch_rows(database, "SELECT count(*) FROM copydesk.page_body_default") == [(1,)]
    first, second = run_twice_concurrently(lambda _: ensure_partitions(settings, date(2026, 3, 31)))
    assert first == second == ensure_partitions(settings, date(2026, 3, 1))
    assert {"page_body_2026_03", "page_body_2026_04", "page_body_2026_05", "page_body_default"} <= set(first)
    assert fetch_rows(database, "SELECT count(*) FROM copydesk.page_body_2026_03") == [(1,)]
    found = read_page(connection, page, "")
    assert found is not None
    assert b"Ferry sails later" in found.page.body


def test_partitions_continue_into_the_next_year(settings: Settings) -> None:
    assert {"page_body_2031_12", "page_body_2032_01", "page_body_2032_02"} <= set(
        ensure_partitions(settings, date(2031, 12, 31))
    )


def test_retention_drops_old_page_bodies_and_keeps_stories(
    settings: Settings, connection: Connection[Row], database: str
) -> None:
    ensure_partitions(settings, TIME.date())
    pages = [store_page(connection, name) for name in ("Ferry sails later", "Later ferry for the island")]
    process_stored_pages(settings)
    before = digest_tables(database, STORIES)
    dropped = run_twice_concurrently(lambda _: apply_retention(settings, NOW))
    assert sum(one.bodies for one in dropped) == 2
    assert sum(one.freed_bytes for one in dropped) > 100
    assert fetch_rows(database, "SELECT count(*) FROM copydesk.page_body") == [(0,)]
    apply_retention(settings, NOW)  # in case each locked the other's month
    assert fetch_rows(database, "SELECT to_regclass('copydesk.page_body_2026_03')::text") == [(None,)]
    assert digest_tables(database, STORIES) == before
    again = apply_retention(settings, NOW)
    assert (again.bodies, again.still_needed, again.partitions) == (0, 0, 0)
    assert all(read_page(connection, page, "") is None for page in pages)

    process_stored_pages(settings)
    assert digest_tables(database, STORIES) == before
    process_stored_pages(settings, "later")
    assert digest_tables(database, STORIES) == before


def test_recent_unread_or_quarantined_pages_keep_their_bodies(settings: Settings, connection: Connection[Row]) -> None:
    source = read_sources(settings.source_folders)["north"]
    unread, held = store_page(connection, "Nobody has read this"), store_page(connection, "This could not be read")
    young = store_page(connection, "This is of yesterday", NOW - timedelta(days=1))
    quarantine_page(settings, held, source)
    dropped = apply_retention(settings, NOW)
    assert (dropped.bodies, dropped.still_needed) == (0, 2)
    assert all(read_page(connection, page, "") for page in (unread, held, young))


def test_retention_without_setting_keeps_every_page(
    settings: Settings, connection: Connection[Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = store_page(connection, "Ferry sails later")
    process_stored_pages(settings)
    monkeypatch.setenv("COPYDESK_KEEP_PAGE_DAYS", " ")
    load_settings.cache_clear()
    assert apply_retention(load_settings(), NOW).bodies == 0
    assert read_page(connection, page, "") is not None


def test_refetched_content_restores_its_body(settings: Settings, connection: Connection[Row]) -> None:
    page = store_page(connection, "Ferry sails later")
    process_stored_pages(settings)
    assert apply_retention(settings, NOW).bodies == 1
    assert read_page(connection, page, "") is None
    assert store_page(connection, "Ferry sails later", NOW) == page
    found = read_page(connection, page, "")
    assert found is not None
    assert b"Ferry sails later" in found.page.body


def test_replay_recovers_readable_pages_and_keeps_the_rest_quarantined(
    settings: Settings, connection: Connection[Row], database: str
) -> None:
    sources = read_sources(settings.source_folders)
    good, bad = store_page(connection, "Ferry sails later"), store_page(connection, "", body=BAD)
    for page in (good, bad):
        quarantine_page(settings, page, sources["north"])
    done = replay_quarantine(settings, "maintain", "replay", sources, log_line=lambda line: None)
    assert (done.pages, done.recovered, done.quarantined) == (2, 1, 1)
    assert [(one.reason, one.state) for one in list_quarantined(connection)] == [("too_deep", "quarantined")]
    assert fetch_rows(database, "SELECT count(*) FROM copydesk.v_stories") == [(1,)]
    before = digest_tables(database)
    assert replay_quarantine(settings, "maintain", "replay", sources, log_line=lambda line: None) == done
    assert replay_quarantine(settings, "maintain", "next", sources, log_line=lambda line: None).pages == 0
    assert digest_tables(database) == before
    assert (
        replay_quarantine(settings, "maintain", "again", sources, force=True, log_line=lambda line: None).quarantined
        == 1
    )


def test_replay_of_chosen_pages_continues_after_they_were_recovered(
    settings: Settings, connection: Connection[Row]
) -> None:
    sources = read_sources(settings.source_folders)
    quarantine_page(settings, store_page(connection, "Ferry sails later"), sources["north"])
    ids = [one.id for one in list_quarantined(connection)]
    for _ in range(2):
        done = replay_quarantine(settings, "maintain", "chosen", sources, ids=ids, log_line=lambda line: None)
        assert (done.pages, done.recovered) == (1, 1)
    with pytest.raises(NotFound):
        replay_quarantine(settings, "maintain", "other", sources, ids=ids, log_line=lambda line: None)


def test_concurrent_replays_recover_each_page_once(
    settings: Settings, connection: Connection[Row], database: str
) -> None:
    sources = read_sources(settings.source_folders)
    for number in range(3):
        quarantine_page(settings, store_page(connection, f"Ferry sails later, says notice {number}"), sources["north"])
    done = run_twice_concurrently(
        lambda n: replay_quarantine(settings, "maintain", f"replay{n}", sources, log_line=lambda line: None)
    )
    assert all(one.quarantined == 0 and one.recovered == one.pages for one in done)
    assert list_quarantined(connection) == []
    assert fetch_rows(database, "SELECT count(*) FROM copydesk.article") == [(3,)]


def test_retention_deletes_only_resolved_quarantine_entries(settings: Settings, connection: Connection[Row]) -> None:
    sources = read_sources(settings.source_folders)
    for name, body in (("Ferry sails later", None), ("", BAD)):
        quarantine_page(settings, store_page(connection, name, body=body), sources["north"])
    replay_quarantine(settings, "maintain", "replay", sources, log_line=lambda line: None)
    assert apply_retention(settings, datetime.now(UTC)).quarantine_entries == 0
    assert apply_retention(settings, datetime.now(UTC) + timedelta(days=91)).quarantine_entries == 1
    assert [one.state for one in list_quarantined(connection, include_resolved=True)] == ["quarantined"]


def test_statistics_and_sizes_can_be_recorded_concurrently(settings: Settings, connection: Connection[Row]) -> None:
    store_page(connection, "Ferry sails later")
    first, second = run_twice_concurrently(lambda _: vacuum_analyze(settings))
    assert first == second > 20
    assert fetch_value(connection, "SELECT reltuples FROM pg_class WHERE oid = 'copydesk.page'::regclass") == 1
    run_twice_concurrently(lambda _: record_table_sizes(settings, TIME.date()))
    sizes = {one.table: one for one in record_table_sizes(settings, TIME.date())}
    assert sizes["page"].row_estimate == sizes["page_body"].row_estimate == 1
    assert sizes["page"].growth is None
    assert 0 < sum(one.size_bytes for one in sizes.values()) < get_database_bytes(settings)
    assert {
        one.growth for one in record_table_sizes(settings, TIME.date() + timedelta(days=1)) if one.table == "page"
    } == {0}


def test_quarantine_commands_list_and_replay(settings: Settings, connection: Connection[Row]) -> None:
    sources = read_sources(settings.source_folders)
    page = store_page(connection, "Ferry sails later")
    quarantine_page(settings, page, sources["north"], compute_cleaner_version(sources["north"]))
    runner = CliRunner()
    listed = runner.invoke(make_app(), ["quarantine", "list", "--json"], catch_exceptions=False)
    (row,) = [json.loads(line) for line in listed.stdout.splitlines()]
    assert (row["wire"], row["reason"], row["detail"]) == ("north", "slow", "It took too long.")
    assert str(row["id"]) in runner.invoke(make_app(), ["quarantine", "list"]).stdout

    wrong = runner.invoke(make_app(), ["quarantine", "replay", str(row["id"]), "99"])
    assert isinstance(wrong.exception, NotFound)
    assert str(wrong.exception).startswith("Not in quarantine: 99.")
    assert len(list_quarantined(connection)) == 1

    done = runner.invoke(make_app(), ["quarantine", "replay", str(row["id"]), "--json"], catch_exceptions=False)
    assert json.loads(done.stdout) == {"pages": 1, "recovered": 1, "refused": 0, "quarantined": 0}
    assert "No pages in quarantine" in runner.invoke(make_app(), ["quarantine", "list"]).stdout
    gone = runner.invoke(make_app(), ["quarantine", "replay", str(row["id"])])
    assert isinstance(gone.exception, NotFound)
