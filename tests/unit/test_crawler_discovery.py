"""Discovery: entries of feeds, sitemaps and list pages, including malformed ones, and responses that are not feeds."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from time import monotonic
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.crawler.discovery import Entry, FeedError
from copydesk.crawler.discovery.archive import list_archive_urls
from copydesk.crawler.discovery.entry import resolve_url
from copydesk.crawler.discovery.feed import read_feed
from copydesk.crawler.discovery.feed_time import EARLIEST_PLAUSIBLE_TIME, MAX_CLOCK_SKEW, parse_feed_time
from copydesk.crawler.discovery.listing import read_listing
from copydesk.crawler.discovery.sitemap import read_sitemap
from copydesk.pipeline.core.records import Window
from tests.mockserver import bad_responses
from tests.mockserver.feeds import news_sitemap, rss, sitemap_index

BASE = "https://wire.example/news/"
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
TIME = datetime(2026, 3, 4, 10, 30, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
LIMIT = 1 << 20


def parse_feed(body: str | bytes) -> list[Entry]:
    return read_feed(body.encode() if isinstance(body, str) else body, BASE, UTC, NOW)


def parse_sitemap(body: str | bytes) -> tuple[Entry, ...]:
    return read_sitemap(body.encode() if isinstance(body, str) else body, BASE, UTC, NOW, LIMIT).entries


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Wed, 04 Mar 2026 10:30:00 GMT", TIME),
        ("Wed, 04 Mar 2026 10:30 GMT", TIME),  # GlobeNewswire omits the seconds
        ("Wed, 04 Mar 2026 11:30:00 +0100", TIME),
        ("Wed, 04 Mar 2026 05:30:00 EST", TIME),
        ("Wed, 04 Mar 2026 12:30:00 CEST", TIME),
        ("Wed, 04 Mar 2026 11:30:00", TIME),  # no zone: the wire's
        ("Wed, 04 Mar 2026 10:30:00 -0000", TIME),  # UTC, from a sender that does not state its own zone (RFC 5322)
        ("Wed, 04 Mar 2026 10:30:00 +0000", TIME),
        ("2026-03-04T10:30:00Z", TIME),
        ("2026-03-04 11:30:00.250+01:00", TIME),
        ("2026-03-04T11:30", TIME),
        ("2026-03-04", datetime(2026, 3, 3, 23, tzinfo=UTC)),
        ("2026年3月4日", datetime(2026, 3, 3, 23, tzinfo=UTC)),
        ("05.04.2025", datetime(2025, 4, 4, 22, tzinfo=UTC)),  # points separate day, month and year in this order
        ("1970-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59Z", None),
        ("2026-03-04T14:30:00Z", None),  # the future
        ("2026-02-30", None),
        ("", None),
        (None, None),
    ],
)
def test_feed_time_is_parsed_strictly(text: str | None, expected: datetime | None) -> None:
    assert parse_feed_time(text, BERLIN, NOW) == expected


@given(st.text(max_size=60))
def test_feed_time_is_plausible_or_none(text: str) -> None:
    moment = parse_feed_time(text, UTC, NOW)
    assert moment is None or EARLIEST_PLAUSIBLE_TIME <= moment <= NOW + MAX_CLOCK_SKEW


def test_feed_gives_urls_times_and_titles() -> None:
    assert parse_feed(rss([(f"{BASE}a", TIME), (f"{BASE}b", None), (f"{BASE}a", None)])) == [
        Entry(f"{BASE}a", TIME, None, f"About {BASE}a"),
        Entry(f"{BASE}b", None, None, f"About {BASE}b"),
    ]


def test_atom_gives_published_and_updated() -> None:
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>T</title><link href="../x?a=1&amp;b=2"/>'
        "<published>2026-03-04T10:30:00Z</published><updated>2026-03-04T11:00:00Z</updated></entry></feed>"
    )
    (entry,) = parse_feed(atom)
    assert (entry.url, entry.published_at, entry.updated_at) == (
        "https://wire.example/x?a=1&b=2", TIME, TIME + timedelta(minutes=30),
    )  # fmt: skip
    assert entry.published_or_updated == TIME
    assert entry.last_changed == entry.updated_at


GOOD = rss([(f"{BASE}{number}", TIME) for number in range(10)])


@pytest.mark.parametrize(
    "broken",
    [
        GOOD.replace("About", "Tom & Jerry"),
        GOOD.replace("<title>News</title>", "<title>News<br></title>"),
        GOOD.replace("</channel></rss>", ""),
        GOOD.replace("About", "\x01\x02"),
        GOOD.replace("About", "&nbsp;&eacute;"),
        "  \n\n" + GOOD,
        GOOD.replace("About", "caf\u00e9").encode("latin-1"),
        "\ufeff" + GOOD,
        GOOD.encode("utf-16"),
    ],
    ids=["ampersand", "tag", "cut off", "control", "entities", "blanks", "latin-1", "bom", "utf-16"],
)
def test_malformed_feed_keeps_its_entries(broken: str | bytes) -> None:
    if isinstance(broken, bytes) and b"\0" in broken:
        broken = broken.decode("utf-16").replace("utf-8", "utf-16").encode("utf-16")
    assert [entry.url for entry in parse_feed(broken)] == [f"{BASE}{number}" for number in range(10)]


def test_empty_feed_is_valid() -> None:
    assert parse_feed(rss([])) == []
    assert parse_sitemap(news_sitemap([])) == ()


HOSTILE = [
    "",
    " \n ",
    "\ufeff",
    "<!DOCTYPE html><html><body>503</body></html>",
    "<!-- x --><HTML><p>no</p></HTML>",
    "plain text",
    "{}",
    "<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'/>",
    bad_responses.BILLION_LAUGHS,
    bad_responses.xxe_feed("/etc/passwd"),
    "<!-- <a> -->" + bad_responses.BILLION_LAUGHS.partition("?>")[2],
]


@pytest.mark.parametrize("body", HOSTILE)
@pytest.mark.parametrize("read", [parse_feed, parse_sitemap])
def test_response_that_is_not_a_feed_is_an_error(read: object, body: str) -> None:
    for form in (body.encode(), body.encode("utf-16")):
        with pytest.raises(FeedError):
            read(form)  # type: ignore[operator]


def test_feed_cannot_read_local_files(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("https://wire.example/secret")
    outside = f'<!DOCTYPE rss SYSTEM "file://{secret}"><rss version="2.0"><channel>&x;</channel></rss>'
    for read in (parse_feed, parse_sitemap):
        try:
            assert "secret" not in str(read(outside))
        except FeedError:
            continue


def test_sitemap_gives_news_fields() -> None:
    changed = TIME + timedelta(minutes=5)
    assert parse_sitemap(news_sitemap([(f"{BASE}a", TIME)], changed)) == (Entry(f"{BASE}a", TIME, changed, "About it"),)
    zipped = gzip.compress(news_sitemap([(f"{BASE}a", TIME)]).encode())
    assert [entry.published_at for entry in parse_sitemap(zipped)] == [TIME]


def test_image_in_a_sitemap_is_not_an_entry() -> None:
    text = news_sitemap([(f"{BASE}a", TIME)]).replace(
        "<url>", "<url><i:image xmlns:i='i'><i:loc>/i.png</i:loc></i:image>"
    )
    assert [entry.url for entry in parse_sitemap(text)] == [f"{BASE}a"]


def test_sitemap_index_lists_children_once() -> None:
    found = read_sitemap(sitemap_index([f"{BASE}1.xml", f"{BASE}1.xml"]).encode(), BASE, UTC, NOW, LIMIT)
    assert [child.url for child in found.children] == [f"{BASE}1.xml"]
    assert found.entries == ()


def test_sitemap_is_limited_in_entries_and_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("copydesk.crawler.discovery.sitemap.MAX_SITEMAP_ENTRIES", 100)
    big = news_sitemap([(f"{BASE}{number}", None) for number in range(105)]).encode()
    found = read_sitemap(big, BASE, UTC, NOW, LIMIT)
    assert (len(found.entries), found.truncated) == (100, True)
    with pytest.raises(FeedError, match="too large"):
        read_sitemap(gzip.compress(bytes(LIMIT * 4)), BASE, UTC, NOW, LIMIT)


def test_truncated_sitemap_keeps_its_complete_entries() -> None:
    text = news_sitemap([(f"{BASE}{number}", TIME) for number in range(10)])
    found = parse_sitemap(text[: text.rindex("<news:title>")])
    assert len(found) >= 9


def test_list_page_gives_each_link_once() -> None:
    page = (
        '<h2><a href="/one#x"> One\n word </a></h2><h2><a href="/one">1</a></h2><a href="/two">2</a><h2><a>3</a></h2>'
    )
    assert read_listing(page, BASE, "h2 a") == [Entry("https://wire.example/one", title="One word")]
    for text in ("", "<p>maintenance</p>"):
        with pytest.raises(FeedError):
            read_listing(text, BASE, "h2 a")


@pytest.mark.parametrize(
    "bad", ["javascript:alert(1)", "mailto:a@b", "http://", "http://a:b/", "file:///etc", "//[::1"]
)
def test_only_http_urls_are_resolved(bad: str) -> None:
    assert resolve_url(BASE, bad) is None


def test_resolved_url_has_no_control_characters() -> None:
    assert resolve_url(BASE, "/a\nb\x1b[31m") == "https://wire.example/ab[31m"


def test_archive_urls_cover_every_day_of_the_window() -> None:
    window = Window(datetime(2026, 3, 3, 22, tzinfo=UTC), datetime(2026, 3, 4, tzinfo=UTC))
    pattern = "https://wire.example/{%Y}/news-{%Y-%m-%d}.xml"
    assert list_archive_urls(pattern, window, UTC) == ["https://wire.example/2026/news-2026-03-03.xml"]
    assert list_archive_urls(pattern, window, timezone(timedelta(hours=8))) == [
        "https://wire.example/2026/news-2026-03-03.xml", "https://wire.example/2026/news-2026-03-04.xml",
    ]  # fmt: skip
    year = Window(datetime(2020, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))
    assert list_archive_urls(pattern, year, UTC)[-1].endswith("2025-12-31.xml")
    assert len(list_archive_urls("https://wire.example/{%Y-%m}.xml", window, UTC)) == 1


@pytest.mark.parametrize("piece", ["<!--", "<?", "<!DOCTYPE a [", "<", "<a", "\0", "&a;", "<!"])
def test_hostile_prologs_are_rejected_quickly(piece: str) -> None:
    began = monotonic()
    for read in (parse_feed, parse_sitemap):
        with pytest.raises(FeedError):
            read((piece * (200_000 // len(piece))).encode() + b"\n")
    assert monotonic() - began < 2
