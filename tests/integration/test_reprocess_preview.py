"""Reading stored pages under new rules: the preview lists the changes, and the apply makes exactly those."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest

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
from copydesk.pipeline.runs.reprocess import apply_run
from copydesk.pipeline.runs.stages import fold_run, match_run, record_crawl_counts, sign_run
from copydesk.pipeline.store.articles import ParseResult
from copydesk.pipeline.store.staged_results import read_staged_results, save_approval_request, stage_results
from tests.fork_server import clean_wire, preview_run, run_spider
from tests.run_keys import DAG_ID, run_key_for
from tests.sample_network import RunningNetwork, running_network
from tests.table_digest import digest_tables

NOW = datetime(2026, 3, 4, 12, 10, tzinfo=UTC)
WINDOW = Window(NOW.replace(minute=0) - timedelta(hours=6), NOW.replace(minute=0))
WIRE = "harborpost"
REPROCESS_RUN = run_key_for("again", "reprocess")


@pytest.fixture(scope="module")
def network() -> Iterator[RunningNetwork]:
    with running_network(Network(seed=11, per_day=480), now=NOW) as running:
        yield running


def process_wire(settings: Settings, run_id: str, source: Source, mode: RunMode) -> dict[str, int]:
    """Process one run of the wire, crawled or stored; return the fold's counts."""
    with transaction(settings) as connection:
        planned = plan_run(
            connection, {WIRE: source}, dag_id=DAG_ID, run_id=run_id, kind="backfill", window=WINDOW, mode=mode,
            now=NOW,
        )  # fmt: skip
    run_key, (plan,) = planned.run_key, planned.wires
    if mode is RunMode.AUTO:
        stats = run_spider(WIRE, DAG_ID, run_id, WINDOW.start, WINDOW.end, strategy=WireStrategy(plan.strategy))
        record_crawl_counts(settings, run_key, WIRE, stats.total_scheduled)
    clean_wire(settings, run_key, plan.strategy, source)
    sign_run(settings, run_key)
    match_run(settings, run_key)
    return fold_run(settings, run_key)


def plan_reprocess(settings: Settings, run_id: str, source: Source) -> None:
    """Open a run over stored pages."""
    with transaction(settings) as connection:
        plan_run(
            connection, {WIRE: source}, dag_id="reprocess", run_id=run_id, kind="manual", window=WINDOW,
            mode=RunMode.STORED, now=NOW,
        )  # fmt: skip


@pytest.fixture
def source(settings: Settings) -> Source:
    """Crawl a wire and read its pages without its boilerplate patterns; return the wire with them."""
    found = read_sources(settings.source_folders)[WIRE]
    process_wire(settings, "crawled", found.model_copy(update={"boilerplate": ()}), RunMode.AUTO)
    return found


def ignore_line(line: str) -> None:
    """Ignore a log line."""


def test_preview_changes_nothing_and_matches_the_apply(settings: Settings, database: str, source: Source) -> None:
    before = digest_tables(database)
    plan_reprocess(settings, "again", source)
    with pytest.raises(BadInput, match="contains more than 1 pages to read"):
        preview_run(settings, REPROCESS_RUN, [source], ignore_line, max_pages=1)
    lines: list[str] = []
    preview = preview_run(settings, REPROCESS_RUN, [source], lines.append)
    assert preview.counts.pages >= preview.counts.changed > 0
    assert (preview.counts.added, preview.counts.quarantined) == (0, 0)
    shown = [article for story in preview.samples for article in story.articles]
    assert len(shown) + sum(story.hidden for story in preview.samples) >= min(preview.counts.changed, 10)
    assert {article.wire for article in shown} == {WIRE}
    # The pages lose the paragraphs that the patterns match.
    assert {kind for article in shown for kind, _ in article.changes} == {"equal", "removed"}
    assert digest_tables(database) == before
    assert preview_run(settings, REPROCESS_RUN, [source], lines.append) == preview

    rules = preview.cleaner_versions
    done = apply_run(settings, REPROCESS_RUN, [source], rules)
    names = ("founded", "joined", "left", "merged", "split", "killed")
    assert {name: done[name] for name in names} == {name: preview.counts.to_dict()[name] for name in names}
    summary = report_run(settings, REPROCESS_RUN).summary
    assert (summary["pages"], summary["new_articles"]) == (preview.counts.pages, preview.counts.changed)
    after = digest_tables(database)
    twice = apply_run(settings, REPROCESS_RUN, [source], rules)
    assert {twice[name] for name in names} == {0}
    again = preview_run(settings, REPROCESS_RUN, [source], ignore_line)
    assert (set(again.counts.to_dict().values()), again.samples) == ({0}, [])
    assert digest_tables(database) == after


def test_apply_matches_the_preview_after_page_bodies_are_deleted(
    settings: Settings, database: str, source: Source
) -> None:
    plan_reprocess(settings, "again", source)
    preview = preview_run(settings, REPROCESS_RUN, [source], ignore_line)
    with psycopg.connect(database) as connection:
        connection.execute("DELETE FROM copydesk.page_body")
        connection.execute("UPDATE copydesk.page_content SET is_body_deleted = true")
    assert preview_run(settings, REPROCESS_RUN, [source], ignore_line) == preview
    apply_run(settings, REPROCESS_RUN, [source], preview.cleaner_versions)
    assert report_run(settings, REPROCESS_RUN).summary["new_articles"] == preview.counts.changed


def test_interrupted_preview_resumes(settings: Settings, database: str, source: Source) -> None:
    plan_reprocess(settings, "again", source)
    whole = preview_run(settings, REPROCESS_RUN, [source], ignore_line)
    with psycopg.connect(database) as connection:
        connection.execute(
            "DELETE FROM copydesk.staged_result WHERE page_id <> (SELECT page_id FROM copydesk.staged_result LIMIT 1)"
        )
    lines: list[str] = []
    assert preview_run(settings, REPROCESS_RUN, [source], lines.append) == whole
    assert f"{whole.counts.pages - 1} pages to clean" in lines


def test_apply_is_refused_after_rule_change_or_retention(settings: Settings, database: str, source: Source) -> None:
    before = digest_tables(database)
    plan_reprocess(settings, "again", source)
    rules = preview_run(settings, REPROCESS_RUN, [source], ignore_line).cleaner_versions
    other = source.model_copy(update={"boilerplate": (*source.boilerplate, "Nothing like it")})
    with pytest.raises(Permanent, match="rules have changed since"):
        apply_run(settings, REPROCESS_RUN, [other], rules)
    assert apply_retention(settings, datetime.now(UTC) + timedelta(days=7, hours=23)).staged_results == 0
    assert apply_retention(settings, datetime.now(UTC) + timedelta(days=8, hours=1)).staged_results > 0
    with pytest.raises(Permanent, match="no longer stored"):
        apply_run(settings, REPROCESS_RUN, [source], rules)
    assert digest_tables(database) == before


def test_preview_replaces_results_of_outdated_rules(settings: Settings, database: str, source: Source) -> None:
    plan_reprocess(settings, "again", source)
    preview = preview_run(settings, REPROCESS_RUN, [source], ignore_line)
    other = source.model_copy(update={"boilerplate": (*source.boilerplate, "Nothing like it")})
    assert preview_run(settings, REPROCESS_RUN, [other], ignore_line).counts.pages == preview.counts.pages
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM copydesk.staged_result").fetchone() == (preview.counts.pages,)


def test_approval_request_can_be_repeated_but_not_changed(settings: Settings, database: str) -> None:
    with transaction(settings) as connection:
        save_approval_request(connection, REPROCESS_RUN, {"figures": {"changed": 3}, "rules": {WIRE: "one"}})
        save_approval_request(connection, REPROCESS_RUN, {"rules": {WIRE: "one"}, "figures": {"changed": 3}})
        with pytest.raises(Permanent, match="differ from those in the request for approval"):
            save_approval_request(connection, REPROCESS_RUN, {"figures": {"changed": 3}, "rules": {WIRE: "two"}})
        save_approval_request(
            connection, run_key_for("anew", "reprocess"), {"figures": {"changed": 4}, "rules": {WIRE: "two"}}
        )


def test_apply_keeps_articles_updated_after_the_preview(settings: Settings, database: str, source: Source) -> None:
    """A scheduled run reads a page of the range under the new rules before they are approved."""
    plan_reprocess(settings, "again", source)
    preview = preview_run(settings, REPROCESS_RUN, [source], ignore_line)
    rules = preview.cleaner_versions
    process_wire(settings, "meanwhile", source, RunMode.STORED)
    between = digest_tables(database, ("article", "article_version", "story", "story_member"))
    done = apply_run(settings, REPROCESS_RUN, [source], rules)
    assert preview.counts.changed > 0
    assert {done[name] for name in ("founded", "joined", "left", "merged", "split", "killed")} == {0}
    assert digest_tables(database, ("article", "article_version", "story", "story_member")) == between


def test_articles_that_another_run_has_not_folded_are_not_counted(
    settings: Settings, database: str, source: Source
) -> None:
    """A backfill is between cleaning and folding while the changes are previewed."""
    plan_reprocess(settings, "again", source)
    expected = preview_run(settings, REPROCESS_RUN, [source], ignore_line)
    with psycopg.connect(database) as connection:
        connection.execute("DELETE FROM copydesk.story_event")
        connection.execute("DELETE FROM copydesk.story_origin")
        connection.execute("DELETE FROM copydesk.story_member")
        connection.execute("DELETE FROM copydesk.story")
    assert preview_run(settings, REPROCESS_RUN, [source], ignore_line) == expected
    done = apply_run(settings, REPROCESS_RUN, [source], expected.cleaner_versions)
    assert (done["founded"], done["joined"]) == (expected.counts.founded, expected.counts.joined)


def test_staged_results_keep_all_fields(settings: Settings, database: str) -> None:
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
        stage_results(connection, REPROCESS_RUN, "rules", readings)
        stage_results(connection, REPROCESS_RUN, "rules", readings)
        (found,) = read_staged_results(connection, REPROCESS_RUN, WIRE, "rules")
    assert found[:2] == readings[:2]
    assert str(found[2].result) == str(results[2])
    assert isinstance(found[2].result, QuarantineError)
    assert found[2].result.reason == "hang"
