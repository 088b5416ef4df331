"""The plugin's pages on PostgreSQL, and that no text in them can do anything."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from copydesk.pipeline.core.errors import NotFound
from copydesk.pipeline.core.records import Document, Window
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.db import connect
from copydesk.pipeline.runs.anomalies import Anomaly, WarningKind, save_warnings
from copydesk.pipeline.store.ledger import save_counts
from copydesk.pipeline.store.runs import close_run, open_run
from copydesk.pipeline.store.states import LedgerStage, RunState
from copydesk.pipeline.views.run_queries import list_run_overviews, list_warnings, read_run_details
from tests.airflow_process import run_with_airflow
from tests.article_store import ArticleStore
from tests.run_keys import DAG_ID

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
BODY = "The ferry to the island sails again after the storm, the harbour master said on Wednesday morning. " * 4
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)> {{ 7919 * 7907 }}"

# Run in a separate process, because the pages import Airflow. They are printed as they would be served.
RENDER = """
from copydesk.dags.ui.home_page import show_home
from copydesk.dags.ui.run_pages import show_run
from copydesk.dags.ui.story_pages import show_story
import sys
for page in (show_home(None), show_run(None, "newswire", "one"), show_story(sys.argv[1])):
    print(len(page.body.decode().split("<script")) - 1, "scripts")
    print(page.headers["content-security-policy"])
    print(page.body.decode())
"""


@pytest.fixture
def story(database: str) -> str:
    """Save a run with two copies of one story with a hostile title, a failed and a skipped wire; return its ID."""
    store = ArticleStore(database)
    with store.connection as connection:
        run_key = open_run(
            connection, DAG_ID, "one", kind="scheduled", mode="auto", window=Window(NOW - timedelta(hours=1), NOW),
            wires=["north", "east"], skipped={"south": "has no dated archive"},
        )  # fmt: skip
        connection.execute("UPDATE copydesk.run SET started_at = now() - interval '1 minute'")
        ids = store.insert([Document("a", HOSTILE, BODY, NOW)], "north") + store.insert(
            [Document("b", HOSTILE, BODY, NOW)], "east"
        )
        store.process(ids)
        connection.execute(
            "INSERT INTO copydesk.run_page (run_key, wire, page_id)"
            " SELECT %s, a.wire, v.page_id"
            " FROM copydesk.article a JOIN copydesk.article_version v USING (article_id)",
            (run_key,),
        )
        connection.execute(
            "INSERT INTO copydesk.page_result (page_id, wire, cleaner, outcome, article_id, version_id, run_key)"
            " SELECT page_id, 'north', 'test', 'article', article_id, version_id, %s FROM copydesk.article_version",
            (run_key,),
        )
        save_counts(connection, run_key, "north", LedgerStage.CRAWL, {"scheduled": 3, "stored": 1, "refused": 2})
        save_counts(connection, run_key, "north", LedgerStage.CLEAN, {"pages": 1, "article": 1})
        save_warnings(connection, run_key, [Anomaly("east", WarningKind.FAILED, HOSTILE)])
        close_run(connection, run_key, RunState.DONE, {"new_articles": 2, "failed_wires": {"east": HOSTILE}})
        row = connection.execute("SELECT story_id::text FROM copydesk.story").fetchone()
    assert row is not None
    return str(row[0])


@pytest.mark.usefixtures("story")
def test_run_details_list_wires_and_stories() -> None:
    with connect(load_settings()) as connection:
        view = read_run_details(connection, "newswire", "one")
        assert [(row.wire, row.state) for row in view.wires] == [
            ("north", "partial"), ("east", "failed"), ("south", "skipped"),
        ]  # fmt: skip
        (found,) = view.stories.rows
        assert (found.copies, found.run_copies, found.wires, found.is_new, found.title) == (2, 2, 2, True, HOSTILE)
        assert [one.kind for one in view.warnings] == ["failed"]
        (line,) = list_run_overviews(connection, ["newswire"]).rows
        assert (line.warnings, line.new_articles, line.wires) == (1, 2, 2)
        assert list_run_overviews(connection, ["maintain"]).rows == []
        (warning,) = list_warnings(connection, datetime.now(UTC) - timedelta(hours=1), ["newswire"]).rows
        assert (warning.wire, warning.map_index) == ("east", 1)
        assert list_warnings(connection, datetime.now(UTC) - timedelta(hours=1), ["maintain"]).rows == []
        assert list_warnings(connection, datetime.now(UTC) + timedelta(hours=1)).rows == []
        with pytest.raises(NotFound):  # readers of another DAG may have no access to this one
            read_run_details(connection, "reprocess", "one")


def test_page_text_is_escaped(story: str) -> None:
    done = run_with_airflow(RENDER, story, preload=["copydesk.dags.ui.routes"])
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.count("default-src 'none'") == 3
    assert done.stdout.count("<html") == 3
    assert done.stdout.count("1 scripts") == 3
    assert "alert(1)</script>" not in done.stdout
    assert "<img" not in done.stdout
    assert done.stdout.count("&lt;script&gt;") >= 6
    assert "{{ 7919 * 7907 }}" in done.stdout
    assert str(7919 * 7907) not in done.stdout


def test_plugin_imports_no_server_modules(tmp_path: Path) -> None:
    code = (
        "import sys; from airflow.plugins_manager import AirflowPlugin; before = set(sys.modules)\n"
        "import copydesk.dags.ui.plugin\n"
        "print(sorted(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "AIRFLOW_HOME": str(tmp_path)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    ours = ["", ".dags", ".dags.alerts", ".dags.alerts.deadline_reference", ".dags.ui", ".dags.ui.plugin"]
    assert done.stdout.strip() == str([f"copydesk{name}" for name in ours])


def test_plugin_is_registered_as_entry_point() -> None:
    from importlib.metadata import entry_points

    assert [point.value for point in entry_points(group="airflow.plugins", name="copydesk")] == [
        "copydesk.dags.ui.plugin:CopydeskPlugin"
    ]
