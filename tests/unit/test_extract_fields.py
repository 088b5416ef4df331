"""The single steps of extraction: charset, title, language, rules, refusals, text dumps."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.pipeline.core.errors import BadSource, QuarantineError
from copydesk.pipeline.core.records import Page
from copydesk.pipeline.core.source import Discovery, PageRule, Source
from copydesk.pipeline.extract.blocks import parse_html, read_blocks
from copydesk.pipeline.extract.charset import decode
from copydesk.pipeline.extract.extraction import extract
from copydesk.pipeline.extract.language import detect_language
from copydesk.pipeline.extract.structured_data import read_structured
from copydesk.pipeline.extract.text_dump import extract_dump
from copydesk.pipeline.extract.title import find_title
from tests.page_builder import NOW, TEXT, make_page


@pytest.mark.parametrize(
    ("body", "header", "charset", "chosen_by", "text"),
    [
        (b"\xef\xbb\xbfna\xc3\xafve", "latin-1", "utf-8", "bom", "naïve"),
        ("naïve".encode("utf-16"), None, "utf-16-le", "bom", "naïve"),
        ("<meta charset=utf-8>naïve".encode("cp1252"), "cp1252", "cp1252", "http", "<meta charset=utf-8>naïve"),
        ("<meta charset=windows-1251>Порт".encode("cp1251"), None, "cp1251", "meta", "<meta charset=windows-1251>Порт"),
        (
            "<meta charset=iso-8859-1>naïve".encode("cp1252"),
            "utf-8",
            "cp1252",
            "meta",
            "<meta charset=iso-8859-1>naïve",
        ),
        ("naïve".encode(), None, "utf-8", "utf-8", "naïve"),
        (
            "<meta charset=utf-8>“fog”, he said, “more fog”".encode("cp1252") + b" and so it was" * 30,
            None,
            "cp1252",
            "guess",
            "<meta charset=utf-8>“fog”, he said, “more fog”" + " and so it was" * 30,
        ),
    ],
)
def test_charsets_are_tried_in_a_fixed_order(
    body: bytes, header: str | None, charset: str, chosen_by: str, text: str
) -> None:
    decoded = decode(body, header)
    assert (decoded.charset, decoded.chosen_by, decoded.text, decoded.replacement_count) == (
        charset,
        chosen_by,
        text,
        0,
    )


def test_broken_bytes_are_counted() -> None:
    decoded = decode(b"x" * 500 + b"\xff" + b"y" * 500, "utf-8")
    assert (decoded.chosen_by, decoded.replacement_count) == ("http", 1)


@given(st.binary(max_size=300), st.sampled_from([None, "utf-8", "latin-1", "no-such-charset", "utf-16"]))
def test_any_bytes_are_decoded(body: bytes, header: str | None) -> None:
    assert decode(body, header).text.encode("utf-8", "strict") is not None


def make_title(html: str, url: str = "https://www.post.example/1") -> str:
    tree = parse_html(html)
    return find_title(tree, read_structured(tree), url)


@pytest.mark.parametrize(
    ("html", "title"),
    [
        ("<title>Fog closes harbour | The Post</title><h1>Fog closes harbour</h1>", "Fog closes harbour"),
        (
            ("<title>The Post</title><h1>The Post</h1><h1>Fog closes the pier</h1>"
            "<meta property=og:title content='Fog closes the pier'>"),
            "Fog closes the pier",
        ),
        (
            ("<meta property=og:site_name content='The Post'>"
            "<meta property=og:title content='Fog closes harbour - The Post'>"),
            "Fog closes harbour",
        ),
        (
            ("<meta property=og:title content='Weather: Fog closes the pier at last'>"
            "<h1>Fog closes the pier at last</h1>"),
            "Fog closes the pier at last",
        ),
        ("<title>Harbour Wire: Fog closes the harbour</title><b>Fog closes the harbour</b>", "Fog closes the harbour"),
        (
            ("<title>The Post of the Harbour and Coast: Fog shuts the pier</title>"
            "<b>The Post of the Harbour and Coast</b><b>Fog shuts the pier</b>"),
            "Fog shuts the pier",
        ),
        ("<title>Fog closes harbour</title>", "Fog closes harbour"),
        ("<h1>Fog &amp; harbour</h1>", "Fog & harbour"),
        ("<p>none</p>", ""),
    ],
)  # fmt: skip
def test_title_is_found(html: str, title: str) -> None:
    assert make_title(html) == title


def test_long_text_decides_its_language() -> None:
    german = "Der Hafen blieb am Montag wegen des Nebels geschlossen, sagte der Hafenmeister den Reportern. " * 3
    assert detect_language("en-US", german) == "de"
    assert detect_language("pt_BR", "Curto.") == "pt"
    assert detect_language("", "Kurz.", default="de") == "de"
    assert detect_language("de", german, default="de") == "de"
    assert detect_language("en", german, default="en") == "de"
    assert detect_language("", german, default="nl") == "de"


def test_blocks_have_zones() -> None:
    text = "<p>One <b>bold</b> word.</p>two<br>lines<br><br>three<figure><p>Pier</p></figure>"
    html = f"<div class='article-body'>{text}</div><nav>Home</nav>"
    body = parse_html(html).body
    assert body is not None
    assert [(block.text, block.zone) for block in read_blocks(body)] == [
        ("One bold word.", ""), ("two lines", ""), ("three", ""), ("Pier", "caption"), ("Home", "navigation"),
    ]  # fmt: skip


def make_source(*rules: PageRule) -> Source:
    return Source(
        name="post",
        title="The Post",
        home="https://post.example",
        page=rules,
        discovery=Discovery(feeds=("https://post.example/rss",)),
    )


def test_newest_rule_wins_and_an_older_one_is_the_fallback() -> None:
    source = make_source(
        PageRule(since=date(2020, 1, 1), body=".old p"), PageRule(since=date(2026, 1, 1), body=".new p", title="h2")
    )
    new, old = (f"<h2>Fog</h2><div class={name}>{TEXT}</div>" for name in ("new", "old"))
    assert extract(make_page(new), source).via == "rule:post@2026-01-01"
    assert extract(make_page(old), source).via == "rule:post@2020-01-01"
    assert extract(make_page(new.replace("new", "newer")), source).via == "trafilatura"


@pytest.mark.parametrize(
    ("fetched", "spoke"),
    [
        ("2019-12-31T23:59Z", "2020-01-01"),
        ("2020-01-01T00:00Z", "2020-01-01"),
        ("2025-12-31T23:59Z", "2020-01-01"),
        ("2026-01-01T00:00Z", "2026-01-01"),
    ],
)
def test_rule_in_use_at_the_fetch_is_applied(fetched: str, spoke: str) -> None:
    """Both rules match. The day of the fetch decides, so that old pages are parsed as before."""
    source = make_source(
        PageRule(since=date(2026, 1, 1), body="p", title="h2"), PageRule(since=date(2020, 1, 1), body="p", title="h1")
    )
    page = replace(make_page(f"<h1>Old</h1><h2>New</h2>{TEXT}"), fetched_at=datetime.fromisoformat(fetched))
    extraction = extract(page, source)
    assert extraction.via == f"rule:post@{spoke}"
    assert extraction.title == ("Old" if spoke.startswith("2020") else "New")


def test_rule_drops_what_it_removes_with_a_reason() -> None:
    source = make_source(PageRule(body=".text", remove=(".promo",), published=".when@data-at"))
    page = make_page(
        f"<i class=when data-at='2026-05-04T10:00Z'></i><div class=text>{TEXT}<p class=promo>Buy a boat</p></div>"
    )
    extraction = extract(page, source)
    assert len(extraction.paragraphs) == 1
    assert [(piece.reason, piece.text) for piece in extraction.dropped] == [("rule", "Buy a boat")]
    assert extraction.published_at == datetime(2026, 5, 4, 10, tzinfo=UTC)


def test_invalid_selector_raises_bad_source() -> None:
    with pytest.raises(BadSource, match="post: a selector of its page rule"):
        extract(make_page(f"<div>{TEXT}</div>"), make_source(PageRule.model_construct(body="div[")))


def test_deep_pages_are_not_shortened() -> None:
    deep = "<div>" * 400 + TEXT
    with pytest.raises(QuarantineError) as caught:
        extract(make_page(deep))
    assert caught.value.reason == "too_deep"
    assert len(extract(make_page(deep), make_source(PageRule(body="p"))).paragraphs) == 1


def test_attributes_by_the_thousand_are_left_out() -> None:
    """The parser would compare each with all before it."""
    attributes = " ".join(f"a{number}=1" for number in range(100_000))
    extraction = extract(make_page(f"<div {attributes}>{TEXT}</div>"), make_source(PageRule(body="p")))
    assert len(extraction.paragraphs) == 1
    picture = f'<img alt="Two boats" src="data:image/png;base64,{"Qk" * 50_000}">'
    assert len(extract(make_page(picture + TEXT), make_source(PageRule(body="p"))).paragraphs) == 1


def test_whole_article_below_an_error_is_kept() -> None:
    page = Page(
        url="",
        body=f"<title>404</title><h1>Page not found</h1><div>{TEXT * 5}</div>".encode(),
        fetched_at=NOW,
        status=404,
    )
    assert extract(page).refusal_reason == ""


@pytest.mark.parametrize(
    ("dump", "title", "count"),
    [
        ("Menu\nFog closes the harbour\n" + TEXT[3:-4] + "\n" + TEXT[3:-4], "Fog closes the harbour", 2),
        ("Fog closes the harbour\nPort closed.", "Fog closes the harbour", 1),
        ("Fog closes the harbour for eleven long weeks", "Fog closes the harbour for eleven long weeks", 0),
    ],
)
def test_title_and_text_of_a_dump_are_found(dump: str, title: str, count: int) -> None:
    extraction = extract_dump(dump)
    assert (extraction.title, len(extraction.paragraphs)) == (title, count)
