"""When a page was published: which of its times count, and in which zone it writes them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from copydesk.pipeline.core.records import Extraction
from copydesk.pipeline.extract.dates import find_day_in_url
from copydesk.pipeline.extract.extraction import extract
from tests.page_builder import TEXT, make_page

HEADLINE = "<h1>Fog closes harbour</h1>"
URL = "https://wire.example/news/fog-closes-harbour"


def read(markup: str, url: str = URL, head: str = "", language: str = "en") -> Extraction:
    html = f"<html lang={language}><head>{head}</head><body>{markup}</body></html>"
    return extract(replace(make_page(html), url=url))


def get_day(extraction: Extraction) -> str:
    return extraction.published_at.date().isoformat() if extraction.published_at else ""


META = "<meta property='article:published_time' content='{}'>"


@pytest.mark.parametrize(
    ("content", "at", "offset"),
    [
        ("2026-05-04T21:05:00-05:00", datetime(2026, 5, 5, 2, 5, tzinfo=UTC), timedelta(hours=-5)),
        ("Mon, 04 May 2026 14:15:00 +05:30", datetime(2026, 5, 4, 8, 45, tzinfo=UTC), timedelta(hours=5, minutes=30)),
        ("2026-05-04 02:15 PM", datetime(2026, 5, 4, 14, 15, tzinfo=UTC), timedelta()),
        (
            "Mon May 04 2026 14:15:00 GMT-0500 (Central Daylight Time)",
            datetime(2026, 5, 4, 19, 15, tzinfo=UTC), timedelta(hours=-5),
        ),
        ("1777904100", datetime(2026, 5, 4, 14, 15, tzinfo=UTC), timedelta()),
        ("2026-05-04", datetime(2026, 5, 4, tzinfo=UTC), None),
    ],
)  # fmt: skip
def test_offset_of_the_page_is_kept(content: str, at: datetime, offset: timedelta | None) -> None:
    found = read(HEADLINE + TEXT * 3, head=META.format(content))
    assert (found.published_at, found.published_offset) == (at, offset)


def test_offset_is_the_one_that_the_page_prints() -> None:
    printed = "<p>May 4, 2026 at 9:05 p.m. ET</p>"
    for head in ("", META.format("2026-05-05T01:05:00Z")):
        found = read(HEADLINE + printed + TEXT * 3, head=head)
        at, offset = datetime(2026, 5, 5, 1, 5, tzinfo=UTC), timedelta(hours=-4)
        assert (found.published_at, found.published_offset) == (at, offset)
    found = read(HEADLINE + printed + TEXT * 3, head=META.format("2026-05-05T02:30:00Z"))
    assert found.published_offset == timedelta()  # another time


@pytest.mark.parametrize(
    "other",
    [
        "<aside><time datetime='2019-06-14T10:00Z'>14 June 2019</time></aside>",
        "<div class=sidebar><time datetime='2019-06-14T10:00Z'></time></div>",
        "<div class=related-stories><article><time datetime='2019-06-14T10:00Z'></time></article></div>",
        "<section class=comments><time datetime='2019-06-14T10:00Z'></time></section>",
        "<blockquote class=twitter-tweet><p>The quay closes.</p><a href='/t'>June 14, 2019</a></blockquote>",
        "<blockquote class=instagram-media><time datetime='2019-06-14T10:00Z'>14 June 2019</time></blockquote>",
        "<a href=/other><time datetime='2019-06-14T10:00Z'></time>Another story</a>",
        "<article><h3>Another story</h3><time datetime='2019-06-14T10:00Z'></time></article>",
        "<ul>" + "<li><time datetime='2019-06-14T10:00Z'>10:00</time> Another story</li>" * 3 + "</ul>",
        "<script>window.page = {\"build\": \"2019-06-14\", \"until\": \"2019-06-15\"};</script>",
        "<p>The bridge had been opened on 14 June 2019, when the harbour was twice as large as it is today.</p>",
        "<footer>Copyright 14 June 2019</footer>",
    ],
)  # fmt: skip
@pytest.mark.parametrize("above", [True, False])
def test_time_of_other_content_does_not_count(other: str, above: bool) -> None:
    content = (
        f"{other}<article>{HEADLINE}{TEXT * 3}</article>"
        if above
        else f"<article>{HEADLINE}{TEXT * 3}</article>{other}"
    )
    assert get_day(read(content)) == ""
    printed = content.replace(HEADLINE, f"{HEADLINE}<p>4 May 2026, 10:20</p>")
    assert get_day(read(printed)) == "2026-05-04"


@pytest.mark.parametrize(
    ("line", "published", "modified"),
    [
        (
            "<p>First published 4 May 2026, 10:00 GMT</p><p>Last updated 5 May 2026, 14:30 GMT</p>",
            "2026-05-04", "2026-05-05",
        ),
        ("<p>Updated 5 May 2026 14:30 GMT | Published 4 May 2026 10:00 GMT</p>", "2026-05-04", "2026-05-05"),
        ("<p>Updated 5 May 2026 14:30 GMT</p>", "", "2026-05-05"),
        ("<time datetime='2026-05-05T14:30Z' class=updated>5 May 2026</time>", "", "2026-05-05"),
        ("<p>Updated: <time datetime='2026-05-05T14:30Z'>5 May 2026</time></p>", "", "2026-05-05"),
        (
            "<time itemprop=dateModified datetime='2026-05-05T14:30Z'>4 May 2026 10:00 | Updated 5 May 2026</time>",
            "2026-05-04", "2026-05-05",
        ),
        (
            "<time itemprop=datePublished datetime=2026-05-04></time><time datetime=2026-05-05 class=updated></time>",
            "2026-05-04", "2026-05-05",
        ),
        ("<time class='entry-date published updated' datetime='2026-05-04T10:00Z'>4 May 2026</time>", "2026-05-04", ""),
        ("<time datetime='2022-02-112026-05-04'>May 4, 2026</time>", "2026-05-04", ""),
    ],
)  # fmt: skip
def test_change_is_not_publication(line: str, published: str, modified: str) -> None:
    found = read(f"<article>{HEADLINE}<div>{line}</div>{TEXT * 3}</article>")
    assert get_day(found) == published
    assert (found.modified_at.date().isoformat() if found.modified_at else "") == modified


def test_korean_labels() -> None:
    line = "입력 2026.05.04 14:15 수정 2026.05.05 16:02"
    found = read(f"<h1>안개로 항구 폐쇄</h1><p>{line}</p>{TEXT * 3}", language="ko")
    assert get_day(found) == "2026-05-04"


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://wire.example/2026/05/04/fog", date(2026, 5, 4)),
        ("https://wire.example/2026/5/4/fog", date(2026, 5, 4)),
        ("https://wire.example/2026/may/04/fog", date(2026, 5, 4)),
        ("https://wire.example/news-2026-05-04-fog", date(2026, 5, 4)),
        ("https://wire.example/20260504/fog.html", date(2026, 5, 4)),
        ("https://wire.example/2026/05/fog", None),
        ("https://wire.example/120260504123", None),
        ("https://wire.example/2026/13/45/fog", None),
        ("https://wire.example/2026/05/04/since-2019-06-14", None),
        ("https://wire.example/fog?day=2026-05-04", None),
        ("", None),
    ],
)
def test_day_in_the_address(url: str, day: date | None) -> None:
    assert find_day_in_url(url) == day


@pytest.mark.parametrize(
    ("markup", "head", "day"),
    [
        ("", "", "2026-05-04"),
        ("", META.format("2026-05-04T10:00Z"), "2026-05-04"),
        ("", META.format("2026-05-05T01:00Z"), "2026-05-05"),
        ("", META.format("2026-05-20T10:00Z"), "2026-05-20"),  # nothing confirms the address
        ("<p>4 May 2026</p>", META.format("2026-05-20T10:00Z"), "2026-05-04"),
        ("<time datetime='2026-05-20T10:00Z'></time>", "", "2026-05-04"),
    ],
)
def test_address_is_evidence_against_stray_times(markup: str, head: str, day: str) -> None:
    page = f"<article>{HEADLINE}{markup}{TEXT * 3}</article>"
    assert get_day(read(page, "https://wire.example/2026/05/04/fog", head)) == day


@pytest.mark.parametrize(
    "line",
    [
        "<ul><li><strong>Date</strong> 04.05.2026</li><li>Author Ada Wick</li></ul>",
        "<div><span>Ada Wick</span><span>May 04, 2026</span><span>2 shares</span></div>",
        "<p>Published <b>4 May 2026</b></p><p>Seen <b>9 May 2026</b></p>",
    ],
)
def test_time_alone_in_an_element_below_the_text(line: str) -> None:
    page = f"<article>{HEADLINE}{TEXT * 16}</article>{line}"
    assert get_day(read(page)) == "2026-05-04"


@pytest.mark.parametrize(
    "lines",
    [
        "<p>4 May 2026</p><p>5 May 2026</p>",
        "<p>Updated <b>4 May 2026</b></p>",
        "<section class=comments><p>Joe</p><p>4 May 2026</p></section>",
        "<p>The old bridge was opened on 4 May 2026, as the mayor said.</p>",
    ],
)
def test_other_times_below_the_text_do_not_count(lines: str) -> None:
    assert get_day(read(f"<article>{HEADLINE}{TEXT * 16}</article>{lines}")) == ""


@pytest.mark.parametrize(
    ("language", "line", "day"),
    [
        ("en-IN", "05/03/2026 02:15 PM IST", "2026-03-05"),
        ("en-US", "03/05/2026 02:15 PM", "2026-03-05"),
        ("en", "05/03/2026 02:15 PM", ""),
        ("es", "4 de mayo de 2026, 2:15 p. m.", "2026-05-04"),
        ("ja", "令和8年3月5日 14時15分", "2026-03-05"),
        ("ar", "16 رمضان 1447 هـ", ""),
    ],
)
def test_language_and_country_decide(language: str, line: str, day: str) -> None:
    assert get_day(read(f"{HEADLINE}<p>{line}</p>{TEXT * 3}", language=language)) == day


@pytest.mark.parametrize(
    ("language", "headline", "line", "sentence"),
    [
        ("fa-IR", "بندر بسته شد", "۱۴۰۴/۱۲/۱۴ ۱۴:۱۵", "شورای شهر روز پنجشنبه تصمیم گرفت بندر را ببندد."),
        ("th-TH", "ปิดท่าเรือ", "5 มีนาคม 2569 14:15 น.", "คณะกรรมการท่าเรือลงมติให้ปิดท่าเรือเป็นเวลาสิบเอ็ดสัปดาห์"),
    ],
)  # fmt: skip
def test_other_calendars(language: str, headline: str, line: str, sentence: str) -> None:
    body = "".join(f"<p>{sentence} {number}</p>" for number in range(6))
    assert (
        get_day(read(f"<article><h1>{headline}</h1><p>{line}</p>{body}</article>", language=language)) == "2026-03-05"
    )


def test_dateline_of_a_press_release_has_the_day() -> None:
    text = TEXT.replace("<p>", "<p>ELSTOW, May 4, 2026 (WICK NEWSWIRE) -- ", 1)
    assert get_day(read(f"<article>{HEADLINE}{text}{TEXT * 3}</article>")) == "2026-05-04"
