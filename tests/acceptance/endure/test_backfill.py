"""A day of four wires, backfilled by REST while the schedule runs and processes are killed, and then repeated."""

from __future__ import annotations

from datetime import datetime

import pytest

from copydesk.dags.deploy.airflow_client import AirflowClient
from tests.acceptance.conftest import Installation
from tests.acceptance.endure.backfill_checks import (
    WIRES,
    backfill_through_kills,
    check_complete,
    check_rerun_changes_nothing,
    check_stories_match_offline_dedup,
)
from tests.acceptance.endure.installation_driver import HOUR, InstallationDriver, get_current_hour

pytestmark = [pytest.mark.endure, pytest.mark.timeout(900)]

HOURS = 24


@pytest.fixture(scope="module")
def start(airflow: AirflowClient, installation: Installation) -> datetime:
    """Return the first hour of a day that was backfilled while processes were killed. The day ends before the hours
    that scheduled runs catch up on.
    """
    start = get_current_hour() - 6 * HOUR - HOURS * HOUR
    driver = InstallationDriver(installation, airflow)
    backfill_through_kills(driver, start, HOURS)
    driver.clear_faults()
    return start


def test_backfill_completes_despite_kills(driver: InstallationDriver, start: datetime) -> None:
    check_complete(driver, start, HOURS, WIRES)


def test_repeated_backfill_changes_no_row(driver: InstallationDriver, start: datetime) -> None:
    check_rerun_changes_nothing(driver, start, HOURS, WIRES, 600)
    check_complete(driver, start, HOURS, WIRES)


def test_stories_match_offline_dedup(driver: InstallationDriver, start: datetime) -> None:
    check_stories_match_offline_dedup(driver)


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_two_days_of_all_wires_are_backfilled(driver: InstallationDriver) -> None:
    start = get_current_hour() - 54 * HOUR
    driver.await_backfill(driver.backfill(start, 48), 3600)
    driver.await_quiet()
    wires = tuple(driver.read_tasks(driver.list_runs(start, 1)[0]["dag_run_id"], "wire.crawl"))
    assert len(wires) == 11  # the other three have no archive and no stored pages of that time
    check_complete(driver, start, 48, wires)
    check_rerun_changes_nothing(driver, start, 48, (), 3600)
    check_stories_match_offline_dedup(driver)
