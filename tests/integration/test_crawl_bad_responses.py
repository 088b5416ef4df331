"""Servers that misbehave: each URL still gets its one outcome, with the reason, and the rest of the wire goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.mockserver import Answer, MockSite, bad_responses
from tests.mockserver.feeds import rss
from tests.mockserver.fixtures import ask, feed_errors, make_site, make_wire, outcomes  # noqa: F401 - fixtures
from tests.mockserver.wire import MockWire

NOW = datetime.now(UTC).replace(microsecond=0)
START, END = NOW - timedelta(hours=1), NOW
INSIDE = NOW - timedelta(minutes=30)
GOOD = Answer.page("<html><p>A page as it should be.</p></html>")


def test_every_kind_of_trouble_has_its_own_reason(site: MockSite, wire: MockWire, database: str) -> None:
    neighbour = MockSite()
    trouble: dict[str, tuple[object, tuple[str, str]]] = {
        "/good": (GOOD, ("stored", "")),
        "/gone": (Answer(b"", 410), ("refused", "http 410")),
        "/missing": (Answer(b"", 404), ("failed", "http 404")),
        "/broken": (Answer(b"<p>error</p>", 503, bad_responses.HTML), ("failed", "http 503")),
        "/locked": (Answer(b"", 401), ("refused", "http 401")),
        "/gzip-bomb": (bad_responses.bomb("gzip"), ("refused", "too large")),
        "/deflate-bomb": (bad_responses.bomb("deflate"), ("refused", "too large")),
        "/br-bomb": (bad_responses.bomb("br"), ("refused", "too large")),
        "/zstd-bomb": (bad_responses.bomb("zstd"), ("refused", "too large")),
        "/nested-bomb": (bad_responses.bomb("gzip, gzip"), ("refused", "too large")),
        "/announced": (bad_responses.announced_too_large(), ("refused", "too large")),
        "/flood": (bad_responses.flood(), ("refused", "too large")),
        "/drip": (bad_responses.drip(site.closing), ("failed", "timeout")),
        "/cut": (bad_responses.cut_short(), ("failed", "truncated body")),
        "/gzip-cut": (bad_responses.gzip_cut_short(), ("failed", "truncated body")),
        "/encoding": (bad_responses.unknown_encoding(), ("refused", "encoding")),
        "/empty": (Answer(b"\xef\xbb\xbf \n", headers=bad_responses.HTML), ("refused", "empty")),
        "/picture": (Answer(b"\x89PNG", headers={"Content-Type": "image/png"}), ("refused", "content type")),
        "/moved": (bad_responses.redirect("/good2"), ("stored", "")),
        "/off-site": (bad_responses.redirect("http://example.com/"), ("refused", "off-site redirect")),
        "/metadata": (bad_responses.redirect("http://169.254.169.254/latest/"), ("refused", "private address")),
        "/neighbour": (bad_responses.redirect(f"{neighbour.url}/"), ("refused", "private address")),
        "/to-file": (bad_responses.redirect("file:///etc/passwd"), ("refused", "redirect")),
        "/round": (bad_responses.redirect("/round"), ("refused", "too many redirects")),
        "/forbidden": (GOOD, ("refused", "robots")),
        "/moved-to-forbidden": (bad_responses.redirect("/forbidden"), ("refused", "robots")),
        "/unasked-304": (Answer(b"", 304), ("failed", "unexpected http 304")),
        "/refresh": (
            Answer.page('<meta http-equiv="refresh" content="0; url=http://127.0.0.1:1/"><p>x</p>'),
            ("stored", ""),
        ),
    }  # fmt: skip
    site.paths = {path: answer for path, (answer, _) in trouble.items()} | {  # type: ignore[assignment]
        "/robots.txt": Answer(b"User-agent: *\nDisallow: /forbidden\n", headers={"Content-Type": "text/plain"}),
        "/good2": GOOD,
        "/feed": Answer.xml(
            rss([*((site.url + path, INSIDE) for path in trouble), ("http://example.com/elsewhere", INSIDE)])
        ),
    }
    wire.write(discovery={"feeds": [f"{site.url}/feed"]})
    with neighbour:
        stats = wire.crawl("run", START, END)

    expected = {path: outcome for path, (_, outcome) in trouble.items()}
    expected["http://example.com/elsewhere"] = ("refused", "off-site")
    assert outcomes(database, site.url) == expected
    assert stats.finish_reason == "finished"
    assert stats.is_balanced
    assert stats.scheduled == len(expected)
    assert stats.seconds < 20
    assert neighbour.seen == []  # not even a connection was made
    assert site.asked("/forbidden") == []
    # The largest thing kept is a page, not a bomb.
    assert ask(database, "SELECT max(size) < 1000 FROM copydesk.page_content") == [(True,)]


def test_a_wire_at_a_private_address_is_refused_unless_it_says_so(site: MockSite, wire: MockWire) -> None:
    site.paths = {"/feed": Answer.xml(rss([(f"{site.url}/a", INSIDE)]))}
    wire.write(discovery={"feeds": [f"{site.url}/feed"]}, allow_private=False)
    stats = wire.crawl("run", START, END)
    assert feed_errors(stats) == {f"{site.url}/feed": "private address"}
    assert site.seen == []


def test_a_name_that_resolves_to_a_private_address_is_refused(site: MockSite, wire: MockWire) -> None:
    wire.home = "http://localhost:1"
    wire.write(discovery={"feeds": [f"http://localhost:{site.port}/feed"]}, allow_private=False)
    stats = wire.crawl("run", START, END)
    assert list(feed_errors(stats).values()) == ["private address"]
    assert site.seen == []


def test_a_certificate_that_nobody_vouches_for_is_not_believed(wire: MockWire, tmp_path: Path) -> None:
    with MockSite(bad_responses.own_certificate(tmp_path)) as site:
        wire.home = site.url
        site.paths = {"/feed": Answer.xml(rss([]))}
        wire.write(discovery={"feeds": [f"{site.url}/feed"]}, politeness={"robots": False, "retries": 0})
        stats = wire.crawl("run", START, END)
    assert feed_errors(stats) == {f"{site.url}/feed": "tls"}
    assert site.seen == []


def test_retry_after_is_honoured(site: MockSite, wire: MockWire, database: str) -> None:
    site.paths = {
        "/feed": Answer.xml(rss([(f"{site.url}/a", INSIDE), (f"{site.url}/b", INSIDE)])),
        "/a": bad_responses.busy_then(GOOD, 1, "2"),
        "/b": GOOD,
    }
    wire.write(discovery={"feeds": [f"{site.url}/feed"]}, politeness={"concurrency": 1})
    wire.crawl("run", START, END)
    assert outcomes(database, site.url) == {"/a": ("stored", ""), "/b": ("stored", "")}
    refused_at = site.asked("/a")[0].at
    later = [seen.at for seen in site.seen if seen.at > refused_at]
    assert min(later) - refused_at >= 1.95


def test_a_host_that_asks_for_an_hour_is_left_alone(site: MockSite, wire: MockWire, database: str) -> None:
    pages = [f"/{number}" for number in range(6)]
    busy = Answer(b"", 503, {"Retry-After": "3600"} | bad_responses.HTML)
    site.paths = dict.fromkeys(pages, busy)
    site.paths["/feed"] = Answer.xml(rss([(site.url + path, INSIDE) for path in pages]))
    wire.write(discovery={"feeds": [f"{site.url}/feed"]}, politeness={"concurrency": 1})
    stats = wire.crawl("run", START, END)
    assert stats.outcomes["failed"] == 6
    assert {reason for _, reason in outcomes(database, site.url).values()} == {"host busy"}
    assert sum(1 for seen in site.seen if seen.path in pages) == 1
    assert stats.seconds < 10


def test_robots_that_can_not_be_had_shuts_the_host_and_is_not_remembered(
    site: MockSite,
    wire: MockWire,
    database: str,
) -> None:
    site.paths = {
        "/robots.txt": Answer(b"", 503),
        "/feed": Answer.xml(rss([(f"{site.url}/a", INSIDE)])),
        "/a": GOOD,
    }
    wire.write(discovery={"feeds": [f"{site.url}/feed"]}, politeness={"retries": 0})
    stats = wire.crawl("run", START, END)
    assert feed_errors(stats) == {f"{site.url}/feed": "robots unreachable"}
    assert site.asked("/feed") == []
    del site.paths["/robots.txt"]  # 404: no rules
    assert wire.crawl("run", START, END).outcomes["stored"] == 1
    assert outcomes(database, site.url) == {"/a": ("stored", "")}


def test_log_lines_stay_lines(site: MockSite, wire: MockWire) -> None:
    evil = f"{site.url}/a%0Ab?x=\x1b[31m\u202e"
    site.paths = {"/feed": Answer.xml(rss([(evil.replace("\x1b", ""), INSIDE)], title="two&#10;lines"))}
    wire.write(discovery={"feeds": [f"{site.url}/feed", f"{site.url}/none%1b%0a"]})
    lines: list[str] = []
    wire.child("run", START, END).run(on_line=lambda _, line: lines.append(line))
    assert any("none" in line for line in lines)
    assert all(line.isprintable() for line in lines)
