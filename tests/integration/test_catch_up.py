"""How far back a live window looks: to the last hour whose crawl was a good one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from pipeline.chain import count_crawl, put_verdict
from pipeline.config import load
from pipeline.records import Window
from pipeline.runs import CATCH_UP, LATE, find_catch_up, open_run

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize("sick", [0, 1, 5, 80])
def test_what_a_sick_wire_missed_is_asked_for_when_it_is_well(database: str, sick: int) -> None:
    with psycopg.connect(database) as connection:
        for number in range(sick + 1, -1, -1):
            window = Window(NOW - (number + 1) * HOUR, NOW - number * HOUR)
            open_run(connection, f"r{number}", kind="scheduled", mode="auto", window=window, wires=["north"])
    for number in range(sick + 1, 0, -1):
        count_crawl(load(), f"r{number}", "north", 0)
        put_verdict(load(), f"r{number}", "north", good=number == sick + 1)
    with psycopg.connect(database) as connection:
        since = find_catch_up(connection, "north", Window(NOW - HOUR, NOW))
        assert since == max(NOW - (sick + 1) * HOUR - LATE, NOW - HOUR - CATCH_UP)
        # A later try that is a good one takes the place of the failed one.
        if sick:
            put_verdict(load(), "r1", "north", good=True)
            assert find_catch_up(connection, "north", Window(NOW - HOUR, NOW)) == NOW - HOUR - LATE
