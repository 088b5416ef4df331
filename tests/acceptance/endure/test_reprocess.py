"""What a person approves is done, and is what was shown: another profile goes live, other rules read the pages."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

import pytest

from copydesk.dags.deploy.airflow_client import AirflowClient
from copydesk.dags.telemetry.assets import ASSET_EVENT_COUNTS
from tests.acceptance.approval import answer, ask, ask_again, read_live
from tests.acceptance.conftest import Desk, wait
from tests.acceptance.endure.installation_driver import HOUR, Operator, find_hour

pytestmark = [pytest.mark.endure, pytest.mark.timeout(900)]

WIRE = "northgate"
HOURS = 12
"""As many bring copy even at night."""


@pytest.fixture(scope="module")
def hour() -> datetime:
    """Hours that no other test touches end here."""
    return find_hour() - 80 * HOUR


def read_returned(rest: AirflowClient, path: str, task: str) -> dict[str, Any]:
    """What a task of the run has returned."""
    found: dict[str, Any] = rest.get(f"{path}/taskInstances/{task}/xcomEntries/return_value", deserialize=True)["value"]
    return found


def read_event(rest: AirflowClient, path: str, asset: str) -> dict[str, Any]:
    """What the run's event of the asset carries."""
    asked = {"source_dag_id": "reprocess", "source_run_id": path.rpartition("/")[2], "limit": 10}
    (event,) = [one for one in rest.get("assets/events", **asked)["asset_events"] if one["name"] == asset]
    extra: dict[str, Any] = event["extra"]
    return extra


def read_question(rest: AirflowClient, path: str) -> str:
    """What a person is shown."""
    return str(rest.get(f"{path}/taskInstances/approve/-1/hitlDetails")["body"])


def read_state(operator: Operator, path: str) -> str:
    """How the run stands in our tables."""
    run_id = path.rpartition("/")[2]
    ((state,),) = operator.ask("SELECT state FROM copydesk.run WHERE dag_id = 'reprocess' AND run_id = %s", run_id)
    return str(state)


def count_shown(operator: Operator) -> list[int]:
    """How many stories there are to see, with those that are withdrawn."""
    views = "SELECT (SELECT count(*) FROM copydesk.v_stories) + (SELECT count(*) FROM copydesk.v_killed_stories)"
    return [row[0] for row in operator.ask(views)]


def test_a_profile_that_a_person_approves_goes_live_and_back(operator: Operator) -> None:
    operator.await_quiet(ahead=180)
    before, shown = read_live(operator.url), count_shown(operator)
    path = ask(operator.rest, {"stage": "fold", "profile": ["window_hours=1"]})
    assert read_live(operator.url) == before
    assert answer(operator.rest, path, "Approve")["apply"] == "success"
    assert read_live(operator.url) != before
    told = read_returned(operator.rest, path, "preview")
    assert told["split"] > 0
    assert count_shown(operator) == [told["stories_after"]] != shown
    assert read_event(operator.rest, path, "copydesk/stories")["stories"] == told["stories_after"]

    path = ask(operator.rest, {"stage": "fold", "profile": []})
    assert answer(operator.rest, path, "Approve")["apply"] == "success"
    assert read_live(operator.url) == before
    assert count_shown(operator) == shown
    operator.check_health()


def test_pages_are_read_by_other_rules_once_a_person_approves(operator: Operator, desk: Desk, hour: datetime) -> None:
    start = hour - HOURS * HOUR
    operator.await_quiet(ahead=240)
    assert operator.await_run(operator.trigger(start, hours=HOURS, wires=(WIRE,)), 240) == "success"
    texts = "SELECT url, body FROM copydesk.v_articles WHERE wire = %s AND published_at >= %s AND published_at < %s"
    before = dict(operator.ask(texts, WIRE, start, hour))
    assert len(before) > 5
    asked = {"stage": "clean", "since": start.isoformat(), "until": hour.isoformat(), "wires": [WIRE]}
    file = desk.home / "sample" / "sources" / f"{WIRE}.toml"
    kept = file.read_text()
    try:
        # One more pattern, by which a paragraph of one of the articles is cut.
        pattern = json.dumps(re.escape(next(iter(before.values())).split("\n\n")[-1]))
        assert "\nboilerplate = [" in kept
        file.write_text(kept.replace("\nboilerplate = [", f"\nboilerplate = [{pattern}, "))
        path = ask(operator.rest, asked)
        assert dict(operator.ask(texts, WIRE, start, hour)) == before
        ask_again(operator.rest, path)
        told = read_returned(operator.rest, path, "preview")
        assert f"| Articles changed | {told['changed']} |" in read_question(operator.rest, path)
        assert answer(operator.rest, path, "Approve")["apply"] == "success"
    finally:
        file.write_text(kept)
    changed = {url for url, body in operator.ask(texts, WIRE, start, hour) if body != before[url]}
    told, done = (read_returned(operator.rest, path, task) for task in ("preview", "apply"))
    assert told["changed"] == len(changed) == done["new_articles"] > 0
    assert {name: told[name] for name in ("founded", "joined", "left", "merged", "split", "killed")} == {
        name: done[name] for name in ("founded", "joined", "left", "merged", "split", "killed")
    }
    for asset, names in ASSET_EVENT_COUNTS.items():
        assert read_event(operator.rest, path, asset.name) == {name: done[name] for name in names}

    path = ask(operator.rest, asked)
    shown = read_question(operator.rest, path)
    assert read_state(operator, path) == "awaiting_approval"
    assert answer(operator.rest, path, "Approve")["apply"] == "success"
    assert read_state(operator, path) == "done"
    assert dict(operator.ask(texts, WIRE, start, hour)) == before
    operator.check_health()

    # Nothing is left to change, so that another thing would be found out than was asked about.
    given = {"dag_run_id": path.rpartition("/")[2], "task_ids": ["preview"], "include_downstream": True}
    operator.rest.post("dags/reprocess/clearTaskInstances", {**given, "dry_run": False, "only_failed": False})
    wait(lambda: operator.rest.get(path)["state"] == "failed", 180)
    assert read_question(operator.rest, path) == shown
    assert dict(operator.ask(texts, WIRE, start, hour)) == before
