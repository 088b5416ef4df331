"""Two DAGs in one Airflow may have runs with the same ID and window: their rows are kept apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from copydesk.pipeline.core.errors import NotFound
from copydesk.pipeline.core.records import Page, Window
from copydesk.pipeline.core.settings import Settings, load_settings
from copydesk.pipeline.core.source_files import read_sources
from copydesk.pipeline.core.urls import hash_url
from copydesk.pipeline.db import connect, transaction
from copydesk.pipeline.runs.anomalies import Anomaly, WarningKind, save_warnings
from copydesk.pipeline.runs.planning import plan_run
from copydesk.pipeline.runs.report import report_run
from copydesk.pipeline.runs.stages import fold_run, match_run, record_crawl_counts, record_crawl_result, sign_run
from copydesk.pipeline.store.articles import list_articles
from copydesk.pipeline.store.ledger import read_ledger
from copydesk.pipeline.store.pages import FetchedPage, count_outcomes, save_pages
from copydesk.pipeline.views import run_list
from copydesk.pipeline.views.run_queries import list_run_overviews, read_run_details
from tests.fork_server import clean_wire
from tests.mockserver.fixtures import fetch_rows
from tests.run_keys import run_key_for

RUN_ID = "scheduled__2026-03-04T12:00:00+00:00"
END = datetime(2026, 3, 4, 12, tzinfo=UTC)
WINDOW = Window(END - timedelta(hours=1), END)
DAGS = {
    "newswire": ["The harbour council approved the new ferry timetable after a debate of three hours."],
    "nightwire": [
        "The observatory on the northern ridge counted more meteors than in any March before.",
        "A storehouse of the tram company burned down; nobody was hurt, said the fire brigade.",
    ],
}
"""Each DAG with the texts that its run fetches."""


@pytest.fixture
def settings(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    (tmp_path / "north.toml").write_text(
        'name = "north"\ntitle = "North"\nhome = "https://north.example"\n'
        '[discovery]\nfeeds = ["https://north.example/feed"]\n'
    )
    monkeypatch.setenv("COPYDESK_SOURCES", str(tmp_path))
    load_settings.cache_clear()
    return load_settings()


def make_page(text: str) -> FetchedPage:
    url = f"https://north.example/{hash_url(text).hex()[:8]}"
    title = " ".join(text.split()[:6])
    body = f"<html><head><title>{title}</title></head><article><h1>{title}</h1>{f'<p>{text}</p>' * 4}</article></html>"
    return FetchedPage(Page(url=url, body=body.encode(), fetched_at=WINDOW.start, wire="north"), url, hash_url(url))


def process_run(settings: Settings, dag_id: str) -> None:
    """Process one run of the DAG, from its plan to its report."""
    sources = read_sources(settings.source_folders)
    with transaction(settings) as connection:
        plan = plan_run(
            connection, sources, dag_id=dag_id, run_id=RUN_ID, kind="scheduled", window=WINDOW, now=END
        )  # fmt: skip
        save_pages(connection, plan.run_key, [make_page(text) for text in DAGS[dag_id]])
    record_crawl_counts(settings, plan.run_key, "north", len(DAGS[dag_id]))
    record_crawl_result(settings, plan.run_key, "north", succeeded=True)
    clean_wire(settings, plan.run_key, "live", sources["north"])
    for stage in (sign_run, match_run, fold_run):
        stage(settings, plan.run_key)
    report_run(settings, plan.run_key).raise_for_error()
    with transaction(settings) as connection:
        assert save_warnings(connection, plan.run_key, [Anomaly("north", WarningKind.LAYOUT, f"seen by {dag_id}")])


def test_runs_of_two_dags_with_one_id_are_kept_apart(settings: Settings, database: str) -> None:
    for dag_id in DAGS:
        process_run(settings, dag_id)
    seen: set[UUID] = set()
    with connect(settings) as connection:
        for dag_id, texts in DAGS.items():
            run_key = run_key_for(RUN_ID, dag_id)
            assert sum(count_outcomes(connection, run_key, "north").values()) == len(texts)
            ledger = read_ledger(connection, run_key)
            assert ledger.get("north", "crawl", "scheduled") == ledger.get("north", "clean", "article") == len(texts)
            articles = list_articles(connection, run_key)
            assert len(articles) == len(texts)
            assert seen.isdisjoint(articles)
            seen.update(articles)
            shown = read_run_details(connection, dag_id, RUN_ID)
            assert (shown.run.dag_id, shown.run.summary["new_articles"]) == (dag_id, len(texts))
            assert [one.message for one in shown.warnings if one.kind == "layout"] == [f"seen by {dag_id}"]
            assert {one.dag_id for one in shown.warnings} == {dag_id}
            (line,) = list_run_overviews(connection, [dag_id]).rows
            assert line.new_articles == len(texts)
        assert {(one.dag_id, one.run_id) for one in run_list.list_runs(connection)} == {
            (dag_id, RUN_ID) for dag_id in DAGS
        }
        with pytest.raises(NotFound, match="daywire has no run"):
            read_run_details(connection, "daywire", RUN_ID)
    assert dict(fetch_rows(database, "SELECT dag_id, message FROM copydesk.v_warnings WHERE kind = 'layout'")) == {
        dag_id: f"seen by {dag_id}" for dag_id in DAGS
    }
    fetches = "SELECT dag_id, count(*) FROM copydesk.fetch JOIN copydesk.v_runs USING (run_key) GROUP BY 1"
    assert dict(fetch_rows(database, fetches)) == {dag_id: len(texts) for dag_id, texts in DAGS.items()}
