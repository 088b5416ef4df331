"""Six hours of four wires, backfilled while processes are killed, and then repeated; takes a few minutes."""

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

pytestmark = [pytest.mark.endure_short, pytest.mark.timeout(900)]

HOURS = 6


@pytest.fixture(scope="module")
def start(airflow: AirflowClient, installation: Installation) -> datetime:
    """Return the first of the hours that were backfilled while processes were killed."""
    start = get_current_hour() - 6 * HOUR - HOURS * HOUR
    driver = InstallationDriver(installation, airflow)
    backfill_through_kills(driver, start, HOURS)
    driver.clear_faults()
    return start


def test_backfill_completes_despite_kills(driver: InstallationDriver, start: datetime) -> None:
    check_complete(driver, start, HOURS, WIRES)


def test_repeated_backfill_changes_no_row_and_stories_match_offline_dedup(
    driver: InstallationDriver, start: datetime
) -> None:
    check_rerun_changes_nothing(driver, start, HOURS, WIRES, 600)
    check_complete(driver, start, HOURS, WIRES)
    check_stories_match_offline_dedup(driver)
