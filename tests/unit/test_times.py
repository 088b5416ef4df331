"""The time parser: hundreds of examples by kind, and properties of every text."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from copydesk.pipeline.core.times import DayOrder, ParsedTime, Precision, find_times, is_time_line, parse_time

_ROWS = [
    line.split("\t")
    for line in (Path(__file__).parent / "times.tsv").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def format_instant(parsed: ParsedTime) -> str:
    """Return an instant as the table writes it."""
    if parsed.instant is None:
        return "-"
    text = parsed.instant.replace(tzinfo=None).isoformat()
    return text if parsed.has_clock else text[:10]


@pytest.mark.parametrize(("text", "language", "zone", "expected"), _ROWS)
def test_example_is_parsed(text: str, language: str, zone: str, expected: str) -> None:
    parsed = parse_time(text, language=language, zone=ZoneInfo(zone) if zone else UTC)
    assert format_instant(parsed) == expected
    assert parsed.text == text


_INSTANTS = st.datetimes(datetime(1990, 1, 1), datetime(2049, 12, 31)).map(  # noqa: DTZ001 - the zone is set here
    lambda at: at.replace(microsecond=0, tzinfo=UTC)
)
_OFFSETS = st.sampled_from([-720, -570, -300, -210, -60, 0, 60, 210, 330, 345, 480, 570, 765, 840]).map(
    lambda minutes: timezone(timedelta(minutes=minutes))
)
_FORMATS = [
    "%Y-%m-%dT%H:%M:%S%z",
    "%Y-%m-%d %H:%M:%S %z",
    "%Y%m%dT%H%M%S%z",
    "%G-W%V-%uT%H:%M:%S%z",
    "%Y-%jT%H:%M:%S%z",
    "%a, %d %b %Y %H:%M:%S %z",
    "%A, %d %B %Y %H:%M:%S %z",
    "%a %b %d %H:%M:%S %z %Y",
    "%a %b %d %Y %H:%M:%S GMT%z",
    "%d %b %Y %I:%M:%S %p %z",
    "%B %d, %Y %I:%M:%S %p UTC%z",
    "%d.%m.%Y %H:%M:%S %z",
    "%Y/%m/%d %H:%M:%S %z",
    "%Y年%m月%d日 %H:%M:%S %z",
    "%Y년 %m월 %d일 %H시 %M분 %S초 %z",
]


@given(_INSTANTS, _OFFSETS, st.sampled_from(_FORMATS))
def test_every_format_round_trips(instant: datetime, offset: timezone, form: str) -> None:
    local = instant.astimezone(offset)
    parsed = parse_time(local.strftime(form))
    assert parsed.instant == instant
    assert parsed.utc_offset == offset.utcoffset(None)
    assert parsed.is_offset_stated
    assert (parsed.precision, parsed.day) == (Precision.SECOND, local.date())


@given(_INSTANTS, _OFFSETS)
def test_library_formats_round_trip(instant: datetime, offset: timezone) -> None:
    local = instant.astimezone(offset)
    assert parse_time(local.isoformat()).instant == instant
    assert parse_time(format_datetime(local)).instant == instant
    assert parse_time(format_datetime(instant, usegmt=True)).instant == instant


@given(_INSTANTS.filter(lambda at: at.year >= 2002))
def test_epochs_round_trip(instant: datetime) -> None:
    seconds = int(instant.timestamp())
    for text in (str(seconds), f"{seconds}000", f"{seconds}.5", f"/Date({seconds}000)/"):
        assert parse_time(text).instant == instant or text[:2] in {"19", "20"}


@given(st.dates(date(1990, 1, 1), date(2093, 1, 1)), st.sampled_from(["/", "-", " ", "."]))
def test_ambiguous_day_and_month_give_the_right_day_or_none(day: date, sign: str) -> None:
    """Without language, country and zone, ambiguous numbers give no day, or the right one."""
    text = day.strftime(f"%d{sign}%m{sign}%Y")
    assert parse_time(text).instant is None or parse_time(text).day == day
    assert parse_time(text, language="en-GB").day in {day, None}


_NOISE = st.text(alphabet=st.sampled_from("0123456789:-/.,+ TZWamp年月日下午民國令和مص'()|GSUETCMarch"), max_size=40)


@given(
    st.one_of(st.text(max_size=80), _NOISE), st.sampled_from(["", "en", "en-US", "fa", "th", "vi", "zh-TW", "xx", "é"])
)
@example("民國999年12月31日", "zh-TW")
@example("9999-12-31T23:59:59-12:00", "")
@example("1900-01-01T00:00:00+14:00", "")
@example("2199-12-31 24:00", "")
def test_any_text_is_parsed_without_error(text: str, language: str) -> None:
    for latest in (None, NOW):
        parsed = parse_time(text, language=language, latest=latest)
        assert parsed.instant is None or 1899 <= parsed.instant.year <= 2200
        assert (parsed.instant is None) or parsed.day is not None
        for found in find_times(text, language=language, latest=latest):
            assert 0 <= found.start < found.end


@given(st.sampled_from(_ROWS), st.text(alphabet="abcxyz", min_size=4, max_size=8))
def test_unparsed_word_prevents_an_instant(row: list[str], word: str) -> None:
    text, language, zone, _ = row
    parsed = parse_time(f"{text} {word}q{word}", language=language, zone=ZoneInfo(zone) if zone else UTC)
    assert parsed.instant is None


def test_weekday_and_fetch_time_decide_the_order() -> None:
    assert parse_time("06/01/2026", language="en", latest=NOW).day == date(2026, 6, 1)  # the day of the text
    assert parse_time("01/06/2026", language="en", latest=NOW).day == date(2026, 6, 1)
    assert parse_time("05/12/2026", language="en", latest=NOW).day == date(2026, 5, 12)  # the other is ahead
    assert parse_time("04/05/2026", language="en", latest=NOW).day is None
    assert parse_time("05/12/2026", language="it", latest=NOW).day == date(2026, 12, 5)


def test_known_order_and_close_time_decide_before_the_country() -> None:
    dubai = ZoneInfo("Asia/Dubai")
    text = "06/01/2026 10:20:00 AM"
    usual = parse_time(text, language="en", zone=dubai)
    assert usual.day == date(2026, 1, 6)
    known: dict[str, Any]
    for known in ({"near": NOW}, {"day_order": DayOrder.MONTH_FIRST}):
        parsed = parse_time(text, language="en", zone=dubai, latest=NOW, **known)
        assert parsed.instant == datetime(2026, 6, 1, 6, 20, tzinfo=UTC)
    assert parse_time(text, language="en", zone=dubai, near=datetime(2026, 3, 1, tzinfo=UTC)).day == usual.day
    assert parse_time(text, language="en-US", day_order=DayOrder.DAY_FIRST, near=NOW).day == date(2026, 1, 6)
    assert find_times(f"Posted {text}", language="en", zone=dubai, near=NOW)[0].time.day == date(2026, 6, 1)


def test_english_date_that_is_today_only_in_the_unusual_order_is_doubtful() -> None:
    assert parse_time("06/01/2026", language="en-GB", latest=NOW).day is None
    assert parse_time("01/06/2026", language="en-GB", latest=NOW).day == date(2026, 6, 1)
    assert parse_time("06/01/2026", language="en-GB", latest=NOW + timedelta(days=9)).day == date(2026, 1, 6)
    # Where the order follows from the language, no other one is in use.
    assert parse_time("06/01/2026", language="fr", latest=NOW).day == date(2026, 1, 6)


def test_day_stays_certain_without_an_instant() -> None:
    parsed = parse_time("5 March 2026 14:15 IST", language="en")
    assert (parsed.instant, parsed.day, parsed.precision) == (None, date(2026, 3, 5), Precision.MINUTE)


def test_offset_is_stated_or_assumed() -> None:
    stated = parse_time("2026-03-05 21:05 -05:00", zone=ZoneInfo("Europe/Berlin"))
    assert (stated.utc_offset, stated.is_offset_stated, stated.day) == (timedelta(hours=-5), True, date(2026, 3, 5))
    assumed = parse_time("2026-07-05 21:05", zone=ZoneInfo("Europe/Berlin"))
    assert (assumed.utc_offset, assumed.is_offset_stated) == (timedelta(hours=2), False)
    assert parse_time("2026-07-05", zone=ZoneInfo("Europe/Berlin")).utc_offset is None


_LINES = [
    ("By Jane Doe | March 5, 2026 10:20 PM", "en", [("", "2026-03-05T22:20:00")]),
    ("Published March 5, 2026 10:20 PM | Updated March 6, 2026", "en",
     [("published", "2026-03-05T22:20:00"), ("updated", "2026-03-06")]),
    ("Updated 6 March 2026, 10:20 | Published 5 March 2026, 09:00", "en",
     [("updated", "2026-03-06T10:20:00"), ("published", "2026-03-05T09:00:00")]),
    ("05/03/2026 01:57 | Actualizado a 06/03/2026 19:20", "es",
     [("", "2026-03-05T01:57:00"), ("updated", "2026-03-06T19:20:00")]),
    ("5 March 2026 (updated 6 March 2026)", "en", [("", "2026-03-05"), ("updated", "2026-03-06")]),
    ("입력 2026.03.05 14:15 수정 2026.03.05 16:02", "ko",
     [("published", "2026-03-05T14:15:00"), ("updated", "2026-03-05T16:02:00")]),
    ("2026.03.05 14:15 입력 | 2026.03.05 16:02 수정", "ko",
     [("published", "2026-03-05T14:15:00"), ("updated", "2026-03-05T16:02:00")]),
    ("2026.03.05 14:15 입력 2026.03.05 16:02 수정", "ko",
     [("published", "2026-03-05T14:15:00"), ("updated", "2026-03-05T16:02:00")]),
    ("Stand: 05.03.2026 14:15 Uhr", "de", [("updated", "2026-03-05T14:15:00")]),
    ("2026年3月5日 14時15分 更新", "ja", [("updated", "2026-03-05T14:15:00")]),
    ("来源：港口社 2026年03月05日14时15分", "zh", [("", "2026-03-05T14:15:00")]),
    ("5 March 2026 / 12:25 PM / Updated 8 hours ago", "en", [("", "2026-03-05T12:25:00")]),
    ("5 March 2026 12:25 PM Updated 8 hours ago", "en", [("", "2026-03-05T12:25:00")]),
    ("Jane DoeMarch 5, 2026 2:15 PMUpdated March 6, 2026", "en",
     [("", "2026-03-05T14:15:00"), ("updated", "2026-03-06")]),
    ("14:15 GMT, 5 March 2026 | London", "en", [("", "2026-03-05T14:15:00")]),
    ("16 رمضان 1447 هـ الموافق 5 مارس 2026", "ar", [("", "-"), ("", "2026-03-05")]),
    ("5 March 2026, 14:15 BRT", "en", [("", "2026-03-05T17:15:00")]),
    ("5 March 2026, 14:15 XYT", "en", [("", "-")]),
    ("The bridge opened on 12 February 2019 and closed in 2024.", "en", [("", "2019-02-12")]),
    ("Call 555-0100 before 5 p.m.", "en", []),
    ("MENAFN20112025000131011023ID1110375316", "en", []),
]  # fmt: skip


@pytest.mark.parametrize(("line", "language", "expected"), _LINES)
def test_times_in_a_line_are_found(line: str, language: str, expected: list[tuple[str, str]]) -> None:
    assert [(str(found.label), format_instant(found.time)) for found in find_times(line, language=language)] == expected


@pytest.mark.parametrize(
    ("line", "language"),
    [
        ("5 марта 2026, 14:15 МСК", "ru"), ("2026.03.05 14:15", "ko"), ("2026年3月5日 14:15", "ja"),
        ("5 مارس 2026 2:15 م", "ar"), ("5 มีนาคม 2569 14:15 น.", "th"), ("۱۴۰۴/۱۲/۱۴ ۱۴:۱۵", "fa"), ("March 5", "en"),
        ("5 March, 14:15 GMT", "en"), ("2 hours ago", "en"), ("vor 3 Stunden", "de"), ("il y a 2 heures", "fr"),
        ("hace 2 horas", "es"), ("3 часа назад", "ru"), ("2小时前", "zh"), ("2時間前", "ja"), ("2시간 전", "ko"),
        ("Updated 2 hours ago", "en"), ("Published: March 5, 2026 | Updated: 10:15 AM ET", "en"),
        ("입력 2026.03.05 14:15 수정 2026.03.05 16:02", "ko"), ("Thursday, 5 March", "en"),
    ],
)  # fmt: skip
def test_line_that_is_a_time(line: str, language: str) -> None:
    assert is_time_line(line, language=language)


@pytest.mark.parametrize(
    ("line", "language"),
    [
        ("The bridge opened on 5 March 2026", "en"), ("ELSTOW, March 5 (WICK)", "en"), ("2026", ""), ("1 000", ""),
        ("May", "en"), ("Days of thunder", "en"), ("5,000 hours of rain", "en"), ("Hours", "en"), ("", ""),
        ("By Ada Wick, March 5, 2026", "en"), ("第3章", "zh"),
    ],
)  # fmt: skip
def test_line_that_is_more_than_a_time(line: str, language: str) -> None:
    assert not is_time_line(line, language=language)
