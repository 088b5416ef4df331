"""One partition, byte for byte: whatever the order, the batches, the workers, the retries and what was there before.

The whole of it runs under ``make test-long``; the ordinary suite takes a seeded share.
"""

from __future__ import annotations

import itertools
import random
import threading
from collections.abc import Callable, Iterator, Sequence
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
from tests.article_store import PROFILE, Newsroom, name_article
from tests.fold_corpus import digest, find_lines, make_newsday, read_lines
from tests.story_builder import NOON, copy, write_sentence, write_story

_SIZES = (1, 2, 7, 24, 1_000)
_WORKERS = (1, 2, 8)
_WAIT_SECONDS = 30.0


@pytest.fixture
def room(database: str) -> Iterator[Newsroom]:
    with Newsroom.open(database) as found:
        yield found


def clear(room: Newsroom) -> None:
    """Back to a database in which nothing was ever published; what stood there had to be sound."""
    assert room.find_faults() == []
    room.connection.execute("TRUNCATE copydesk.page_content, copydesk.article, copydesk.profile CASCADE")
    room.connection.commit()


def work_batches(room: Newsroom, batches: Sequence[list[UUID]], workers: int) -> None:
    """Let workers, each with a connection of its own, take one batch after the other."""
    left: SimpleQueue[list[UUID]] = SimpleQueue()
    for batch in batches:
        left.put(batch)

    def take() -> None:
        with closing(Newsroom(room.address)) as own:
            while True:
                try:
                    own.work(left.get_nowait())
                except Empty:
                    return

    if workers == 1:
        take()
        return
    with ThreadPoolExecutor(workers) as pool:
        for done in [pool.submit(take) for _ in range(workers)]:
            done.result()


def shuffle_into_batches(rng: random.Random, articles: Sequence[UUID], size: int) -> list[list[UUID]]:
    """The articles in a random order, and one batch in five again at some later time: a retry."""
    shuffled = rng.sample(articles, len(articles))
    batches = [shuffled[first : first + size] for first in range(0, len(shuffled), size)]
    for batch in rng.sample(batches, len(batches) // 5):
        batches.insert(rng.randint(0, len(batches)), batch)
    return batches


def try_orders(room: Newsroom, orders: Sequence[int], stories: int, *, product: bool = False) -> None:
    """Each order in batches of one size, by one number of workers, each of these in its turn; ``product``: of all."""
    documents = make_newsday(orders[0], stories)
    expected = find_lines(documents)
    for order in orders:
        ways = [(_SIZES[order % len(_SIZES)], _WORKERS[order % len(_WORKERS)])]
        for size, workers in itertools.product(_SIZES, _WORKERS) if product else ways:
            batches = shuffle_into_batches(random.Random(order), room.put(documents), size)
            work_batches(room, batches, workers)
            found = read_lines(room)
            told = sorted(set(found) ^ set(expected), key=repr)[:5]
            assert digest(found) == digest(expected), f"order {order}, {size} at once, {workers} workers: {told}"
            clear(room)


def test_the_newsday_has_something_of_everything() -> None:
    lines = find_lines(make_newsday(0, 12))
    kinds = {line[3] for line in lines if line[0] == "edge"}
    assert kinds >= {"duplicate", "revision", "excerpt", "part_of", "series"}
    assert {line[3] for line in lines if line[0] == "member"} == {"live", "killed"}


def test_any_order_batch_size_and_number_of_workers(room: Newsroom) -> None:
    try_orders(room, range(10), 10)


@pytest.mark.long
@pytest.mark.timeout(3_600)
def test_a_hundred_orders(room: Newsroom) -> None:
    for first in range(0, 100, 20):
        try_orders(room, range(first, first + 20), 30)


@pytest.mark.long
@pytest.mark.timeout(3_600)
def test_a_hundred_orders_in_batches_of_every_size_by_every_number_of_workers(room: Newsroom) -> None:
    for first in range(0, 100, 20):
        try_orders(room, range(first, first + 20), 12, product=True)


@pytest.mark.parametrize("seed", range(2))
def test_a_backfilled_day_is_as_if_it_had_been_there_from_the_start(room: Newsroom, seed: int) -> None:
    documents = make_newsday(seed, 12)
    middle = NOON + timedelta(hours=60)
    later = [one for one in documents if one.published_at and one.published_at >= middle]
    earlier = [one for one in documents if one not in later]
    assert len(earlier) > 10
    assert len(later) > 10
    for some in (later, earlier):
        work_batches(room, shuffle_into_batches(random.Random(seed), room.put(some), 9), 2)
    assert digest(read_lines(room)) == digest(find_lines(documents))


def rewrite(rng: random.Random, document: Document, others: Sequence[Document]) -> Document:
    """A version before the given one: another body, another title, or another story altogether."""
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
def test_new_versions_leave_nothing_of_the_old(room: Newsroom, seed: int) -> None:
    """Half of the articles said something else before, some twice; between versions everything is folded."""
    rng = random.Random(seed)
    documents = make_newsday(seed, 10)
    drafts = [rewrite(rng, one, documents) for one in documents for _ in range(rng.choice([0, 0, 1, 2]))]
    for some in (drafts[::2], drafts[1::2], documents[::2], documents[1::2]):
        work_batches(room, shuffle_into_batches(rng, room.put(some), rng.choice(_SIZES)), rng.choice(_WORKERS))
    assert digest(read_lines(room)) == digest(find_lines(documents))


def try_pairs(room: Newsroom, pairs: int, stories: Callable[[int], Document]) -> None:
    """Both halves of every pair arrive at the same moment, one at each of two workers."""
    halves = [room.put(stories(number) for number in range(pairs))]
    halves.append(room.put(copy(stories(number), f"copy-{number:05}", 1) for number in range(pairs)))
    room.work_at_once(halves)
    found = room.partition()
    assert [one for one, other in zip(*halves, strict=True) if found[one] != found[other]] == []
    assert len(set(found.values())) == pairs


def test_pairs_at_once_at_two_workers_are_not_split(room: Newsroom) -> None:
    try_pairs(room, 500, lambda number: write_story(number, 3))


@pytest.mark.long
@pytest.mark.timeout(1_800)
def test_ten_thousand_pairs_at_once_are_not_split(room: Newsroom) -> None:
    try_pairs(room, 10_000, lambda number: write_story(number, 3))


def end_while_waiting(room: Newsroom, table: str, step: Callable[[Newsroom], object]) -> None:
    """Start a step, and end its backend when it has come to writing into the table."""
    own = Newsroom(room.address)
    failed: list[BaseException] = []

    def start() -> None:
        try:
            step(own)
        except (psycopg.OperationalError, CopydeskError) as error:
            failed.append(error)

    query = "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = %s"
    with psycopg.connect(room.address) as blocking, psycopg.connect(room.address, autocommit=True) as watching:
        blocking.execute(f"LOCK TABLE copydesk.{table} IN EXCLUSIVE MODE")  # it can be read, not written
        worker = threading.Thread(target=start)
        worker.start()
        pause = threading.Event()
        for _ in range(int(_WAIT_SECONDS / 0.01)):
            row = watching.execute(query, (own.connection.info.backend_pid,)).fetchone()
            if row is not None and row[0]:
                break
            pause.wait(0.01)  # PostgreSQL does not notify anybody when a backend begins to wait
        watching.execute("SELECT pg_terminate_backend(%s)", (own.connection.info.backend_pid,))
        worker.join(_WAIT_SECONDS)
    own.close()
    assert len(failed) == 1, "the worker was to be cut off in mid-work"


@pytest.mark.parametrize("table", ["sketch_key", "edge", "story_member", "story_event"])
def test_a_worker_that_died_at_its_work_leaves_nothing_half_done(room: Newsroom, table: str) -> None:
    documents = make_newsday(3, 8)
    articles = room.put(documents)
    room.work(articles[: len(articles) // 2])
    before = room.snapshot()
    rest = articles[len(articles) // 2 :]
    if table != "sketch_key":
        sign_articles(room.connection, rest, PROFILE)
        room.connection.commit()
    if table in {"story_member", "story_event"}:
        match_articles(room.connection, rest, PROFILE)
        room.connection.commit()
    before = room.snapshot()
    steps: dict[str, Callable[[Newsroom], object]] = {
        "sketch_key": lambda own: sign_articles(own.connection, rest, PROFILE),
        "edge": lambda own: match_articles(own.connection, rest, PROFILE),
    }
    end_while_waiting(room, table, steps.get(table, lambda own: fold_articles(own.connection, rest, PROFILE)))
    assert room.snapshot() == before
    room.work(rest)
    assert digest(read_lines(room)) == digest(find_lines(documents))


def test_other_workers_go_on_while_one_dies(room: Newsroom) -> None:
    """One matches and is cut off; meanwhile another has signed and matched a copy of what the first had locked."""
    story = write_story(1)
    articles = room.put([story, copy(story, "copy", 1), write_story(2)])
    sign_articles(room.connection, articles, PROFILE)
    room.connection.commit()
    end_while_waiting(room, "edge", lambda own: match_articles(own.connection, [name_article(story.id)], PROFILE))
    room.work([name_article("copy"), name_article("story-00002")])
    room.work([name_article(story.id)])
    assert room.story_of("copy") == room.story_of(story.id)
