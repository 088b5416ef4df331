"""What a run asks approval for, and who has decided, is shown in the tables, the UI and the command line."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from psycopg import Connection
from typer.testing import CliRunner

from copydesk.pipeline.cli.registry import make_app
from copydesk.pipeline.core.errors import Permanent
from copydesk.pipeline.core.ids import make_run_key
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.db import Row, transaction
from copydesk.pipeline.maintenance.retention import apply_retention
from copydesk.pipeline.runs.change_samples import ChangedText, StorySample
from copydesk.pipeline.store.runs import close_run, open_run, save_decision
from copydesk.pipeline.store.staged_results import read_approval_samples, save_approval_request
from copydesk.pipeline.store.states import RunState
from tests.mockserver.fixtures import fetch_rows
from tests.ui_requests import request_pages

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
RUN_KEY = make_run_key("reprocess", "again")
ASKED = {"changed": 3}
CHANGES = (("equal", "The ferry "), ("removed", "sails <b>"), ("added", "sailed"))
SAMPLE = StorySample("Ferry again", "", (ChangedText("north", "https://n.example/1", "T", "Storm", CHANGES),), 2)
DECISIONS = "SELECT state, decided_by, decided_at, ended_at = decided_at, summary->'asked' FROM copydesk.v_runs"


def open_reprocess(connection: Connection[Row]) -> None:
    open_run(connection, "reprocess", "again", kind="manual", mode="stored", window=None, wires=[])


@pytest.fixture(autouse=True)
def run(database: str) -> None:
    """Open a run that waits for approval."""
    with transaction(load_settings()) as connection:
        open_reprocess(connection)
        save_approval_request(connection, RUN_KEY, ASKED, [SAMPLE.to_dict()])
        close_run(connection, RUN_KEY, RunState.AWAITING_APPROVAL, {"asked": ASKED})


def decide(*, approved: bool) -> None:
    with transaction(load_settings()) as connection:
        save_decision(connection, RUN_KEY, "ana", NOW, approved=approved)


def test_rejection_ends_the_run_and_is_shown_with_its_samples(database: str, tmp_path: Path) -> None:
    decide(approved=False)
    assert fetch_rows(database, DECISIONS) == [("rejected", "ana", NOW, True, ASKED)]
    ((status, _, text, _),) = request_pages(tmp_path, "/run?dag_id=reprocess&run_id=again")
    assert status == 200
    assert ">Rejected</span>" in text
    assert "Rejected by ana" in text
    assert "The ferry <del>sails &lt;b&gt;</del><ins>sailed</ins>" in text
    assert "moves here from “Storm”" in text
    assert "and 2 more articles of this story" in text
    assert "rejected by ana" in CliRunner().invoke(make_app(), ["runs"]).stdout
    row = json.loads(CliRunner().invoke(make_app(), ["runs", "--json"]).stdout)
    assert (row["state"], row["decided_by"], row["decided_at"][:16]) == ("rejected", "ana", "2026-03-04T12:00")


def test_approval_is_recorded_until_the_run_starts_again(database: str) -> None:
    decide(approved=True)
    assert fetch_rows(database, DECISIONS)[0][:3] == ("awaiting_approval", "ana", NOW)
    with transaction(load_settings()) as connection:
        close_run(connection, RUN_KEY, RunState.DONE, {"asked": ASKED, "stories": 4})
    assert fetch_rows(database, DECISIONS)[0][:3] == ("done", "ana", NOW)
    with transaction(load_settings()) as connection:
        open_reprocess(connection)
    assert fetch_rows(database, DECISIONS)[0][:3] == ("running", "", None)


def test_first_samples_of_a_request_stay_until_they_expire(database: str) -> None:
    settings = load_settings()
    with transaction(settings) as connection:
        save_approval_request(connection, RUN_KEY, ASKED, [])
        assert [one["title"] for one in read_approval_samples(connection, RUN_KEY)] == ["Ferry again"]
    with pytest.raises(Permanent, match="differ from those"), transaction(settings) as connection:
        save_approval_request(connection, RUN_KEY, {"changed": 4}, [])
    apply_retention(settings, datetime.now(UTC) + timedelta(days=9))
    with transaction(settings) as connection:
        assert read_approval_samples(connection, RUN_KEY) == []
