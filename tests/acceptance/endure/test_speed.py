"""How long a window takes: a dozen wires and two hundred articles, the schedule's own overhead in the figure."""

from __future__ import annotations

from datetime import datetime
from statistics import median

import pytest

from crawler.sample.wires import load_wires
from tests.acceptance.endure.operating import HOUR, Operator, find_hour

pytestmark = [pytest.mark.endure, pytest.mark.timeout(600)]

SECONDS = 40
ARTICLES = 200
PUBLISHED = 210
"""A window is chosen to have so many addresses; of a few, two are one article."""
HOURS = 12
"""As many bring so many even at night."""


def choose_windows(operator: Operator) -> list[tuple[datetime, int]]:
    """Beginning and hours of three windows that no other test touches, each with so many addresses and few more."""
    archived = {name for name, wire in load_wires().items() if wire.archive}
    found: list[tuple[datetime, int]] = []
    end = find_hour() - 38 * HOUR
    while len(found) < 3:
        hours = next(
            n for n in range(1, HOURS) if len(operator.list_published(end - n * HOUR, n, archived)) >= PUBLISHED
        )
        end -= hours * HOUR
        found.append((end, hours))
    return found


def test_a_window_of_a_dozen_wires_takes_less_than_forty_seconds(operator: Operator) -> None:
    taken = []
    for start, hours in choose_windows(operator):
        operator.await_quiet()
        run_id = operator.trigger(start, hours=hours)
        assert operator.await_run(run_id, 240) == "success"
        ((summary,),) = operator.ask("SELECT summary FROM copydesk.run WHERE run_id = %s", run_id)
        assert summary["new_articles"] >= ARTICLES
        taken.append(operator.read_seconds(run_id))
        print(f"{taken[-1]:.1f} s for {summary['new_articles']} articles")
    assert median(taken) <= SECONDS, taken
