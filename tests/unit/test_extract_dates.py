"""Publication times: declared, printed, without a time of day, and never after the fetch."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.times import ParsedTime
from copydesk.pipeline.extract.dates import TimeReader
from copydesk.pipeline.extract.extraction import extract
from copydesk.pipeline.extract.masthead import parse_masthead
from copydesk.pipeline.extract.printed_times import read_printed_times
from tests.page_builder import NOW, TEXT, make_page


def make_reader(language: str = "", zone: str = "UTC") -> TimeReader:
    return TimeReader(NOW, language, ZoneInfo(zone))


JUNE, JANUARY = "2026-06-01T06:20:30+00:00", "2026-01-06T06:20:30+00:00"


@pytest.mark.parametrize(
    ("page", "order", "at"),
    [
        ({}, None, ""),  # usual in the Emirates is 6 January, but only 1 June is the day of the fetch
        ({"published_hint": datetime(2026, 6, 1, 6, tzinfo=UTC)}, None, JUNE),
        ({"published_hint": datetime(2026, 1, 6, 6, tzinfo=UTC)}, None, JANUARY),
        ({"published_hint": datetime(2026, 3, 6, 6, tzinfo=UTC)}, None, ""),
        ({"url": "https://wire.example/2026/06/01/a"}, None, JUNE),
        ({"url": "https://wire.example/2026/01/06/a"}, None, JANUARY),
        ({}, "month-first", JUNE),
        ({}, "day-first", JANUARY),
    ],
)
def test_feed_url_or_source_file_decides_the_order_of_day_and_month(
    page: dict[str, Any], order: str | None, at: str
) -> None:
    fields = {"name": "gulf", "title": "Gulf", "home": "https://wire.example/", "timezone": "Asia/Dubai"}
    source = Source.model_validate({**fields, "day_order": order, "discovery": {"feeds": ["https://wire.example/rss"]}})
    html = f"<h1>Fog closes harbour</h1><p>06/01/2026 10:20:30 AM</p>{TEXT * 3}"
    found = extract(replace(make_page(html), **page), source).published_at
    assert (found.isoformat() if found else "") == at


def test_order_in_source_file_is_one_of_two() -> None:
    with pytest.raises(ValueError, match="day_order"):
        Source.model_validate(
            {"name": "gulf", "title": "Gulf", "home": "https://wire.example/", "day_order": "unknown"}
        )


@pytest.mark.parametrize(
    ("wording", "zone", "at", "clock"),
    [
        ("2026-05-04T10:20:30Z", "UTC", "2026-05-04T10:20:30+00:00", True),
        ("2026-05-04T10:20:30.123+02:00", "UTC", "2026-05-04T08:20:30+00:00", True),
        ("2026-05-04 10:20", "Europe/Berlin", "2026-05-04T08:20:00+00:00", True),
        ("2026-05-04", "Asia/Tokyo", "2026-05-04T00:00:00+00:00", False),
        ("4 May 2026 10:20 IST", "UTC", "2026-05-04T00:00:00+00:00", False),  # the zone is doubtful, the day is not
        ("1777890030", "UTC", "2026-05-04T10:20:30+00:00", True),
    ],
)
def test_timestamp_is_parsed(wording: str, zone: str, at: str, clock: bool) -> None:
    parsed = make_reader("en", zone).parse(wording)
    assert parsed is not None
    assert parsed.instant is not None
    assert (parsed.instant.isoformat(), parsed.has_clock, parsed.text) == (at, clock, wording)


@pytest.mark.parametrize(
    "wording",
    [
        "", "yesterday", "1970-01-01T00:00:00Z", "2026-13-40", "0000-00-00", "9" * 40, "20m6-03-04T10:00:00Z",
        "2 hours ago", "vor 3 Stunden", "2022-02-112023-05-08", "04/05/2026 02:15 PM",
    ],
)  # fmt: skip
def test_invalid_timestamp_is_none(wording: str) -> None:
    assert make_reader("en").parse(wording) is None


def find_time(html: str) -> str:
    at = extract(make_page(f"{html}<h1>Fog closes harbour</h1>{TEXT * 3}")).published_at
    return at.isoformat() if at else ""


def test_future_time_is_ignored() -> None:
    page = "<meta property='article:published_time' content='{}'><time datetime='2026-05-04T10:00Z'></time>"
    assert find_time(page.format("2026-05-05T10:00Z")) == "2026-05-05T10:00:00+00:00"
    assert find_time(page.format("2036-05-05T10:00Z")) == "2026-05-04T10:00:00+00:00"


def test_timestamp_with_time_wins_over_date_of_same_day() -> None:
    page = "<meta name=date content='2026-05-04'><time datetime='{}'></time>"
    assert find_time(page.format("2026-05-04T10:00Z")) == "2026-05-04T10:00:00+00:00"
    assert find_time(page.format("2026-05-20T10:00Z")) == "2026-05-04T00:00:00+00:00"


def format_instant(parsed: ParsedTime | None) -> str:
    return parsed.instant.isoformat() if parsed and parsed.instant else ""


def find_printed(line: str, language: str, zone: str = "UTC") -> str:
    return format_instant(read_printed_times([line], make_reader(language, zone)).published)


@pytest.mark.parametrize(
    ("line", "language", "zone", "at"),
    [
        ("Monday 04 May 2026 10:20 BST", "en", "Europe/London", "2026-05-04T09:20:00+00:00"),
        ("May 4, 2026 at 10:20 PM", "en", "America/New_York", "2026-05-05T02:20:00+00:00"),
        ("World | May 4, 2026, 02:25 ET", "en", "UTC", "2026-05-04T06:25:00+00:00"),
        ("04.05.2026, 10:20 Uhr", "de", "Europe/Berlin", "2026-05-04T08:20:00+00:00"),
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
def test_printed_time_is_parsed(line: str, language: str, zone: str, at: str) -> None:
    assert find_printed(line, language, zone) == at


@pytest.mark.parametrize(
    ("line", "language", "at"),
    [
        ("June 1, 2026, 12:30 UTC", "en", "2026-06-01T12:00:00+00:00"),
        ("June 1, 2026, 12:30", "en", "2026-06-01T12:00:00+00:00"),
        ("01.06.2026, 14:01 Uhr", "de", "2026-06-01T00:00:00+00:00"),
        ("01.06.2026 15:01", "tr", "2026-06-01T00:00:00+00:00"),
        ("Montag, 01.06.2026 14:05", "en", "2026-06-01T00:00:00+00:00"),
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
def test_time_ahead_of_the_fetch_never_changes_the_month(line: str, language: str, at: str) -> None:
    """The fetch is at noon of 1 June. A time after it is in another zone: the day stays, and no result is later."""
    assert find_printed(line, language) == at


@pytest.mark.parametrize(
    ("line", "language"),
    [
        ("5/4/2026 10:20:30 AM", "en"),  # either order
        ("04/05/2026 10:20", "en"),
        ("Stand: 04.05.2026 10:20", "de"),  # of the last change
        ("05.12.2026 10:20", "en"), ("05/12/2026 10:20", "it"), ("05.13.2026 10:20", "de"),
        ("1 June 2026, 15:00 UTC", "en"), ("4 июня 2026, 15:00", "ru"),
    ],
)  # fmt: skip
def test_future_or_doubtful_day_is_none(line: str, language: str) -> None:
    assert find_printed(line, language) == ""


def test_certain_time_wins_over_an_uncertain_one() -> None:
    lines = ["Updated 1 June 2026, 14:01", "Published 1 June 2026, 09:30", "2 January 2026, 10:00"]
    masthead = read_printed_times(lines, make_reader("en"))
    assert (format_instant(masthead.published), format_instant(masthead.modified)) == (
        "2026-06-01T09:30:00+00:00", "2026-06-01T00:00:00+00:00",
    )  # fmt: skip


@pytest.mark.parametrize("data", ["", "<meta name=date content='2026-06-01'>"])
@pytest.mark.parametrize("printed", ["June 1, 2026, 12:30 UTC", "1 June 2026, 20:01"])
def test_publication_is_never_after_the_fetch(data: str, printed: str) -> None:
    html = f"{data}<h1>Fog closes harbour</h1><p>{printed}</p>{TEXT * 3}"
    text = f"Fog closes harbour\n{printed}\n" + f"{TEXT[3:-4]}\n" * 3
    for page in (make_page(html), replace(make_page(text), content_type="text/plain")):
        at = extract(page).published_at
        assert at is not None
        assert at <= NOW
        assert at.date() == NOW.date()


def test_printed_day_does_not_replace_declared_time() -> None:
    at = "content=2026-06-01T11:58Z"
    stamps = f"<meta property=article:published_time {at}><meta property=article:modified_time {at}>"
    found = extract(make_page(f"{stamps}<h1>Fog closes harbour</h1><p>01.06.2026 13:58 Uhr</p>{TEXT * 3}"))
    assert found.published_at == datetime(2026, 6, 1, 11, 58, tzinfo=UTC)


def test_byline_next_to_the_time_is_found() -> None:
    assert parse_masthead(["By Jane Doe | May 4, 2026 10:20"], make_reader("en")).byline == "Jane Doe"
    assert parse_masthead(["04.05.2026, 10:20 | Jana Meier"], make_reader("de")).byline == "Jana Meier"
    assert parse_masthead(["Home | Weather Report"], make_reader("en")).byline == ""
