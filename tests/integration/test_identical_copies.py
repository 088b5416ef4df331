"""A text printed word for word by many sites: few edges, one story, the same in memory and in the database."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from copydesk.pipeline.core.records import Document
from copydesk.pipeline.match.surplus_copies import MAX_COMPARED_COPIES
from copydesk.pipeline.offline.deduplicate import deduplicate
from tests.article_store import ArticleStore
from tests.fold_corpus import compute_expected_rows, read_stored_rows
from tests.story_builder import NOON, copy, cut, make_story, write_sentence


def make_copies(seed: int, count: int, hours: int) -> list[Document]:
    """Return many copies of a story, of its cut version, of a brief and of a digest, among variants of each."""
    rng = random.Random(seed)
    story = make_story(seed, 8, NOON)
    brief = Document("brief", "Ferry timetable for the northern pier", write_sentence(rng), NOON)
    items = [make_story(seed + number, 2, NOON) for number in range(1, 4)]
    digest_body = "\n\n".join(f"THE NEWS OF ITEM {number} - {item.body}" for number, item in enumerate(items))
    hash_rows = Document("digest", "The news of the day", digest_body, NOON)
    documents = [*items]
    for source, share in (
        (story, 1.0),
        (replace(story, id="cut", body=cut(story, 4)), 0.7),
        (brief, 0.7),
        (hash_rows, 0.6),
    ):
        documents += [
            copy(source, f"{source.id}-{number}", rng.randint(0, 60 * hours) / 60)
            for number in range(int(count * share))
        ]
    documents += [
        copy(story, f"variant-{number}", rng.randint(0, hours), body=f"{story.body}\n\n{write_sentence(rng)}")
        for number in range(4)
    ]
    documents.append(copy(story, "kill", 5, title=f"KILL: {story.title}", body="Sent in error.", notice="kill"))
    rng.shuffle(documents)
    return documents


@pytest.mark.parametrize(("seed", "hours"), [(1, 3), (2, 40), (3, 200)])
@pytest.mark.parametrize("size", [3, 17, 1_000])
def test_edges_and_stories_do_not_depend_on_the_order(store: ArticleStore, seed: int, hours: int, size: int) -> None:
    documents = make_copies(seed, 24, hours)
    articles = store.insert(documents)
    random.Random(size).shuffle(articles)
    for first in range(0, len(articles), size):
        store.process(articles[first : first + size])
    assert read_stored_rows(store) == compute_expected_rows(documents)
    assert store.connection.execute("SELECT count(*) FROM copydesk.pending_article").fetchone() == (0,)


def test_earliest_copies_may_arrive_last(store: ArticleStore) -> None:
    documents = sorted(make_copies(4, 30, 30), key=lambda one: one.published_at or NOON, reverse=True)
    articles = store.insert(documents)
    for first in range(0, len(articles), 7):
        store.process(articles[first : first + 7])
    assert read_stored_rows(store) == compute_expected_rows(documents)


def test_changed_copies_are_replaced_by_others(store: ArticleStore) -> None:
    documents = make_copies(5, 30, 20)
    store.process(store.insert(documents))
    for number in range(3):
        rng = random.Random(number)
        chosen = {one.id for one in rng.sample(documents, 25)}
        documents = [
            replace(one, body=f"{one.body} {write_sentence(rng)}") if one.id in chosen and one.id != "kill" else one
            for one in documents
        ]
        store.process(store.insert([one for one in documents if one.id in chosen]))
        assert read_stored_rows(store) == compute_expected_rows(documents)


def test_concurrent_workers_give_the_same_rows(store: ArticleStore) -> None:
    documents = make_copies(6, 60, 10)
    articles = store.insert(documents)
    store.process_concurrently([articles[::2], articles[1::2]])
    assert read_stored_rows(store) == compute_expected_rows(documents)


def test_number_of_edges_is_linear_in_the_copies(store: ArticleStore) -> None:
    story = make_story(1, 12)
    documents = [copy(story, f"c{number:04}", number % 20) for number in range(600)]
    store.process(store.insert(documents))
    row = store.connection.execute("SELECT count(*) FROM copydesk.edge").fetchone()
    assert row is not None
    assert row[0] < 600 + 3 * MAX_COMPARED_COPIES**2
    assert len(set(store.read_partition().values())) == 1
    keys = store.connection.execute("SELECT count(DISTINCT article_id) FROM copydesk.sketch_key").fetchone()
    assert keys is not None
    assert keys[0] <= 2 * MAX_COMPARED_COPIES


def test_guard_allows_any_number_of_identical_copies() -> None:
    story = make_story(1, 12)
    copies = [copy(story, f"c{number:05}", number % 90) for number in range(10_500)]
    result = deduplicate(copies)
    assert [len(found.members) for found in result.clusters] == [10_500]
    assert len(result.edges) < 12_000
