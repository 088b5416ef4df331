"""Six hours of four wires, backfilled through kills, and then once more: what endures most, in a few minutes."""

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

pytestmark = [pytest.mark.endure_short, pytest.mark.timeout(900)]

HOURS = 6


@pytest.fixture(scope="module")
def start(up: AirflowClient, desk: Desk) -> datetime:
    """The first of the hours that were backfilled while parts were killed."""
    start = find_hour() - 6 * HOUR - HOURS * HOUR
    operator = Operator(desk, up)
    backfill_through_kills(operator, start, HOURS)
    operator.clear()
    return start


def test_a_backfill_survives_what_is_killed_in_its_midst(operator: Operator, start: datetime) -> None:
    check_whole(operator, start, HOURS, WIRES)


def test_the_same_again_changes_no_row_and_the_stories_are_those_of_all_articles(
    operator: Operator, start: datetime
) -> None:
    check_again(operator, start, HOURS, WIRES, 600)
    check_whole(operator, start, HOURS, WIRES)
    check_partition(operator)
