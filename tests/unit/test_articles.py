"""When an article was published, and what makes a version another one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from pipeline.articles import make_version_id, settle_time
from pipeline.records import Article

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 3, 1, 12, 34, tzinfo=UTC)


def test_a_page_that_tells_the_time_is_believed() -> None:
    assert settle_time(NOON, NOON + timedelta(hours=2), BERLIN) == NOON


def test_a_page_that_tells_none_takes_the_feeds() -> None:
    assert settle_time(None, NOON, BERLIN) == NOON
    assert settle_time(None, None, BERLIN) is None


def test_a_day_without_a_clock_is_made_exact_by_the_feed() -> None:
    assert settle_time(datetime(2026, 3, 1, tzinfo=BERLIN), NOON, BERLIN) == NOON
    assert settle_time(datetime(2026, 3, 1, tzinfo=UTC), NOON, BERLIN) == NOON


def test_a_feed_that_is_days_off_is_not_believed_over_the_page() -> None:
    day = datetime(2026, 3, 1, tzinfo=UTC)
    assert settle_time(day, NOON + timedelta(days=4), BERLIN) == day


def test_the_same_text_is_the_same_version_whoever_cleaned_it() -> None:
    number = UUID(int=7)
    article = Article(title="Ferry resumes", paragraphs=("It sails again.",), cleaner="rules-1", via="rule")
    same = replace(article, cleaner="rules-2", via="trafilatura")
    assert make_version_id(number, article) == make_version_id(number, same)
    assert make_version_id(number, article) != make_version_id(number, replace(article, notice="kill"))
    assert make_version_id(number, article) != make_version_id(UUID(int=8), article)
