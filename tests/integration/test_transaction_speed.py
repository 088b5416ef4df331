"""How long a transaction on the embedded server takes: begin, one query and commit on a pooled connection."""

from __future__ import annotations

import time

import pytest

from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.db import transaction

TRANSACTIONS = 1000
MAX_MEAN_MS = 5.0
"""Some fifteen times what a quiet machine takes, so that a busy one passes; a connection each takes longer."""
RELEASE_MAX_MEAN_MS = 1.0
"""Limit on a machine that runs nothing else."""


def measure_mean_ms() -> float:
    """Return the mean time of a transaction in milliseconds, and print it."""
    settings = load_settings()
    with transaction(settings) as connection:  # opens the connection
        connection.execute("SELECT 1")
    start = time.perf_counter()
    for _ in range(TRANSACTIONS):
        with transaction(settings) as connection:
            connection.execute("SELECT 1")
    mean = (time.perf_counter() - start) * 1000 / TRANSACTIONS
    print(f"{mean:.2f} ms for each of {TRANSACTIONS} transactions")
    return mean


def test_thousand_transactions_take_at_most_five_ms_each(database: str) -> None:
    assert measure_mean_ms() <= MAX_MEAN_MS


@pytest.mark.endure
def test_thousand_transactions_take_at_most_one_ms_each(database: str) -> None:
    assert measure_mean_ms() <= RELEASE_MAX_MEAN_MS
