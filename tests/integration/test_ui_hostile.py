"""Hostile titles, bodies and URLs, from the crawl to the pages in a real browser: nothing runs, nothing is loaded."""

from __future__ import annotations

import html
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import psycopg
import pytest
from playwright.sync_api import Page, Request, sync_playwright

from tests.acceptance.conftest import wait_until
from tests.mockserver.site import MockResponse, MockSite
from tests.mockserver.wire import MockWire
from tests.ui_requests import OPEN_APP

CALL = "window.parent.ran=window.ran=1"
ELEMENTS = (
    "<script>{call}</script>", "<img src=x onerror={call}>", "<svg onload={call}>",
    "<svg><script>{call}</script></svg>",
    "<iframe srcdoc='<script>{call}</script>'></iframe>", "<body onload={call}>", "<details open ontoggle={call}>",
    "<input autofocus onfocus={call}>", "<video><source onerror={call}></video>", "<a href=javascript:{call}>x</a>",
    "<math><mtext><script>{call}</script></mtext></math>", "<style>@import '{site}/x.css';</style>",
    "<link rel=stylesheet href={site}/x.css>", "<base href={site}/>",
    "<meta http-equiv=refresh content='0;url={site}'>",
    "<object data={site}/x>", "<embed src={site}/x>", "<form action={site}><button autofocus>x</button></form>",
    "<img src={site}/pixel.png>", "<table background={site}/x.png>",
)  # fmt: skip
"""Elements that run a script or load something if a page contains them unescaped."""

BREAKOUTS = ("{one}", '">{one}', "'>{one}", "</title>{one}", "</textarea></script>{one}", "<!--{one}-->{one}")
"""What ends the attribute or element that a text is in; the element comes after it."""

EXTRAS = (
    "{{ 7 * 7 }}{% raw %}${7*7}", "javascript:{call}//", '" onmouseover="{call}" autofocus onfocus="{call}" x="',
    "\u202e\u2066<script>{call}</script>", "&lt;script&gt;{call}&lt;/script&gt;", "\uff1cscript\uff1e{call}",
    "]]><script>{call}</script>", "%3Cscript%3E{call}%3C/script%3E", "\\x3cscript\\x3e{call}", "+ADw-script+AD4-{call}",
)  # fmt: skip
COUNT = len(EXTRAS) + len(ELEMENTS)
"""So many texts contain each element, and each breakout with three elements or more."""
SENTENCE = (
    "The ferry to island number {number} sails again after the storm, harbour master {number} said on Wednesday. "
)

SERVE = (
    OPEN_APP
    + """import uvicorn
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error")
"""
)


@pytest.fixture
def site() -> Iterator[MockSite]:
    with MockSite() as site:
        yield site


@pytest.fixture(params=[COUNT, pytest.param(50, marks=pytest.mark.slow)])
def texts(site: MockSite, request: pytest.FixtureRequest) -> list[str]:
    """Return hostile texts, which the site has as titles, in bodies and in addresses."""
    ways = (BREAKOUTS[n % len(BREAKOUTS)].replace("{one}", ELEMENTS[n % len(ELEMENTS)]) for n in range(request.param))
    texts = [text.replace("{call}", CALL).replace("{site}", site.url) for text in (*EXTRAS, *ways)][: request.param]
    items = []
    for number, text in enumerate(texts):
        path = f"/{number}/{quote(text[:80], safe='')}"
        sentence = SENTENCE.format(number=number) * 8
        site.paths[path] = MockResponse.page(
            f"<html lang=en><head><title>{html.escape(text)}</title></head><body><article>"
            f"<h1>Report {number} {html.escape(text)}</h1><p class=byline>By {html.escape(text)}</p>"
            f"<p>{html.escape(sentence)}</p><p>{html.escape(sentence + text)}</p></article></body></html>"
        )
        items.append(
            f"<item><title>{html.escape(text)}</title><link>{html.escape(site.url + path)}</link>"
            f"<pubDate>{format_datetime(datetime.now(UTC))}</pubDate></item>"
        )
    site.paths["/feed"] = MockResponse.xml(f"<rss version='2.0'><channel>{''.join(items)}</channel></rss>")
    return texts


@pytest.mark.timeout(600)
def test_nothing_hostile_runs_or_loads(site: MockSite, texts: list[str], database: str, tmp_path: Path) -> None:
    program = shutil.which("chromium")
    if program is None:
        assert "CI" not in os.environ, "Install Debian's package chromium."
        pytest.skip("Chromium is not installed.")
    MockWire(tmp_path, site.url).write(discovery={"feeds": [f"{site.url}/feed"]})
    env = {**os.environ, "COPYDESK_SOURCES": str(tmp_path)}
    command = [sys.executable, "-m", "copydesk.pipeline.cli.main", "run", "mock"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    crawled = len(site.requests)
    assert crawled > len(texts)

    with serve_pages(env, tmp_path) as address, sync_playwright() as browsers:
        browser = browsers.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page()
        foreign: list[str] = []
        page.on("request", lambda request: note_foreign(request, address, foreign))
        page.goto(f"{address}/stories")
        found = list_addresses(page, "story?")
        assert len(found) >= len(texts) * 0.9
        run = [f"{address}/run?dag_id=cli&run_id={quote(run_id, safe='')}" for run_id in read_run_ids(database)]
        for visited in [f"{address}/", f"{address}/wires", f"{address}/wire?name=mock", *run, *found]:
            visit(page, visited)
        for kind in ("outcomes?", "copy?", "page?"):
            for at in {"outcomes?": run, "copy?": found, "page?": [f"{address}/wire?name=mock"]}[kind]:
                page.goto(at)
                for visited in list_addresses(page, kind)[:2]:
                    visit(page, visited)
        browser.close()
    assert foreign == []
    assert len(site.requests) == crawled


def visit(page: Page, address: str) -> None:
    """Open a page, move over everything that could react, and check that no script of its content has run."""
    answer = page.goto(address)
    assert answer is not None
    assert (address, answer.status) == (address, 200)
    page.evaluate("document.querySelectorAll('*').forEach(one => one.dispatchEvent(new MouseEvent('mouseover')))")
    assert (address, page.evaluate("window.ran")) == (address, None)
    assert (address, page.locator("main :is(script, img, iframe, object, embed, base, meta, link)").count()) == (
        address,
        0,
    )
    dangerous = "main a[href^='javascript:' i], main a[href^='data:' i]"
    assert (address, page.locator(dangerous).count()) == (address, 0)


def list_addresses(page: Page, start: str) -> list[str]:
    links = page.locator(f'a[href^="{start}"]')
    return list(dict.fromkeys(links.evaluate_all("all => all.map(one => one.href)")))


def note_foreign(request: Request, address: str, foreign: list[str]) -> None:
    if urlsplit(request.url).netloc != urlsplit(address).netloc:
        foreign.append(request.url)


def read_run_ids(database: str) -> list[str]:
    with psycopg.connect(database) as connection:
        return [run_id for (run_id,) in connection.execute("SELECT run_id FROM copydesk.run").fetchall()]


@contextmanager
def serve_pages(env: dict[str, str], folder: Path) -> Iterator[str]:
    """Serve the pages without Airflow's log-in, which is not ours; yield their address."""
    with MockSite() as probe:
        port = probe.port
    variables = {"AIRFLOW_HOME": str(folder), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
    server = subprocess.Popen([sys.executable, "-c", SERVE, str(port)], env={**env, **variables})
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: is_up(address, server), 120)
        yield address
    finally:
        server.terminate()
        server.wait(30)


def is_up(address: str, server: subprocess.Popen[bytes]) -> bool:
    assert server.poll() is None, "the server has ended"
    try:
        return httpx.get(f"{address}/quarantine", timeout=30).status_code == 200
    except httpx.TransportError:
        return False
