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

from tests.mockserver import Answer, MockSite, Seen, bad_responses
from tests.mockserver.feeds import rss
from tests.mockserver.fixtures import ask, make_site, make_wire  # noqa: F401 - fixtures
from tests.mockserver.wire import MockWire

NOW = datetime.now(UTC).replace(microsecond=0)


def copydesk(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "copydesk.pipeline.cli.main", *arguments], capture_output=True, text=True, check=False
    )


def test_a_wire_is_listed_checked_and_crawled(site: MockSite, wire: MockWire, database: str) -> None:
    site.paths = {
        "/feed": Answer.xml(rss([(f"{site.url}/a", NOW - timedelta(minutes=5))])),
        "/a": Answer.page("<p>A page.</p>"),
    }
    wire.write(discovery={"feeds": [f"{site.url}/feed"]})

    (listed,) = [json.loads(line) for line in copydesk("wires", "--json").stdout.splitlines()]
    assert (listed["name"], listed["discovery"], listed["enabled"]) == ("mock", ["feeds"], True)

    checked = copydesk("wires", "check", "mock")
    assert checked.returncode == 0
    assert f"{site.url}/a" in checked.stdout
    assert "lists 1 page of the last 1 h:" in checked.stdout
    assert site.asked("/a") == []

    crawled = copydesk("crawl", "mock", "--json")
    assert crawled.returncode == 0, crawled.stderr
    told = json.loads(crawled.stdout)
    assert told["outcomes"]["stored"] == told["scheduled"] == 1
    assert ask(database, "SELECT kind, state FROM copydesk.run") == [("cli", "done")]

    del site.paths["/feed"]
    gone = copydesk("crawl", "mock", "--quiet")
    assert gone.returncode == 78
    assert "none of its feeds exists any more" in gone.stderr
    assert "Traceback" not in gone.stderr
    asked = copydesk("wires", "check", "mock")
    assert asked.returncode == 78
    assert asked.stderr.strip().endswith("Correct the URLs under discovery in its file, or try again later.")


def test_what_a_backfill_would_read_once_more_is_told(site: MockSite, wire: MockWire, database: str) -> None:
    site.paths = {
        "/feed": Answer.xml(rss([(f"{site.url}/a", NOW - timedelta(hours=5))])),
        "/a": Answer.page("<p>A page.</p>"),
    }
    wire.write(discovery={"feeds": [f"{site.url}/feed"]})
    assert copydesk("crawl", "mock", "--quiet").returncode == 0
    there = ("--since", (NOW - timedelta(hours=6)).isoformat(), "--until", (NOW - timedelta(hours=4)).isoformat())
    before = ("--since", (NOW - timedelta(hours=9)).isoformat(), "--until", (NOW - timedelta(hours=6)).isoformat())

    assert copydesk("wires", "check", *there, "--json").stdout == (
        '{"name": "mock", "strategy": "stored", "wanted": 1, "error": ""}\n'
    )
    assert "list 0 pages; a backfill reprocesses 1 stored page." in copydesk("wires", "check", *there).stdout
    one = copydesk("wires", "check", "mock", *there)
    assert (one.returncode, one.stderr) == (0, "")
    assert "mock has no dated archive: a backfill reprocesses 1 stored page of" in one.stdout

    (row,) = [json.loads(line) for line in copydesk("wires", "check", *before, "--json").stdout.splitlines()]
    assert (row["strategy"], row["wanted"]) == ("none", 0)
    assert copydesk("wires", "check", "mock", *before).returncode == 65


def test_mistakes_are_one_sentence_and_the_other_wires_are_listed(wire: MockWire, database: str) -> None:
    wire.write(discovery={"feeds": [f"{wire.home}/feed"]})
    (wire.folder / "broken.toml").write_text('name = "broken"\nflavour = 1\n')
    listed = copydesk("wires", "--json")
    assert [json.loads(line)["name"] for line in listed.stdout.splitlines()] == ["mock"]
    assert listed.returncode == 78
    assert "broken.toml" in listed.stderr
    for arguments, status in [
        (("crawl", "nothing"), 66),
        (("crawl", "broken"), 78),
        (("crawl", "mock", "--since", "yesterday"), 65),
        (("crawl", "mock", "--since", "2026-01-02", "--until", "2026-01-01"), 65),
    ]:
        done = copydesk(*arguments)
        assert done.returncode == status, done.stderr
        assert "Traceback" not in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("number", "status", "told"), [(signal.SIGINT, 130, "copydesk: interrupted.\n"), (signal.SIGTERM, 143, "")]
)
def test_a_crawl_that_is_ended_early_closes_its_run(
    site: MockSite, wire: MockWire, database: str, number: signal.Signals, status: int, told: str
) -> None:
    asked = threading.Event()

    def hang(_: Seen) -> Answer:
        asked.set()
        return bad_responses.drip(site.closing)

    site.paths = {"/feed": hang}
    wire.write(discovery={"feeds": [f"{site.url}/feed"]}, politeness={"timeout": 60})
    crawl = subprocess.Popen(
        [sys.executable, "-m", "copydesk.pipeline.cli.main", "crawl", "mock", "--quiet"],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert asked.wait(120)
    os.kill(crawl.pid, number)
    _, errors = crawl.communicate(timeout=60)
    assert crawl.returncode == status
    assert errors.endswith(told)
    assert "Traceback" not in errors
    assert ask(database, "SELECT state, summary->>'error' FROM copydesk.run") == [("failed", "interrupted")]
    assert ask(database, "SELECT count(*) FROM copydesk.ledger") == [(0,)]  # nobody takes the window for crawled
    (listed,) = copydesk("runs", "--json").stdout.splitlines()
    assert json.loads(listed)["error"] == "interrupted"
