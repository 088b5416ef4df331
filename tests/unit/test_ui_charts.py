"""Charts in the user interface: what they say, and that no text in them is markup."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest

from copydesk.dags.ui.charts import Span, draw_spans, draw_sparkline, draw_volume, format_span
from copydesk.pipeline.views.volume import HourVolume, compare_hours

HOUR = timedelta(hours=1)
UNTIL = datetime(2026, 3, 4, 12, tzinfo=UTC)


def list_hours(*volumes: tuple[int, float | None]) -> list[HourVolume]:
    return [HourVolume(UNTIL + HOUR * number, *volume) for number, volume in enumerate(volumes)]


def test_usual_level_is_the_mean_of_the_weeks_with_articles() -> None:
    week = timedelta(weeks=1)
    counts = {UNTIL - HOUR: 7, UNTIL - HOUR - week: 10, UNTIL - HOUR - 2 * week: 20, UNTIL - 2 * HOUR - 2 * week: 4}
    before, last = compare_hours(counts, UNTIL, 2)
    assert (before.articles, before.usual) == (0, 2)
    assert (last.hour, last.articles, last.usual) == (UNTIL - HOUR, 7, 15)


def test_usual_level_needs_two_weeks() -> None:
    counts = {UNTIL - HOUR: 7, UNTIL - HOUR - timedelta(weeks=3): 10}
    assert [one.usual for one in compare_hours(counts, UNTIL, 2)] == [None, None]


def test_volume_has_a_bar_and_a_sentence_for_each_hour() -> None:
    chart = draw_volume(list_hours((90, 100), (107, 95.4), (0, 3)))
    ET.fromstring(str(chart))  # well-formed
    assert chart.count('class="bar"') == 3
    assert "2026-03-04 13:00 UTC: 107, usually 95" in chart
    assert "197 in the last 3 hours; usually about 198; most in the hour from 2026-03-04 13:00 UTC: 107" in chart
    assert "<span>120</span><span>60</span>" in chart
    heights = [float(height) for height in re.findall(r'class="bar"[^>]* height="([^"]*)"', chart)]
    assert heights == pytest.approx([75, 89.17, 0], abs=0.01)


def test_volume_without_a_usual_level_says_when_it_appears() -> None:
    chart = draw_volume(list_hours((1, None), (0, None)))
    assert 'class="usual"' not in chart
    assert "once two earlier weeks have articles" in chart
    assert "<span>4</span><span>2</span>" in chart
    assert draw_volume([])


def test_sparkline_says_how_fast_a_story_spread() -> None:
    line = draw_sparkline([0, 5, 200])
    ET.fromstring(str(line))
    assert 'aria-label="3 copies within 3 h 20 min, half of them within 5 min"' in line
    assert draw_sparkline([0]) == draw_sparkline([]) == ""
    assert "nan" not in draw_sparkline([0, 0])


def test_spans_escape_their_labels() -> None:
    rows = draw_spans([Span("<b>crawl</b>", "good", 0, 60, "<i>"), Span("clean", "bad", 60, 60)])
    ET.fromstring(str(rows))
    assert "&lt;b&gt;crawl" in rows
    assert 'class="fill-bad" x="500.0" width="500.0"' in rows
    assert draw_spans([])


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(seconds=4.6), "5 s"),
        (timedelta(minutes=12), "12 min"),
        (timedelta(hours=3, minutes=5), "3 h 05 min"),
        (timedelta(days=3, hours=4), "3 d 4 h"),
    ],
)
def test_span_is_written_in_the_unit_that_fits(span: timedelta, text: str) -> None:
    assert format_span(span) == text
