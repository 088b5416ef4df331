"""How long a window takes: a dozen wires and two hundred articles, the schedule's own overhead in the figure."""

from __future__ import annotations

from statistics import median

import pytest

from tests.acceptance.endure.operating import HOUR, Operator, find_hour

pytestmark = [pytest.mark.endure, pytest.mark.timeout(600)]

SECONDS = 40
ARTICLES = 200
WINDOW = 6
"""Hours of the sample wires that bring so many articles."""


def test_a_window_of_a_dozen_wires_takes_less_than_forty_seconds(operator: Operator) -> None:
    taken = []
    for number in range(3):
        operator.await_quiet()
        run_id = operator.trigger(find_hour() - (40 + number * WINDOW) * HOUR, hours=WINDOW)
        assert operator.await_run(run_id, 240) == "success"
        ((summary,),) = operator.ask("SELECT summary FROM copydesk.run WHERE run_id = %s", run_id)
        assert summary["new_articles"] >= ARTICLES
        taken.append(operator.read_seconds(run_id))
        print(f"{taken[-1]:.1f} s for {summary['new_articles']} articles")
    assert median(taken) <= SECONDS, taken
