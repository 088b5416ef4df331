"""Guards in PostgreSQL: a wire that loses more articles than copying explains stops the fold until it is checked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from copydesk.pipeline.core.errors import RunawayWire
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.incremental.fold import fold_articles
from copydesk.pipeline.incremental.match import match_articles
from copydesk.pipeline.incremental.runaway_guards import MIN_LOST_STORIES, MIN_OWN_TITLES, grant_exemption
from copydesk.pipeline.incremental.sign import sign_articles
from tests.article_store import PROFILE, ArticleStore
from tests.story_builder import NOON, make_story

FOOTER = make_story(1, sentences=12).body
"""Text on every page of a wire that is mistaken for its article."""


class WireStore(ArticleStore):
    """An article store with wires."""

    def sign(self, documents: Sequence[Document], wire: str = "test") -> list[UUID]:
        articles = self.insert(documents)
        self.connection.execute("UPDATE copydesk.article SET wire = %s WHERE article_id = ANY(%s)", (wire, articles))
        sign_articles(self.connection, articles, PROFILE)
        self.connection.commit()
        match_articles(self.connection, articles, PROFILE)
        self.connection.commit()
        return articles

    def fold(self, articles: list[UUID]) -> None:
        with self.connection.transaction():
            fold_articles(self.connection, articles, PROFILE)
        self.connection.commit()

    def allow_growth(self, wire: str, hours: int) -> None:
        grant_exemption(self.connection, wire, hours)
        self.connection.commit()


@pytest.fixture
def store(database: str) -> Iterator[WireStore]:
    with WireStore.open(database) as found:
        yield found


def make_articles_with_footer(count: int) -> list[Document]:
    """Return articles with different titles, a minute apart, with the same text."""
    stories = [make_story(100 + number) for number in range(count)]
    return [
        replace(one, body=FOOTER, published_at=NOON + timedelta(minutes=number)) for number, one in enumerate(stories)
    ]


def make_unrelated_articles(count: int) -> list[Document]:
    """Return unrelated stories within half an hour."""
    return [
        replace(make_story(900 + number), published_at=NOON + timedelta(seconds=30 * number)) for number in range(count)
    ]


def test_fold_stops_when_a_wires_articles_merge(store: WireStore) -> None:
    articles = store.sign(make_articles_with_footer(MIN_OWN_TITLES))
    with pytest.raises(RunawayWire, match=r"30 of the 30 titles that test published .* number 1\d\d.*wires pass test"):
        store.fold(articles)
    assert store.read_partition() == {}, "nothing is written"
    store.allow_growth("test", 1)
    store.fold(articles)
    assert len(set(store.read_partition().values())) == 1


def test_guard_counts_across_small_batches(store: WireStore) -> None:
    documents = make_articles_with_footer(MIN_OWN_TITLES)
    for one in documents[:-1]:
        store.fold(store.sign([one]))
    last = store.sign(documents[-1:])
    with pytest.raises(RunawayWire, match="30 of the 30 titles"):
        store.fold(last)
    assert len(store.read_partition()) == MIN_OWN_TITLES - 1
    store.allow_growth("test", 1)
    store.fold(last)


def test_running_story_within_a_normal_day_passes(store: WireStore) -> None:
    day = store.sign(make_unrelated_articles(MIN_OWN_TITLES + 1))
    running = store.sign(make_articles_with_footer(MIN_OWN_TITLES))
    store.fold([*day, *running])
    assert len(set(store.read_partition().values())) == MIN_OWN_TITLES + 2


def test_repeated_title_counts_as_a_copy(store: WireStore) -> None:
    store.fold(
        store.sign(
            [replace(one, title="Ferry resumes after the storm") for one in make_articles_with_footer(MIN_OWN_TITLES)]
        )
    )
    assert len(set(store.read_partition().values())) == 1


def test_unchanged_story_is_not_guarded_again(store: WireStore) -> None:
    articles = store.sign(make_articles_with_footer(MIN_OWN_TITLES))
    store.allow_growth("test", 1)
    store.fold(articles)
    store.connection.execute("DELETE FROM copydesk.guard_exemption")
    store.connection.commit()
    store.fold(articles)


def test_fold_stops_when_a_wire_loses_its_stories_to_another(store: WireStore) -> None:
    theirs = [make_story(300 + number) for number in range(MIN_LOST_STORIES)]
    ours = [
        replace(make_story(500 + number), published_at=NOON + timedelta(hours=1)) for number in range(MIN_LOST_STORIES)
    ]
    store.fold([*store.sign(theirs, "north"), *store.sign(ours, "south")])
    before = store.read_partition()
    # South's pages are read again, and each gives a text of north's.
    wrong = [replace(our, title=their.title, body=their.body) for our, their in zip(ours, theirs, strict=True)]
    articles = store.sign(wrong, "south")
    with pytest.raises(RunawayWire, match=r"20 of the 20 stories that south began .* merge into north's .* -> "):
        store.fold(articles)
    assert store.read_partition() == before
    store.allow_growth("south", 1)
    store.fold(articles)
    assert len(set(store.read_partition().values())) == MIN_LOST_STORIES


def test_few_of_many_stories_may_merge(store: WireStore) -> None:
    theirs = [make_story(300 + number) for number in range(MIN_LOST_STORIES)]
    ours = [
        replace(make_story(500 + number), published_at=NOON + timedelta(hours=1))
        for number in range(2 * MIN_LOST_STORIES)
    ]
    store.fold([*store.sign(theirs, "north"), *store.sign(ours, "south")])
    wrong = [replace(our, title=their.title, body=their.body) for our, their in zip(ours, theirs, strict=False)]
    store.fold(store.sign(wrong, "south"))
    assert len(set(store.read_partition().values())) == 2 * MIN_LOST_STORIES
