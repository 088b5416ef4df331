"""Plans of runs: the clock that decides, windows in the future or too long, the warning about what is left behind."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from copydesk.pipeline.core.errors import BadWindow
from copydesk.pipeline.core.records import Window
from copydesk.pipeline.core.settings import Settings, load_settings
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.strategy import RunMode
from copydesk.pipeline.db import transaction
from copydesk.pipeline.runs import planning
from copydesk.pipeline.runs.planning import LATE_ARRIVAL_SLACK, NEW_WIRE_LOOKBACK, RunPlan, plan_run
from copydesk.pipeline.runs.report import report_run
from copydesk.pipeline.runs.stages import record_crawl_counts, record_crawl_result
from copydesk.pipeline.store.pages import get_database_time
from tests.run_keys import DAG_ID

HOUR = timedelta(hours=1)


def make_source(name: str, **discovery: Any) -> Source:
    found = discovery or {"feeds": ["https://wire.example/rss"]}
    return Source.model_validate({"name": name, "title": name, "home": "https://wire.example/", "discovery": found})


SOURCES = {
    "north": make_source("north"),
    "map": make_source("map", sitemaps=["https://wire.example/map.xml"]),
    "vault": make_source("vault", archive="https://wire.example/{%Y-%m-%d}.xml"),
}


@pytest.fixture(name="settings")
def make_settings(database: str) -> Settings:
    load_settings.cache_clear()
    return load_settings()


@pytest.fixture(name="now")
def read_now(settings: Settings) -> datetime:
    """The database's time."""
    with transaction(settings) as connection:
        return get_database_time(connection)


def plan(settings: Settings, window: Window, *, kind: str = "scheduled", run_id: str = "run", **more: Any) -> RunPlan:
    with transaction(settings) as connection:
        return plan_run(connection, SOURCES, dag_id=DAG_ID, run_id=run_id, kind=kind, window=window, **more)


@pytest.mark.parametrize("hours", [-30, -3, -1, 1, 3, 30, 24 * 400])
def test_clock_of_the_worker_does_not_decide(
    settings: Settings, now: datetime, hours: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    class WrongClock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(tz) + hours * HOUR

    monkeypatch.setattr(planning, "datetime", WrongClock)
    strategies = {one.wire: one.strategy for one in plan(settings, Window(now - HOUR, now)).wires}
    assert strategies == {"north": "live", "map": "live", "vault": "archive"}
    past = plan(settings, Window(now - 4 * HOUR, now - 3 * HOUR), run_id="past")
    assert {one.wire for one in past.wires} == {"vault"}


@pytest.mark.parametrize("ahead", [timedelta(seconds=1), 3 * HOUR, 24 * 365 * 100 * HOUR])
def test_window_in_the_future_is_refused(settings: Settings, now: datetime, ahead: timedelta) -> None:
    start = now + timedelta(minutes=5) + ahead
    with pytest.raises(BadWindow, match="begins in the future"):
        plan(settings, Window(start, start + HOUR), kind="manual")


def test_window_that_ends_in_the_future_is_live(settings: Settings, now: datetime) -> None:
    day = plan(settings, Window(now - 10 * HOUR, now + 14 * HOUR), kind="manual")
    assert {one.strategy for one in day.wires} == {"live", "archive"}


def test_window_too_long_for_an_archive_is_refused(settings: Settings, now: datetime) -> None:
    window = Window(now - timedelta(days=731), now - 5 * HOUR)
    with pytest.raises(BadWindow, match="covers 730 days; at most 366"):
        plan(settings, window, kind="manual")
    assert plan(settings, window, kind="manual", mode=RunMode.STORED).wires == ()
    assert plan(settings, window, kind="manual", wires=["north"]).wires == ()


def test_live_run_searches_back_to_what_is_covered(settings: Settings, now: datetime) -> None:
    window = Window(now - HOUR, now)

    def look() -> dict[str, tuple[str, datetime]]:
        return {
            one.wire: (one.covered_until, datetime.fromisoformat(one.listed_since))
            for one in plan(settings, window).wires
        }

    new = window.start - NEW_WIRE_LOOKBACK
    assert look() == {"north": ("", new), "map": ("", new), "vault": ("", window.start)}
    end = now - timedelta(days=40)
    earlier = plan(settings, Window(end - HOUR, end), run_id="earlier", now=end)
    with transaction(settings) as connection:
        connection.execute("UPDATE copydesk.run SET started_at = %s WHERE run_key = %s", (end, earlier.run_key))
    for wire in SOURCES:
        record_crawl_result(settings, earlier.run_key, wire, succeeded=wire != "map")
    covered = (end.isoformat(), end - LATE_ARRIVAL_SLACK)
    assert look() == {"north": covered, "map": ("", new), "vault": covered}
    # A past window and a backfill search for nothing else.
    past = plan(settings, Window(now - 9 * HOUR, now - 8 * HOUR), run_id="past")
    backfill = plan(settings, window, run_id="backfill", kind="backfill")
    for one in (*past.wires, *backfill.wires):
        assert (one.covered_until, one.listed_since) == ("", "")


def test_what_is_left_behind_raises_a_warning_with_number_and_reason(settings: Settings, now: datetime) -> None:
    planned = plan(settings, Window(now - HOUR, now))
    left = {"north": {"over max_pages": 1234, "no longer listed": 96}, "map": {"before first crawl": 2}, "vault": {}}
    for wire, counts in left.items():
        record_crawl_counts(settings, planned.run_key, wire, 0)
        record_crawl_result(settings, planned.run_key, wire, succeeded=True, left_behind=counts)
    warnings = {
        one["wire"]: one["message"]
        for one in report_run(settings, planned.run_key).warnings
        if one["kind"] == "left_behind"
    }
    assert warnings.keys() == {"north", "map"}
    assert "1,234 listed URLs exceed politeness.max_pages" in warnings["north"]
    assert "about 96 items are missing" in warnings["north"]
    assert "2 URLs of its sitemaps are too old for its first crawl" in warnings["map"]
    # A later attempt that leaves nothing behind takes the counts back.
    record_crawl_result(settings, planned.run_key, "north", succeeded=True)
    assert all(one["wire"] != "north" for one in report_run(settings, planned.run_key).warnings)
