"""Feeds, sitemaps and list pages as servers really send them."""

from __future__ import annotations

import gzip
import json
import time
from collections import Counter
from datetime import UTC, datetime

import pytest

from copydesk.crawler.discovery import Entry, FeedError
from copydesk.crawler.discovery.bounded_xml import MAX_MARKUP, MAX_TEXT_BYTES, bound_markup
from copydesk.crawler.discovery.feed import CUT_OFF, NO_URL, SAME_URL, read_feed
from copydesk.crawler.discovery.gzip_body import gunzip
from copydesk.crawler.discovery.listing import read_listing_page
from copydesk.crawler.discovery.sitemap import Sitemap, read_sitemap
from copydesk.crawler.discovery.text_charset import decode_html
from copydesk.pipeline.core.charset_names import resolve_charset

BASE = "https://wire.example/feeds/"
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
TEN = datetime(2026, 3, 4, 10, tzinfo=UTC)
HEAD, TAIL = '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>t</title>', "</channel></rss>"
ITEM = "<item><title>A</title><link>/a/1</link></item>"
A = "https://wire.example/a/1"


def feed(body: str | bytes, content_type: str = "", dropped: Counter[str] | None = None) -> list[Entry]:
    data = body.encode() if isinstance(body, str) else body
    return read_feed(data, f"{BASE}rss.xml", UTC, NOW, content_type, "", dropped)


def list_urls(items: str, dropped: Counter[str] | None = None) -> list[str]:
    return [entry.url for entry in feed(HEAD + items + TAIL, dropped=dropped)]


def sitemap(body: str | bytes) -> Sitemap:
    data = body.encode() if isinstance(body, str) else body
    return read_sitemap(data, f"{BASE}news.xml", UTC, NOW, 1 << 20)


@pytest.mark.parametrize(
    ("item", "url"),
    [
        ("<link/><guid>https://wire.example/g/1</guid>", "https://wire.example/g/1"),
        ("<link></link><guid isPermaLink='true'>https://wire.example/g/1</guid>", "https://wire.example/g/1"),
        ("<guid isPermaLink='false'>https://wire.example/g/1</guid>", "https://wire.example/g/1"),
        ("<guid>/g/1</guid>", "https://wire.example/g/1"),
        ("<link>https://wire.example/</link><guid>https://wire.example/g/1</guid>", "https://wire.example/g/1"),
        (f"<link>{BASE}rss.xml</link><guid>https://wire.example/g/1</guid>", "https://wire.example/g/1"),
        ("<link></link><link>/a/1</link>", A),
        ("<link href='/a/1'/>", A),
        ("<link>\n  /a/1\n</link>", A),
        ("<link><![CDATA[ /a/1 ]]></link><guid>12345</guid>", A),
        ("<link>/a/1</link><guid>https://wire.example/?p=55</guid>", A),
        ("<link>javascript:void(0)</link><guid>https://wire.example/a/1</guid>", A),
    ],
)  # fmt: skip
def test_entry_has_the_url_of_its_page(item: str, url: str) -> None:
    assert list_urls(f"<item><title>A</title>{item}</item>") == [url]


@pytest.mark.parametrize(
    "item",
    ["", "<link/>", "<guid>12345</guid>", "<guid>tag:wire.example,2026:1</guid>", "<guid>urn:uuid:1-2</guid>",
     "<link>https://wire.example/feeds/rss.xml</link>", "<link>javascript:void(0)</link>",
     f"<link>/{'a' * 9000}</link>"],
)  # fmt: skip
def test_entry_without_a_page_is_counted_and_nothing_else_is_requested(item: str) -> None:
    dropped: Counter[str] = Counter()
    assert list_urls(f"<item><title>A</title>{item}</item>{ITEM}", dropped) == [A]
    assert dropped == {NO_URL: 1}


def test_entries_that_share_a_url_are_counted() -> None:
    dropped: Counter[str] = Counter()
    items = "".join(f"<item><title>{n}</title><link>/a/1</link></item>" for n in range(4))
    assert list_urls(items, dropped) == [A]
    assert dropped == {SAME_URL: 3}


def test_atom_and_rdf_entries_have_links_in_many_places() -> None:
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>A</title><id>https://wire.example/a/1</id></entry>'
        '<entry><id>tag:1</id><link rel="self" href="/self"/><link rel="alternate" href="/a/2"/></entry></feed>'
    )
    assert [entry.url for entry in feed(atom)] == [A, "https://wire.example/a/2"]
    rdf = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
        f'<item rdf:about="{A}"><title>A</title><link/></item></rdf:RDF>'
    )
    assert [entry.url for entry in feed(rdf)] == [A]


NOTICE = "<br />\n<b>Notice</b>:  Undefined index: x in <b>/var/www/feed.php</b> on line <b>12</b><br />\n"
GOOD = HEAD + ITEM + TAIL


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (NOTICE + GOOD, ""),
        ("Deprecated: each() is deprecated\n" + GOOD, ""),
        ("<!-- cached -->\n" + GOOD, ""),
        ('<?xml version="1.0"?>\n' + GOOD, ""),
        (GOOD + NOTICE, ""),
        ("<RSS VERSION='2.0'><CHANNEL><ITEM><TITLE>A</TITLE><LINK>/a/1</LINK></ITEM></CHANNEL></RSS>", ""),
        (GOOD.replace("<channel>", "<channel><description>Tom & Jerry &nbsp; &eacute;</description>"), ""),
        (GOOD.replace("<rss", '<!DOCTYPE rss [<!ENTITY nbsp "&#160;"><!ENTITY uuml \'&#xfc;\'>]><rss'), ""),
        (GOOD, "application/xml; charset=punycode"),
        (GOOD, "application/xml; charset=undefined"),
        (GOOD, "text/html; charset=utf-8, text/xml"),
        (GOOD.replace("utf-8", "idna"), ""),
        (GOOD.replace("utf-8", "utf8mb4"), ""),
        (gzip.compress(GOOD.encode()), ""),
        (gzip.compress(HEAD.encode()) + gzip.compress((ITEM + TAIL).encode()), ""),
        (GOOD.replace("utf-8", "utf-16").encode("utf-16"), ""),
    ],
)  # fmt: skip
def test_what_stands_around_the_entries_does_not_hide_them(body: str | bytes, content_type: str) -> None:
    assert [entry.url for entry in feed(body, content_type)] == [A]


@pytest.mark.parametrize(
    "declaration",
    [
        '<!ENTITY x SYSTEM "file:///etc/passwd">', '<!ENTITY x PUBLIC "a" "http://127.0.0.1/">',
        '<!ENTITY % x "&#37;">',
        '<!ENTITY x "a"><!ENTITY y "&x;&x;">', f'<!ENTITY x "{"a" * 100}">', "<!entity x SYSTEM 'a'>",
    ],
)  # fmt: skip
def test_entities_that_grow_or_read_files_are_refused(declaration: str) -> None:
    with pytest.raises(FeedError, match="entities"):
        feed(GOOD.replace("<rss", f"<!DOCTYPE rss [{declaration}]><rss"))
    with pytest.raises(FeedError, match="entities"):
        sitemap(f"<!DOCTYPE urlset [{declaration}]><urlset/>")


def test_bare_ampersands_are_part_of_the_url() -> None:
    url = "https://wire.example/v?id=0&copy=en&lang=2&cat=3"
    assert list_urls(f"<item><link>{url}</link></item>") == [url]
    assert list_urls(f"<item><link><![CDATA[{url}]]></link></item>") == [url]
    assert list_urls(f"<item><link>{url.replace('&', '&amp;amp;')}</link></item>") == [url]
    for text in (url, url.replace("&", "&amp;"), f"<![CDATA[{url}]]>"):
        assert [entry.url for entry in sitemap(f"<urlset><url><loc>{text}</loc></url></urlset>").entries] == [url]


def test_json_feed_is_read() -> None:
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "items": [
            {"id": "1", "url": "/a/1", "title": "A", "date_published": "2026-03-04T10:00:00Z"},
            {"id": A.replace("1", "2")},
            {"id": 3, "external_url": "https://other.example/3"},
            {"id": "4"},
            "odd",
        ],
    }
    dropped: Counter[str] = Counter()
    entries = feed("\ufeff" + json.dumps(document), "application/feed+json", dropped)
    assert [entry.url for entry in entries] == [A, A.replace("1", "2"), "https://other.example/3"]
    assert (entries[0].title, entries[0].published_at, entries[0].guid) == ("A", TEN, "1")
    assert dropped == {NO_URL: 1}
    for other in ('{"error": "no"}', "{", '{"version": 1, "items": []}', "{" + '"a":[' * 5000):
        with pytest.raises(FeedError, match="JSON"):
            feed(other)


NEWS = (
    "<news:news><news:publication_date>2026-03-04T10:00:00Z</news:publication_date>"
    "<news:title>N</news:title></news:news>"
)
SPACES = (
    'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" '
    'xmlns:{0}="http://www.google.com/schemas/sitemap-{0}/1.1"'
)


@pytest.mark.parametrize("kind", ["video", "image"])
@pytest.mark.parametrize("spaces", [True, False])
@pytest.mark.parametrize("wrapped", [True, False])
def test_time_of_a_video_is_not_the_articles(kind: str, *, spaces: bool, wrapped: bool) -> None:
    media = f"<{kind}:publication_date>2019-01-01</{kind}:publication_date><{kind}:title>V</{kind}:title>"
    if wrapped:
        media = f"<{kind}:{kind}><{kind}:loc>https://wire.example/v.mp4</{kind}:loc>{media}</{kind}:{kind}>"
    (entry,) = sitemap(
        f"<urlset {SPACES.format(kind) if spaces else ''}><url><loc>/a/1</loc>{media}{NEWS}</url></urlset>"
    ).entries
    assert (entry.url, entry.published_at, entry.title) == (A, TEN, "N")


def test_sitemap_is_read_through_what_is_around_it() -> None:
    body = "<urlset><url><loc>/a/1</loc></url></urlset>"
    for text in (NOTICE + body, "\n\n" + body, '<?xml version="1.0" encoding="idna"?>' + body):
        assert [entry.url for entry in sitemap(text).entries] == [A]
    parts = gzip.compress(body[:30].encode()) + b"\0\0" + gzip.compress(body[30:].encode())
    assert [entry.url for entry in sitemap(parts).entries] == [A]
    with pytest.raises(FeedError, match=r"discovery\.feeds"):
        sitemap(GOOD)


def test_sitemap_may_be_a_text_file() -> None:
    assert [entry.url for entry in sitemap(f"\ufeff{A}\r\n\r\n{A}2\n{A}\nftp://x/\n").entries] == [A, f"{A}2"]


def test_gzip_has_one_limit_for_all_members() -> None:
    member = gzip.compress(bytes(1000))
    assert gunzip(member * 3, 3000) == bytes(3000)
    with pytest.raises(FeedError, match="too large"):
        gunzip(member * 4, 3999)
    assert gunzip(member + b"trailing bytes", 3000) == bytes(1000)


def test_links_of_a_list_page_are_resolved_as_a_browser_does() -> None:
    page = '<base href="/x/"><a href="n/1">A</a><a href="">e</a><a href="#c">c</a><a href="n/1#b">again</a>'
    assert [entry.url for entry in read_listing_page(page.encode(), BASE, "", "a")] == ["https://wire.example/x/n/1"]
    chinese = '<meta charset="gbk"><a href="/q?c=北京">A</a><a href="/北">B</a>'.encode("gbk")
    assert [entry.url for entry in read_listing_page(chinese, BASE, "text/html", "a")] == [
        "https://wire.example/q?c=%B1%B1%BE%A9",
        "https://wire.example/%E5%8C%97",
    ]


@pytest.mark.parametrize(
    "name",
    ["punycode", "idna", "undefined", "unicode_escape", "utf-7", "base64", "rot13", "x" * 99, "../a", "a\0b", "", None],
)
def test_only_charsets_reach_a_codec(name: str | None) -> None:
    assert resolve_charset(name) is None
    assert decode_html("é".encode(), f"text/html; charset={name}") == ("é", "utf-8")


@pytest.mark.parametrize(
    "name",
    ["utf-8", "UTF8", "latin1", "windows-1251", "GB2312", "big5-hkscs", "euc-kr", "koi8-r", "shift_jis", "iso-2022-jp",
     "tis-620", "macintosh", "us-ascii", '"utf-8"'],
)  # fmt: skip
def test_charsets_of_wires_are_known(name: str) -> None:
    assert resolve_charset(name)


def test_markup_is_bounded() -> None:
    exactly = "x" * (MAX_TEXT_BYTES - len("<b>"))
    body = f"<a><b>{exactly}</b></a>".encode()
    assert bound_markup(body) == (body, False)
    assert bound_markup(f"<a><b>x{exactly}</b></a>".encode()) == (b"<a><b></b></a>", False)
    assert bound_markup(b"<a>" * MAX_MARKUP) == (b"<a>" * MAX_MARKUP, False)
    assert bound_markup(b"<a>" * (MAX_MARKUP + 1)) == (b"<a>" * MAX_MARKUP, True)
    cdata = f"<a><![CDATA[{'<p>' * 9000}]]><c/></a>".encode()
    assert bound_markup(cdata) == (b"<a><c/></a>", False)


@pytest.mark.parametrize(
    "bad",
    [
        f"<item><link>/a?{'a=1&amp;' * 900_000}</link></item>",
        "<item " + " ".join(f"a{n}='1'" for n in range(300_000)) + "/>",
        "<item><description>" + "x" * 7_000_000 + "</description></item>",
        "<item><description><![CDATA[" + "<p>x" * 1_000_000 + "]]></description></item>",
    ],
    ids=["url", "attributes", "text", "cdata"],
)
def test_hostile_entry_costs_little_and_hides_no_good_one(bad: str) -> None:
    started = time.process_time()
    assert list_urls(bad + ITEM) == [A]
    assert time.process_time() - started < 2


def test_feed_of_too_much_markup_is_cut_off_with_a_note() -> None:
    dropped: Counter[str] = Counter()
    entries = list_urls(ITEM + "<x/>" * MAX_MARKUP + ITEM.replace("1", "2"), dropped)
    assert entries == [A]
    assert dropped[CUT_OFF] == 1


def test_times_are_those_of_the_entry() -> None:
    (entry,) = feed(GOOD.replace("<link>", f"<pubDate>{TEN:%a, %d %b %Y %H:%M:%S} +0000</pubDate><link>"))
    assert entry.published_at == TEN
