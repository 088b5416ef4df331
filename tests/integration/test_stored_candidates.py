"""Candidates from the key table: the same pairs as in memory, with any batch size, and no orphaned keys."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.incremental.candidate_lookup import find_stored_candidates
from copydesk.pipeline.incremental.sign import sign_articles
from copydesk.pipeline.match import find_candidates, find_first_copies
from copydesk.pipeline.sign import sign
from copydesk.pipeline.store.sketches import ensure_profile
from tests.article_store import PROFILE, ArticleStore, article_id_for
from tests.fold_corpus import make_fold_corpus
from tests.story_builder import copy, make_story

IdPair = tuple[UUID, UUID]


@pytest.fixture
def store(database: str) -> Iterator[ArticleStore]:
    found = ArticleStore(database)
    yield found
    found.connection.rollback()
    faults = [row for row in found.find_violations() if "key" in row.what]
    found.close()
    assert faults == []


def drop_surplus(documents: list[Document], profile: Profile) -> list[Document]:
    named = [replace(document, id=str(article_id_for(document.id))) for document in documents]
    first_copies = find_first_copies(sign(named, profile), profile)
    return [one for one, (_, is_surplus) in zip(documents, first_copies, strict=True) if not is_surplus]


def find_pairs_in_memory(documents: list[Document], profile: Profile) -> set[IdPair]:
    documents = drop_surplus(documents, profile)
    ids = [article_id_for(document.id) for document in documents]
    pairs = find_candidates(sign(documents, profile), profile)
    return {(min(ids[one], ids[other]), max(ids[one], ids[other])) for one, other in pairs}


def find_stored_pairs(store: ArticleStore, articles: list[UUID], profile: Profile, rows: int) -> list[IdPair]:
    found = find_stored_candidates(store.connection, articles, profile, rows)
    return [(min(one, other), max(one, other)) for one, others in found for other in others]


@pytest.mark.parametrize("window", [96, 3, None])
@pytest.mark.parametrize("rows", [1_000_000, 400, 1])
def test_candidates_match_memory_for_any_batch_size(store: ArticleStore, window: int | None, rows: int) -> None:
    profile = Profile(window_hours=window)
    documents = make_fold_corpus(3, 12)
    documents += [copy(make_story(9), f"same-{number:03}", number / 7) for number in range(60)]
    articles = store.insert(documents)
    sign_articles(store.connection, articles, profile)
    articles = [article_id_for(document.id) for document in drop_surplus(documents, profile)]
    random.Random(rows).shuffle(articles)
    found = find_stored_pairs(store, articles, profile, rows)
    assert len(found) == len(set(found))
    assert set(found) == find_pairs_in_memory(documents, profile)


def test_subset_of_articles_finds_all_stored_candidates(store: ArticleStore) -> None:
    documents = make_fold_corpus(4, 12)
    articles = store.insert(documents)
    sign_articles(store.connection, articles, PROFILE)
    asked = articles[::3]
    found = find_stored_pairs(store, asked, PROFILE, 300)
    assert len(found) == len(set(found)) > 10
    assert set(found) == {pair for pair in find_pairs_in_memory(documents, PROFILE) if not set(asked).isdisjoint(pair)}
    assert find_stored_pairs(store, [article_id_for("unknown")], PROFILE, 300) == []


@pytest.mark.parametrize("hours", [95.9, 96.1])
def test_window_is_exact_across_time_buckets(store: ArticleStore, hours: float) -> None:
    """Time buckets are as long as the window: candidates in adjacent buckets are found, before and after."""
    for shift in range(0, 96, 12):
        first = copy(make_story(5), f"first-{shift}", shift)
        last = copy(first, f"last-{shift}", hours)
        articles = store.insert([first, last])
        sign_articles(store.connection, articles, PROFILE)
        for one, other in (articles, reversed(articles)):
            near = {found for _, others in find_stored_candidates(store.connection, [one], PROFILE) for found in others}
            assert (other in near) is (hours < 96)


def test_keys_are_deleted_with_their_sketch(store: ArticleStore) -> None:
    articles = store.insert([make_story(1), make_story(2)])
    sign_articles(store.connection, articles, PROFILE)
    store.connection.execute("DELETE FROM copydesk.article WHERE article_id = %s", [articles[0]])
    rows = store.connection.execute("SELECT DISTINCT article_id FROM copydesk.sketch_key").fetchall()
    assert rows == [(articles[1],)]
    store.connection.execute("TRUNCATE copydesk.article CASCADE")
    assert store.connection.execute("SELECT count(*) FROM copydesk.sketch_key").fetchone() == (0,)


def test_keys_are_bucketed_by_time_unless_the_window_is_unbounded(store: ArticleStore) -> None:
    documents = make_fold_corpus(5, 6)
    days = {document.published_at for document in documents if document.published_at}
    assert max(days) - min(days) > timedelta(hours=96)
    articles = store.insert(documents)
    profiles = [PROFILE, Profile(window_hours=None)]
    for profile in profiles:
        ensure_profile(store.connection, profile)
        sign_articles(store.connection, articles, profile)
    store.connection.commit()
    query = "SELECT profile_id, count(DISTINCT time_bucket) FROM copydesk.sketch_key GROUP BY 1"
    buckets: dict[str, int] = dict(store.connection.execute(query).fetchall())
    assert buckets[profiles[0].profile_id] > 1
    assert buckets[profiles[1].profile_id] == 1
