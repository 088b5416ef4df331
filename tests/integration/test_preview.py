"""Reading stored pages again by other rules: what it would change is told, and is what it then does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from crawler.sample.network import Network
from crawler.sample.running import RunningNetwork, running_network
from pipeline.chain import count_crawl, fold_run, match_run, report_run, sign_run
from pipeline.config import Settings
from pipeline.db import transaction
from pipeline.errors import BadInput
from pipeline.preview import preview_run
from pipeline.records import Window
from pipeline.runs import Mode, plan_run
from pipeline.source import Source
from pipeline.sources import read_sources
from tests.digest import digest_tables
from tests.nursery import clean_wire, run_spider

NOW = datetime(2026, 3, 4, 12, 10, tzinfo=UTC)
WINDOW = Window(NOW.replace(minute=0) - timedelta(hours=6), NOW.replace(minute=0))
WIRE = "harborpost"


@pytest.fixture(scope="module")
def network() -> Iterator[RunningNetwork]:
    with running_network(Network(seed=11, per_day=480), now=NOW) as running:
        yield running


def work(settings: Settings, run_id: str, source: Source, mode: Mode) -> dict[str, int]:
    """One run over one wire, crawled or stored; what the fold did."""
    with transaction(settings) as connection:
        (plan,) = plan_run(
            connection, {WIRE: source}, run_id=run_id, dag_id="newswire", kind="backfill", window=WINDOW, mode=mode,
            now=NOW,
        ).wires  # fmt: skip
    if mode is Mode.CRAWL:
        stats = run_spider(WIRE, run_id, WINDOW.start, WINDOW.end, mode=plan.way)
        count_crawl(settings, run_id, WIRE, stats.asked)
    clean_wire(settings, run_id, plan.way, source)
    sign_run(settings, run_id)
    match_run(settings, run_id)
    return fold_run(settings, run_id)


def test_what_is_told_changes_nothing_and_is_what_is_done(settings: Settings, database: str) -> None:
    source = read_sources(settings.source_folders)[WIRE]
    work(settings, "crawled", source.model_copy(update={"boilerplate": ()}), Mode.CRAWL)
    before = digest_tables(database)
    with transaction(settings) as connection:
        plan_run(
            connection, {WIRE: source}, run_id="again", dag_id="reprocess", kind="manual", window=WINDOW,
            mode=Mode.STORED, now=NOW,
        )  # fmt: skip
    with pytest.raises(BadInput, match="more than 1 pages to read"):
        preview_run(settings, "again", [source], lambda line: None, max_pages=1)
    lines: list[str] = []
    told = preview_run(settings, "again", [source], lines.append)
    assert told.pages >= told.changed > 0
    assert (told.added, told.quarantined) == (0, 0)
    assert sum("would change" in line for line in lines) == min(told.changed, 10)
    assert digest_tables(database) == before
    assert preview_run(settings, "again", [source], lines.append) == told

    done = work(settings, "again", source, Mode.STORED)
    asked = told.to_dict()
    assert {name: done[name] for name in ("founded", "joined", "left", "merged", "killed")} == {
        name: asked[name] for name in ("founded", "joined", "left", "merged", "killed")
    }
    assert report_run(settings, "again")["new_articles"] == told.changed
    nothing = preview_run(settings, "again", [source], lines.append)
    assert set(nothing.to_dict().values()) == {0}
