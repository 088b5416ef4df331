"""The JSON behind the pages: answers, pages of lists, errors, and the OpenAPI document that describes them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from copydesk.pipeline.core.records import Document
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.db import connect
from copydesk.pipeline.store.runs import open_run
from tests.airflow_process import run_with_airflow
from tests.article_store import ArticleStore, article_id_for
from tests.ui_requests import OPEN_APP, request_pages

# As the api-server mounts the pages, with the path of Airflow's base URL in front.
MOUNTED = (
    OPEN_APP
    + """from fastapi import FastAPI, Request
from copydesk.dags.ui.api_paging import get_base_url, make_next_url

def send_addresses(request: Request) -> list[str]:
    return [get_base_url(request), make_next_url(request, "x")]

app.get("/addresses")(send_addresses)
outer = FastAPI(root_path="/base")
outer.mount("/copydesk", app)
client = TestClient(outer)
paths = ("addresses?a=b", "api/v1/openapi.json", "api/v1/stories?q=%00")
print(json.dumps([client.get(f"/base/copydesk/{path}").json() for path in paths]))
"""
)

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
FERRY = "The ferry to the island sails again after the storm, the harbour master said on Wednesday morning. " * 4


@pytest.fixture
def ferry(store: ArticleStore) -> UUID:
    """Save a story with two copies; return its ID."""
    ids = store.insert([Document("f1", "Ferry sails again", FERRY, NOW)], "north")
    ids += store.insert([Document("f2", "Ferry sails again", FERRY, NOW + timedelta(hours=2))], "east")
    store.process(ids)
    return store.get_story_id("f1")


def request_json(tmp_path: Path, *paths: str) -> list[tuple[int, Any]]:
    answers = request_pages(tmp_path, *(f"/api/v1/{path}" for path in paths))
    return [(status, json.loads(text)) for status, _, text, _ in answers]


def test_lists_are_read_page_by_page(store: ArticleStore, tmp_path: Path) -> None:
    texts = [" ".join(f"word{number}x{place}" for place in range(60)) for number in range(3)]
    store.process(store.insert([Document(text[:8], text[:30], text, NOW) for text in texts], "north"))
    ((status, first),) = request_json(tmp_path, "stories?wire=north&limit=2&sort=last")
    assert (status, len(first["items"]), first["total"]) == (200, 2, 3)
    path = first["next"].removeprefix("http://testserver/api/v1/")
    assert path.startswith("stories?wire=north&limit=2&sort=last&after=")
    ((_, second),) = request_json(tmp_path, path)
    assert second["next"] is None
    assert len({row["story_id"] for row in [*first["items"], *second["items"]]}) == 3


def test_story_has_copies_with_evidence_and_times_in_utc(ferry: UUID, tmp_path: Path) -> None:
    copy = article_id_for("f2")
    found = request_json(tmp_path, "stories?q=harbour", f"stories/{ferry}", f"stories/{ferry}/copies/{copy}")
    assert [status for status, _ in found] == [200, 200, 200]
    listed, story, read = (answer for _, answer in found)
    assert [row["story_id"] for row in listed["items"]] == [str(ferry)]
    assert listed["items"][0]["page"] == f"http://testserver/story?id={ferry}"
    assert story["published_at"] == "2026-03-04T12:00:00Z"
    first, second = story["copies"]
    assert (first["evidence"], second["delay"], second["wire"]) == (None, 7200, "east")
    assert second["evidence"]["reason"].endswith(".")
    assert second["evidence"]["measures"]
    assert {event["kind"] for event in story["events"]} >= {"founded", "joined"}
    assert [step["wire"] for step in story["spread"]] == ["north", "east"]
    assert [passage["wire"] for passage in read["passages"]] == ["north"]


def test_runs_wires_and_quarantine_are_sent(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPYDESK_WIRES__ENABLED", "isna,interfax-ukraine")
    with connect(load_settings()) as connection, connection.transaction():
        open_run(
            connection, "newswire", "scheduled__2026-03-04T12:00:00+00:00", kind="scheduled", mode="auto", window=None,
            wires=["north"], skipped={},
        )  # fmt: skip
    run = "runs/newswire/scheduled__2026-03-04T12:00:00+00:00"
    found = request_json(tmp_path, "runs", run, f"{run}/stories", "wires?limit=1", "quarantine?limit=1")
    assert [status for status, _ in found] == [200] * 5
    runs, details, stories, wires, quarantine = (answer for _, answer in found)
    assert [one["run_id"] for one in runs["items"]] == [details["run_id"]]
    assert [wire["wire"] for wire in details["wires"]] == ["north"]
    assert (stories["items"], quarantine["items"], quarantine["reasons"]) == ([], [], {})
    (wire,) = wires["items"]
    (_, page), (_, one) = request_json(
        tmp_path, wires["next"].removeprefix("http://testserver/api/v1/"), f"wires/{wire['wire']}"
    )
    assert page["items"][0]["wire"] > wire["wire"]
    assert one["settings"][0]["name"] == "home"


def test_errors_are_one_sentence(store: ArticleStore, tmp_path: Path) -> None:
    texts = [" ".join(f"word{number}x{place}" for place in range(60)) for number in range(20)]
    store.process(store.insert([Document(text[:8], text[:30], text, NOW) for text in texts], "north"))
    ids = [str(row[0]) for row in store.connection.execute("SELECT story_id FROM copydesk.story").fetchall()]
    ambiguous = next(one[0] for one in ids if sum(other[0] == one[0] for other in ids) > 1)
    expected = {
        "stories?limit=0": (422, "The parameter limit is invalid"),
        "stories?limit=201": (422, "The parameter limit is invalid"),
        "stories?limit=x": (422, "The parameter limit is invalid"),
        "stories?q=" + "a" * 5000: (422, "The parameter q is invalid"),
        "stories?q=%22%22": (400, "has no words"),
        "stories?since=soon": (400, "use ISO 8601"),
        "stories?sort=best": (400, "is not one of the choices"),
        "stories?wire=nort": (404, "No wire named 'nort'."),
        "stories?after=x": (400, "is invalid"),
        "stories?q=%00": (404, "ID"),
        f"stories/{ambiguous}": (400, "have an ID that starts with"),
        "stories/%00": (404, "NUL"),
        "stories/zz": (404, "is not a story ID"),
        f"stories/{ids[0]}/copies/{ids[0]}": (404, "no such copy"),
        f"stories/{ids[0]}/copies/x": (422, "article_id is invalid"),
        "runs/newswire/a%00": (404, "NUL"),
        "runs/newswire/nothing": (404, "no data about this run"),
        "wires/nothing": (404, "No source file"),
        "quarantine/" + "9" * 30: (404, "No page in quarantine"),
        "quarantine/x": (404, "No page in quarantine"),
        "nothing": (404, "Not Found"),
    }
    for (path, (status, part)), found in zip(expected.items(), request_json(tmp_path, *expected), strict=True):
        assert (path, found[0], list(found[1])) == (path, status, ["detail"])
        assert part in found[1]["detail"]


def test_openapi_describes_the_answers(ferry: UUID, tmp_path: Path) -> None:
    paths = ["openapi.json", "stories", f"stories/{ferry}", "runs", "wires", "quarantine"]
    (_, document), *found = request_json(tmp_path, *paths)
    described, models = document["paths"], document["components"]["schemas"]
    assert document["openapi"].startswith("3.1")
    assert {path[: len("/api/v1/")] for path in described} == {"/api/v1/"}
    for path, (status, answer) in zip(paths[1:], found, strict=True):
        name = "stories/{story_id}" if str(ferry) in path else path
        responses = described[f"/api/v1/{name}"]["get"]["responses"]
        schemas = {code: one["content"]["application/json"]["schema"]["$ref"] for code, one in responses.items()}
        model = models[schemas.pop("200").rpartition("/")[2]]
        assert (status, set(answer)) == (200, set(model["properties"]))
        assert set(schemas) == {"400", "401", "403", "404", "422", "503"}
        assert set(schemas.values()) == {"#/components/schemas/ApiError"}


def test_addresses_have_the_path_that_airflow_is_reached_by() -> None:
    done = run_with_airflow(MOUNTED, preload=["fastapi.testclient", "copydesk.dags.ui.routes"])
    addresses, document, error = json.loads(done.stdout.splitlines()[-1])
    assert addresses == ["http://testserver/base/copydesk/", "http://testserver/base/copydesk/addresses?a=b&after=x"]
    assert document["servers"] == [{"url": "/base/copydesk"}]
    assert list(error) == ["detail"]
