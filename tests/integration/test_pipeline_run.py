"""Some hours of some sample wires, from URLs to stories, without Airflow: the work of the tasks, in their order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from copydesk.crawler.sample.network import Network
from copydesk.crawler.sample.pair_scores import score_pairs
from copydesk.crawler.sample.sample_wires import load_wires
from copydesk.crawler.sample.story_plan import plans_between
from copydesk.pipeline.core.errors import BadSource, LedgerUnbalanced, NotFound, StageFailed
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import Window
from copydesk.pipeline.core.settings import Settings, load_settings
from copydesk.pipeline.core.source_files import find_source, load_valid_sources, read_sources
from copydesk.pipeline.core.strategy import RunMode, WireStrategy
from copydesk.pipeline.core.urls import canonicalize
from copydesk.pipeline.db import connect, embedded, transaction
from copydesk.pipeline.runs.early_fold import fold_wire
from copydesk.pipeline.runs.planning import RunPlan, plan_run
from copydesk.pipeline.runs.report import report_run
from copydesk.pipeline.runs.stages import fold_run, match_run, record_crawl_counts, sign_run
from copydesk.pipeline.runs.wire_run import make_wire_run
from copydesk.pipeline.store.articles import list_wire_articles
from copydesk.pipeline.views import run_list, story_queries
from tests.databases import Databases, create_database
from tests.fork_server import clean_wire, run_spider
from tests.run_keys import DAG_ID, run_key_for
from tests.sample_network import RunningNetwork, running_network
from tests.table_digest import digest_tables

NOW = datetime(2026, 3, 4, 12, 10, tzinfo=UTC)
WIRES = ("northgate", "meridian", "harborpost", "hfd", "rheinblatt", "southtide")
WINDOW = Window(NOW.replace(minute=0) - timedelta(hours=3), NOW.replace(minute=0))
NETWORK = Network(seed=11, per_day=480)


@pytest.fixture(scope="module")
def network() -> Iterator[RunningNetwork]:
    with running_network(NETWORK, now=NOW) as running:
        yield running


@pytest.fixture(scope="module")
def databases(server: embedded.EmbeddedServer, template: str, network: RunningNetwork, home: Path) -> Databases:
    """Return databases in which one run, "first", has ended; these tests continue from there."""
    name = "copydesk_landed"
    create_database(server, name, template)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COPYDESK_HOME", str(home))
        patch.setenv("COPYDESK_DATABASE_URL", server.url(name))
        patch.setenv("COPYDESK_SOURCES", str(network.sources_folder))
        load_settings.cache_clear()
        plan = process_run(load_settings(), "first", wires=WIRES)
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        # Including pooled connections of other processes: a database in use cannot be a template.
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
    assert all(one.strategy == "archive" for one in plan.wires)
    assert set(plan.skipped) == {"southtide"}
    assert all("no dated archive" in why for why in plan.skipped.values())
    return Databases(server, name, max_uses=1)


def process_run(settings: Settings, run_id: str, mode: RunMode = RunMode.AUTO, wires: tuple[str, ...] = ()) -> RunPlan:
    """Process one run, stage by stage."""
    sources = read_sources(settings.source_folders)
    with transaction(settings) as connection:
        plan = plan_run(
            connection, sources, dag_id=DAG_ID, run_id=run_id, kind="backfill", window=WINDOW, mode=mode,
            wires=wires, now=NOW,
        )  # fmt: skip
    for one in plan.wires:
        if one.strategy != "stored":
            times = datetime.fromisoformat(one.start), datetime.fromisoformat(one.end)
            stats = run_spider(one.wire, DAG_ID, run_id, *times, strategy=WireStrategy(one.strategy))
            record_crawl_counts(settings, plan.run_key, one.wire, stats.total_scheduled)
        clean_wire(settings, plan.run_key, one.strategy, sources[one.wire])
    sign_run(settings, plan.run_key, Profile())
    match_run(settings, plan.run_key, Profile())
    fold_run(settings, plan.run_key, Profile())
    return plan


def test_past_window_is_folded_into_stories(settings: Settings, network: RunningNetwork) -> None:
    summary = report_run(settings, run_key_for("first"), Profile()).summary
    assert summary["scheduled"] == summary["stored"] == summary["pages"] > 20
    assert summary["articles"] == summary["new_articles"]
    assert 0 < summary["stories"] < summary["articles"]

    truth = list(network.truth(WINDOW.start, WINDOW.end, now=NOW))
    sources = read_sources(settings.source_folders)
    canonical = {one.url: canonicalize(one.url, sources[one.wire].identity) for one in truth}
    with connect(settings) as connection:
        found = story_queries.map_articles(connection, Profile().profile_id)
        stories = story_queries.list_stories(connection)
    score = score_pairs(truth, {url: found[address] for url, address in canonical.items() if address in found})
    assert score.articles == summary["articles"]
    assert score.precision >= 0.98, score.false_positives
    assert score.recall >= 0.9, score.missed_by_relation
    assert sum(story.copies for story in stories) <= summary["articles"]


def test_wires_that_are_folded_one_by_one_give_the_same_stories(settings: Settings, database: str) -> None:
    """As in live runs, where a wire does not wait for the others."""
    run_key, sources, profile_id = run_key_for("first"), read_sources(settings.source_folders), Profile().profile_id

    def read_partition() -> set[frozenset[str]]:
        with connect(settings) as connection:
            stories = defaultdict(set)
            for url, story in story_queries.map_articles(connection, profile_id).items():
                stories[story].add(url)
        return {frozenset(urls) for urls in stories.values()}

    expected = read_partition()
    with transaction(settings) as connection:
        connection.execute(
            "TRUNCATE copydesk.sketch, copydesk.edge, copydesk.pending_article, copydesk.story, copydesk.story_member,"
            " copydesk.story_origin, copydesk.story_event, copydesk.story_redirect, copydesk.story_totals CASCADE"
        )
    wires = [wire for wire in reversed(WIRES) if wire != "southtide"]
    for wire in wires:
        with transaction(settings) as connection:
            wire_run = make_wire_run(connection, run_key, sources[wire])
            articles = set(list_wire_articles(connection, run_key, wire, wire_run.cleaner))
        assert fold_wire(settings, wire_run)["founded"] > 0
        with connect(settings) as connection:
            placed = {row[0] for row in connection.execute("SELECT article_id FROM copydesk.story_member")}
        assert articles <= placed
    assert read_partition() == expected
    # The tasks that come after the last wire have nothing left to do.
    before = digest_tables(database)
    assert sign_run(settings, run_key) == 0
    assert match_run(settings, run_key, only_unmatched=True)["candidates"] == 0
    match_run(settings, run_key)
    fold_run(settings, run_key)
    assert digest_tables(database) == before
    assert report_run(settings, run_key).is_balanced


def test_rerun_of_a_window_changes_nothing(settings: Settings, database: str) -> None:
    summary = report_run(settings, run_key_for("first"), Profile()).summary
    before = digest_tables(database)
    process_run(settings, "first", wires=WIRES)
    assert report_run(settings, run_key_for("first"), Profile()).summary == summary
    assert digest_tables(database) == before

    process_run(settings, "second", wires=WIRES)
    again = report_run(settings, run_key_for("second"), Profile()).summary
    assert (again["new_articles"], again["articles"]) == (0, summary["articles"])
    assert digest_tables(database) == before


def test_stories_get_the_originating_agency(settings: Settings, network: RunningNetwork) -> None:
    """Some of the crawled wires are agencies, others print articles of agencies that were never crawled."""
    plans = plans_between(NETWORK, WINDOW.start, WINDOW.end)
    agencies = {plan.story_id: load_wires()[plan.wire].agency for plan in plans}
    story_of_url = {one.url: one.story for one in network.truth(WINDOW.start, WINDOW.end, now=NOW)}
    is_correct = []
    with connect(settings) as connection:
        for url, agency in connection.execute(
            "SELECT c.url, s.origin_agency FROM copydesk.v_stories s JOIN copydesk.v_copies c USING (story_id)"
        ):
            is_correct.append(agencies[story_of_url[url]].casefold() == agency.casefold())
    assert len(is_correct) > 20
    assert sum(is_correct) >= 0.95 * len(is_correct)


def test_stored_pages_are_reprocessed_without_fetching(settings: Settings, network: RunningNetwork) -> None:
    asked = sum(network.requests.values())
    plan = process_run(settings, "stored", mode=RunMode.STORED)
    assert [one.wire for one in plan.wires] == ["harborpost", "hfd", "meridian", "northgate", "rheinblatt"]
    assert sum(network.requests.values()) == asked
    summary = report_run(settings, run_key_for("stored"), Profile()).summary
    assert summary["articles"] > 0
    assert summary["new_articles"] == summary["scheduled"] == 0


@pytest.mark.unsound
def test_lost_article_makes_the_ledger_unbalanced(settings: Settings, database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("DELETE FROM copydesk.article_version")
        connection.execute("DELETE FROM copydesk.story_member")
    with pytest.raises(LedgerUnbalanced, match="in_stories 0"):
        report_run(settings, run_key_for("first"), Profile()).raise_for_error()
    with connect(settings) as connection:
        assert run_list.list_runs(connection)[0].state == "failed"
    # A stage that failed is the reason, not the sum that is wrong because of it.
    reported = report_run(settings, run_key_for("first"), Profile(), failed_stages=["match"])
    with pytest.raises(StageFailed, match=r"The task match failed, and (\d+) of the run's \1 articles are in no story"):
        reported.raise_for_error()
    assert {warning["kind"] for warning in reported.warnings} >= {"run_failed"}
    assert not reported.is_balanced


def test_invalid_source_file_is_planned_without_blocking_others(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("name = broken")
    survey = load_valid_sources([*settings.source_folders, tmp_path])
    assert survey.errors.keys() == {"broken"}
    with connect(settings) as connection:
        plan = plan_run(
            connection, survey.sources, dag_id=DAG_ID, run_id="run", kind="backfill", window=WINDOW,
            wires=("broken", "hfd"), now=NOW, invalid_wires=survey.errors,
        )  # fmt: skip
    assert [one.wire for one in plan.wires] == ["hfd", "broken"]
    with pytest.raises(BadSource, match=r"broken\.toml: invalid TOML"):
        find_source("broken", [tmp_path])


def test_run_without_an_enabled_wire_warns_with_the_remedy(settings: Settings) -> None:
    disabled = {
        name: source.model_copy(update={"enabled": False})
        for name, source in read_sources(settings.source_folders).items()
    }
    with connect(settings) as connection:
        plan = plan_run(
            connection, disabled, dag_id=DAG_ID, run_id="idle", kind="scheduled", window=WINDOW, now=NOW
        )  # fmt: skip
        connection.commit()
    assert (plan.wires, dict(plan.skipped)) == ((), {})
    report = report_run(settings, plan.run_key, Profile(), plan.wires)
    report.raise_for_error()
    (warning,) = [found for found in report.warnings if found["kind"] == "no_wires"]
    assert "copydesk wires enable" in warning["message"]


def test_unknown_wire_is_reported(settings: Settings) -> None:
    with pytest.raises(NotFound, match="No wire is named nowhere"):
        process_run(settings, "run", wires=("nowhere",))
