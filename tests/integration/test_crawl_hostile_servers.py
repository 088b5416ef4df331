"""Hostile and unusual servers, crawled for real: memory, redirects, cookies, logins and secrets."""

from __future__ import annotations

import base64
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count

import psutil
import pytest

from copydesk.crawler.accounting.crawl_result import raise_for_crawl_result
from copydesk.pipeline.core.errors import Transient
from copydesk.pipeline.core.source import Source
from tests.mockserver import MockRequest, MockResponse, MockSite, bad_responses
from tests.mockserver.feeds import rss
from tests.mockserver.fixtures import fetch_rows, get_feed_errors, make_site, make_wire, read_outcomes  # noqa: F401 - fixtures
from tests.mockserver.wire import MockWire

NOW = datetime.now(UTC).replace(microsecond=0)
START, END = NOW - timedelta(hours=1), NOW
INSIDE = NOW - timedelta(minutes=30)
TEXT = "The harbour board of Port Wenlock voted on Thursday to close the northern quay for eleven weeks."
GOOD = MockResponse.page(f"<html><body><h1>A page as it should be</h1><p>{TEXT * 8}</p></body></html>")
MIB = 1024 * 1024
MAX_GROWTH_MIB = 96
SOURCE = Source.model_validate(
    {"name": "mock", "title": "M", "home": "http://127.0.0.1", "discovery": {"feeds": ["http://127.0.0.1/f"]}}
)


@contextmanager
def endless_headers(unit: bytes) -> Iterator[str]:
    """A server that never ends its header: it repeats ``unit`` until the client hangs up. Yields its URL."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            with client:
                client.settimeout(10)
                try:
                    request = client.recv(65536)
                    if request.startswith(b"GET /robots.txt"):
                        client.sendall(b"HTTP/1.1 404 x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                        continue
                    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-First: 1\r\n")
                    while True:
                        client.sendall(unit * 1000)
                except OSError:
                    pass

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
    finally:
        server.close()


@contextmanager
def measure_growth() -> Iterator[list[float]]:
    """Yields a list that gets the growth of the largest process below this one, in MiB, over its first size."""
    done, growth = threading.Event(), [0.0]

    def watch() -> None:
        first: dict[int, int] = {}
        while not done.wait(0.02):
            for process in psutil.Process().children(recursive=True):
                try:
                    size = process.memory_info().rss
                except psutil.Error:
                    continue
                growth[0] = max(growth[0], (size - first.setdefault(process.pid, size)) / MIB)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield growth
    finally:
        done.set()
        thread.join(10)


def warm_up(site: MockSite, wire: MockWire) -> None:
    """Crawl once, so that the process of which spiders are forks has loaded what they need."""
    site.paths = {"/feed": MockResponse.xml(rss([]))}
    wire.write(discovery={"feeds": [f"{site.url}/feed"]})
    wire.crawl("warm-up", START, END)


@pytest.mark.parametrize(
    "unit",
    [b"X-A: " + b"a" * 1000 + b"\r\n", b"\t" + b"a" * 1000 + b"\r\n", b"a" * 1000],
    ids=["many", "folded", "one"],
)
def test_endless_header_is_refused_and_costs_no_memory(
    site: MockSite, wire: MockWire, database: str, unit: bytes
) -> None:
    warm_up(site, wire)
    with endless_headers(unit) as flood:
        site.paths = {
            "/feed": MockResponse.xml(rss([(f"{flood}/bad", INSIDE), (f"{site.url}/good", INSIDE)])),
            "/good": GOOD,
        }
        wire.write(discovery={"feeds": [f"{site.url}/feed"], "sitemaps": [f"{flood}/sitemap"]})
        with measure_growth() as growth:
            stats = wire.crawl("run", START, END)
    assert read_outcomes(database, site.url)["/good"] == ("stored", "")
    assert read_outcomes(database, flood)["/bad"] == ("refused", "header too large")
    assert get_feed_errors(stats) == {f"{flood}/sitemap": "header too large"}
    assert growth[0] < MAX_GROWTH_MIB


def test_url_of_many_parameters_costs_nothing_and_hides_no_good_one(
    site: MockSite, wire: MockWire, database: str
) -> None:
    warm_up(site, wire)
    bad = f"<item><title>Bad</title><link>{site.url}/good?{'a=1&amp;' * 900_000}</link></item></channel>"
    feed = rss([(f"{site.url}/good", INSIDE)]).replace("</channel>", bad)
    site.paths = {"/feed": MockResponse.xml(feed), "/good": GOOD}
    wire.write(discovery={"feeds": [f"{site.url}/feed"]})
    with measure_growth() as growth:
        stats = wire.crawl("run", START, END)
    assert read_outcomes(database, site.url) == {"/good": ("stored", "")}
    assert growth[0] < MAX_GROWTH_MIB
    assert stats.feeds[0].warnings == ("1 of 2 entries have no usable URL",)


def test_memory_beyond_the_limit_stops_the_crawl_and_loses_no_url(
    site: MockSite, wire: MockWire, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COPYDESK_CRAWL_MEGABYTES", "1")
    page = MockResponse.page("<html><p>" + TEXT * 70_000)  # 7 MB
    paths = [f"/{number}" for number in range(20)]
    site.paths = {path: bad_responses.slow(page, 0.2) for path in paths}
    site.paths["/feed"] = MockResponse.xml(rss([(site.url + path, INSIDE) for path in paths]))
    wire.write(discovery={"feeds": [f"{site.url}/feed"]})
    stats = wire.crawl("run", START, END)
    assert stats.finish_reason == "memory"
    assert stats.is_balanced
    assert len(read_outcomes(database, site.url)) == 20  # each has an outcome, so the next run requests the rest
    with pytest.raises(Transient, match="grew by more than 1 MiB"):
        raise_for_crawl_result(stats, SOURCE)


def test_redirects_that_lead_nowhere_are_refused(site: MockSite, wire: MockWire, database: str) -> None:
    targets = {
        "/script": ("javascript:alert(1)", "redirect"),
        "/port": ("http://127.0.0.1:99999/", "invalid url"),
        "/port0": ("http://127.0.0.1:0/", "invalid url"),
        "/bracket": ("http://[::1/", "invalid url"),
        "/login": (f"http://user:secret@127.0.0.1:{site.port}/good", "credentials in url"),
        "/long": (f"{site.url}/" + "a" * 9000, "url too long"),
    }
    site.paths = {"/good": GOOD}
    site.paths |= {path: bad_responses.redirect(target) for path, (target, _) in targets.items()}
    entries = [*targets, "/good"]
    site.paths["/feed"] = MockResponse.xml(rss([(site.url + path, INSIDE) for path in entries]))
    wire.write(discovery={"feeds": [f"{site.url}/feed"]})
    wire.crawl("run", START, END)
    expected = {path: ("refused", reason) for path, (_, reason) in targets.items()}
    assert read_outcomes(database, site.url) == expected | {"/good": ("stored", "")}
    assert all(len(site.requests_for(path)) == 1 for path in targets)


def test_cookies_live_as_long_as_a_chain_of_redirects(site: MockSite, wire: MockWire, database: str) -> None:
    def wall(seen: MockRequest) -> MockResponse:
        if "pass=1" in seen.headers.get("cookie", ""):
            return GOOD
        return MockResponse(status=302, headers={"Location": seen.path, "Set-Cookie": "pass=1; Path=/"})

    tokens = count()

    def trap(seen: MockRequest) -> MockResponse:
        return MockResponse(status=302, headers={"Location": seen.path, "Set-Cookie": f"n={next(tokens)}; Path=/"})

    site.paths = {
        "/robots.txt": MockResponse(b"", 404),
        "/feed": MockResponse.xml(rss([(f"{site.url}{path}", INSIDE) for path in ("/wall", "/plain", "/trap")])),
        "/wall": wall,
        "/plain": GOOD,
        "/trap": trap,
    }
    wire.write(discovery={"feeds": [f"{site.url}/feed"]}, politeness={"concurrency": 1})
    wire.crawl("run", START, END)
    assert read_outcomes(database, site.url) == {
        "/wall": ("stored", ""),
        "/plain": ("stored", ""),
        "/trap": ("refused", "too many redirects"),
    }
    assert [seen.headers.get("cookie") for seen in site.requests_for("/wall")] == [None, "pass=1"]
    assert all("cookie" not in seen.headers for seen in site.requests_for("/plain"))


def test_refresh_is_followed_on_the_wires_site_only(site: MockSite, wire: MockWire, database: str) -> None:
    stub = '<html><head><meta http-equiv="refresh" content="0; url={}"></head><body>Redirecting</body></html>'
    site.paths = {
        "/feed": MockResponse.xml(rss([(f"{site.url}/{name}", INSIDE) for name in ("on", "off", "loop")])),
        "/on": MockResponse.page(stub.format("/good")),
        "/good": GOOD,
        "/off": MockResponse.page(stub.format("http://127.0.0.1:1/")),
        "/loop": MockResponse.page(stub.format("/loop2")),
        "/loop2": MockResponse.page(stub.format("/loop")),
    }
    wire.write(discovery={"feeds": [f"{site.url}/feed"]})
    wire.crawl("run", START, END)
    assert read_outcomes(database, site.url) == {
        "/on": ("stored", ""),
        "/off": ("stored", ""),
        "/loop": ("refused", "too many redirects"),
    }
    assert len(site.requests_for("/good")) == 1


def protect(answer: MockResponse, user: str, password: str):  # type: ignore[no-untyped-def]
    expected = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

    def serve(seen: MockRequest) -> MockResponse:
        return answer if seen.headers.get("authorization") == expected else MockResponse(b"", 401)

    return serve


def test_login_opens_the_wires_own_hosts_and_is_seen_nowhere(
    site: MockSite, wire: MockWire, database: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COPYDESK_LOGIN_PAID", "desk:canary-1")
    neighbour = MockSite()
    with neighbour:
        neighbour.paths = {"/feed": MockResponse.xml(rss([]))}
        site.paths = {
            "/feed": protect(MockResponse.xml(rss([(f"{site.url}/a", INSIDE)])), "desk", "canary-1"),
            "/a": protect(GOOD, "desk", "canary-1"),
            "/moved?token=canary-2": bad_responses.redirect(f"{neighbour.url}/feed"),
        }
        wire.write(discovery={"feeds": [f"{site.url}/feed", f"{site.url}/moved?token=canary-2"]})
        file = wire.folder / "mock.toml"
        text = file.read_text(encoding="utf-8")
        file.write_text('login = "paid"\n' + text, encoding="utf-8")
        stats = wire.crawl("run", START, END)
    assert read_outcomes(database, site.url) == {"/a": ("stored", "")}
    assert all("authorization" not in seen.headers for seen in neighbour.requests)
    output = json.dumps(stats.to_dict()) + "".join(capfd.readouterr())
    output += str(fetch_rows(database, "SELECT t::text FROM copydesk.feed_state AS t"))
    assert "token=***" in output
    assert "canary" not in output


def test_credentials_in_a_feeds_url_work_and_are_masked(site: MockSite, wire: MockWire, database: str) -> None:
    site.paths = {"/feed": protect(MockResponse.xml(rss([(f"{site.url}/a", INSIDE)])), "desk", "p@ss"), "/a": GOOD}
    wire.write(discovery={"feeds": [f"http://desk:p%40ss@127.0.0.1:{site.port}/feed"]})
    stats = wire.crawl("run", START, END)
    assert stats.outcomes["stored"] == 1
    assert "ss@" not in json.dumps(stats.to_dict())
    assert fetch_rows(database, "SELECT url FROM copydesk.feed_state") == [(f"http://***@127.0.0.1:{site.port}/feed",)]


def test_missing_login_is_an_error_with_its_remedy(site: MockSite, wire: MockWire) -> None:
    wire.write(discovery={"feeds": [f"{site.url}/feed"]})
    file = wire.folder / "mock.toml"
    file.write_text('login = "paid"\n' + file.read_text(encoding="utf-8"), encoding="utf-8")
    stats = wire.crawl("run", START, END)
    assert stats.error is not None
    assert "COPYDESK_LOGIN_PAID" in stats.error.message
    assert site.requests == []


def test_long_header_line_is_read(site: MockSite, wire: MockWire, database: str) -> None:
    policy = {"Content-Security-Policy": "default-src " + "https://a.example " * 3000}
    site.paths = {
        "/feed": MockResponse.xml(rss([(f"{site.url}/a", INSIDE)])),
        "/a": MockResponse(GOOD.body, headers=bad_responses.HTML | policy),
    }
    wire.write(discovery={"feeds": [f"{site.url}/feed"]})
    wire.crawl("run", START, END)
    assert read_outcomes(database, site.url) == {"/a": ("stored", "")}
