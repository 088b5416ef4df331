"""The plugin's pages in Airflow's UI: they require login, show the tables' content, and run no script."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from copydesk.dags.deploy.airflow_client import AirflowClient
from tests.acceptance.conftest import Installation

pytestmark = pytest.mark.timeout(900)

PAGES = (
    "/copydesk/", "/copydesk/run?dag_id=newswire&run_id=x", "/copydesk/story?id=0", "/copydesk/copy?story=0&id=0",
    "/copydesk/stories", "/copydesk/compare?story=0",
    "/copydesk/quarantine", "/copydesk/quarantined?id=0", "/copydesk/dags.json", "/copydesk/tabs.js",
)  # fmt: skip


@pytest.fixture(scope="module")
def run_id(first_runs: dict[str, str]) -> str:
    """Return the first scheduled run, which has succeeded."""
    run_id, state = next(iter(first_runs.items()))
    assert state == "success"
    return run_id


@pytest.fixture(scope="module")
def reader(airflow: AirflowClient, installation: Installation) -> Iterator[httpx.Client]:
    """Return an HTTP client that is logged in."""
    kept = json.loads((installation.home / "airflow" / "secrets.json").read_text())
    with httpx.Client(base_url=f"http://localhost:{installation.env['COPYDESK_UI_PORT']}", timeout=30) as client:
        response = client.post("/auth/token", json={"username": "admin", "password": kept["password"]})
        client.cookies.set("_token", response.json()["access_token"])
        yield client


@pytest.mark.parametrize("page", PAGES)
def test_pages_require_login(page: str, airflow: AirflowClient, installation: Installation) -> None:
    answer = httpx.get(f"http://localhost:{installation.env['COPYDESK_UI_PORT']}{page}", timeout=30)
    assert answer.status_code == 401
    assert "<html" not in answer.text


def test_plugin_registers_run_tab_and_nav_page(airflow: AirflowClient) -> None:
    (plugin,) = [one for one in airflow.get("plugins")["plugins"] if one["name"] == "copydesk"]
    assert [(view["destination"], view["url_route"]) for view in plugin["external_views"]] == [
        ("nav", "copydesk"), ("dag_run", "copydesk-run"),
    ]  # fmt: skip
    assert airflow.get("plugins/importErrors")["import_errors"] == []


def test_run_page_shows_wires_and_stories(run_id: str, reader: httpx.Client) -> None:
    page = reader.get("/copydesk/run", params={"dag_id": "newswire", "run_id": run_id})
    assert page.status_code == 200
    assert "script-src 'nonce-" in page.headers["content-security-policy"]
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    for wire in ("northgate", "southtide"):
        assert f">{wire}</a></th>" in page.text
    assert "New articles" in page.text
    story = page.text.partition('href="story?id=')[2].partition('"')[0]
    story_page = reader.get("/copydesk/story", params={"id": story})
    assert story_page.status_code == 200
    assert "<span>first" in story_page.text
    front = reader.get("/copydesk/")
    assert front.status_code == 200
    assert "run?dag_id=newswire" in front.text


def test_unknown_run_or_story_returns_404(run_id: str, reader: httpx.Client) -> None:
    for params in ({"dag_id": "newswire", "run_id": "<b>none"}, {"dag_id": "maintain", "run_id": run_id}):
        page = reader.get("/copydesk/run", params=params)
        assert page.status_code == 404
        assert "<h1>Not found</h1>" in page.text
        assert "<b>none" not in page.text
    assert reader.get("/copydesk/story", params={"id": "nothing"}).status_code == 404
    assert reader.get("/copydesk/docs").status_code == 404
    assert reader.get("/copydesk/openapi.json").status_code == 404
