"""Approved changes are applied exactly as previewed: another profile goes live, new rules read stored pages."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

import pytest

from copydesk.dags.deploy.airflow_client import AirflowClient
from copydesk.dags.telemetry.event_counts import EVENT_COUNTS
from tests.acceptance.approval import read_live_profile_id, request_approval, request_approval_again, respond
from tests.acceptance.conftest import Installation, wait_until
from tests.acceptance.endure.installation_driver import HOUR, InstallationDriver, get_current_hour

pytestmark = [pytest.mark.endure, pytest.mark.timeout(900)]

WIRE = "northgate"
HOURS = 12
"""Enough hours to contain articles even at night."""


@pytest.fixture(scope="module")
def hour() -> datetime:
    """Return the end of hours that no other test touches."""
    return get_current_hour() - 80 * HOUR


def read_return_value(rest: AirflowClient, path: str, task: str) -> dict[str, Any]:
    """Return the return value of a task of the run."""
    found: dict[str, Any] = rest.get(f"{path}/taskInstances/{task}/xcomEntries/return_value", deserialize=True)["value"]
    return found


def read_asset_event(rest: AirflowClient, path: str, asset: str) -> dict[str, Any]:
    """Return the payload of the run's event of an asset."""
    asked = {"source_dag_id": "reprocess", "source_run_id": path.rpartition("/")[2], "limit": 10}
    (event,) = [one for one in rest.get("assets/events", **asked)["asset_events"] if one["name"] == asset]
    extra: dict[str, Any] = event["extra"]
    return extra


def read_approval_body(rest: AirflowClient, path: str) -> str:
    """Return the text of the approval request."""
    return str(rest.get(f"{path}/taskInstances/approve/-1/hitlDetails")["body"])


def read_run_state(driver: InstallationDriver, path: str) -> str:
    """Return the state of the run in Copydesk's tables."""
    run_id = path.rpartition("/")[2]
    ((state,),) = driver.fetch_rows("SELECT state FROM copydesk.run WHERE dag_id = 'reprocess' AND run_id = %s", run_id)
    return str(state)


def count_visible_stories(driver: InstallationDriver) -> list[int]:
    """Return the number of public and killed stories."""
    views = "SELECT (SELECT count(*) FROM copydesk.v_stories) + (SELECT count(*) FROM copydesk.v_killed_stories)"
    return [row[0] for row in driver.fetch_rows(views)]


def test_approved_profile_goes_live_and_can_be_reverted(driver: InstallationDriver) -> None:
    driver.await_quiet(ahead=180)
    before, shown = read_live_profile_id(driver.url), count_visible_stories(driver)
    path = request_approval(driver.rest, {"stage": "fold", "profile": ["window_hours=1"]})
    assert read_live_profile_id(driver.url) == before
    assert respond(driver.rest, path, "Approve")["apply"] == "success"
    assert read_live_profile_id(driver.url) != before
    preview = read_return_value(driver.rest, path, "preview")
    assert preview["split"] > 0
    assert count_visible_stories(driver) == [preview["stories_after"]] != shown
    assert read_asset_event(driver.rest, path, "copydesk/stories")["stories"] == preview["stories_after"]

    path = request_approval(driver.rest, {"stage": "fold", "profile": []})
    assert respond(driver.rest, path, "Approve")["apply"] == "success"
    assert read_live_profile_id(driver.url) == before
    assert count_visible_stories(driver) == shown
    driver.check_health()


def test_new_rules_apply_only_after_approval(
    driver: InstallationDriver, installation: Installation, hour: datetime
) -> None:
    start = hour - HOURS * HOUR
    driver.await_quiet(ahead=240)
    assert driver.await_run(driver.trigger(start, hours=HOURS, wires=(WIRE,)), 240) == "success"
    texts = "SELECT url, body FROM copydesk.v_articles WHERE wire = %s AND published_at >= %s AND published_at < %s"
    before = dict(driver.fetch_rows(texts, WIRE, start, hour))
    assert len(before) > 5
    conf = {"stage": "clean", "since": start.isoformat(), "until": hour.isoformat(), "wires": [WIRE]}
    file = installation.home / "sample" / "sources" / f"{WIRE}.toml"
    kept = file.read_text()
    try:
        # One more pattern, which cuts a paragraph of one of the articles.
        pattern = json.dumps(re.escape(next(iter(before.values())).split("\n\n")[-1]))
        assert "\nboilerplate = [" in kept
        file.write_text(kept.replace("\nboilerplate = [", f"\nboilerplate = [{pattern}, "))
        path = request_approval(driver.rest, conf)
        assert dict(driver.fetch_rows(texts, WIRE, start, hour)) == before
        request_approval_again(driver.rest, path)
        preview = read_return_value(driver.rest, path, "preview")
        body = read_approval_body(driver.rest, path)
        assert f"| Articles changed | {preview['changed']} |" in body
        assert "Samples, story by story:" in body
        assert "\n- " in body.partition("```diff")[2]
        assert respond(driver.rest, path, "Approve")["apply"] == "success"
    finally:
        file.write_text(kept)
    changed = {url for url, body in driver.fetch_rows(texts, WIRE, start, hour) if body != before[url]}
    preview, applied = (read_return_value(driver.rest, path, task) for task in ("preview", "apply"))
    assert preview["changed"] == len(changed) == applied["new_articles"] > 0
    assert {name: preview[name] for name in ("founded", "joined", "left", "merged", "split", "killed")} == {
        name: applied[name] for name in ("founded", "joined", "left", "merged", "split", "killed")
    }
    for asset, names in EVENT_COUNTS.items():
        assert read_asset_event(driver.rest, path, asset) == {name: applied[name] for name in names}

    path = request_approval(driver.rest, conf)
    shown = read_approval_body(driver.rest, path)
    assert read_run_state(driver, path) == "awaiting_approval"
    assert respond(driver.rest, path, "Approve")["apply"] == "success"
    assert read_run_state(driver, path) == "done"
    assert dict(driver.fetch_rows(texts, WIRE, start, hour)) == before
    driver.check_health()

    # Nothing is left to change, so the new preview differs from the approval request.
    given = {"dag_run_id": path.rpartition("/")[2], "task_ids": ["preview"], "include_downstream": True}
    driver.rest.post("dags/reprocess/clearTaskInstances", {**given, "dry_run": False, "only_failed": False})
    wait_until(lambda: driver.rest.get(path)["state"] == "failed", 180)
    assert read_approval_body(driver.rest, path) == shown
    assert dict(driver.fetch_rows(texts, WIRE, start, hour)) == before
