"""Wires that fail while the schedule runs: the first run of an Airflow of their own."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from copydesk.crawler.sample.sample_wires import load_wires
from tests.acceptance.conftest import open_desk, wait
from tests.acceptance.endure.installation_driver import HOUR, PER_DAY, RUNS, Operator, find_hour, open_rest, start_ill

pytestmark = [pytest.mark.endure, pytest.mark.own_airflow, pytest.mark.timeout(900)]

SICK: dict[str, dict[str, object]] = {
    "northgate": {"kind": "refused"},
    "meridian": {"kind": "drip"},
    "hfd": {"kind": "429", "retry_after": 2},
}
WELL = sorted(set(load_wires()) - set(SICK))
BESIDE = [wire for wire in WELL if load_wires()[wire].archive][:3]
SECONDS = 300
"""On time: a sixth of what `late` allows a run of the schedule."""


@pytest.fixture(scope="module")
def operator() -> Iterator[Operator]:
    """Airflow's first start; three wires fail before the scheduler begins."""
    with open_desk(COPYDESK_SAMPLE_PER_DAY=str(PER_DAY)) as desk:
        start_ill(desk, SICK)
        with open_rest(desk) as rest:
            yield Operator(desk, rest)
        assert desk.run("down").returncode == 0
        assert [process.cmdline() for process in desk.processes()] == []


def test_sick_wires_hold_up_nobody_and_are_caught_up_with(operator: Operator) -> None:
    wait(lambda: bool(operator.rest.get(RUNS, run_type="scheduled", limit=1)["dag_runs"]), 60)
    run = operator.rest.get(RUNS, run_type="scheduled", order_by="logical_date", limit=1)["dag_runs"][0]
    # While it is running, past hours of some of the same wires are backfilled.
    past = find_hour() - 96 * HOUR
    number = operator.backfill(past, 2, BESIDE)
    assert operator.await_run(run["dag_run_id"], 600) == "success"
    operator.await_backfill(number, 300)
    check_beside(operator, run["dag_run_id"], operator.list_runs(past, 2))

    crawls = operator.read_tasks(run["dag_run_id"], "wire.crawl")
    assert {wire for wire, one in crawls.items() if one["state"] == "failed"} == set(SICK)
    assert {wire for wire, one in crawls.items() if one["state"] == "success"} == set(WELL)

    start = operator.read_window(run["dag_run_id"])
    missing, published = operator.find_missing(start, 1, WELL)
    assert published > 10
    assert len(missing) <= 0.1 * published, missing
    assert operator.read_seconds(run["dag_run_id"]) <= SECONDS
    assert operator.find_unbalanced([run["dag_run_id"]]) == []
    told = operator.ask("SELECT wire FROM copydesk.v_warnings WHERE run_id = %s AND kind = 'failed'", run["dag_run_id"])
    assert {wire for (wire,) in told} == set(SICK)
    lost, asked = operator.find_missing(start, 1, SICK)
    assert len(lost) == asked > 0

    operator.clear()
    following = operator.trigger(start + HOUR)
    assert operator.await_run(following, 240) == "success"
    crawls = operator.read_tasks(following, "wire.crawl")
    assert {one["state"] for one in crawls.values()} == {"success"}
    assert operator.find_missing(start, 1, load_wires())[0] == []
    operator.await_quiet()
    operator.check_health()


def check_beside(operator: Operator, scheduled: str, backfilled: list[dict[str, Any]]) -> None:
    """Check that they ran at the same time, that all succeeded and that no two of them crawled a host at once."""
    assert [run["state"] for run in backfilled] == ["success"] * 2
    own = operator.rest.get(f"{RUNS}/{scheduled}")
    assert any(own["start_date"] < run["start_date"] < own["end_date"] for run in backfilled)
    spans = operator.ask(
        "SELECT wire, run_id, min(fetched_at), max(fetched_at) FROM copydesk.fetch"
        " JOIN copydesk.run USING (run_key) WHERE run_id = ANY(%s) AND wire = ANY(%s)"
        " GROUP BY wire, run_id ORDER BY wire, min(fetched_at)",
        [scheduled, *(run["dag_run_id"] for run in backfilled)], BESIDE,
    )  # fmt: skip
    assert len(spans) > len(BESIDE)
    for (wire, _, _, ended), (following, _, began, _) in pairwise(spans):
        assert wire != following or ended <= began
