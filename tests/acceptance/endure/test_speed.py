"""How long a window takes: a dozen wires and two hundred articles, the schedule's own overhead in the figure."""

from __future__ import annotations

from datetime import datetime

import pytest

from copydesk.crawler.sample.sample_wires import load_wires
from tests.acceptance.endure.installation_driver import HOUR, Operator, find_hour

pytestmark = [pytest.mark.endure, pytest.mark.timeout(600)]

SECONDS = 40
"""Of each window, from when its run was queued."""
ARTICLES = 200
PUBLISHED = 210
"""A window is chosen to have so many addresses that are not here yet; of a few, two are one article."""
HOURS = 16
"""As many bring so many even at night."""
ARCHIVED = sorted(name for name, wire in load_wires().items() if wire.archive)
DOZEN = tuple(sorted(set(load_wires()) - set(ARCHIVED)) + ARCHIVED)[:12]


def choose_window(operator: Operator, end: datetime, wires: tuple[str, ...]) -> int:
    """Of how many hours it is, going back from its end."""
    here = {row[0] for row in operator.ask("SELECT canonical_url FROM copydesk.article")}
    return next(
        n for n in range(1, HOURS) if len(operator.list_published(end - n * HOUR, n, wires) - here) >= PUBLISHED
    )


def take_window(operator: Operator, end: datetime, wires: tuple[str, ...]) -> datetime:
    """Have a window worked that ends there, in time; when it begins."""
    operator.await_quiet(ahead=120)
    hours = choose_window(operator, end, wires)
    run_id = operator.trigger(end - hours * HOUR, hours=hours, wires=wires)
    assert operator.await_run(run_id, 240) == "success"
    ((summary,),) = operator.ask("SELECT summary FROM copydesk.run WHERE run_id = %s", run_id)
    crawls = operator.read_tasks(run_id, "wire.crawl")
    assert {wire for wire, one in crawls.items() if one["state"] == "success"} == set(wires)
    assert summary["new_articles"] >= ARTICLES
    taken = operator.read_seconds(run_id)
    print(f"{taken:.1f} s for {summary['new_articles']} articles of {len(wires)} wires")
    assert taken <= SECONDS
    return end - hours * HOUR


def test_a_live_window_of_a_dozen_wires_takes_less_than_forty_seconds(operator: Operator) -> None:
    assert len(DOZEN) == 12
    take_window(operator, find_hour(), DOZEN)


def test_a_past_window_takes_no_longer(operator: Operator) -> None:
    """Of all wires that have an archive, in hours that no other test touches."""
    end = find_hour() - 46 * HOUR
    for _ in range(2):
        end = take_window(operator, end, tuple(ARCHIVED))
