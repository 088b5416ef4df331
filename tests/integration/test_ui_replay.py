"""Replays that are started from the page of the quarantine: who may, from where, and what the run is asked to do."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from copydesk.dags.support.replay_request import ReplayRequest, read_replay_request
from copydesk.pipeline.core.errors import BadInput
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.store.runs import open_run
from tests.article_store import ArticleStore
from tests.ui_requests import run_signed_in

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)

ASK = """
from airflow.models import DagRun
number = sys.argv[1]
pages = {role: [client.get("/quarantine?wire=north").text, client.get(f"/quarantined?id={number}").text]
         for role, client in (("viewer", viewer), ("user", user))}
token = re.search('name="token" value="([^"]*)"', pages["user"][0]).group(1)
def post(client, headers={}, **fields):
    answer = client.post("/replay", data=fields, headers=headers)
    return [answer.status_code, answer.headers.get("location", "")]
answers = {
    "viewer": post(viewer, token=token),
    "without token": post(user),
    "forged": post(user, token=token[:-1] + ("0" if token[-1] != "0" else "1")),
    "late": post(user, token="1." + token.split(".")[1]),
    "other site": post(user, {"Sec-Fetch-Site": "cross-site"}, token=token),
    "not an ID": post(user, token=token, id="x"),
    "not in quarantine": post(user, token=token, id="999999"),
    "too long": post(user, token=token, wire="x" * 30000),
    "one": post(user, token=token, id=number),
    "wire": post(user, token=token, wire="north"),
}
shown = user.get("/" + answers["wire"][1]).text
with settings.Session() as session:
    runs = [[run.dag_id, run.conf, str(run.state), run.triggering_user_name]
            for run in session.query(DagRun).order_by(DagRun.id)]
print(json.dumps({"forms": {role: [text.count('action="replay"') for text in texts] for role, texts in pages.items()},
                  "answers": answers, "runs": runs, "shown": shown}))
"""


@pytest.fixture
def quarantined(database: str) -> int:
    """Save a page in quarantine; return its ID."""
    with ArticleStore.open(database) as store:
        store.insert([Document("n", "Ferry", "It sails.", NOW)], "north")
        run_key = open_run(
            store.connection, "newswire", "x", kind="scheduled", mode="auto", window=None, wires=["north"]
        )
        row = store.connection.execute(
            "INSERT INTO copydesk.quarantine (stage, subject_id, wire, reason, run_key)"
            " SELECT 'clean', page_id::text, wire, 'not_html', %s FROM copydesk.page RETURNING quarantine_id",
            (run_key,),
        ).fetchone()
        store.connection.execute("DELETE FROM copydesk.article")
        # A page can only be replayed while its bytes are there.
        store.connection.execute("UPDATE copydesk.page_content SET is_body_deleted = false")
        store.connection.execute(
            "INSERT INTO copydesk.page_body SELECT content_sha256, content_at, %s FROM copydesk.page_content",
            (zlib.compress(b"x"),),
        )
        store.connection.commit()
    assert row is not None
    return int(row[0])


@pytest.fixture
def found(quarantined: int, tmp_path: Path) -> dict[str, Any]:
    answers: dict[str, Any] = run_signed_in(tmp_path, ASK, str(quarantined))
    return answers


def test_replay_needs_the_right_to_trigger_and_a_form_of_this_airflow(found: dict[str, Any], quarantined: int) -> None:
    assert found["forms"] == {"viewer": [0, 0], "user": [1, 1]}
    statuses = {name: status for name, (status, _) in found["answers"].items()}
    assert statuses == {
        "viewer": 403, "without token": 403, "forged": 403, "late": 403, "other site": 403, "not an ID": 400,
        "not in quarantine": 404, "too long": 413, "one": 303, "wire": 303,
    }  # fmt: skip
    assert found["runs"] == [
        ["keep_house", {"replay": {"ids": [quarantined]}}, "queued", "user"],
        ["keep_house", {"replay": {"wire": "north"}}, "queued", "user"],
    ]
    assert found["answers"]["wire"][1].startswith("quarantine?wire=north&replay=manual__")
    assert ">Queued</span> Replay" in found["shown"]


def test_configuration_of_a_run_says_what_is_replayed() -> None:
    some = ReplayRequest([4, 5], "north", None)
    assert read_replay_request(some.to_conf()) == some
    assert read_replay_request(ReplayRequest().to_conf()) == ReplayRequest()
    assert read_replay_request(None) is read_replay_request({"other": 1}) is None


@pytest.mark.parametrize("wrong", [[], {"ids": "4"}, {"ids": [True]}, {"wire": 4}, {"since": "now"}, "all"])
def test_configuration_that_is_no_request_is_bad_input(wrong: object) -> None:
    with pytest.raises(BadInput):
        read_replay_request({"replay": wrong})


def test_token_belongs_to_a_user_and_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    from copydesk.dags.ui import csrf

    monkeypatch.setattr(csrf, "get_signing_key", lambda *_: "secret")
    token = csrf.make_token("one", NOW)
    assert csrf.is_valid(token, "one", NOW + timedelta(hours=11))
    assert not csrf.is_valid(token, "two", NOW)
    assert not csrf.is_valid(token, "one", NOW + timedelta(hours=13))
    assert not any(csrf.is_valid(wrong, "one", NOW) for wrong in ("", ".", "x.y", f"{'9' * 30}.a", token + "a"))
