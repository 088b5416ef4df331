"""When an article was published, and what makes a new version."""

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


def test_publication_time_of_the_page_wins() -> None:
    assert resolve_published_at(NOON, timedelta(hours=1), NOON + timedelta(hours=2), LATER) == NOON


def test_feed_time_is_used_if_the_page_has_none() -> None:
    assert resolve_published_at(None, None, NOON, LATER) == NOON
    assert resolve_published_at(None, None, None, LATER) is None


def test_feed_time_is_limited_to_the_fetch() -> None:
    day = datetime(2026, 3, 1, tzinfo=UTC)
    for given in (None, day):
        assert resolve_published_at(given, None, NOON + timedelta(minutes=20), NOON) == NOON
        assert resolve_published_at(given, None, NOON + timedelta(hours=8), NOON) == NOON
        assert resolve_published_at(given, None, NOON + timedelta(hours=20), NOON) == given


def test_feed_time_completes_a_date_without_time() -> None:
    assert resolve_published_at(datetime(2026, 3, 1, tzinfo=BERLIN), timedelta(hours=1), NOON, LATER) == NOON
    assert resolve_published_at(datetime(2026, 3, 1, tzinfo=UTC), None, NOON, LATER) == NOON


def test_feed_time_days_away_from_the_page_is_ignored() -> None:
    day = datetime(2026, 3, 1, tzinfo=UTC)
    assert resolve_published_at(day, None, NOON + timedelta(days=4), LATER) == day


def test_version_id_depends_on_text_not_on_cleaner() -> None:
    number = UUID(int=7)
    article = Article(title="Ferry resumes", paragraphs=("It sails again.",), cleaner="rules-1", via="rule")
    same = replace(article, cleaner="rules-2", via="trafilatura")
    assert make_version_id(number, article) == make_version_id(number, same)
    assert make_version_id(number, article) != make_version_id(number, replace(article, notice="kill"))
    assert make_version_id(number, article) != make_version_id(UUID(int=8), article)
