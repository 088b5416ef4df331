"""Guards in PostgreSQL: what a wire loses beyond what copying explains stops the step, until a person looked."""

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
from tests.article_store import PROFILE, Newsroom
from tests.story_builder import NOON, write_story

FOOTER = write_story(1, sentences=12).body
"""Text that stands on every page of a wire and is taken for its copy."""


class Desk(Newsroom):
    """A newsroom with wires."""

    def sign(self, documents: Sequence[Document], wire: str = "test") -> list[UUID]:
        articles = self.put(documents)
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
def desk(database: str) -> Iterator[Desk]:
    with Desk.open(database) as found:
        yield found


def write_footed(count: int) -> list[Document]:
    """Articles of unlike titles, a minute apart, with the same text."""
    stories = [write_story(100 + number) for number in range(count)]
    return [
        replace(one, body=FOOTER, published_at=NOON + timedelta(minutes=number)) for number, one in enumerate(stories)
    ]


def write_day(count: int) -> list[Document]:
    """Stories that have nothing in common, over the same half hour."""
    return [
        replace(write_story(900 + number), published_at=NOON + timedelta(seconds=30 * number))
        for number in range(count)
    ]


def test_a_wire_whose_articles_run_together_stops_the_step(desk: Desk) -> None:
    articles = desk.sign(write_footed(MIN_OWN_TITLES))
    with pytest.raises(RunawayWire, match=r"30 of the 30 titles that test published .* number 1\d\d.*wires pass test"):
        desk.fold(articles)
    assert desk.partition() == {}, "nothing is written"
    desk.allow_growth("test", 1)
    desk.fold(articles)
    assert len(set(desk.partition().values())) == 1


def test_however_small_the_steps(desk: Desk) -> None:
    documents = write_footed(MIN_OWN_TITLES)
    for one in documents[:-1]:
        desk.fold(desk.sign([one]))
    last = desk.sign(documents[-1:])
    with pytest.raises(RunawayWire, match="30 of the 30 titles"):
        desk.fold(last)
    assert len(desk.partition()) == MIN_OWN_TITLES - 1
    desk.allow_growth("test", 1)
    desk.fold(last)


def test_a_running_story_amid_a_wires_day_is_let_be(desk: Desk) -> None:
    day = desk.sign(write_day(MIN_OWN_TITLES + 1))
    running = desk.sign(write_footed(MIN_OWN_TITLES))
    desk.fold([*day, *running])
    assert len(set(desk.partition().values())) == MIN_OWN_TITLES + 2


def test_the_same_title_again_and_again_is_a_copy(desk: Desk) -> None:
    desk.fold(desk.sign([replace(one, title="Ferry resumes after the storm") for one in write_footed(MIN_OWN_TITLES)]))
    assert len(set(desk.partition().values())) == 1


def test_a_story_that_does_not_change_is_not_asked_about_again(desk: Desk) -> None:
    articles = desk.sign(write_footed(MIN_OWN_TITLES))
    desk.allow_growth("test", 1)
    desk.fold(articles)
    desk.connection.execute("DELETE FROM copydesk.guard_exemption")
    desk.connection.commit()
    desk.fold(articles)


def test_a_wire_that_loses_its_stories_to_another_stops_the_step(desk: Desk) -> None:
    theirs = [write_story(300 + number) for number in range(MIN_LOST_STORIES)]
    ours = [
        replace(write_story(500 + number), published_at=NOON + timedelta(hours=1)) for number in range(MIN_LOST_STORIES)
    ]
    desk.fold([*desk.sign(theirs, "north"), *desk.sign(ours, "south")])
    before = desk.partition()
    # South's pages are read again, and each gives a text of north's.
    wrong = [replace(our, title=their.title, body=their.body) for our, their in zip(ours, theirs, strict=True)]
    articles = desk.sign(wrong, "south")
    with pytest.raises(RunawayWire, match=r"20 of the 20 stories that south began .* merge into north's .* -> "):
        desk.fold(articles)
    assert desk.partition() == before
    desk.allow_growth("south", 1)
    desk.fold(articles)
    assert len(set(desk.partition().values())) == MIN_LOST_STORIES


def test_a_few_among_many_stories_may_merge(desk: Desk) -> None:
    theirs = [write_story(300 + number) for number in range(MIN_LOST_STORIES)]
    ours = [
        replace(write_story(500 + number), published_at=NOON + timedelta(hours=1))
        for number in range(2 * MIN_LOST_STORIES)
    ]
    desk.fold([*desk.sign(theirs, "north"), *desk.sign(ours, "south")])
    wrong = [replace(our, title=their.title, body=their.body) for our, their in zip(ours, theirs, strict=False)]
    desk.fold(desk.sign(wrong, "south"))
    assert len(set(desk.partition().values())) == 2 * MIN_LOST_STORIES
