"""Reading stored pages again by other rules: the preview lists what would change, and exactly that then changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest

from copydesk.crawler.sample.background import RunningNetwork, running_network
from copydesk.crawler.sample.network import Network
from copydesk.pipeline.core.errors import BadInput, Permanent, QuarantineError
from copydesk.pipeline.core.records import Article, ArticleKind, DroppedText, Window
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.source_files import read_sources
from copydesk.pipeline.core.strategy import RunMode, WireStrategy
from copydesk.pipeline.db import transaction
from copydesk.pipeline.maintenance.retention import apply_retention
from copydesk.pipeline.runs.planning import plan_run
from copydesk.pipeline.runs.report import report_run
from copydesk.pipeline.runs.reprocess import apply_run, preview_run
from copydesk.pipeline.runs.stages import fold_run, match_run, record_crawl_counts, sign_run
from copydesk.pipeline.store.articles import ParseResult
from copydesk.pipeline.store.staged_results import read_staged_results, save_approval_request, stage_results
from tests.fork_server import clean_wire, run_spider
from tests.run_keys import DAG_ID, key_of
from tests.table_digest import digest_tables

NOW = datetime(2026, 3, 4, 12, 10, tzinfo=UTC)
WINDOW = Window(NOW.replace(minute=0) - timedelta(hours=6), NOW.replace(minute=0))
WIRE = "harborpost"
AGAIN = key_of("again", "reprocess")


@pytest.fixture(scope="module")
def network() -> Iterator[RunningNetwork]:
    with running_network(Network(seed=11, per_day=480), now=NOW) as running:
        yield running


def work(settings: Settings, run_id: str, source: Source, mode: RunMode) -> dict[str, int]:
    """One run over one wire, crawled or stored; what the fold did."""
    with transaction(settings) as connection:
        planned = plan_run(
            connection, {WIRE: source}, dag_id=DAG_ID, run_id=run_id, kind="backfill", window=WINDOW, mode=mode,
            now=NOW,
        )  # fmt: skip
    run_key, (plan,) = planned.run_key, planned.wires
    if mode is RunMode.CRAWL:
        stats = run_spider(WIRE, DAG_ID, run_id, WINDOW.start, WINDOW.end, strategy=WireStrategy(plan.strategy))
        record_crawl_counts(settings, run_key, WIRE, stats.total_scheduled)
    clean_wire(settings, run_key, plan.strategy, source)
    sign_run(settings, run_key)
    match_run(settings, run_key)
    return fold_run(settings, run_key)


def plan_reprocess(settings: Settings, run_id: str, source: Source) -> None:
    """Open a run about what is stored."""
    with transaction(settings) as connection:
        plan_run(
            connection, {WIRE: source}, dag_id="reprocess", run_id=run_id, kind="manual", window=WINDOW,
            mode=RunMode.STORED, now=NOW,
        )  # fmt: skip


@pytest.fixture
def source(settings: Settings) -> Source:
    """Crawl a wire and read its pages before it has its boilerplate; return the wire with it."""
    found = read_sources(settings.source_folders)[WIRE]
    work(settings, "crawled", found.model_copy(update={"boilerplate": ()}), RunMode.CRAWL)
    return found


def ignore(line: str) -> None:
    """Ignore what is reported."""


def test_what_is_told_changes_nothing_and_is_what_is_done(settings: Settings, database: str, source: Source) -> None:
    before = digest_tables(database)
    plan_reprocess(settings, "again", source)
    with pytest.raises(BadInput, match="contains more than 1 pages to read"):
        preview_run(settings, AGAIN, [source], ignore, max_pages=1)
    lines: list[str] = []
    told = preview_run(settings, AGAIN, [source], lines.append)
    assert told.counts.pages >= told.counts.changed > 0
    assert (told.counts.added, told.counts.quarantined) == (0, 0)
    assert sum("would change" in line for line in lines) == min(told.counts.changed, 10)
    assert digest_tables(database) == before
    assert preview_run(settings, AGAIN, [source], lines.append) == told

    rules = told.cleaner_versions
    done = apply_run(settings, AGAIN, [source], rules)
    names = ("founded", "joined", "left", "merged", "split", "killed")
    assert {name: done[name] for name in names} == {name: told.counts.to_dict()[name] for name in names}
    summary = report_run(settings, AGAIN).summary
    assert (summary["pages"], summary["new_articles"]) == (told.counts.pages, told.counts.changed)
    after = digest_tables(database)
    twice = apply_run(settings, AGAIN, [source], rules)
    assert {twice[name] for name in names} == {0}
    assert set(preview_run(settings, AGAIN, [source], ignore).counts.to_dict().values()) == {0}
    assert digest_tables(database) == after


def test_what_was_shown_is_done_though_the_pages_are_dropped_meanwhile(
    settings: Settings, database: str, source: Source
) -> None:
    plan_reprocess(settings, "again", source)
    told = preview_run(settings, AGAIN, [source], ignore)
    with psycopg.connect(database) as connection:
        connection.execute("DELETE FROM copydesk.page_body")
        connection.execute("UPDATE copydesk.page_content SET is_body_deleted = true")
    assert preview_run(settings, AGAIN, [source], ignore) == told
    apply_run(settings, AGAIN, [source], told.cleaner_versions)
    assert report_run(settings, AGAIN).summary["new_articles"] == told.counts.changed


def test_a_preview_that_was_broken_off_goes_on(settings: Settings, database: str, source: Source) -> None:
    plan_reprocess(settings, "again", source)
    whole = preview_run(settings, AGAIN, [source], ignore)
    with psycopg.connect(database) as connection:
        connection.execute(
            "DELETE FROM copydesk.staged_result WHERE page_id <> (SELECT page_id FROM copydesk.staged_result LIMIT 1)"
        )
    lines: list[str] = []
    assert preview_run(settings, AGAIN, [source], lines.append) == whole
    assert f"{whole.counts.pages - 1} pages to clean" in lines


def test_nothing_is_done_by_other_rules_or_without_what_was_read(
    settings: Settings, database: str, source: Source
) -> None:
    before = digest_tables(database)
    plan_reprocess(settings, "again", source)
    rules = preview_run(settings, AGAIN, [source], ignore).cleaner_versions
    other = source.model_copy(update={"boilerplate": (*source.boilerplate, "Nothing like it")})
    with pytest.raises(Permanent, match="rules have changed since"):
        apply_run(settings, AGAIN, [other], rules)
    assert apply_retention(settings, datetime.now(UTC) + timedelta(days=7, hours=23)).staged_results == 0
    assert apply_retention(settings, datetime.now(UTC) + timedelta(days=8, hours=1)).staged_results > 0
    with pytest.raises(Permanent, match="no longer stored"):
        apply_run(settings, AGAIN, [source], rules)
    assert digest_tables(database) == before


def test_proofs_by_rules_that_are_no_longer_in_force_go(settings: Settings, database: str, source: Source) -> None:
    plan_reprocess(settings, "again", source)
    told = preview_run(settings, AGAIN, [source], ignore)
    other = source.model_copy(update={"boilerplate": (*source.boilerplate, "Nothing like it")})
    assert preview_run(settings, AGAIN, [other], ignore).counts.pages == told.counts.pages
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM copydesk.staged_result").fetchone() == (told.counts.pages,)


def test_what_was_asked_about_can_be_asked_again_and_nothing_else(settings: Settings, database: str) -> None:
    with transaction(settings) as connection:
        save_approval_request(connection, AGAIN, {"figures": {"changed": 3}, "rules": {WIRE: "one"}})
        save_approval_request(connection, AGAIN, {"rules": {WIRE: "one"}, "figures": {"changed": 3}})
        with pytest.raises(Permanent, match="differ from those in the request for approval"):
            save_approval_request(connection, AGAIN, {"figures": {"changed": 3}, "rules": {WIRE: "two"}})
        save_approval_request(
            connection, key_of("anew", "reprocess"), {"figures": {"changed": 4}, "rules": {WIRE: "two"}}
        )


def test_articles_that_come_between_preview_and_approval_are_kept_as_they_are(
    settings: Settings, database: str, source: Source
) -> None:
    """The schedule goes on: its run reads a page of the range by today's rules before they are approved."""
    plan_reprocess(settings, "again", source)
    told = preview_run(settings, AGAIN, [source], ignore)
    rules = told.cleaner_versions
    work(settings, "meanwhile", source, RunMode.STORED)
    between = digest_tables(database, ("article", "article_version", "story", "story_member"))
    done = apply_run(settings, AGAIN, [source], rules)
    assert told.counts.changed > 0
    assert {done[name] for name in ("founded", "joined", "left", "merged", "split", "killed")} == {0}
    assert digest_tables(database, ("article", "article_version", "story", "story_member")) == between


def test_what_becomes_of_a_page_is_kept_whole(settings: Settings, database: str) -> None:
    article = Article(
        title="Harbour pilots end strike", paragraphs=("One.", "Two \N{EN DASH} three."), published_at=NOW,
        modified_at=NOW + timedelta(seconds=1.5), dropped=(DroppedText("credit", "(Writing by A. Clerk)"),),
        notice="kill",
        tickers=("NYSE:ABC",), truncated=True,
    )  # fmt: skip
    pages = sorted((uuid4(), uuid4(), uuid4()))
    results: tuple[Article | QuarantineError, ...] = (
        article,
        Article(kind=ArticleKind.REFUSED, reason="login"),
        QuarantineError("hang", "It hung.", "Try again."),
    )
    readings = [ParseResult(page, WIRE, f"{page}", NOW, result) for page, result in zip(pages, results, strict=True)]
    with transaction(settings) as connection:
        stage_results(connection, AGAIN, "rules", readings)
        stage_results(connection, AGAIN, "rules", readings)
        (found,) = read_staged_results(connection, AGAIN, WIRE, "rules")
    assert found[:2] == readings[:2]
    assert str(found[2].result) == str(results[2])
    assert isinstance(found[2].result, QuarantineError)
    assert found[2].result.reason == "hang"
