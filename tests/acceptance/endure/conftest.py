"""Shared fixtures of the endurance tests: sample wires that publish more than elsewhere, and a driver."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from copydesk.dags.deploy.airflow_client import AirflowClient
from tests.acceptance.conftest import Installation
from tests.acceptance.endure.installation_driver import PER_DAY, InstallationDriver


@pytest.fixture(scope="session")
def installation(installation: Installation) -> Installation:
    """Return an installation with wires that publish sixty articles per hour."""
    return Installation(installation.home, {**installation.env, "COPYDESK_SAMPLE_PER_DAY": str(PER_DAY)})


@pytest.fixture
def driver(airflow: AirflowClient, installation: Installation) -> Iterator[InstallationDriver]:
    """Yield a driver; faults are cleared after each test."""
    found = InstallationDriver(installation, airflow)
    yield found
    found.clear_faults()
