"""Which wires a run polls: those that are due, with the window since their last good poll, and what is shown of it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from typer.testing import CliRunner

from copydesk.dags.tasks.newswire_tasks import describe_not_due
from copydesk.pipeline.cli.registry import make_app
from copydesk.pipeline.core.ids import make_run_key
from copydesk.pipeline.core.records import Window
from copydesk.pipeline.core.settings import Settings, load_settings
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.db import transaction
from copydesk.pipeline.db.locks import host_lock
from copydesk.pipeline.runs.planning import RunPlan, plan_run
from copydesk.pipeline.runs.report import report_run
from copydesk.pipeline.runs.stages import record_crawl_counts, record_crawl_result, record_poll
from copydesk.pipeline.store.pages import get_database_time
from copydesk.pipeline.store.states import FailureGrade
from copydesk.pipeline.store.wire_polls import PollFailure
from tests.run_keys import DAG_ID

QUARTER = timedelta(minutes=15)
HOUR = timedelta(hours=1)
DOWN = PollFailure(FailureGrade.TEMPORARY, "connection refused")


def make_source(name: str, every: str, **values: Any) -> Source:
    home = f"https://{name}.example/"
    found = {"feeds": [f"{home}rss"]}
    return Source.model_validate(
        {"name": name, "title": name, "home": home, "discovery": found, "every": every, **values}
    )


SOURCES = {
    name: make_source(name, every)
    for name, every in {"quick": "15m", "hourly": "1h", "daily": "1d", "new": "1h"}.items()
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


class Desk:
    """A DAG that runs every 15 minutes; all of its times are minutes before now."""

    def __init__(self, settings: Settings, now: datetime, dag_id: str = DAG_ID) -> None:
        self.settings, self.now, self.dag_id = settings, now, dag_id

    def plan(self, minutes: int, kind: str = "scheduled", length: timedelta = QUARTER, **more: Any) -> RunPlan:
        end = self.now - timedelta(minutes=minutes)
        run_id = f"{kind}__{minutes}"
        with transaction(self.settings) as connection:
            planned = plan_run(
                connection, SOURCES, dag_id=self.dag_id, run_id=run_id, kind=kind, window=Window(end - length, end),
                now=end, **more,
            )  # fmt: skip
            connection.execute(
                "UPDATE copydesk.run SET started_at = %s WHERE run_key = %s AND state = 'running'",
                (end, planned.run_key),
            )
        return planned

    def crawl(self, minutes: int, wire: str, failure: PollFailure | None = None, **more: Any) -> None:
        """Record the result of a crawl in the run that ended its window then."""
        run_key, end = make_run_key(self.dag_id, f"scheduled__{minutes}"), self.now - timedelta(minutes=minutes)
        record_crawl_counts(self.settings, run_key, wire, 0)
        record_crawl_result(self.settings, run_key, wire, succeeded=failure is None)
        record_poll(self.settings, run_key, wire, end, failure, **more)


@pytest.fixture(name="desk")
def make_desk(settings: Settings, now: datetime) -> Desk:
    return Desk(settings, now)


def names(planned: RunPlan) -> set[str]:
    return {plan.wire for plan in planned.wires}


def test_run_polls_the_wires_that_are_due(desk: Desk, now: datetime) -> None:
    assert names(desk.plan(30)) == set(SOURCES)
    for wire in ("quick", "hourly", "daily"):
        desk.crawl(30, wire)
    planned = desk.plan(15)
    assert names(planned) == {"quick", "new"}
    last = now - 2 * QUARTER
    assert planned.not_due == {"hourly": last + HOUR, "daily": last + timedelta(days=1)}
    line = describe_not_due(planned.not_due, now)
    assert line.startswith("2 wires are not due; next polls: hourly at ")
    assert "\n" not in line
    # What a person starts is not delayed, and a run that is planned again keeps its wires.
    assert names(desk.plan(15, kind="manual")) == set(SOURCES)
    assert names(desk.plan(15, kind="asset_triggered", wires=["daily"])) == {"daily"}
    desk.crawl(15, "quick")
    assert names(desk.plan(15)) == {"quick", "new"}
    assert names(desk.plan(0, kind="backfill", length=HOUR)) == set()


def test_window_of_a_wire_starts_where_its_last_good_crawl_ended(desk: Desk, now: datetime) -> None:
    desk.plan(24 * 60)
    desk.crawl(24 * 60, "daily")
    for minutes in (45, 30):  # a run is missed, another one fails
        desk.plan(minutes)
    desk.crawl(45, "quick")
    desk.crawl(30, "quick", DOWN)
    plans = {plan.wire: plan for plan in desk.plan(0).wires}
    starts = {wire: now - datetime.fromisoformat(plan.start) for wire, plan in plans.items()}
    assert starts == {"daily": timedelta(days=1), "quick": 3 * QUARTER, "hourly": QUARTER, "new": QUARTER}
    assert {plan.request_again_since for plan in plans.values()} == {now - QUARTER}


def test_failing_wire_is_polled_less_often_until_it_recovers(desk: Desk, settings: Settings, now: datetime) -> None:
    polled = []
    for minutes in range(180, -1, -15):
        planned = desk.plan(minutes)
        for wire in names(planned) - {"quick"}:
            desk.crawl(minutes, wire)
        if "quick" in names(planned):
            polled.append(180 - minutes)
            for _ in range(3):  # the attempts of one run count once
                desk.crawl(minutes, "quick", DOWN)
    assert polled == [0, 15, 45, 105]
    report = report_run(settings, make_run_key(DAG_ID, "scheduled__75"), plans=desk.plan(75).wires, sources=SOURCES)
    next_try = now - timedelta(minutes=75) + 2 * HOUR
    assert report.failed_wires["quick"].message.startswith("its crawl failed: connection refused; next try ")
    assert f"{next_try:%H:%M} UTC" in report.failed_wires["quick"].message
    desk.crawl(75, "quick")
    assert "quick" in names(desk.plan(60))


def test_poll_of_an_older_run_changes_nothing(desk: Desk) -> None:
    desk.plan(30), desk.plan(15)
    desk.crawl(15, "hourly")
    desk.crawl(30, "hourly", DOWN)
    assert "hourly" in desk.plan(0).not_due


def test_incomplete_crawl_is_continued_by_the_next_run(desk: Desk) -> None:
    desk.plan(15)
    desk.crawl(15, "hourly", is_complete=False)
    assert "hourly" in names(desk.plan(0))


def test_wire_that_another_run_is_crawling_is_left_to_it(desk: Desk, settings: Settings, now: datetime) -> None:
    desk.plan(15)
    other = Desk(settings, now, "other")
    with host_lock(settings, SOURCES["quick"].host):
        planned = other.plan(0)
    assert planned.not_due == {"quick": None}
    assert describe_not_due(planned.not_due, now) == "another run is crawling quick"
    assert "quick" in names(Desk(settings, now, "third").plan(0))


def test_run_that_only_retries_failing_wires_is_no_failure(desk: Desk, settings: Settings) -> None:
    desk.plan(15)
    desk.crawl(15, "quick", DOWN)
    for wire in ("hourly", "daily", "new"):
        desk.crawl(15, wire)
    planned = desk.plan(0)
    assert names(planned) == {"quick"}
    desk.crawl(0, "quick", DOWN)
    count = len(planned.not_due)
    assert report_run(settings, planned.run_key, plans=planned.wires, not_due=count).error is None
    assert report_run(settings, planned.run_key, plans=planned.wires).error is not None


def test_wires_command_shows_the_next_poll_and_the_failure(
    desk: Desk, settings: Settings, now: datetime, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    for source in SOURCES.values():
        (tmp_path / f"{source.name}.toml").write_text(
            f'name = "{source.name}"\ntitle = "T"\nhome = "{source.home}"\n'
            f'every = "{source.model_dump(mode="json")["every"]}"\ndiscovery.feeds = ["{source.home}rss"]\n'
        )
    monkeypatch.setenv("COPYDESK_SOURCES", str(tmp_path))
    load_settings.cache_clear()
    desk.plan(15)
    desk.crawl(15, "quick", DOWN)
    desk.crawl(15, "daily")
    rows = {
        row["name"]: row
        for row in map(json.loads, CliRunner().invoke(make_app(), ["wires", "--json"]).stdout.splitlines())
    }
    assert {name: row["every"] for name, row in rows.items()} == {
        "quick": "15m", "hourly": "1h", "daily": "1d", "new": "1h",
    }  # fmt: skip
    assert datetime.fromisoformat(rows["daily"]["next_poll_at"]) == now - QUARTER + timedelta(days=1)
    assert rows["new"]["next_poll_at"] is None
    assert (rows["quick"]["failures"], rows["quick"]["failure_grade"]) == (1, "temporary")
    assert rows["quick"]["failure_reason"] == "connection refused"
    table = CliRunner().invoke(make_app(), ["wires"], env={"COLUMNS": "240"}).stdout
    assert "(connection refused)" in table
