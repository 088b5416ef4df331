"""The steps of extraction one by one: charset, title, time, language, rules, refusals, text dumps."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import BadSource, Quarantine
from pipeline.extract.blocks import parse, read_blocks
from pipeline.extract.chain import extract
from pipeline.extract.charset import decode
from pipeline.extract.dates import find_published, read_moment, read_wording, search_day
from pipeline.extract.dumps import read_dump
from pipeline.extract.language import find_language
from pipeline.extract.masthead import read_clock, read_masthead
from pipeline.extract.structured import read_structured
from pipeline.extract.title import find_title
from pipeline.records import Page
from pipeline.source import Discovery, PageRule, Source

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
TEXT = "<p>" + "The harbour was closed on Monday because of the fog, its master said at noon. " * 4 + "</p>"


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
def test_charset_in_a_fixed_order(body: bytes, header: str | None, charset: str, chosen_by: str, text: str) -> None:
    decoded = decode(body, header)
    assert (decoded.charset, decoded.chosen_by, decoded.text, decoded.replaced) == (charset, chosen_by, text, 0)


def test_a_few_broken_bytes_are_counted() -> None:
    decoded = decode(b"x" * 500 + b"\xff" + b"y" * 500, "utf-8")
    assert (decoded.chosen_by, decoded.replaced) == ("http", 1)


@given(st.binary(max_size=300), st.sampled_from([None, "utf-8", "latin-1", "no-such-charset", "utf-16"]))
def test_any_bytes_are_read(body: bytes, header: str | None) -> None:
    assert decode(body, header).text.encode("utf-8", "strict") is not None


def make_title(html: str, url: str = "https://www.post.example/1") -> str:
    tree = parse(html)
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
def test_titles(html: str, title: str) -> None:
    assert make_title(html) == title


@pytest.mark.parametrize(
    ("wording", "zone", "at", "clock"),
    [
        ("2026-05-04T10:20:30Z", "UTC", "2026-05-04T10:20:30+00:00", True),
        ("2026-05-04T10:20:30.123+02:00", "UTC", "2026-05-04T08:20:30+00:00", True),
        ("2026-05-04T10:20:30+0530", "UTC", "2026-05-04T04:50:30+00:00", True),
        ("2026-05-04 10:20", "Europe/Berlin", "2026-05-04T08:20:00+00:00", True),
        ("2026-05-04", "Asia/Tokyo", "2026-05-04T00:00:00+00:00", False),
        ("20260504", "UTC", "2026-05-04T00:00:00+00:00", False),
        ("Mon, 04 May 2026 10:20:30 -0400", "UTC", "2026-05-04T14:20:30+00:00", True),
        ("1777890030", "UTC", "2026-05-04T10:20:30+00:00", True),
    ],
)
def test_time_stamps(wording: str, zone: str, at: str, clock: bool) -> None:
    moment = read_moment(wording, zone)
    assert moment is not None
    assert (moment.at.isoformat(), moment.clock, moment.source) == (at, clock, wording)


@pytest.mark.parametrize("wording", ["", "yesterday", "1970-01-01T00:00:00Z", "2026-13-40", "0000-00-00", "9" * 40])
def test_what_is_no_time_stamp_is_none(wording: str) -> None:
    assert read_moment(wording) is None


def find(html: str) -> str:
    tree = parse(html)
    moment = find_published(tree, read_structured(tree), NOW)
    return moment.at.isoformat() if moment else ""


def test_a_time_in_the_future_is_passed_over() -> None:
    page = "<meta property='article:published_time' content='{}'><time datetime='2026-05-04T10:00Z'></time>"
    assert find(page.format("2026-05-05T10:00Z")) == "2026-05-05T10:00:00+00:00"
    assert find(page.format("2036-05-05T10:00Z")) == "2026-05-04T10:00:00+00:00"


def test_a_clock_of_the_same_day_wins_over_none() -> None:
    page = "<meta name=date content='2026-05-04'><time datetime='{}'></time>"
    assert find(page.format("2026-05-04T10:00Z")) == "2026-05-04T10:00:00+00:00"
    assert find(page.format("2026-05-20T10:00Z")) == "2026-05-04T00:00:00+00:00"


def test_a_year_alone_is_no_date() -> None:
    assert search_day("<html><body><p>Copyright 2026 The Post</p></body></html>", "", NOW) is None


@pytest.mark.parametrize(
    ("line", "language", "zone", "at"),
    [
        ("Monday 04 May 2026 10:20 BST", "en", "Europe/London", "2026-05-04T09:20:00+00:00"),
        ("May 4, 2026 at 10:20 PM", "en", "America/New_York", "2026-05-05T02:20:00+00:00"),
        ("World | May 4, 2026, 02:25 ET", "en", "UTC", "2026-05-04T06:25:00+00:00"),
        ("04.05.2026, 10:20 Uhr", "de", "Europe/Berlin", "2026-05-04T08:20:00+00:00"),
        ("5/4/2026 10:20:30 AM", "en", "UTC", "2026-05-04T10:20:00+00:00"),
        ("04/05/2026 10:20", "en", "UTC", "2026-05-04T10:20:00+00:00"),
        ("4 de mayo de 2026, 10:20", "es", "UTC", "2026-05-04T10:20:00+00:00"),
        ("4 mai 2026, 10h20", "fr", "UTC", "2026-05-04T10:20:00+00:00"),
        ("May 4, 2026, 10:20 GMT+3", "en", "UTC", "2026-05-04T07:20:00+00:00"),
        ("04.05.2026 10:20 (GMT+03:00)", "tr", "UTC", "2026-05-04T07:20:00+00:00"),
        ("4 May 2026 10:20 UTC-0330", "en", "Europe/London", "2026-05-04T13:50:00+00:00"),
        ("4 May 2026 10:20 UTC+12", "en", "UTC", "2026-05-03T22:20:00+00:00"),
        ("2026-05-04 10:20", "zh", "Asia/Shanghai", "2026-05-04T02:20:00+00:00"),
        ("2026.05.04. 10:20", "ko", "Asia/Seoul", "2026-05-04T01:20:00+00:00"),
        ("2026年5月4日(月) 10:20", "ja", "Asia/Tokyo", "2026-05-04T01:20:00+00:00"),
        ("2026년 5월 4일 10시 20분", "ko", "Asia/Seoul", "2026-05-04T01:20:00+00:00"),
        ("来源：港口社 2026年05月04日10时20分", "zh", "UTC", "2026-05-04T10:20:00+00:00"),
    ],
)
def test_clocks_as_they_are_printed(line: str, language: str, zone: str, at: str) -> None:
    moment = read_clock(line, language, zone, NOW)
    assert moment is not None
    assert moment.at.isoformat() == at


@pytest.mark.parametrize(
    ("line", "language", "at"),
    [
        ("June 1, 2026, 12:30 UTC", "en", "2026-06-01T12:00:00+00:00"),
        ("June 1, 2026, 12:30", "en", "2026-06-01T12:00:00+00:00"),
        ("01.06.2026, 14:01 Uhr", "de", "2026-06-01T00:00:00+00:00"),
        ("01.06.2026 15:01", "tr", "2026-06-01T00:00:00+00:00"),
        ("Stand: 01.06.2026 14:05", "en", "2026-06-01T00:00:00+00:00"),
        ("01/06/2026 - 14:01", "fr", "2026-06-01T00:00:00+00:00"),
        ("01/06/2026, 17:31", "en", "2026-06-01T00:00:00+00:00"),
        ("01/06/2026 03:10 PM", "es", "2026-06-01T00:00:00+00:00"),
        ("01/06/2026 03:10 PM", "en", "2026-06-01T00:00:00+00:00"),
        ("06/01/2026 09:10", "en", "2026-06-01T09:10:00+00:00"),
        ("1 июня 2026, 15:00", "ru", "2026-06-01T00:00:00+00:00"),
        ("2026年6月1日 20:01", "zh", "2026-06-01T00:00:00+00:00"),
        ("2026-06-01 20:01", "zh", "2026-06-01T00:00:00+00:00"),
        ("2 June 2026, 01:10", "en", "2026-06-01T12:00:00+00:00"),
        ("05/13/2026 10:20", "de", "2026-05-13T10:20:00+00:00"),
        ("05/12/2026 10:20", "en", "2026-05-12T10:20:00+00:00"),
    ],
)
def test_a_clock_ahead_of_the_fetch_never_moves_the_month(line: str, language: str, at: str) -> None:
    """At noon of the first of June: a clock that is ahead is a zone's, so the day stands; and none is after noon."""
    moment = read_clock(line, language, "UTC", NOW)
    assert moment is not None
    assert moment.at.isoformat() == at


@pytest.mark.parametrize(
    ("line", "language"),
    [
        ("05.12.2026 10:20", "en"), ("05/12/2026 10:20", "it"), ("05.13.2026 10:20", "de"),
        ("1 June 2026, 15:00 UTC", "en"), ("4 июня 2026, 15:00", "ru"),
    ],
)  # fmt: skip
def test_a_day_that_is_yet_to_come_is_none(line: str, language: str) -> None:
    assert read_clock(line, language, "UTC", NOW) is None


def test_the_clock_of_a_day_is_found_beside_a_doubtful_one() -> None:
    lines = ["Updated 1 June 2026, 14:01", "Published 1 June 2026, 09:30", "2 January 2026, 10:00"]
    moment = read_masthead(lines, "en", "UTC", NOW).published
    assert moment is not None
    assert moment.at.isoformat() == "2026-06-01T09:30:00+00:00"


@pytest.mark.parametrize("data", ["", "<meta name=date content='2026-06-01'>"])
@pytest.mark.parametrize("printed", ["June 1, 2026, 12:30 UTC", "1 June 2026, 20:01"])
def test_no_page_is_published_after_its_fetch(data: str, printed: str) -> None:
    html = f"{data}<h1>Fog closes harbour</h1><p>{printed}</p>{TEXT * 3}"
    text = f"Fog closes harbour\n{printed}\n" + f"{TEXT[3:-4]}\n" * 3
    for page in (make_page(html), replace(make_page(text), content_type="text/plain")):
        at = extract(page).published_at
        assert at is not None
        assert at <= NOW
        assert at.date() == NOW.date()


def test_a_printed_day_does_not_outdo_the_datas_clock() -> None:
    at = "content=2026-06-01T11:58Z"
    stamps = f"<meta property=article:published_time {at}><meta property=article:modified_time {at}>"
    found = extract(make_page(f"{stamps}<h1>Fog closes harbour</h1><p>01.06.2026 13:58 Uhr</p>{TEXT * 3}"))
    assert found.published_at == datetime(2026, 6, 1, 11, 58, tzinfo=UTC)


def test_figures_parted_by_points_are_day_and_month_in_every_language() -> None:
    for language in ("", "de", "en"):
        moment = read_wording("03.06.2026", language)
        assert moment is not None
        assert moment.at.date() == date(2026, 6, 3)


def test_the_first_of_a_month_is_believed_as_east_asia_prints_it() -> None:
    moment = search_day(f"<html><body><h1>雾</h1><div>2026年6月1日 20:01</div>{TEXT}</body></html>", "", NOW)
    assert moment is not None
    assert moment.at.date() == NOW.date()


def test_a_byline_beside_the_time() -> None:
    assert read_masthead(["By Jane Doe | May 4, 2026 10:20"], "en", "UTC", NOW).byline == "Jane Doe"
    assert read_masthead(["04.05.2026, 10:20 | Jana Meier"], "de", "UTC", NOW).byline == "Jana Meier"
    assert read_masthead(["Home | Weather Report"], "en", "UTC", NOW).byline == ""


def test_the_text_decides_its_language_when_there_is_enough_of_it() -> None:
    german = "Der Hafen blieb am Montag wegen des Nebels geschlossen, sagte der Hafenmeister den Reportern. " * 3
    assert find_language("en-US", german) == "de"
    assert find_language("pt_BR", "Curto.") == "pt"
    assert find_language("", "Kurz.", default="de") == "de"
    assert find_language("de", german, default="de") == "de"
    assert find_language("en", german, default="en") == "de"
    assert find_language("", german, default="nl") == "de"


def test_blocks_say_where_they_stand() -> None:
    text = "<p>One <b>bold</b> word.</p>two<br>lines<br><br>three<figure><p>Pier</p></figure>"
    html = f"<div class='article-body'>{text}</div><nav>Home</nav>"
    body = parse(html).body
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


def make_page(html: str) -> Page:
    return Page(url="https://post.example/1", body=html.encode(), fetched_at=NOW, wire="post")


def test_the_newest_rule_speaks_and_an_older_one_stands_in() -> None:
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
def test_a_page_is_read_by_the_layout_of_its_day(fetched: str, spoke: str) -> None:
    """Both rules would find a text: the day of the fetch decides, so that old pages still parse as they did."""
    source = make_source(
        PageRule(since=date(2026, 1, 1), body="p", title="h2"), PageRule(since=date(2020, 1, 1), body="p", title="h1")
    )
    page = replace(make_page(f"<h1>Old</h1><h2>New</h2>{TEXT}"), fetched_at=datetime.fromisoformat(fetched))
    extraction = extract(page, source)
    assert extraction.via == f"rule:post@{spoke}"
    assert extraction.title == ("Old" if spoke.startswith("2020") else "New")


def test_a_rule_drops_what_it_says_and_tells() -> None:
    source = make_source(PageRule(body=".text", remove=(".promo",), published=".when@data-at"))
    page = make_page(
        f"<i class=when data-at='2026-05-04T10:00Z'></i><div class=text>{TEXT}<p class=promo>Buy a boat</p></div>"
    )
    extraction = extract(page, source)
    assert len(extraction.paragraphs) == 1
    assert [(piece.reason, piece.text) for piece in extraction.dropped] == [("rule", "Buy a boat")]
    assert extraction.published_at == datetime(2026, 5, 4, 10, tzinfo=UTC)


def test_a_selector_that_is_no_css_is_the_sources_fault() -> None:
    with pytest.raises(BadSource, match="post: a selector of its page rule"):
        extract(make_page(f"<div>{TEXT}</div>"), make_source(PageRule.model_construct(body="div[")))


def test_deep_pages_are_not_shortened() -> None:
    deep = "<div>" * 400 + TEXT
    with pytest.raises(Quarantine) as caught:
        extract(make_page(deep))
    assert caught.value.reason == "too_deep"
    assert len(extract(make_page(deep), make_source(PageRule(body="p"))).paragraphs) == 1


def test_a_whole_article_under_an_error_is_kept() -> None:
    page = Page(
        url="",
        body=f"<title>404</title><h1>Page not found</h1><div>{TEXT * 5}</div>".encode(),
        fetched_at=NOW,
        status=404,
    )
    assert extract(page).refused == ""


@pytest.mark.parametrize(
    ("dump", "title", "count"),
    [
        ("Menu\nFog closes the harbour\n" + TEXT[3:-4] + "\n" + TEXT[3:-4], "Fog closes the harbour", 2),
        ("Fog closes the harbour\nPort closed.", "Fog closes the harbour", 1),
        ("Fog closes the harbour for eleven long weeks", "Fog closes the harbour for eleven long weeks", 0),
    ],
)
def test_text_dumps(dump: str, title: str, count: int) -> None:
    extraction = read_dump(dump)
    assert (extraction.title, len(extraction.paragraphs)) == (title, count)
