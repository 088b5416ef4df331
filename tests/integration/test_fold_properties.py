"""Folding gives identical rows in any order, with any batches, workers, retries and earlier content.

``make test-long`` runs all of it; the ordinary suite runs a seeded part.
"""

from __future__ import annotations

import itertools
import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from queue import Empty, SimpleQueue
from uuid import UUID

import psycopg
import pytest

from copydesk.pipeline.core.errors import CopydeskError
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.incremental.fold import fold_articles
from copydesk.pipeline.incremental.match import match_articles
from copydesk.pipeline.incremental.sign import sign_articles
from tests.article_store import PROFILE, ArticleStore, article_id_for
from tests.fold_corpus import compute_expected_rows, hash_rows, make_fold_corpus, read_stored_rows
from tests.story_builder import NOON, copy, make_story, write_sentence

_SIZES = (1, 2, 7, 24, 1_000)
_WORKERS = (1, 2, 8)
_WAIT_SECONDS = 30.0


def reset_tables(store: ArticleStore) -> None:
    """Empty the tables; no invariant may be violated before."""
    assert store.find_violations() == []
    store.connection.execute("TRUNCATE copydesk.page_content, copydesk.article, copydesk.profile CASCADE")
    store.connection.commit()


def process_batches(store: ArticleStore, batches: Sequence[list[UUID]], workers: int) -> None:
    """Let each worker, with its own connection, process one batch after the other."""
    left: SimpleQueue[list[UUID]] = SimpleQueue()
    for batch in batches:
        left.put(batch)

    def process_next_batches() -> None:
        with closing(ArticleStore(store.address)) as own:
            while True:
                try:
                    own.process(left.get_nowait())
                except Empty:
                    return

    if workers == 1:
        process_next_batches()
        return
    with ThreadPoolExecutor(workers) as pool:
        for done in [pool.submit(process_next_batches) for _ in range(workers)]:
            done.result()


def shuffle_into_batches(rng: random.Random, articles: Sequence[UUID], size: int) -> list[list[UUID]]:
    """Return batches of the articles in random order; one batch in five is repeated later, like a retry."""
    shuffled = rng.sample(articles, len(articles))
    batches = [shuffled[first : first + size] for first in range(0, len(shuffled), size)]
    for batch in rng.sample(batches, len(batches) // 5):
        batches.insert(rng.randint(0, len(batches)), batch)
    return batches


def check_orders(store: ArticleStore, orders: Sequence[int], stories: int, *, product: bool = False) -> None:
    """Check each order with one batch size and number of workers, or with all combinations (``product``)."""
    documents = make_fold_corpus(orders[0], stories)
    expected = compute_expected_rows(documents)
    for order in orders:
        sizes_and_workers = [(_SIZES[order % len(_SIZES)], _WORKERS[order % len(_WORKERS)])]
        for size, workers in itertools.product(_SIZES, _WORKERS) if product else sizes_and_workers:
            batches = shuffle_into_batches(random.Random(order), store.insert(documents), size)
            process_batches(store, batches, workers)
            found = read_stored_rows(store)
            differences = sorted(set(found) ^ set(expected), key=repr)[:5]
            assert hash_rows(found) == hash_rows(expected), (
                f"order {order}, {size} at once, {workers} workers: {differences}"
            )
            reset_tables(store)


def test_corpus_has_every_kind_of_edge() -> None:
    lines = compute_expected_rows(make_fold_corpus(0, 12))
    kinds = {line[3] for line in lines if line[0] == "edge"}
    assert kinds >= {"duplicate", "revision", "excerpt", "part_of", "series"}
    assert {line[3] for line in lines if line[0] == "member"} == {"live", "killed"}


def test_stories_do_not_depend_on_order_batches_or_workers(store: ArticleStore) -> None:
    check_orders(store, range(10), 10)


@pytest.mark.long
@pytest.mark.timeout(3_600)
def test_stories_are_the_same_in_a_hundred_orders(store: ArticleStore) -> None:
    for first in range(0, 100, 20):
        check_orders(store, range(first, first + 20), 30)


@pytest.mark.long
@pytest.mark.timeout(3_600)
def test_stories_are_the_same_for_all_orders_batch_sizes_and_workers(store: ArticleStore) -> None:
    for first in range(0, 100, 20):
        check_orders(store, range(first, first + 20), 12, product=True)


@pytest.mark.parametrize("seed", range(2))
def test_backfilled_day_gives_the_same_stories(store: ArticleStore, seed: int) -> None:
    documents = make_fold_corpus(seed, 12)
    middle = NOON + timedelta(hours=60)
    later = [one for one in documents if one.published_at and one.published_at >= middle]
    earlier = [one for one in documents if one not in later]
    assert len(earlier) > 10
    assert len(later) > 10
    for some in (later, earlier):
        process_batches(store, shuffle_into_batches(random.Random(seed), store.insert(some), 9), 2)
    assert hash_rows(read_stored_rows(store)) == hash_rows(compute_expected_rows(documents))


def make_draft(rng: random.Random, document: Document, others: Sequence[Document]) -> Document:
    """Return an earlier version: another body, another title, or another story altogether."""
    other = rng.choice(others)
    return rng.choice(
        [
            replace(document, body=f"{document.body}\n\n{write_sentence(rng)}"),
            replace(document, title=other.title),
            replace(document, title=other.title, body=other.body),
            replace(document, body=write_sentence(rng)),
        ]
    )


@pytest.mark.parametrize("seed", range(2))
def test_new_versions_leave_no_trace_of_old_ones(store: ArticleStore, seed: int) -> None:
    """Half of the articles had other texts before, some of them two; everything is folded between versions."""
    rng = random.Random(seed)
    documents = make_fold_corpus(seed, 10)
    drafts = [make_draft(rng, one, documents) for one in documents for _ in range(rng.choice([0, 0, 1, 2]))]
    for some in (drafts[::2], drafts[1::2], documents[::2], documents[1::2]):
        process_batches(store, shuffle_into_batches(rng, store.insert(some), rng.choice(_SIZES)), rng.choice(_WORKERS))
    assert hash_rows(read_stored_rows(store)) == hash_rows(compute_expected_rows(documents))


def check_pairs(store: ArticleStore, pairs: int, stories: Callable[[int], Document]) -> None:
    """Insert both halves of every pair and process them at the same moment in two workers."""
    halves = [store.insert(stories(number) for number in range(pairs))]
    halves.append(store.insert(copy(stories(number), f"copy-{number:05}", 1) for number in range(pairs)))
    store.process_concurrently(halves)
    found = store.read_partition()
    assert [one for one, other in zip(*halves, strict=True) if found[one] != found[other]] == []
    assert len(set(found.values())) == pairs


def test_concurrent_halves_of_pairs_join(store: ArticleStore) -> None:
    check_pairs(store, 500, lambda number: make_story(number, 3))


@pytest.mark.long
@pytest.mark.timeout(1_800)
def test_ten_thousand_concurrent_pairs_join(store: ArticleStore) -> None:
    check_pairs(store, 10_000, lambda number: make_story(number, 3))


def kill_while_waiting(store: ArticleStore, table: str, step: Callable[[ArticleStore], object]) -> None:
    """Run a step and terminate its server process when it waits to write to the table."""
    own = ArticleStore(store.address)
    failed: list[BaseException] = []

    def start() -> None:
        try:
            step(own)
        except (psycopg.OperationalError, CopydeskError) as error:
            failed.append(error)

    query = "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = %s"
    with psycopg.connect(store.address) as blocking, psycopg.connect(store.address, autocommit=True) as watching:
        blocking.execute(f"LOCK TABLE copydesk.{table} IN EXCLUSIVE MODE")  # it can be read, not written
        worker = threading.Thread(target=start)
        worker.start()
        pause = threading.Event()
        for _ in range(int(_WAIT_SECONDS / 0.01)):
            row = watching.execute(query, (own.connection.info.backend_pid,)).fetchone()
            if row is not None and row[0]:
                break
            pause.wait(0.01)  # PostgreSQL sends no notification when a process starts to wait
        watching.execute("SELECT pg_terminate_backend(%s)", (own.connection.info.backend_pid,))
        worker.join(_WAIT_SECONDS)
    own.close()
    assert len(failed) == 1, "the worker was not interrupted"


@pytest.mark.parametrize("table", ["sketch_key", "edge", "story_member", "story_event"])
def test_killed_worker_leaves_no_partial_write(store: ArticleStore, table: str) -> None:
    documents = make_fold_corpus(3, 8)
    articles = store.insert(documents)
    store.process(articles[: len(articles) // 2])
    before = store.snapshot()
    rest = articles[len(articles) // 2 :]
    if table != "sketch_key":
        sign_articles(store.connection, rest, PROFILE)
        store.connection.commit()
    if table in {"story_member", "story_event"}:
        match_articles(store.connection, rest, PROFILE)
        store.connection.commit()
    before = store.snapshot()
    steps: dict[str, Callable[[ArticleStore], object]] = {
        "sketch_key": lambda own: sign_articles(own.connection, rest, PROFILE),
        "edge": lambda own: match_articles(own.connection, rest, PROFILE),
    }
    kill_while_waiting(store, table, steps.get(table, lambda own: fold_articles(own.connection, rest, PROFILE)))
    assert store.snapshot() == before
    store.process(rest)
    assert hash_rows(read_stored_rows(store)) == hash_rows(compute_expected_rows(documents))


def test_other_workers_continue_after_one_is_killed(store: ArticleStore) -> None:
    """One worker is terminated while it matches; another has signed and matched a copy of its article meanwhile."""
    story = make_story(1)
    articles = store.insert([story, copy(story, "copy", 1), make_story(2)])
    sign_articles(store.connection, articles, PROFILE)
    store.connection.commit()
    kill_while_waiting(store, "edge", lambda own: match_articles(own.connection, [article_id_for(story.id)], PROFILE))
    store.process([article_id_for("copy"), article_id_for("story-00002")])
    store.process([article_id_for(story.id)])
    assert store.get_story_id("copy") == store.get_story_id(story.id)
