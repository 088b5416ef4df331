"""Bad responses: each URL gets one outcome with its reason, and the crawl continues."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.mockserver import MockResponse, MockSite, bad_responses
from tests.mockserver.feeds import rss
from tests.mockserver.fixtures import fetch_rows, get_feed_errors, make_site, make_wire, read_outcomes  # noqa: F401 - fixtures
from tests.mockserver.wire import MockWire

NOW = datetime.now(UTC).replace(microsecond=0)
START, END = NOW - timedelta(hours=1), NOW
INSIDE = NOW - timedelta(minutes=30)
GOOD = MockResponse.page("<html><p>A page as it should be.</p></html>")


def test_each_bad_response_has_its_own_reason(site: MockSite, wire: MockWire, database: str) -> None:
    other_site = MockSite()
    responses: dict[str, tuple[object, tuple[str, str]]] = {
        "/good": (GOOD, ("stored", "")),
        "/gone": (MockResponse(b"", 410), ("refused", "http 410")),
        "/missing": (MockResponse(b"", 404), ("failed", "http 404")),
        "/broken": (MockResponse(b"<p>error</p>", 503, bad_responses.HTML), ("failed", "http 503")),
        "/locked": (MockResponse(b"", 401), ("refused", "http 401")),
        "/gzip-bomb": (bad_responses.compression_bomb("gzip"), ("refused", "too large")),
        "/deflate-bomb": (bad_responses.compression_bomb("deflate"), ("refused", "too large")),
        "/br-bomb": (bad_responses.compression_bomb("br"), ("refused", "too large")),
        "/zstd-bomb": (bad_responses.compression_bomb("zstd"), ("refused", "too large")),
        "/nested-bomb": (bad_responses.compression_bomb("gzip, gzip"), ("refused", "too large")),
        "/announced": (bad_responses.oversized_content_length(), ("refused", "too large")),
        "/flood": (bad_responses.oversized_body(), ("refused", "too large")),
        "/drip": (bad_responses.endless_body(site.closing), ("failed", "timeout")),
        "/cut": (bad_responses.truncated_body(), ("failed", "truncated body")),
        "/gzip-cut": (bad_responses.truncated_gzip(), ("failed", "truncated body")),
        "/encoding": (bad_responses.unknown_encoding(), ("refused", "encoding")),
        "/empty": (MockResponse(b"\xef\xbb\xbf \n", headers=bad_responses.HTML), ("refused", "empty")),
        "/picture": (MockResponse(b"\x89PNG", headers={"Content-Type": "image/png"}), ("refused", "content type")),
        "/moved": (bad_responses.redirect("/good2"), ("stored", "")),
        "/off-site": (bad_responses.redirect("http://example.com/"), ("refused", "off-site redirect")),
        "/metadata": (bad_responses.redirect("http://169.254.169.254/latest/"), ("refused", "private address")),
        "/neighbour": (bad_responses.redirect(f"{other_site.url}/"), ("refused", "private address")),
        "/to-file": (bad_responses.redirect("file:///etc/passwd"), ("refused", "redirect")),
        "/round": (bad_responses.redirect("/round"), ("refused", "too many redirects")),
        "/forbidden": (GOOD, ("refused", "robots")),
        "/moved-to-forbidden": (bad_responses.redirect("/forbidden"), ("refused", "robots")),
        "/unasked-304": (MockResponse(b"", 304), ("failed", "unexpected http 304")),
        "/refresh": (
            MockResponse.page('<meta http-equiv="refresh" content="0; url=http://127.0.0.1:1/"><p>x</p>'),
            ("stored", ""),
        ),
    }  # fmt: skip
    site.paths = {path: answer for path, (answer, _) in responses.items()} | {  # type: ignore[assignment]
        "/robots.txt": MockResponse(b"User-agent: *\nDisallow: /forbidden\n", headers={"Content-Type": "text/plain"}),
        "/good2": GOOD,
        "/feed": MockResponse.xml(
            rss([*((site.url + path, INSIDE) for path in responses), ("http://example.com/elsewhere", INSIDE)])
        ),
    }
    wire.write(discovery={"feeds": [f"{site.url}/feed"]})
    with other_site:
        stats = wire.crawl("run", START, END)

    expected = {path: outcome for path, (_, outcome) in responses.items()}
    expected["http://example.com/elsewhere"] = ("refused", "off-site")
    assert read_outcomes(database, site.url) == expected
    assert stats.finish_reason == "finished"
    assert stats.is_balanced
    assert stats.scheduled == len(expected)
    assert stats.seconds < 20
    assert other_site.requests == []  # there was not even a connection
    assert site.requests_for("/forbidden") == []
    # The largest stored content is a page, not a bomb.
    assert fetch_rows(database, "SELECT max(size) < 1000 FROM copydesk.page_content") == [(True,)]


def test_private_address_is_refused_unless_allowed(site: MockSite, wire: MockWire) -> None:
    site.paths = {"/feed": MockResponse.xml(rss([(f"{site.url}/a", INSIDE)]))}
    wire.write(discovery={"feeds": [f"{site.url}/feed"]}, allow_private=False)
    stats = wire.crawl("run", START, END)
    assert get_feed_errors(stats) == {f"{site.url}/feed": "private address"}
    assert site.requests == []


def test_name_resolving_to_private_address_is_refused(site: MockSite, wire: MockWire) -> None:
    wire.home = "http://localhost:1"
    wire.write(discovery={"feeds": [f"http://localhost:{site.port}/feed"]}, allow_private=False)
    stats = wire.crawl("run", START, END)
    assert list(get_feed_errors(stats).values()) == ["private address"]
    assert site.requests == []


def test_self_signed_certificate_is_rejected(wire: MockWire, tmp_path: Path) -> None:
    with MockSite(bad_responses.self_signed_certificate(tmp_path)) as site:
        wire.home = site.url
        site.paths = {"/feed": MockResponse.xml(rss([]))}
        wire.write(discovery={"feeds": [f"{site.url}/feed"]}, politeness={"robots": False, "retries": 0})
        stats = wire.crawl("run", START, END)
    assert get_feed_errors(stats) == {f"{site.url}/feed": "tls"}
    assert site.requests == []


def test_retry_after_is_respected(site: MockSite, wire: MockWire, database: str) -> None:
    site.paths = {
        "/feed": MockResponse.xml(rss([(f"{site.url}/a", INSIDE), (f"{site.url}/b", INSIDE)])),
        "/a": bad_responses.busy_then(GOOD, 1, "2"),
        "/b": GOOD,
    }
    wire.write(discovery={"feeds": [f"{site.url}/feed"]}, politeness={"concurrency": 1})
    wire.crawl("run", START, END)
    assert read_outcomes(database, site.url) == {"/a": ("stored", ""), "/b": ("stored", "")}
    refused_at = site.requests_for("/a")[0].at
    later = [seen.at for seen in site.requests if seen.at > refused_at]
    assert min(later) - refused_at >= 1.95


def test_long_retry_after_stops_requests_to_the_host(site: MockSite, wire: MockWire, database: str) -> None:
    pages = [f"/{number}" for number in range(6)]
    busy = MockResponse(b"", 503, {"Retry-After": "3600"} | bad_responses.HTML)
    site.paths = dict.fromkeys(pages, busy)
    site.paths["/feed"] = MockResponse.xml(rss([(site.url + path, INSIDE) for path in pages]))
    wire.write(discovery={"feeds": [f"{site.url}/feed"]}, politeness={"concurrency": 1})
    stats = wire.crawl("run", START, END)
    assert stats.left_behind == {"host busy": 6}
    assert read_outcomes(database, site.url) == {}
    assert sum(1 for seen in site.requests if seen.path in pages) == 1
    assert stats.seconds < 10


def test_unreachable_robots_blocks_the_host_for_this_run_only(
    site: MockSite,
    wire: MockWire,
    database: str,
) -> None:
    site.paths = {
        "/robots.txt": MockResponse(b"", 503),
        "/feed": MockResponse.xml(rss([(f"{site.url}/a", INSIDE)])),
        "/a": GOOD,
    }
    wire.write(discovery={"feeds": [f"{site.url}/feed"]}, politeness={"retries": 0})
    stats = wire.crawl("run", START, END)
    assert get_feed_errors(stats) == {f"{site.url}/feed": "robots unreachable: http 503"}
    assert site.requests_for("/feed") == []
    del site.paths["/robots.txt"]  # 404: no rules
    assert wire.crawl("run", START, END).outcomes["stored"] == 1
    assert read_outcomes(database, site.url) == {"/a": ("stored", "")}


def test_log_lines_have_no_control_characters(site: MockSite, wire: MockWire) -> None:
    evil = f"{site.url}/a%0Ab?x=\x1b[31m\u202e"
    site.paths = {"/feed": MockResponse.xml(rss([(evil.replace("\x1b", ""), INSIDE)], title="two&#10;lines"))}
    wire.write(discovery={"feeds": [f"{site.url}/feed", f"{site.url}/none%1b%0a"]})
    lines: list[str] = []
    wire.make_process("run", START, END).run(on_line=lambda _, line: lines.append(line))
    assert any("none" in line for line in lines)
    assert all(line.isprintable() for line in lines)
