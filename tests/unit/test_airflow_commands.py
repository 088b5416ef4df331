"""What `copydesk backfill`, `open` and `logs` check and choose before and after they ask Airflow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from copydesk.dags.commands.logs import find_task
from copydesk.dags.commands.open_page import make_run_url
from copydesk.pipeline.cli.registry import make_app
from copydesk.pipeline.core.errors import BadInput, CopydeskError, NotFound
from copydesk.pipeline.views.run_lookup import RunName

RUN = RunName("newswire", "scheduled__2026-03-04T10:00:00+00:00")


def make_task(task_id: str, index: int = -1, wire: str | None = None) -> dict[str, Any]:
    return {"task_id": task_id, "map_index": index, "rendered_map_index": wire}


WIRES = {"north": 0, "south": 1}
TASKS = [make_task("plan"), make_task("wire.crawl", 0, "north"), make_task("wire.crawl", 1, "south")]


def test_task_of_a_wire_is_found_by_its_name() -> None:
    assert find_task(TASKS, RUN, "plan", "", WIRES) == TASKS[0]
    assert find_task(TASKS, RUN, "wire.crawl", "south", WIRES) == TASKS[2]
    assert find_task(TASKS[:2], RUN, "wire.crawl", "", WIRES) == TASKS[1]
    with pytest.raises(BadInput, match="Choose one with --wire: north, south"):
        find_task(TASKS, RUN, "wire.crawl", "", WIRES)
    with pytest.raises(NotFound, match=r"Did you mean south\?"):
        find_task(TASKS, RUN, "wire.crawl", "sout", WIRES)
    with pytest.raises(NotFound, match=r"no task 'wire.craw'\. Did you mean wire.crawl\?"):
        find_task(TASKS, RUN, "wire.craw", "", WIRES)


def test_task_of_a_batch_is_found_by_each_of_its_wires() -> None:
    wires = {"east": 0, "north": 1, "south": 0}
    tasks = [make_task("wire.crawl", 0, "east, south"), make_task("wire.crawl", 1, "north")]
    assert find_task(tasks, RUN, "wire.crawl", "south", wires) == tasks[0]
    assert find_task(tasks, RUN, "wire.crawl", "north", wires) == tasks[1]
    with pytest.raises(BadInput, match="Choose one with --wire: east, north, south"):
        find_task(tasks, RUN, "wire.crawl", "", wires)


def test_run_opens_in_airflow_and_run_of_a_command_on_its_own_page() -> None:
    assert make_run_url("http://localhost:8080", RUN) == (
        "http://localhost:8080/dags/newswire/runs/scheduled__2026-03-04T10%3A00%3A00%2B00%3A00/plugin/copydesk-run"
    )
    assert make_run_url("http://localhost:8080", RunName("cli", "north__1")) == (
        "http://localhost:8080/copydesk/run?dag_id=cli&run_id=north__1"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--from", "7d"), "No wire to backfill. Name one or more wires, or use --all"),
        (("menafn", "--all", "--from", "7d"), "--all cannot be combined with names of wires."),
        (("menafn",), "The start of the backfill is missing."),
        (("menafn", "--from", "1d", "--to", "2d"), "is empty. Set --from to an earlier time"),
        (("menafm", "--from", "1d"), "No wire named 'menafm'. Did you mean menafn"),
    ],
)
def test_wrong_arguments_of_backfill_are_rejected(arguments: tuple[str, ...], message: str) -> None:
    done = CliRunner().invoke(make_app(), ["backfill", *arguments])
    assert isinstance(done.exception, CopydeskError)
    assert message in str(done.exception)


def test_backfill_without_airflow_names_the_command_for_another_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("copydesk.dags.commands.backfill.connect_airflow", refuse)
    done = CliRunner().invoke(make_app(), ["backfill", "menafn", "--from", "2026-03-01", "--to", "2026-03-01T05:00"])
    assert isinstance(done.exception, NotFound)
    assert done.exception.remedy == (
        "Run `copydesk up`; in an Airflow of your own, run `airflow backfill create --dag-id newswire --from-date"
        " 2026-03-01T00:00:00+00:00 --to-date 2026-03-01T04:59:59.999999+00:00 --reprocess-behavior none"
        ' --max-active-runs 2 --dag-run-conf \'{"wires": ["menafn"]}\'`.'
    )


def refuse() -> None:
    raise NotFound("There is no Airflow here yet.")
