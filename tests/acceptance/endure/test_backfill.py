"""A day of four wires, backfilled by REST while the schedule runs: through kills, and then once more."""

from __future__ import annotations

from datetime import datetime

import pytest

from copydesk.dags.deploy.airflow_client import AirflowClient
from tests.acceptance.conftest import Desk
from tests.acceptance.endure.backfill_checks import (
    WIRES,
    backfill_through_kills,
    check_again,
    check_partition,
    check_whole,
)
from tests.acceptance.endure.installation_driver import HOUR, Operator, find_hour

pytestmark = [pytest.mark.endure, pytest.mark.timeout(900)]

HOURS = 24


@pytest.fixture(scope="module")
def start(up: AirflowClient, desk: Desk) -> datetime:
    """The first hour of a day that was backfilled while parts were killed. The day ends before what the schedule
    catches up on.
    """
    start = find_hour() - 6 * HOUR - HOURS * HOUR
    operator = Operator(desk, up)
    backfill_through_kills(operator, start, HOURS)
    operator.clear()
    return start


def test_a_backfill_survives_what_is_killed_in_its_midst(operator: Operator, start: datetime) -> None:
    check_whole(operator, start, HOURS, WIRES)


def test_the_same_again_changes_no_row(operator: Operator, start: datetime) -> None:
    check_again(operator, start, HOURS, WIRES, 600)
    check_whole(operator, start, HOURS, WIRES)


def test_the_stories_are_those_of_all_articles_folded_at_once(operator: Operator, start: datetime) -> None:
    check_partition(operator)


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_two_days_of_all_wires(operator: Operator) -> None:
    start = find_hour() - 54 * HOUR
    operator.await_backfill(operator.backfill(start, 48), 3600)
    operator.await_quiet()
    wires = tuple(operator.read_tasks(operator.list_runs(start, 1)[0]["dag_run_id"], "wire.crawl"))
    assert len(wires) == 11  # the other three have no archive, and no stored pages of that time
    check_whole(operator, start, 48, wires)
    check_again(operator, start, 48, (), 3600)
    check_partition(operator)
