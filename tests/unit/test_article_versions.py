"""When an article was published, and what makes a version another one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from copydesk.pipeline.core.records import Article
from copydesk.pipeline.store.articles import make_version_id, resolve_published_at

BERLIN = ZoneInfo("Europe/Berlin")
LATER = datetime(2026, 3, 9, tzinfo=UTC)
NOON = datetime(2026, 3, 1, 12, 34, tzinfo=UTC)


def test_a_page_that_tells_the_time_is_believed() -> None:
    assert resolve_published_at(NOON, NOON + timedelta(hours=2), BERLIN, LATER) == NOON


def test_a_page_that_tells_none_takes_the_feeds() -> None:
    assert resolve_published_at(None, NOON, BERLIN, LATER) == NOON
    assert resolve_published_at(None, None, BERLIN, LATER) is None


def test_a_feeds_time_is_none_after_the_fetch() -> None:
    day = datetime(2026, 3, 1, tzinfo=UTC)
    for given in (None, day):
        assert resolve_published_at(given, NOON + timedelta(minutes=20), BERLIN, NOON) == NOON
        assert resolve_published_at(given, NOON + timedelta(hours=8), BERLIN, NOON) == NOON
        assert resolve_published_at(given, NOON + timedelta(hours=20), BERLIN, NOON) == given


def test_a_day_without_a_clock_is_made_exact_by_the_feed() -> None:
    assert resolve_published_at(datetime(2026, 3, 1, tzinfo=BERLIN), NOON, BERLIN, LATER) == NOON
    assert resolve_published_at(datetime(2026, 3, 1, tzinfo=UTC), NOON, BERLIN, LATER) == NOON


def test_a_feed_that_is_days_off_is_not_believed_over_the_page() -> None:
    day = datetime(2026, 3, 1, tzinfo=UTC)
    assert resolve_published_at(day, NOON + timedelta(days=4), BERLIN, LATER) == day


def test_the_same_text_is_the_same_version_whoever_cleaned_it() -> None:
    number = UUID(int=7)
    article = Article(title="Ferry resumes", paragraphs=("It sails again.",), cleaner="rules-1", via="rule")
    same = replace(article, cleaner="rules-2", via="trafilatura")
    assert make_version_id(number, article) == make_version_id(number, same)
    assert make_version_id(number, article) != make_version_id(number, replace(article, notice="kill"))
    assert make_version_id(number, article) != make_version_id(UUID(int=8), article)
