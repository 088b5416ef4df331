"""What the endurance tests have in common: sample wires that publish more than they do elsewhere, and an operator."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from copydesk.dags.deploy.airflow_client import AirflowClient
from tests.acceptance.conftest import Installation
from tests.acceptance.endure.installation_driver import PER_DAY, InstallationDriver


@pytest.fixture(scope="session")
def installation(installation: Installation) -> Installation:
    """Return the desk with wires that publish sixty articles per hour."""
    return Installation(installation.home, {**installation.env, "COPYDESK_SAMPLE_PER_DAY": str(PER_DAY)})


@pytest.fixture
def driver(airflow: AirflowClient, installation: Installation) -> Iterator[InstallationDriver]:
    """One who operates it; no fault outlives a test."""
    found = InstallationDriver(installation, airflow)
    yield found
    found.clear_faults()
