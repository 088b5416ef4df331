"""A wire's state and what to change follow from the reports of its feeds; a shipped file is never edited."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from copydesk.crawler.accounting.crawl_stats import CrawlStats, FeedReport
from copydesk.crawler.accounting.wire_diagnosis import Diagnosis, WireState, diagnose
from copydesk.crawler.process.check_pool import group_by_host
from copydesk.crawler.sources import FOLDER as SHIPPED
from copydesk.pipeline.cli.source_edits import find_editable_path, replace_urls
from copydesk.pipeline.cli.wire_checks import CheckFolder, read_verified_dates
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.source_files import find_source_file, read_source

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
FEED = "https://wire.example/rss"


def make_source(name: str = "w", home: str = "https://wire.example", **more: object) -> Source:
    keys = {"name": name, "title": "W", "home": home, "discovery": {"feeds": [f"{home}/rss"]}}
    return Source.model_validate(keys | more)


def report(age: timedelta = timedelta(hours=1), **more: object) -> FeedReport:
    newest = (NOW - age).isoformat()
    return FeedReport(**{"url": FEED, "kind": "feed", "entries": 20, "articles": 20, "newest": newest} | more)  # type: ignore[arg-type]


def check(*feeds: FeedReport, source: Source | None = None) -> Diagnosis:
    return diagnose(source or make_source(), CrawlStats("w", "r", "finished", feeds=feeds), NOW)


@pytest.mark.parametrize(
    ("feed", "state", "message"),
    [
        (report(), "live", ""),
        (report(timedelta(days=8)), "stale", "8 days old"),
        (report(newest=""), "live", ""),
        (report(entries=0, articles=0), "empty", "list nothing"),
        (report(articles=0), "empty", "leave none of 20"),
        (report(disallowed=20), "forbidden", "disallows 20 of 20"),
        (report(error="robots"), "forbidden", "robots.txt disallows feed"),
        (report(error="http 404", status=404), "gone", "does not exist any more"),
        (report(error="timeout"), "failed", "could not be read (timeout)"),
        (report(error="private address"), "failed", "allow_private = true"),
    ],
    ids=["live", "stale", "undated", "empty", "excluded", "articles", "feed", "gone", "timeout", "private"],
)
def test_state_follows_from_the_feeds(feed: FeedReport, state: str, message: str) -> None:
    diagnosis = check(feed)
    assert diagnosis.state is WireState(state)
    assert message in " ".join(finding.message for finding in diagnosis.findings)
    assert bool(diagnosis.findings) == bool(message)
    assert Diagnosis.from_dict(diagnosis.to_dict()) == diagnosis


def test_pattern_that_matches_few_articles_is_reported() -> None:
    source = make_source(identity={"id_pattern": r"/(\d{8})"})
    assert check(report(identified=19), source=source).findings == ()
    (finding,) = check(report(identified=3), source=source).findings
    assert "matches the URLs of 3 of 20" in finding.message


def test_only_a_configured_url_can_be_replaced() -> None:
    (moved,) = check(report(moved_to=f"{FEED}2")).findings
    assert moved.fix is not None
    (child,) = check(report(url="https://wire.example/child.xml", moved_to="https://wire.example/c2.xml")).findings
    assert child.fix is None


def test_wires_of_one_host_are_in_one_group() -> None:
    shared = make_source("c", discovery={"feeds": ["https://b.example/rss"]})
    groups = group_by_host(
        [make_source("a"), make_source("b", "https://b.example"), make_source("d", "https://d.example"), shared]
    )
    assert sorted(sorted(source.name for source in group) for group in groups) == [["a", "b", "c"], ["d"]]


def test_shipped_file_is_overridden_and_not_edited(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    shipped = find_source_file("menafn", [SHIPPED])
    old = read_source(shipped)
    target = find_editable_path(shipped, settings)
    assert target == tmp_path / "sources" / "menafn.toml"
    replace_urls(shipped, {old.discovery.feeds[0]: "https://menafn.com/new.xml"}, target, date(2026, 3, 4))
    assert read_source(shipped) == old
    new = read_source(target)
    assert new.discovery.feeds == ("https://menafn.com/new.xml",)
    assert (new.page, new.identity) == (old.page, old.identity)
    assert "# Changed by `copydesk wires check --fix` on 2026-03-04" in target.read_text(encoding="utf-8")


def test_first_live_check_verifies_a_wire(tmp_path: Path) -> None:
    folder = CheckFolder(Settings(home=tmp_path))
    assert folder.save("w", check(report(error="timeout")).to_dict()) == ""
    assert folder.save("w", check(report()).to_dict()) == "2026-03-04"
    assert folder.save("w", check(report(error="timeout")).to_dict()) == "2026-03-04"
    assert read_verified_dates(Settings(home=tmp_path)) == {"w": date(2026, 3, 4)}


def test_interrupted_check_continues(tmp_path: Path) -> None:
    folder = CheckFolder(Settings(home=tmp_path))
    bulk, done = folder.begin(["a", "b"], 1, restart=False)
    assert done == {}
    folder.save("a", check(report()).to_dict(), bulk.check_id)
    again, done = folder.begin(["a", "b"], 1, restart=False)
    assert (again, list(done)) == (bulk, ["a"])
    assert folder.begin(["a", "b", "c"], 1, restart=False)[1] == {}
    folder.finish()
    assert folder.begin(["a", "b"], 1, restart=False)[1] == {}
