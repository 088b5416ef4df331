"""The plugin's pages in Airflow's UI, in a real browser: the frame, the tab, the theme, the time zone, the links."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from urllib.parse import quote

import httpx
import psycopg
import pytest
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright
from psycopg.rows import dict_row

from copydesk.dags.deploy.airflow_client import AirflowClient
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.db import embedded
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


STARTS = ("run?", "outcomes?", "page?", "story?", "copy?", "compare?", "wires", "wire?", "stories", "quarantine")
"""How the addresses of all kinds of pages start; each is linked from one of those before it, or from the home page."""


@pytest.fixture(scope="module")
def addresses(context: BrowserContext, url: str) -> list[str]:
    """Return the address of one page of each kind, found by following links from the home page."""
    page = context.new_page()
    found, waiting = {"": f"{url}/copydesk/"}, [f"{url}/copydesk/"]
    while waiting:
        page.goto(waiting.pop(0))
        for start in [start for start in STARTS if start not in found]:
            links = page.locator(f'a[href^="{start}"]').evaluate_all("all => all.map(one => one.href)")
            if links:
                # The last stories of the home page have several copies; a run on a schedule has new articles, and the
                # first of these has ended, even if an hour ends during the test.
                chosen = (
                    links[-1]
                    if start == "story?"
                    else next((one for one in reversed(links) if "scheduled__" in one), links[0])
                )
                found[start] = chosen
                waiting.append(chosen)
    page.close()
    assert {"", *STARTS} - set(found) == set()
    return [*found.values(), f"{url}/copydesk/story?id=none"]


def test_every_page_is_accessible_and_fits_into_a_narrow_window(
    context: BrowserContext, addresses: list[str], url: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    axe = Axe()
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if "404" not in message.text else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(addresses[0])
    for theme in ("dark", "light"):
        page.evaluate("theme => localStorage.setItem('theme', theme)", theme)
        for address in addresses:
            page.set_viewport_size({"width": 1280, "height": 900})
            page.goto(address)
            expect(page.locator("html")).to_have_attribute("data-theme", theme)
            found = axe.run(page, options={"resultTypes": ["violations"]}).response["violations"]
            serious = [
                (one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in {"serious", "critical"}
            ]
            assert (address, serious) == (address, [])
            page.set_viewport_size({"width": 500, "height": 900})
            assert (address, page.evaluate("document.documentElement.scrollWidth")) == (address, 500)
    assert problems == []
    page.close()


def test_number_of_a_run_opens_its_list_and_what_was_cut(page: Page, url: str) -> None:
    page.goto(f"{url}/plugin/copydesk")
    frame = page.frame_locator("iframe")
    frame.locator('a[href^="run?"][href*="scheduled__"]').last.click()
    expect(frame.locator("h2", has_text="Time per stage")).to_be_visible()
    expect(frame.locator(".spans tr")).not_to_have_count(0)
    number = frame.locator('a[href*="stage=clean"][href*="outcome=article"]').first
    count = int(number.inner_text())
    number.click()
    expect(frame.locator("tbody tr")).to_have_count(min(count, 50))
    frame.locator('a[href^="page?"]').first.click()
    expect(frame.locator("h2", has_text="What was cut from its text")).to_be_visible()


@pytest.fixture
def quarantined_page(installation: Installation) -> Iterator[None]:
    """Put a page into quarantine, as if it had been too slow to read; afterwards, its result is as it was."""
    address = embedded.locate_server(Settings(home=installation.home)).url("copydesk")
    with psycopg.connect(address, row_factory=dict_row) as connection:
        # What other tests have left there.
        connection.execute("UPDATE copydesk.quarantine SET state = 'recovered' WHERE state = 'quarantined'")
        read = connection.execute("SELECT * FROM copydesk.page_result WHERE outcome = 'article' LIMIT 1").fetchone()
        assert read is not None
        connection.execute(
            "UPDATE copydesk.page_result SET outcome = 'quarantined', reason = 'timeout', article_id = NULL,"
            " version_id = NULL WHERE page_id = %(page_id)s AND cleaner = %(cleaner)s",
            read,
        )
        connection.execute(
            "INSERT INTO copydesk.quarantine (stage, subject_id, wire, reason, run_key)"
            " VALUES ('clean', %(page_id)s::text, %(wire)s, 'timeout', %(run_key)s)",
            read,
        )
    yield
    with psycopg.connect(address) as connection:
        connection.execute(
            "UPDATE copydesk.page_result SET outcome = %(outcome)s, reason = %(reason)s, article_id = %(article_id)s,"
            " version_id = %(version_id)s, run_key = %(run_key)s"
            " WHERE page_id = %(page_id)s AND cleaner = %(cleaner)s",
            read,
        )


@pytest.mark.usefixtures("quarantined_page")
def test_quarantine_is_replayed_from_its_page(page: Page, url: str) -> None:
    page.goto(f"{url}/plugin/copydesk")
    frame = page.frame_locator("iframe")
    frame.locator("nav a", has_text="Quarantine").click()
    frame.locator('a[href^="quarantined?"]').first.click()
    frame.locator("button", has_text="Replay").click()
    again = frame.locator("a", has_text="Look again")
    expect(again).to_be_visible()
    deadline = time.monotonic() + 240
    while frame.locator('[role="status"] .badge').inner_text() not in {"Success", "Failed"}:
        assert time.monotonic() < deadline, "timed out"
        again.click()
        page.wait_for_timeout(1000)
    expect(frame.locator('[role="status"] .badge')).to_have_text("Success")
    expect(frame.locator(".empty")).to_be_visible()  # nothing is left in quarantine
