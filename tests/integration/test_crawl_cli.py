"""`copydesk wires`, `wires check` and `crawl`, as people and programs use them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest

from tests.airflow_process import run_command
from tests.mockserver import MockRequest, MockResponse, MockSite, bad_responses
from tests.mockserver.feeds import rss
from tests.mockserver.fixtures import fetch_rows, make_site, make_wire  # noqa: F401 - fixtures
from tests.mockserver.wire import MockWire

NOW = datetime.now(UTC).replace(microsecond=0)


def test_wire_is_listed_checked_and_crawled(site: MockSite, wire: MockWire, database: str) -> None:
    site.paths = {
        "/feed": MockResponse.xml(rss([(f"{site.url}/a", NOW - timedelta(minutes=5))])),
        "/a": MockResponse.page("<p>A page.</p>"),
    }
    wire.write(discovery={"feeds": [f"{site.url}/feed"]})

    (listed,) = [json.loads(line) for line in run_command("wires", "--json").stdout.splitlines()]
    assert (listed["name"], listed["discovery"], listed["enabled"]) == ("mock", ["feeds"], True)

    checked = run_command("wires", "check", "mock")
    assert checked.returncode == 0
    assert f"{site.url}/a" in checked.stdout
    assert "lists 1 page of the last 1 h:" in checked.stdout
    assert site.requests_for("/a") == []

    crawled = run_command("crawl", "mock", "--json")
    assert crawled.returncode == 0, crawled.stderr
    stats = json.loads(crawled.stdout)
    assert stats["outcomes"]["stored"] == stats["scheduled"] == 1
    assert fetch_rows(database, "SELECT kind, state FROM copydesk.run") == [("cli", "done")]

    del site.paths["/feed"]
    gone = run_command("crawl", "mock", "--quiet")
    assert gone.returncode == 78
    assert "none of its feeds exists any more" in gone.stderr
    assert "Traceback" not in gone.stderr
    asked = run_command("wires", "check", "mock")
    assert asked.returncode == 78
    assert asked.stderr.strip().endswith("Correct the URLs under discovery in its file, or try again later.")


def test_check_reports_stored_pages_of_a_backfill(site: MockSite, wire: MockWire, database: str) -> None:
    site.paths = {
        "/feed": MockResponse.xml(rss([(f"{site.url}/a", NOW - timedelta(hours=5))])),
        "/a": MockResponse.page("<p>A page.</p>"),
    }
    wire.write(discovery={"feeds": [f"{site.url}/feed"]})
    assert run_command("crawl", "mock", "--quiet").returncode == 0
    there = ("--since", (NOW - timedelta(hours=6)).isoformat(), "--until", (NOW - timedelta(hours=4)).isoformat())
    before = ("--since", (NOW - timedelta(hours=9)).isoformat(), "--until", (NOW - timedelta(hours=6)).isoformat())

    assert run_command("wires", "check", *there, "--json").stdout == (
        '{"name": "mock", "strategy": "stored", "wanted": 1, "error": ""}\n'
    )
    assert "list 0 pages; a backfill reprocesses 1 stored page." in run_command("wires", "check", *there).stdout
    one = run_command("wires", "check", "mock", *there)
    assert (one.returncode, one.stderr) == (0, "")
    assert "mock has no dated archive: a backfill reprocesses 1 stored page of" in one.stdout

    (row,) = [json.loads(line) for line in run_command("wires", "check", *before, "--json").stdout.splitlines()]
    assert (row["strategy"], row["wanted"]) == ("none", 0)
    assert run_command("wires", "check", "mock", *before).returncode == 65


def test_errors_are_one_sentence_and_other_wires_are_listed(wire: MockWire, database: str) -> None:
    wire.write(discovery={"feeds": [f"{wire.home}/feed"]})
    (wire.folder / "broken.toml").write_text('name = "broken"\nflavour = 1\n')
    listed = run_command("wires", "--json")
    assert [json.loads(line)["name"] for line in listed.stdout.splitlines()] == ["mock"]
    assert listed.returncode == 78
    assert "broken.toml" in listed.stderr
    for arguments, status in [
        (("crawl", "nothing"), 66),
        (("crawl", "broken"), 78),
        (("crawl", "mock", "--since", "tomorrow"), 65),
        (("crawl", "mock", "--since", "2026-01-02", "--until", "2026-01-01"), 65),
    ]:
        done = run_command(*arguments)
        assert done.returncode == status, done.stderr
        assert "Traceback" not in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("signal_number", "status", "message"),
    [(signal.SIGINT, 130, "copydesk: interrupted.\n"), (signal.SIGTERM, 143, "")],
)
def test_interrupted_crawl_closes_its_run(
    site: MockSite, wire: MockWire, database: str, signal_number: signal.Signals, status: int, message: str
) -> None:
    requested = threading.Event()

    def hang(_: MockRequest) -> MockResponse:
        requested.set()
        return bad_responses.endless_body(site.closing)

    site.paths = {"/feed": hang}
    wire.write(discovery={"feeds": [f"{site.url}/feed"]}, politeness={"timeout": 60})
    crawl = subprocess.Popen(
        [sys.executable, "-m", "copydesk.pipeline.cli.main", "crawl", "mock", "--quiet"],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert requested.wait(120)
    os.kill(crawl.pid, signal_number)
    _, errors = crawl.communicate(timeout=60)
    assert crawl.returncode == status
    assert errors.endswith(message)
    assert "Traceback" not in errors
    assert fetch_rows(database, "SELECT state, summary->>'error' FROM copydesk.run") == [("failed", "interrupted")]
    assert fetch_rows(database, "SELECT count(*) FROM copydesk.ledger") == [
        (0,)
    ]  # the window does not count as crawled
    (listed,) = run_command("runs", "--json").stdout.splitlines()
    assert json.loads(listed)["error"] == "interrupted"
