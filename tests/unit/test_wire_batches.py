"""The wires of a mapped task: how they are divided among tasks, and that one which fails does not lose the others."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from copydesk.dags.tasks.wire_batch import EndedWires, Plan, process_wires
from copydesk.pipeline.core.errors import BadSource, CopydeskError, HostBusy, Permanent, Transient
from copydesk.pipeline.core.records import Window
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.source_digest import compute_source_digest
from copydesk.pipeline.runs.planning import RunPlan, WirePlan

WINDOW = Window(datetime(2026, 3, 4, 11, tzinfo=UTC), datetime(2026, 3, 4, 12, tzinfo=UTC))


class Store:
    """Airflow's store of a task's state."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def get(self, key: str) -> Any:
        return self.values.get(key)

    def set(self, key: str, value: Any) -> None:
        self.values[key] = value


def make_plans(*wires: str) -> list[Plan]:
    return [WirePlan(wire, "live", "", "").to_dict() for wire in wires]


class Processing:
    """Processes wires; those with an error fail with it."""

    def __init__(self, **errors: Exception) -> None:
        self.errors = errors
        self.wires: list[str] = []

    def __call__(self, plan: Plan) -> int:
        wire = plan["wire"]
        self.wires.append(wire)
        if wire in self.errors:
            raise self.errors[wire]
        return len(self.wires)


@pytest.mark.parametrize(("wires", "tasks"), [(1, None), (4, None), (5, 4), (9, 4), (4, 1), (2049, 1024)])
def test_wires_are_divided_evenly_among_tasks(wires: int, tasks: int | None) -> None:
    plans = tuple(WirePlan(f"w{number}", "live", "", "") for number in range(wires))
    batches = RunPlan(UUID(int=1), WINDOW, plans, {}, {}, tasks).batches
    assert len(batches) == (tasks or wires)
    assert sorted(plan.wire for batch in batches for plan in batch) == sorted(plan.wire for plan in plans)
    sizes = {len(batch) for batch in batches}
    assert max(sizes) - min(sizes) <= 1
    assert all(plan in batches[number % len(batches)] for number, plan in enumerate(plans))


def test_run_without_wires_has_no_batch() -> None:
    assert RunPlan(UUID(int=1), WINDOW, (), {}, {}).batches == []


def test_error_of_a_single_wire_is_its_own() -> None:
    with pytest.raises(HostBusy, match="north is busy"):
        process_wires(make_plans("north"), Processing(north=HostBusy("north is busy")))


def test_failing_wire_of_a_batch_does_not_lose_the_others() -> None:
    process = Processing(east=BadSource("east: invalid TOML."), south=ValueError("a fault"))
    with pytest.raises(Transient) as raised:
        process_wires(make_plans("east", "north", "south", "west"), process)
    assert process.wires == ["east", "north", "south", "west"]
    assert str(raised.value) == "2 of 4 wires failed: east: invalid TOML; south: a fault."


def test_batch_is_not_retried_if_no_retry_can_help() -> None:
    with pytest.raises(Permanent, match="1 of 2 wires failed: east: gone"):
        process_wires(make_plans("east", "north"), Processing(east=Permanent("east: gone.")))


def test_retry_processes_only_wires_that_it_can_help() -> None:
    store, plans = Store(), make_plans("east", "north", "south")
    errors: dict[str, CopydeskError] = {"east": Permanent("gone."), "south": HostBusy("busy.")}
    with pytest.raises(Transient, match="2 of 3 wires failed: east: gone; south: busy"):
        process_wires(plans, Processing(**errors), EndedWires(store, 3))
    retry = Processing()
    with pytest.raises(Permanent, match="1 of 3 wires failed: east: gone"):
        process_wires(plans, retry, EndedWires(store, 3))
    assert retry.wires == ["south"]


def test_task_that_was_killed_continues_with_the_wires_that_are_left() -> None:
    store, plans = Store(), make_plans("east", "north", "south")

    def stop(plan: Plan) -> None:
        if plan["wire"] == "north":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        process_wires(plans, stop, EndedWires(store, 3))
    retry = Processing()
    assert process_wires(plans, retry, EndedWires(store, 3)) == {"north": 1, "south": 2}


def test_cleared_task_processes_all_wires_again() -> None:
    store, plans = Store(), make_plans("east", "north")
    process_wires(plans, Processing(), EndedWires(store, 3))
    cleared = Processing()
    process_wires(plans, cleared, EndedWires(store, 4))
    assert cleared.wires == ["east", "north"]


def test_source_digest_changes_with_each_key_except_enabled() -> None:
    values = {"name": "north", "title": "North", "home": "http://north.example/"}
    source = Source.model_validate(values | {"discovery": {"feeds": ["http://north.example/feed"]}})
    digest = compute_source_digest(source)
    assert compute_source_digest(source.model_copy(update={"enabled": not source.enabled})) == digest
    for changed in ({"title": "Nord"}, {"boilerplate": ("Read more",)}, {"home": "https://north.example/"}):
        assert compute_source_digest(source.model_copy(update=changed)) != digest
