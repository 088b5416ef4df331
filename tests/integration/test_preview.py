"""Reading stored pages again by other rules: what it would change is told, and is what it then does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest

from copydesk.crawler.sample.background import RunningNetwork, running_network
from copydesk.crawler.sample.network import Network
from copydesk.pipeline.core.errors import BadInput, Permanent, QuarantineError
from copydesk.pipeline.core.records import Article, ArticleKind, Dropped, Window
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.source_files import read_sources
from copydesk.pipeline.db import transaction
from copydesk.pipeline.maintenance.retention import apply_retention
from copydesk.pipeline.runs.planning import RunMode, plan_run
from copydesk.pipeline.runs.reprocess import apply_run, list_cleaner_versions, preview_run
from copydesk.pipeline.runs.stages import fold_run, match_run, record_crawl_counts, report_run, sign_run
from copydesk.pipeline.store.articles import ParseResult
from copydesk.pipeline.store.staged_results import read_staged_results, save_approval_request, stage_results
from tests.digest import digest_tables
from tests.nursery import clean_wire, run_spider

NOW = datetime(2026, 3, 4, 12, 10, tzinfo=UTC)
WINDOW = Window(NOW.replace(minute=0) - timedelta(hours=6), NOW.replace(minute=0))
WIRE = "harborpost"


@pytest.fixture(scope="module")
def network() -> Iterator[RunningNetwork]:
    with running_network(Network(seed=11, per_day=480), now=NOW) as running:
        yield running


def work(settings: Settings, run_id: str, source: Source, mode: RunMode) -> dict[str, int]:
    """One run over one wire, crawled or stored; what the fold did."""
    with transaction(settings) as connection:
        (plan,) = plan_run(
            connection, {WIRE: source}, run_id=run_id, dag_id="newswire", kind="backfill", window=WINDOW, mode=mode,
            now=NOW,
        ).wires  # fmt: skip
    if mode is RunMode.CRAWL:
        stats = run_spider(WIRE, run_id, WINDOW.start, WINDOW.end, mode=plan.strategy)
        record_crawl_counts(settings, run_id, WIRE, stats.total_scheduled)
    clean_wire(settings, run_id, plan.strategy, source)
    sign_run(settings, run_id)
    match_run(settings, run_id)
    return fold_run(settings, run_id)


def plan_reprocess(settings: Settings, run_id: str, source: Source) -> None:
    """Open a run about what is stored."""
    with transaction(settings) as connection:
        plan_run(
            connection, {WIRE: source}, run_id=run_id, dag_id="reprocess", kind="manual", window=WINDOW,
            mode=RunMode.STORED, now=NOW,
        )  # fmt: skip


@pytest.fixture
def source(settings: Settings) -> Source:
    """A wire whose pages were read before it had its boilerplate, crawled."""
    found = read_sources(settings.source_folders)[WIRE]
    work(settings, "crawled", found.model_copy(update={"boilerplate": ()}), RunMode.CRAWL)
    return found


def ignore(line: str) -> None:
    """What is told is not looked at."""


def test_what_is_told_changes_nothing_and_is_what_is_done(settings: Settings, database: str, source: Source) -> None:
    before = digest_tables(database)
    plan_reprocess(settings, "again", source)
    with pytest.raises(BadInput, match="more than 1 pages to read"):
        preview_run(settings, "again", [source], ignore, max_pages=1)
    lines: list[str] = []
    told = preview_run(settings, "again", [source], lines.append)
    assert told.pages >= told.changed > 0
    assert (told.added, told.quarantined) == (0, 0)
    assert sum("would change" in line for line in lines) == min(told.changed, 10)
    assert digest_tables(database) == before
    assert preview_run(settings, "again", [source], lines.append) == told

    rules = list_cleaner_versions(settings, "again", [source])
    done = apply_run(settings, "again", [source], rules)
    names = ("founded", "joined", "left", "merged", "split", "killed")
    assert {name: done[name] for name in names} == {name: told.to_dict()[name] for name in names}
    summary = report_run(settings, "again")
    assert (summary["pages"], summary["new_articles"]) == (told.pages, told.changed)
    after = digest_tables(database)
    twice = apply_run(settings, "again", [source], rules)
    assert {twice[name] for name in names} == {0}
    assert set(preview_run(settings, "again", [source], ignore).to_dict().values()) == {0}
    assert digest_tables(database) == after


def test_what_was_shown_is_done_though_the_pages_are_dropped_meanwhile(
    settings: Settings, database: str, source: Source
) -> None:
    plan_reprocess(settings, "again", source)
    told = preview_run(settings, "again", [source], ignore)
    with psycopg.connect(database) as connection:
        connection.execute("DELETE FROM copydesk.page_body")
        connection.execute("UPDATE copydesk.page_content SET is_body_deleted = true")
    assert preview_run(settings, "again", [source], ignore) == told
    apply_run(settings, "again", [source], list_cleaner_versions(settings, "again", [source]))
    assert report_run(settings, "again")["new_articles"] == told.changed


def test_a_preview_that_was_broken_off_goes_on(settings: Settings, database: str, source: Source) -> None:
    plan_reprocess(settings, "again", source)
    whole = preview_run(settings, "again", [source], ignore)
    with psycopg.connect(database) as connection:
        connection.execute(
            "DELETE FROM copydesk.staged_result WHERE page_id <> (SELECT page_id FROM copydesk.staged_result LIMIT 1)"
        )
    lines: list[str] = []
    assert preview_run(settings, "again", [source], lines.append) == whole
    assert f"{whole.pages - 1} pages to clean" in lines


def test_nothing_is_done_by_other_rules_or_without_what_was_read(
    settings: Settings, database: str, source: Source
) -> None:
    before = digest_tables(database)
    plan_reprocess(settings, "again", source)
    preview_run(settings, "again", [source], ignore)
    rules = list_cleaner_versions(settings, "again", [source])
    other = source.model_copy(update={"boilerplate": (*source.boilerplate, "Nothing like it")})
    with pytest.raises(Permanent, match="rules are others"):
        apply_run(settings, "again", [other], rules)
    assert apply_retention(settings, datetime.now(UTC) + timedelta(days=7, hours=23)).staged_results == 0
    assert apply_retention(settings, datetime.now(UTC) + timedelta(days=8, hours=1)).staged_results > 0
    with pytest.raises(Permanent, match="no longer kept"):
        apply_run(settings, "again", [source], rules)
    assert digest_tables(database) == before


def test_proofs_by_rules_that_are_no_longer_in_force_go(settings: Settings, database: str, source: Source) -> None:
    plan_reprocess(settings, "again", source)
    told = preview_run(settings, "again", [source], ignore)
    other = source.model_copy(update={"boilerplate": (*source.boilerplate, "Nothing like it")})
    assert preview_run(settings, "again", [other], ignore).pages == told.pages
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM copydesk.staged_result").fetchone() == (told.pages,)


def test_what_was_asked_about_can_be_asked_again_and_nothing_else(settings: Settings, database: str) -> None:
    with transaction(settings) as connection:
        save_approval_request(connection, "again", {"figures": {"changed": 3}, "rules": {WIRE: "one"}})
        save_approval_request(connection, "again", {"rules": {WIRE: "one"}, "figures": {"changed": 3}})
        with pytest.raises(Permanent, match="no longer what was asked about"):
            save_approval_request(connection, "again", {"figures": {"changed": 3}, "rules": {WIRE: "two"}})
        save_approval_request(connection, "anew", {"figures": {"changed": 4}, "rules": {WIRE: "two"}})


def test_articles_that_come_between_preview_and_approval_are_kept_as_they_are(
    settings: Settings, database: str, source: Source
) -> None:
    """The schedule goes on: its run reads a page of the range by today's rules before they are approved."""
    plan_reprocess(settings, "again", source)
    told = preview_run(settings, "again", [source], ignore)
    rules = list_cleaner_versions(settings, "again", [source])
    work(settings, "meanwhile", source, RunMode.STORED)
    between = digest_tables(database, ("article", "article_version", "story", "story_member"))
    done = apply_run(settings, "again", [source], rules)
    assert told.changed > 0
    assert {done[name] for name in ("founded", "joined", "left", "merged", "split", "killed")} == {0}
    assert digest_tables(database, ("article", "article_version", "story", "story_member")) == between


def test_what_becomes_of_a_page_is_kept_whole(settings: Settings, database: str) -> None:
    article = Article(
        title="Harbour pilots end strike", paragraphs=("One.", "Two \N{EN DASH} three."), published_at=NOW,
        modified_at=NOW + timedelta(seconds=1.5), dropped=(Dropped("credit", "(Writing by A. Clerk)"),), notice="kill",
        tickers=("NYSE:ABC",), truncated=True,
    )  # fmt: skip
    pages = sorted((uuid4(), uuid4(), uuid4()))
    results = (
        article,
        Article(kind=ArticleKind.REFUSED, reason="login"),
        QuarantineError("hang", "It hung.", "Try again."),
    )
    readings = [ParseResult(page, WIRE, f"{page}", NOW, result) for page, result in zip(pages, results, strict=True)]
    with transaction(settings) as connection:
        stage_results(connection, "run", "rules", readings)
        stage_results(connection, "run", "rules", readings)
        (found,) = read_staged_results(connection, "run", WIRE, "rules")
    assert found[:2] == readings[:2]
    assert str(found[2].result) == str(results[2])
    assert isinstance(found[2].result, QuarantineError)
    assert found[2].result.reason == "hang"
