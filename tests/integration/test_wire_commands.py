"""`copydesk wires show`, `quarantine`, `warnings` and the groups without a subcommand."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from copydesk.pipeline.cli.registry import make_app
from copydesk.pipeline.core.errors import BadInput, NotFound
from copydesk.pipeline.core.ids import make_run_key
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.store.states import FailureGrade
from copydesk.pipeline.store.wire_polls import PollFailure, save_poll
from tests.article_store import PROFILE, ArticleStore

NOW = datetime.now(UTC)
RUN_ID = "scheduled__2026-03-04T10:00:00+00:00"
SOURCE = """name = "north"
title = "North Wire"
home = "https://north.example"
[discovery]
feeds = ["https://north.example/rss"]
"""


@pytest.fixture(autouse=True)
def wire(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the URL of a database in which the wire has a failed crawl, refusals, and a page in quarantine."""
    (tmp_path / "north.toml").write_text(SOURCE)
    monkeypatch.setenv("COPYDESK_SOURCES", str(tmp_path))
    load_settings.cache_clear()
    store = ArticleStore(database)
    store.process(store.insert([Document("one", "Ferry sails", "The ferry sails again. " * 20, NOW)], "north"))
    store.close()
    return database


def add_run(database: str, hours_ago: int, outcome: str, run_id: str = RUN_ID) -> None:
    """Add a run in which the wire's crawl succeeded or failed, with two refused URLs and a quarantined page."""
    key = {"run_id": run_id, "run_key": make_run_key("newswire", run_id), "wire": "north", "outcome": outcome}
    end = NOW - timedelta(hours=hours_ago)
    with psycopg.connect(database) as connection:
        page = connection.execute("SELECT page_id::text FROM copydesk.page LIMIT 1").fetchone()
        assert page is not None
        values = {**key, "start": end - timedelta(hours=1), "end": end, "page": page[0]}
        with psycopg.ClientCursor(connection) as cursor:
            cursor.execute(
                """INSERT INTO copydesk.run (dag_id, run_id, run_key, kind, window_start, window_end, wires, state)
                VALUES ('newswire', %(run_id)s, %(run_key)s, 'scheduled', %(start)s, %(end)s, '{north}', 'done');
                INSERT INTO copydesk.ledger VALUES (%(run_key)s, %(wire)s, 'crawl_result', %(outcome)s, 1);
                INSERT INTO copydesk.fetch (run_key, wire, url_key, url, outcome, reason)
                SELECT %(run_key)s, %(wire)s, sha256(n::text::bytea), 'https://north.example/' || n, 'refused', 'robots'
                FROM generate_series(1, 2) n;
                INSERT INTO copydesk.warning (run_key, wire, kind, message)
                VALUES (%(run_key)s, %(wire)s, 'silent', 'north listed nothing.');
                INSERT INTO copydesk.quarantine (stage, subject_id, wire, reason, detail, run_key)
                VALUES ('clean', %(page)s, %(wire)s, 'timeout', 'The page took 5 s.', %(run_key)s)
                ON CONFLICT DO NOTHING""",
                values,
            )


def run(*arguments: str) -> str:
    done = CliRunner().invoke(make_app(), arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_wire_with_only_a_failed_crawl_is_not_ok(wire: str) -> None:
    assert json.loads(run("wires", "show", "north", "--json"))["health"]["state"] == "never crawled"
    add_run(wire, 1, "failed")
    health = json.loads(run("wires", "show", "north", "--json"))["health"]
    assert (health["state"], health["last_good_crawl"], health["recent_articles"]) == ("failing", None, 1)
    assert health["refusals"] == [{"stage": "crawl", "outcome": "refused", "reason": "robots", "count": 2}]
    assert health["quarantine"] == {"timeout": 1}
    output = run("wires", "show", "north")
    assert "state             failing: its last crawl failed" in output
    assert "last good crawl   never" in output
    assert "feeds             https://north.example/rss" in output


def test_list_shows_a_failing_wire(wire: str) -> None:
    key = make_run_key("newswire", RUN_ID)
    with psycopg.connect(wire) as connection:
        save_poll(connection, "north", key, NOW, PollFailure(FailureGrade.TEMPORARY, "connection refused"))
    row = json.loads(run("wires", "--json"))
    assert (row["state"], row["failures"]) == ("failing", 1)
    health = json.loads(run("wires", "show", "north", "--json"))["health"]
    assert (health["state"], health["reason"]) == ("failing", "connection refused")
    assert "failing since" in run("wires", "show", "north")


def test_wire_with_a_good_last_crawl_is_ok(wire: str) -> None:
    add_run(wire, 3, "failed")
    add_run(wire, 1, "succeeded", "manual__two")
    assert json.loads(run("wires", "show", "north", "--json"))["health"]["state"] == "ok"


def test_page_in_quarantine_is_shown(wire: str) -> None:
    add_run(wire, 1, "succeeded")
    page_id = json.loads(run("quarantine", "--json"))["id"]
    output = run("quarantine", "show", str(page_id))
    assert "reason          timeout" in output
    assert "detail          The page took 5 s." in output
    assert RUN_ID in output
    with pytest.raises(NotFound, match="No page in quarantine has the ID 999"):
        run("quarantine", "show", "999")


def test_warnings_are_filtered_by_run_wire_and_time(wire: str) -> None:
    assert run("warnings") == "No warnings.\n"
    add_run(wire, 1, "failed")
    assert "north listed nothing." in run("warnings", "--run", "scheduled__2026-03-04", "--wire", "north")
    assert [json.loads(line)["run_id"] for line in run("warnings", "--since", "1h", "--json").splitlines()] == [RUN_ID]
    assert run("warnings", "--since", "now") == "No warnings match --since now.\n"
    with pytest.raises(NotFound, match="No run with ID"):
        run("warnings", "--run", "scheduled__2027")
    add_run(wire, 2, "failed", "scheduled__2026-03-04T11:00:00+00:00")
    with pytest.raises(BadInput, match="Several runs have an ID that starts with"):
        run("warnings", "--run", "scheduled__")


def test_groups_without_subcommand_list_what_is_there() -> None:
    assert run("quarantine") == "No pages in quarantine.\n"
    assert PROFILE.profile_id in run("profiles")
    assert "article_version" in run("db")
    assert json.loads(run("wires", "--json"))["name"] == "north"
