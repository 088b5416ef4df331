"""`copydesk import`: pages of archives and files reach the page store once each, whatever happens to the process."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from copydesk.pipeline.core.settings import Settings, load_settings
from tests.airflow_process import run_command
from tests.web_archive import START, ArchiveWriter, get_time, make_page, write_archive

GAZETTE = """\
name = "gazette"
title = "Gazette"
home = "https://www.gazette.example/"
discovery.feeds = ["https://www.gazette.example/feed"]
"""
COMMAND = (sys.executable, "-m", "copydesk.pipeline.cli.main")
NOTIFY_OF_PROGRESS = """
CREATE FUNCTION notify_of_progress() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_notify('progress', ''); RETURN NULL; END $$;
CREATE TRIGGER progress AFTER INSERT ON copydesk.import_file FOR EACH ROW EXECUTE FUNCTION notify_of_progress();
LISTEN progress;
"""


@pytest.fixture
def settings(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "gazette.toml").write_text(GAZETTE)
    monkeypatch.setenv("COPYDESK_SOURCES", str(tmp_path / "sources"))
    load_settings.cache_clear()
    return load_settings()


def run(*arguments: str | Path, command: str = "import") -> subprocess.CompletedProcess[str]:
    return run_command(command, *map(str, arguments))


def run_json(*arguments: str | Path) -> dict[str, Any]:
    done = run(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    totals = ("stored", "unchanged", "refused", "quarantined", "filtered")
    assert report["records"] == sum(report[name] for name in totals)
    return report


def fetch_one(database: str, query: str) -> tuple[Any, ...]:
    with psycopg.connect(database) as connection:
        row = connection.execute(query).fetchone()
        assert row is not None
        return row


@pytest.mark.slow
def test_killed_import_continues_without_loss(settings: Settings, database: str, tmp_path: Path) -> None:
    count = 700
    write_archive(tmp_path / "a.warc.gz", range(count))
    write_archive(tmp_path / "b.warc", range(count - 10, count + 40), compress=False)
    files = (tmp_path / "a.warc.gz", tmp_path / "b.warc")
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(NOTIFY_OF_PROGRESS)
        child = subprocess.Popen([*COMMAND, "import", *map(str, files)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        notified = list(connection.notifies(timeout=60, stop_after=1))
        child.kill()
        child.communicate()
        assert notified
        (before,) = connection.execute("SELECT count(*) FROM copydesk.page").fetchall()[0]
    assert 0 < before < count

    report = run_json(*files)
    assert (report["records"], report["stored"], report["unchanged"]) == (count + 50, count + 40, 10)
    (wire,) = report["wires"]
    assert (wire["wire"], wire["pages"]) == ("gazette", count + 40)
    pages = "SELECT count(*), count(DISTINCT url), min(fetched_at), max(fetched_at) FROM copydesk.page"
    assert fetch_one(database, pages) == (count + 40, count + 40, START, get_time(count + 39))
    assert fetch_one(database, "SELECT count(*) FROM copydesk.page_body") == (count + 40,)
    ledger = "SELECT outcome, count FROM copydesk.ledger WHERE stage = 'crawl' ORDER BY outcome"
    with psycopg.connect(database) as connection:
        assert connection.execute(ledger).fetchall() == [("scheduled", count + 40), ("stored", count + 40)]
    assert fetch_one(database, "SELECT kind, state, stored FROM copydesk.v_runs") == ("import", "done", count + 40)

    again = run_json(*files)
    assert again == report | {"files_before": 2}
    assert run_json(*files, "--again") == report | {"stored": 0, "unchanged": count + 50}

    done = run(
        "gazette", "--mode", "stored", "--since", START.isoformat(), "--until", get_time(12).isoformat(), command="run"
    )
    assert done.returncode == 0, done.stderr
    articles = "SELECT count(*), min(published_at), max(published_at), bool_and(body <> '') FROM copydesk.v_articles"
    assert fetch_one(database, articles) == (12, START, get_time(11), True)
    assert fetch_one(database, "SELECT count(*) FROM copydesk.v_stories") == (12,)


def test_every_record_without_a_page_is_counted(settings: Settings, database: str, tmp_path: Path) -> None:
    path = tmp_path / "mixed.warc.gz"
    damaged = bytearray(gzip.compress(make_page(5)))
    damaged[200:300] = bytes(100)
    with ArchiveWriter(path) as archive:
        archive.add("https://gazette.example/news/1", make_page(1), START)
        archive.add("https://www.gazette.example/news/2?utm_source=x", make_page(2), START)
        archive.add("https://gazette.example/news/3", b"gone", START, status="404 Not Found")
        archive.add("https://gazette.example/news/4", b"%PDF-1.7", START, content_type="application/pdf")
        archive.add("https://gazette.example/news/5", bytes(damaged), START, headers=[("Content-Encoding", "gzip")])
        archive.add_raw(b"\x1f\x8b\x08\x00 no member")
        archive.add("https://nowhere.example/1", make_page(6), START)
        archive.add("https://gazette.example/news/1", b"", START + timedelta(days=1), kind="revisit")
    report = run_json(path)
    assert (report["stored"], report["refused"], report["unchanged"]) == (2, 3, 1)
    assert report["reasons"] == {"broken_record": 2, "content type": 1, "http 404": 1, "revisit": 1, "unknown host": 1}
    outcomes = "SELECT outcome, count(*) FROM copydesk.fetch GROUP BY outcome ORDER BY outcome"
    with psycopg.connect(database) as connection:
        assert connection.execute(outcomes).fetchall() == [("quarantined", 1), ("refused", 2), ("stored", 2)]

    adopted = run_json(path, "--wire", "gazette")
    assert (adopted["stored"], adopted["refused"]) == (1, 2)
    assert fetch_one(database, "SELECT wire FROM copydesk.page WHERE url LIKE '%nowhere%'") == ("gazette",)


def test_only_wanted_pages_are_imported(settings: Settings, database: str, tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    write_archive(path, range(20))
    with ArchiveWriter(tmp_path / "b.warc.gz") as archive:
        archive.add("https://news.gazette.example/1", make_page(1), get_time(5))
    report = run_json(
        tmp_path / "a.warc.gz", tmp_path / "b.warc.gz", "--since", get_time(5).isoformat(), "--until",
        get_time(8).isoformat(), "--host", "gazette.example", "--wire", "gazette",
    )  # fmt: skip
    assert (report["stored"], report["filtered"], report["reasons"]) == (4, 17, {"other time": 17})
    other = run_json(path, "--host", "other.example")
    assert (other["stored"], other["reasons"]) == (0, {"other host": 20})


def test_shipped_wires_are_found_by_host(database: str, tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    with ArchiveWriter(path) as archive:
        archive.add("https://www.isna.ir/news/1404010100001/", make_page(1), START)
    assert [wire["wire"] for wire in run_json(path)["wires"]] == ["isna"]


def test_saved_pages_and_wet_files_are_imported(settings: Settings, database: str, tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    folder.mkdir()
    (folder / "1.html").write_bytes(make_page(1))
    (folder / "2.html").write_bytes(make_page(2))
    (tmp_path / "pages.tsv").write_text(
        "path\turl\tfetched_at\n"
        "saved/1.html\thttps://gazette.example/news/1\t2019-03-01T10:00:00Z\n"
        "saved/2.html\thttps://gazette.example/news/2\t\n"
    )
    text = "The harbour was closed because of the fog.\n" * 20
    wet = (
        "WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Target-URI: https://gazette.example/news/3\r\n"
        "WARC-Date: 2019-03-02T10:00:00Z\r\nContent-Type: text/plain\r\n"
        f"Content-Length: {len(text)}\r\n\r\n{text}\r\n\r\n"
    )
    (tmp_path / "a.warc.wet").write_bytes(wet.encode())
    report = run_json(tmp_path / "a.warc.wet", "--manifest", tmp_path / "pages.tsv")
    assert (report["files"], report["stored"]) == (3, 3)
    with psycopg.connect(database) as connection:
        rows: dict[str, str] = dict(
            connection.execute("SELECT url, fetched_at::date::text FROM copydesk.page").fetchall()
        )
    assert rows.pop("https://gazette.example/news/2") >= "2026"
    assert rows == {"https://gazette.example/news/1": "2019-03-01", "https://gazette.example/news/3": "2019-03-02"}
    assert run_json(folder)["reasons"] == {"no url": 2}


def test_unreadable_file_is_an_error_and_is_read_again(settings: Settings, database: str, tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes(b"%PDF-1.7 no page")
    done = run(tmp_path / "a.html", "--url", "https://gazette.example/1")
    assert done.returncode == 65
    assert "Failed to read" in done.stderr
    assert fetch_one(database, "SELECT state, stored FROM copydesk.v_runs") == ("done", 0)
    assert fetch_one(database, "SELECT count(*) FROM copydesk.import_file WHERE is_complete") == (0,)


def test_errors_name_the_remedy(settings: Settings, tmp_path: Path) -> None:
    assert "does not exist" in run(tmp_path / "none.warc.gz").stderr
    assert "No input files." in run().stderr
    write_archive(tmp_path / "a.warc.gz", range(1))
    assert "No wire named 'gazete'. Did you mean gazette?" in run(tmp_path / "a.warc.gz", "--wire", "gazete").stderr
