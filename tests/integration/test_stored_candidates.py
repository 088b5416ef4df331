"""Candidates of the key table: the same pairs as in memory, however many are looked up at once; no key left over."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.incremental.candidate_lookup import find_stored_candidates
from copydesk.pipeline.incremental.sign import sign_articles
from copydesk.pipeline.match import find_candidates
from copydesk.pipeline.sign import sign
from copydesk.pipeline.store.sketches import ensure_profile
from tests.article_store import PROFILE, Newsroom, name_article
from tests.fold_corpus import make_newsday
from tests.story_builder import copy, write_story

Pair = tuple[UUID, UUID]


@pytest.fixture
def room(database: str) -> Iterator[Newsroom]:
    found = Newsroom(database)
    yield found
    found.connection.rollback()
    faults = [row for row in found.find_faults() if "key" in row.what]
    found.close()
    assert faults == []


def find_in_memory(documents: list[Document], profile: Profile) -> set[Pair]:
    ids = [name_article(document.id) for document in documents]
    pairs = find_candidates(sign(documents, profile), profile)
    return {(min(ids[one], ids[other]), max(ids[one], ids[other])) for one, other in pairs}


def list_found(room: Newsroom, articles: list[UUID], profile: Profile, rows: int) -> list[Pair]:
    found = find_stored_candidates(room.connection, articles, profile, rows)
    return [(min(one, other), max(one, other)) for one, others in found for other in others]


@pytest.mark.parametrize("window", [96, 3, None])
@pytest.mark.parametrize("rows", [1_000_000, 400, 1])
def test_all_pairs_each_once_whatever_is_in_memory_at_a_time(room: Newsroom, window: int | None, rows: int) -> None:
    profile = Profile(window_hours=window)
    documents = make_newsday(3, 12)
    documents += [copy(write_story(9), f"same-{number:03}", number / 7) for number in range(60)]
    articles = room.put(documents)
    sign_articles(room.connection, articles, profile)
    random.Random(rows).shuffle(articles)
    found = list_found(room, articles, profile, rows)
    assert len(found) == len(set(found))
    assert set(found) == find_in_memory(documents, profile)


def test_some_of_the_articles_find_all_that_stand(room: Newsroom) -> None:
    documents = make_newsday(4, 12)
    articles = room.put(documents)
    sign_articles(room.connection, articles, PROFILE)
    asked = articles[::3]
    found = list_found(room, asked, PROFILE, 300)
    assert len(found) == len(set(found)) > 10
    assert set(found) == {pair for pair in find_in_memory(documents, PROFILE) if not set(asked).isdisjoint(pair)}
    assert list_found(room, [name_article("unknown")], PROFILE, 300) == []


@pytest.mark.parametrize("hours", [95.9, 96.1])
def test_the_window_is_exact_across_spans(room: Newsroom, hours: float) -> None:
    """Spans are as long as the window: wherever one begins, who is near enough is found, before and after."""
    for shift in range(0, 96, 12):
        first = copy(write_story(5), f"first-{shift}", shift)
        last = copy(first, f"last-{shift}", hours)
        articles = room.put([first, last])
        sign_articles(room.connection, articles, PROFILE)
        for one, other in (articles, reversed(articles)):
            near = {found for _, others in find_stored_candidates(room.connection, [one], PROFILE) for found in others}
            assert (other in near) is (hours < 96)


def test_keys_go_with_their_sketch(room: Newsroom) -> None:
    articles = room.put([write_story(1), write_story(2)])
    sign_articles(room.connection, articles, PROFILE)
    room.connection.execute("DELETE FROM copydesk.article WHERE article_id = %s", [articles[0]])
    rows = room.connection.execute("SELECT DISTINCT article_id FROM copydesk.sketch_key").fetchall()
    assert rows == [(articles[1],)]
    room.connection.execute("TRUNCATE copydesk.article CASCADE")
    assert room.connection.execute("SELECT count(*) FROM copydesk.sketch_key").fetchone() == (0,)


def test_keys_lie_in_buckets_of_time_and_those_of_an_unbounded_window_in_one(room: Newsroom) -> None:
    documents = make_newsday(5, 6)
    days = {document.published_at for document in documents if document.published_at}
    assert max(days) - min(days) > timedelta(hours=96)
    articles = room.put(documents)
    profiles = [PROFILE, Profile(window_hours=None)]
    for profile in profiles:
        ensure_profile(room.connection, profile)
        sign_articles(room.connection, articles, profile)
    room.connection.commit()
    query = "SELECT profile_id, count(DISTINCT time_bucket) FROM copydesk.sketch_key GROUP BY 1"
    buckets: dict[str, int] = dict(room.connection.execute(query).fetchall())
    assert buckets[profiles[0].profile_id] > 1
    assert buckets[profiles[1].profile_id] == 1
