"""The plugin's pages in Airflow's UI, in a real browser: the frame, the tab, the theme, the time zone, the links."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from copydesk.dags.deploy.airflow_client import AirflowClient
from tests.acceptance.conftest import Installation, wait_until

pytestmark = pytest.mark.timeout(900)

OWN_DAG = """
from airflow.sdk import dag, task

@dag(schedule=None)
def own():
    @task
    def rest(): ...

    rest()

own()
"""
RIGHTMOST_EDGE = "Math.max(...[...document.querySelectorAll('body *')].map(e => e.getBoundingClientRect().right))"
TAB = 'a[href*="/plugin/copydesk-run"]'


@pytest.fixture(scope="module")
def url(installation: Installation) -> str:
    return f"http://localhost:{installation.env['COPYDESK_UI_PORT']}"


@pytest.fixture(scope="module")
def context(first_runs: dict[str, str], installation: Installation, url: str) -> Iterator[BrowserContext]:
    """Yield a browser that is logged in; its system is light and in New York."""
    program = shutil.which("chromium")
    if program is None:
        assert "CI" not in os.environ, "Install Debian's package chromium."
        pytest.skip("Chromium is not installed.")
    kept = json.loads((installation.home / "airflow" / "secrets.json").read_text())
    answer = httpx.post(f"{url}/auth/token", json={"username": "admin", "password": kept["password"]}, timeout=30)
    with sync_playwright() as browsers:
        browser = browsers.chromium.launch(executable_path=program, args=["--no-sandbox"])
        context = browser.new_context(timezone_id="America/New_York", color_scheme="light")
        context.set_default_timeout(60_000)
        expect.set_options(timeout=60_000)
        context.add_cookies([{"name": "_token", "value": answer.json()["access_token"], "url": url}])
        yield context
        browser.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    page = context.new_page()
    yield page
    page.close()


def test_pages_follow_the_theme_and_time_zone_of_airflow(page: Page, url: str) -> None:
    page.goto(f"{url}/plugin/copydesk")
    frame = page.frame_locator("iframe")
    page_root, zone = frame.locator("html"), frame.locator("[data-zone]")
    expect(zone).to_have_text("America/New York")  # as Airflow, the browser's zone by default
    for theme in ("dark", "light"):
        page.evaluate("theme => localStorage.setItem('theme', theme)", theme)  # as Airflow's switch does
        expect(page_root).to_have_attribute("data-theme", theme)
    time = frame.locator("time").first
    local = time.inner_text()
    page.evaluate("localStorage.setItem('timezone', JSON.stringify('UTC'))")
    expect(zone).to_have_text("UTC")
    assert time.inner_text() == str(time.get_attribute("datetime"))[:16].replace("T", " ") != local


@pytest.mark.slow
def test_tab_is_shown_only_on_runs_of_copydesk(
    page: Page, url: str, airflow: AirflowClient, installation: Installation, first_runs: dict[str, str]
) -> None:
    run_id = next(iter(first_runs))
    page.goto(f"{url}/dags/newswire/runs/{quote(run_id, safe='')}")
    page.locator(TAB).click()
    frame = page.frame_locator("iframe")
    expect(frame.locator("h2", has_text="Stories")).to_be_visible()

    folder = installation.home / "dags"
    folder.mkdir(exist_ok=True)
    (folder / "own.py").write_text(OWN_DAG)
    wait_until(lambda: "own" in [one["dag_id"] for one in airflow.get("dags")["dags"]], 180)
    own_run = airflow.post("dags/own/dagRuns", {"logical_date": None, "conf": {}})["dag_run_id"]
    page.goto(f"{url}/dags/own/runs/{quote(own_run, safe='')}")
    expect(page.locator(TAB)).to_have_count(1)
    expect(page.locator(TAB)).to_be_hidden()
    page.goto(f"{url}/dags/newswire/runs/{quote(run_id, safe='')}")
    expect(page.locator(TAB)).to_be_visible()


def test_copies_open_their_text_and_their_original(page: Page, context: BrowserContext, url: str) -> None:
    page.goto(f"{url}/plugin/copydesk")
    frame = page.frame_locator("iframe")
    frame.locator('a[href^="story?id="]').first.click()
    original = frame.locator('a[target="_blank"]').first
    expect(original).to_have_attribute("rel", "noopener noreferrer nofollow")
    with context.expect_page() as opened:
        original.click()  # the frame itself may open no window
    assert opened.value.url == original.get_attribute("href")
    opened.value.close()
    frame.locator('a[href^="copy?"]').first.click()
    expect(frame.locator(".text")).not_to_be_empty()


def test_nothing_is_cut_off_in_a_narrow_window(page: Page, url: str) -> None:
    page.set_viewport_size({"width": 500, "height": 900})
    page.goto(f"{url}/copydesk/")
    for link in ('a[href^="run?"]', 'a[href^="story?"]'):
        page.locator(link).first.click()
        expect(page.locator("h1")).to_be_visible()
        widest = page.evaluate(
            "Math.max(...[...document.querySelectorAll('*')].map(e => e.getBoundingClientRect().right))"
        )
        assert widest <= 500
        page.goto(f"{url}/copydesk/")
