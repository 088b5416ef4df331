"""Times of day that a mark next to them shows, comments on offsets, and months that begin like a joiner."""

from __future__ import annotations

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from copydesk.pipeline.core.times import Label, find_times, parse_time


def parse(text: str, language: str = "en", zone: str = "UTC") -> str:
    """Return the instant of a text to the minute, in UTC; empty without one."""
    parsed = parse_time(text, language=language, zone=ZoneInfo(zone))
    return parsed.instant.astimezone(UTC).isoformat()[:16] if parsed.instant else ""


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Tue 3 Mar 2026 07.45 GMT", "en", "2026-03-03T07:45"),
        ("Tue 14 Jul 2026 18.05 BST", "en", "2026-07-14T17:05"),
        ("14 July 2026 6.05pm BST", "en", "2026-07-14T17:05"),
        ("6.05pm BST, 14 July 2026", "en", "2026-07-14T17:05"),
        ("18.05 CEST, 14 July 2026", "en", "2026-07-14T16:05"),
        ("3. März 2026, 7.45 MEZ", "de", "2026-03-03T06:45"),
        ("3 marzo 2026 7.45 CET", "it", "2026-03-03T06:45"),
        ("3 Maret 2026 7.45 WIB", "id", "2026-03-03T00:45"),
    ],
)
def test_point_time_may_have_a_zone(text: str, language: str, expected: str) -> None:
    assert parse(text, language) == expected


@pytest.mark.parametrize("text", ["3 March 2026 7.45 million", "3 March 2026 7.45 est", "7.45 people, 3 March 2026"])
def test_number_with_a_point_is_no_time(text: str) -> None:
    assert parse(text) == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3 March 2026 0745 GMT", "2026-03-03T07:45"),
        ("3 March 2026, 0745 hrs", "2026-03-03T07:45"),
        ("3 March 2026 at 1930 hours EST", "2026-03-04T00:30"),
        ("2026-03-03 1930Z", "2026-03-03T19:30"),
        ("3 March 2026 1975 GMT", ""),
        ("3 March 2026 1930", ""),
        ("3 March 2026 1930 words", ""),
    ],
)
def test_four_digits_are_a_time_if_a_mark_shows_it(text: str, expected: str) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("month", "number"),
    [
        ("ม.ค.", 1), ("ก.พ.", 2), ("มี.ค.", 3), ("เม.ย.", 4), ("พ.ค.", 5), ("มิ.ย.", 6), ("ก.ค.", 7), ("ส.ค.", 8),
        ("ก.ย.", 9), ("ต.ค.", 10), ("พ.ย.", 11), ("ธ.ค.", 12),
    ],
)  # fmt: skip
@pytest.mark.parametrize("year", ["2568", "พ.ศ. 2568", "68", "2025"])
def test_short_thai_month_is_read(month: str, number: int, year: str) -> None:
    assert parse(f"7 {month} {year} 08:30", "th", "Asia/Bangkok") == f"2025-{number:02}-07T01:30"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tue Mar 03 2026 07:45:00 GMT+0100 (Mitteleuropäische Normalzeit)", "2026-03-03T06:45"),
        ("Tue Mar 03 2026 07:45:00 GMT+0100 (heure normale d\u2019Europe centrale)", "2026-03-03T06:45"),
        ("Tue Mar 03 2026 07:45:00 GMT+0100 (hora estándar de Europa central)", "2026-03-03T06:45"),
        ("Tue Mar 03 2026 07:45:00 GMT+0300 (Москва, стандартное время)", "2026-03-03T04:45"),
        ("Tue Mar 03 2026 07:45:00 GMT+0800 (中国标准时间)", "2026-03-02T23:45"),
        ("Tue Mar 03 2026 07:45:00 GMT+0900 (日本標準時)", "2026-03-02T22:45"),
        ("Tue Mar 03 2026 07:45:00 GMT-0300 (Brasilia Standard Time)", "2026-03-03T10:45"),
        ("Tue Mar 03 2026 07:45:00 GMT-0700 (Mexican Pacific Standard Time)", "2026-03-03T14:45"),
        ("Tue, 03 Mar 2026 07:45:00 +0000 (heure de Greenwich)", "2026-03-03T07:45"),
        # A known name that differs by hours, and brackets behind a clock alone, leave a doubt.
        ("Tue Mar 03 2026 07:45:00 GMT+0100 (Pacific Standard Time)", ""),
        ("Tue Mar 03 2026 07:45:00 (Middle Island Time)", ""),
        ("Tue Mar 03 2026 07:45:00 GMT+0100 (14 of 20)", ""),
    ],
)
def test_brackets_behind_an_offset_are_a_comment(text: str, expected: str) -> None:
    assert parse(text) == expected


def test_label_in_brackets_behind_an_offset_counts() -> None:
    (found,) = find_times("3 March 2026 07:45 GMT+0100 (updated)", language="en")
    assert found.label is Label.UPDATED
