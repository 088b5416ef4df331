"""Pages are imported, moved to the page archive and processed again from there: the articles are the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from copydesk.pipeline.core.records import Window
from copydesk.pipeline.core.settings import Settings, load_settings
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.source_files import read_sources
from copydesk.pipeline.core.strategy import RunMode, WireStrategy
from copydesk.pipeline.db import transaction
from copydesk.pipeline.maintenance.page_archiving import archive_pages
from copydesk.pipeline.runs.import_records import list_files
from copydesk.pipeline.runs.page_import import ImportReport, import_pages
from copydesk.pipeline.runs.page_importer import ImportRequest
from copydesk.pipeline.runs.planning import plan_run
from copydesk.pipeline.runs.quarantine_replay import replay_quarantine
from copydesk.pipeline.runs.reprocess import apply_run
from copydesk.pipeline.runs.stages import fold_run, match_run, sign_run
from tests.fork_server import clean_wire, preview_run
from tests.mockserver.fixtures import fetch_rows
from tests.run_keys import DAG_ID, run_key_for
from tests.web_archive import START, get_time, write_archive

WIRE = "gazette"
COUNT = 200
NOW = datetime(2026, 3, 4, tzinfo=UTC)
WINDOW = Window(START, get_time(COUNT))
ARTICLES = "SELECT * FROM copydesk.v_articles ORDER BY article_id"


@pytest.fixture
def settings(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / f"{WIRE}.toml").write_text(
        f'name = "{WIRE}"\ntitle = "Gazette"\nhome = "https://gazette.example/"\n'
        'discovery.feeds = ["https://gazette.example/feed"]\n'
    )
    monkeypatch.setenv("COPYDESK_SOURCES", str(tmp_path / "sources"))
    monkeypatch.setenv("COPYDESK_PAGE_ARCHIVE__URL", (tmp_path / "archive").as_uri())
    load_settings.cache_clear()
    return load_settings()


def plan(settings: Settings, run_id: str, source: Source, dag_id: str = DAG_ID) -> Any:
    with transaction(settings) as connection:
        return plan_run(
            connection, {WIRE: source}, dag_id=dag_id, run_id=run_id, kind="manual", window=WINDOW,
            mode=RunMode.STORED, now=NOW,
        ).run_key  # fmt: skip


def clean(settings: Settings, run_id: str, source: Source) -> dict[str, int]:
    return clean_wire(settings, plan(settings, run_id, source), WireStrategy.STORED, source)


def import_folder(settings: Settings, path: Path) -> ImportReport:
    files = list(list_files([path]))
    return import_pages(settings, read_sources(settings.source_folders), ImportRequest(files))


def change_rules(source: Source, pattern: str) -> Source:
    """Return the wire with rules under which all pages are read again, to the same articles."""
    return source.model_copy(update={"boilerplate": (pattern,)})


def test_pages_are_reprocessed_from_the_archive(settings: Settings, database: str, tmp_path: Path) -> None:
    write_archive(tmp_path / "a.warc.gz", range(COUNT))
    assert import_folder(settings, tmp_path / "a.warc.gz").stored == COUNT
    source = read_sources(settings.source_folders)[WIRE]
    run_key = plan(settings, "first", source)
    assert clean_wire(settings, run_key, WireStrategy.STORED, source)["article"] == COUNT
    sign_run(settings, run_key)
    match_run(settings, run_key)
    fold_run(settings, run_key)
    articles = fetch_rows(database, ARTICLES)
    (before,) = fetch_rows(database, "SELECT count(*), sum(octet_length(body)) FROM copydesk.page_body")

    now = datetime.now(UTC) + timedelta(days=70)  # imported pages are as old as their import
    moved = archive_pages(settings, now, lambda _: None, file_bytes=60_000)
    assert (moved.contents, moved.freed_bytes) == before == (COUNT, before[1])
    assert moved.files > 3
    assert fetch_rows(database, "SELECT count(*) FROM copydesk.page_body") == [(0,)]

    changed = change_rules(source, "no page has this")
    reprocessing = plan(settings, "again", changed, "reprocess")
    preview = preview_run(settings, reprocessing, [changed], lambda _: None)
    assert preview.counts.pages == COUNT
    assert {preview.counts.changed, preview.counts.added, preview.counts.quarantined} == {0}
    apply_run(settings, run_key_for("again", "reprocess"), [changed], preview.cleaner_versions)
    assert fetch_rows(database, ARTICLES) == articles

    again = import_folder(settings, tmp_path / "archive")  # other programs read these files, and so does the import
    assert (again.records, again.unchanged) == (COUNT, COUNT)

    ((name, contents),) = fetch_rows(
        database, "SELECT name, contents FROM copydesk.warc_file ORDER BY contents DESC, name LIMIT 1"
    )
    lost = tmp_path / "archive" / name
    lost.rename(tmp_path / "lost")
    changed = change_rules(source, "nor does any have that")
    counts = clean(settings, "lost", changed)
    assert (counts["unchanged"], counts["quarantined"]) == (COUNT - contents, contents)
    reasons = "SELECT DISTINCT reason FROM copydesk.quarantine WHERE state = 'quarantined'"
    assert fetch_rows(database, reasons) == [("archive_unreadable",)]
    assert fetch_rows(database, ARTICLES) == articles
    (tmp_path / "lost").rename(lost)
    replayed = replay_quarantine(
        settings, "maintain", "replay", {WIRE: changed}, wire=WIRE, reason="archive_unreadable", force=True
    )
    assert replayed.recovered == counts["quarantined"]
    assert fetch_rows(database, ARTICLES) == articles
