"""What the endurance tests have in common: sample wires that publish more than they do elsewhere, and an operator."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from copydesk.dags.deploy.airflow_client import AirflowClient
from tests.acceptance.conftest import Desk
from tests.acceptance.endure.installation_driver import PER_DAY, Operator


@pytest.fixture(scope="session")
def desk(desk: Desk) -> Desk:
    """Return the desk with wires that publish sixty articles per hour."""
    return Desk(desk.home, {**desk.env, "COPYDESK_SAMPLE_PER_DAY": str(PER_DAY)})


@pytest.fixture
def operator(up: AirflowClient, desk: Desk) -> Iterator[Operator]:
    """One who operates it; no fault outlives a test."""
    found = Operator(desk, up)
    yield found
    found.clear()
