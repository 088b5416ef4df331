"""Which URLs are one article: what canonical URLs keep, what they leave out, and what the entries of a feed show."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.crawler.discovery import Entry
from copydesk.crawler.discovery.entry import resolve_url
from copydesk.crawler.discovery.selection import build_candidates
from copydesk.pipeline.core.source import Identity, Source
from copydesk.pipeline.core.urls import MAX_URL_CHARS, canonicalize

BASE = "https://wire.example"
SLUG = f"{BASE}/2026/11/30/port-wenlock-quay"


def make_source(**identity: object) -> Source:
    return Source.model_validate(
        {"name": "w", "title": "W", "home": BASE, "discovery": {"feeds": [f"{BASE}/f"]}, "identity": identity}
    )


def list_canonical(*entries: Entry, folded: list[Entry] | None = None, **identity: object) -> list[str]:
    found = build_candidates(entries, make_source(**identity), folded=folded)
    return [candidate.canonical_url.removeprefix(BASE) for candidate in found]


@pytest.mark.parametrize(
    "query",
    [
        "utm_source=rss&UTM_Medium=x", "gclid=1", "gbraid=0A1", "wbraid=1", "gad_source=1&gad_campaignid=22",
        "twclid=1", "ttclid=1", "srsltid=1", "mkt_tok=1", "_hsenc=1&_hsmi=2", "ncid=1", "icid=1",
        "guccounter=1&guce_referrer=a", "fbclid=a", "msclkid=a", "at_medium=RSS&at_campaign=KARANGA",
        "ns_mchannel=rss", "taid=5e8b2c", "smid=tw", "ref=home", "partner=rss", "social=true", "cmp=share_btn_tw",
        "PHPSESSID=x1", "sid=AB1", "sessionid=9f8e7d", "CFID=1&CFTOKEN=2", "", "&&",
    ],
)  # fmt: skip
def test_noise_is_left_out(query: str) -> None:
    assert canonicalize(f"{SLUG}?{query}") == SLUG
    assert canonicalize(f"{SLUG}?{query}&page=2") == f"{SLUG}?page=2"


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("/s/1;jsessionid=AB1", "/s/1"),
        ("/s/1;JSESSIONID=AB1.node2?id=5", "/s/1?id=5"),
        ("/(S(abcdefghijklmnopqrstuvwx))/page.aspx?id=4", "/page.aspx?id=4"),
        ("/a;v=1.1/b", "/a;v=1.1/b"),
    ],
)
def test_session_ids_in_the_path_are_left_out(url: str, canonical: str) -> None:
    assert canonicalize(BASE + url) == BASE + canonical


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/release.asp?ref=1000", "/release.asp?ref=1001"),
        ("/release.asp?lang=en&ref=1000", "/release.asp?lang=en&ref=1001"),
        ("/article.php?sid=1234", "/article.php?sid=1235"),
        ("/story?partner=ab", "/story?partner=cd"),
        ("/?ref=a1", "/?ref=a2"),
        ("/view.php?id=1&lang=en", "/view.php?id=2&lang=en"),
        ("/q?city=%B1%B1%BE%A9", "/q?city=%B6%AB%BE%A9"),
        ("/%B1%B1", "/%B6%AB"),
        ("/q?a=%FF", "/q?a=%FE"),
        ("/q?a=%EF%BF%BD", "/q?a=%FF"),
        ("/a%2Fb", "/a/b"),
        ("/a?x=1%262", "/a?x=1&2"),
        ("/a;id=1", "/a;id=2"),
        ("/news?p=1", "/news?p="),
        ("/session?session=12", "/session?session=13"),
    ],
)
def test_different_articles_stay_apart(one: str, other: str) -> None:
    assert canonicalize(BASE + one) != canonicalize(BASE + other)


def test_escapes_are_written_in_one_way() -> None:
    assert canonicalize(f"{BASE}/%e4%b8%ad?b=%e9&a=%7e") == canonicalize(f"{BASE}/中?a=~&b=%E9")


def test_wire_keeps_parameters() -> None:
    identity = Identity(strip_query=("*",), keep_query=("ref", "at_*"))
    assert canonicalize(f"{SLUG}?x=1&ref=b&AT_id=2&utm_source=3", identity) == f"{SLUG}?AT_id=2&ref=b"
    assert canonicalize(f"{SLUG}?utm_id=7", Identity(keep_query=("utm_id",))) == f"{SLUG}?utm_id=7"


@given(st.text(alphabet=st.sampled_from("ab1&=;?%/-_.utmrefsid"), max_size=40))
def test_canonical_urls_are_final(rest: str) -> None:
    once = canonicalize(f"{BASE}/{rest}")
    assert canonicalize(once) == once


def make_entries(parameter: str, *, titles: str = "abc", guids: str = "") -> list[Entry]:
    return [
        Entry(f"{SLUG}?{parameter}={number}&utm_source=rss", title=titles[number], guid=guids[number : number + 1])
        for number in range(len(titles))
    ]


def test_entries_with_other_titles_or_ids_are_other_articles() -> None:
    path = SLUG.removeprefix(BASE)
    assert list_canonical(*make_entries("utm_content")) == [f"{path}?utm_content={number}" for number in range(3)]
    assert list_canonical(*make_entries("ref")) == [f"{path}?ref={number}" for number in range(3)]
    assert len(list_canonical(*make_entries("ref", titles="aaa", guids="xyz"))) == 3


def test_same_article_listed_twice_stays_one() -> None:
    path = SLUG.removeprefix(BASE)
    assert list_canonical(*make_entries("utm_content", titles="aaa")) == [path]
    assert list_canonical(*make_entries("utm_content", guids="xxx")) == [path]
    assert list_canonical(Entry(SLUG, title="A"), Entry(f"{SLUG}?ref=home", title="A, updated")) == [path]


def test_links_of_list_pages_are_no_evidence() -> None:
    entries = [Entry(f"{SLUG}?ref=image", title=""), Entry(f"{SLUG}?ref=headline", title="A"),
               Entry(f"{SLUG}?ref=comments", title="5 comments")]  # fmt: skip
    assert len(build_candidates(entries, make_source(), titles_count=False)) == 1


def test_only_doubtful_parameters_stay_if_they_are_enough() -> None:
    entries = [Entry(f"{SLUG}?ref={n}&utm_content={n}", title=str(n)) for n in range(2)]
    path = SLUG.removeprefix(BASE)
    assert list_canonical(*entries) == [f"{path}?ref=0", f"{path}?ref=1"]


def test_articles_that_fold_by_the_wires_own_rule_are_reported() -> None:
    folded: list[Entry] = []
    entries = [Entry(f"{BASE}/a?x={n}", title=str(n)) for n in range(3)]
    assert list_canonical(*entries, folded=folded, strip_query=["x"]) == ["/a"]
    assert len(folded) == 2


def test_long_urls_cost_nothing() -> None:
    long = f"{BASE}/a?" + "a=1&" * 900_000
    started = time.process_time()
    assert resolve_url(BASE, long) is None
    assert canonicalize(long) == long
    assert time.process_time() - started < 0.2
    assert resolve_url(BASE, f"{BASE}/" + "a" * (MAX_URL_CHARS - len(BASE) - 1)) is not None
    assert resolve_url(BASE, f"{BASE}/" + "a" * (MAX_URL_CHARS - len(BASE))) is None


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("", None),
        ("  ", None),
        ("#comments", None),
        ("javascript:void(0)", None),
        ("mailto:a@b.example", None),
        ("http://wire.example:99999/a", None),
        ("http://wire.example:0/a", None),
        ("http://[::1/a", None),
        ("www.wire.example/a", "https://www.wire.example/a"),
        ("//other.example/a", "https://other.example/a"),
        ("/v?a=1&amp;b=2&#038;c=3", f"{BASE}/v?a=1&b=2&c=3"),
        ("/a\u202eb\u2028c\u200b", f"{BASE}/a%E2%80%AEb%E2%80%A8c%E2%80%8B"),
        ("/a\x1bb", f"{BASE}/ab"),
    ],
)
def test_references_are_resolved_as_they_are_meant(reference: str, url: str | None) -> None:
    assert resolve_url(f"{BASE}/feed", reference) == url
