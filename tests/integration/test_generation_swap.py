"""Swapping generations: refused until the new one is complete, atomic for readers, and without loss."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg
import pytest

from copydesk.pipeline.core.errors import GenerationBusy
from copydesk.pipeline.db import Row
from copydesk.pipeline.generations.build import build_generation
from copydesk.pipeline.generations.invariants import Violation, find_violations_of
from copydesk.pipeline.generations.swap import swap_generation
from copydesk.pipeline.incremental.sign import sign_articles
from copydesk.pipeline.runs.report import report_run
from copydesk.pipeline.runs.stages import fold_run, match_run, sign_run
from copydesk.pipeline.store.profiles import get_live_profile_id, lock_live_profile
from tests.article_store import PROFILE, article_id_for
from tests.generation_store import NARROW, GenerationStore, Stories, fold_in_memory, read_public_stories
from tests.run_keys import run_key_for
from tests.story_builder import make_corpus


@pytest.fixture
def store(database: str) -> Iterator[GenerationStore]:
    with GenerationStore.open(database) as found:
        yield found


def test_swap_is_refused_until_the_build_has_caught_up(store: GenerationStore) -> None:
    documents = make_corpus(14, 10)
    store.process_live(documents[:-2])
    build_generation(store.settings, NARROW)
    store.process_live(documents[-2:])
    with pytest.raises(GenerationBusy, match=r"missing or changed: 2.*profiles build"):
        swap_generation(store.settings, NARROW.profile_id)
    assert get_live_profile_id(store.connection) == PROFILE.profile_id
    store.connection.commit()
    assert build_generation(store.settings, NARROW).signed == 2
    swap_generation(store.settings, NARROW.profile_id)
    assert store.read_leaders(NARROW) == fold_in_memory(documents, NARROW)


def test_runs_after_the_swap_use_the_new_generation(store: GenerationStore) -> None:
    documents = make_corpus(15, 20)
    store.process_live(documents[:20])
    build_generation(store.settings, NARROW)
    swap_generation(store.settings, NARROW.profile_id)
    assert lock_live_profile(store.connection) == NARROW, "its parameters are read from its row, including tuples"
    store.process_live(documents[20:])
    assert store.read_leaders(NARROW) == fold_in_memory(documents, NARROW)
    assert set(store.read_public_stories()) == {article_id_for(one.id) for one in documents}
    assert len(store.read_leaders(PROFILE)) == 20, "the old generation is unchanged"
    build_generation(store.settings, PROFILE)
    swap_generation(store.settings, PROFILE.profile_id)
    assert store.read_leaders(PROFILE) == fold_in_memory(documents, PROFILE), (
        "the old generation can catch up and go live again"
    )


def test_tasks_use_the_live_profile_and_report_a_newer_default(store: GenerationStore) -> None:
    documents = make_corpus(25, 8)
    store.process_live(documents[:10])
    build_generation(store.settings, NARROW)
    swap_generation(store.settings, NARROW.profile_id)
    store.open_run("later", store.insert(documents[10:]))
    assert sign_run(store.settings, run_key_for("later")) == len(documents) - 10
    match_run(store.settings, run_key_for("later"))
    fold_run(store.settings, run_key_for("later"))
    assert store.read_leaders(NARROW) == fold_in_memory(documents, NARROW)
    summary = report_run(store.settings, run_key_for("later")).summary
    assert summary["articles"] == len(documents) - 10
    assert f"profiles swap {PROFILE.profile_id}" in summary["newer_profile"]


def test_swap_is_atomic_for_readers(store: GenerationStore, database: str) -> None:
    store.process_live(make_corpus(16, 20))
    build_generation(store.settings, NARROW)
    old = store.read_public_stories()
    seen: list[Stories] = []
    reading = threading.Event()

    def read() -> None:
        with psycopg.connect(database, autocommit=True) as connection:
            while not seen or seen[-1] == old:
                seen.append(read_public_stories(connection))
                reading.set()

    with psycopg.connect(database) as steady, ThreadPoolExecutor(1) as worker:
        steady.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        before = read_public_stories(steady)
        done = worker.submit(read)
        assert reading.wait(30)
        swap_generation(store.settings, NARROW.profile_id)
        done.result(timeout=60)
        assert read_public_stories(steady) == before == old, "a reader keeps its snapshot within a transaction"
    new = store.read_public_stories()
    assert new != old
    assert all(one in (old, new) for one in seen)


def test_articles_signed_during_a_swap_are_not_lost(store: GenerationStore) -> None:
    documents = make_corpus(17, 10)
    store.process_live(documents[:-1])
    build_generation(store.settings, NARROW)
    live = lock_live_profile(store.connection)
    with ThreadPoolExecutor(1) as worker, psycopg.connect(store.address, autocommit=True) as watch:
        swapping = worker.submit(swap_generation, store.settings, NARROW.profile_id)
        while not watch.execute("SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted").fetchall():
            assert not swapping.done(), "the swap did not wait"
        with closing(GenerationStore(store.address)) as other:
            late = other.insert(documents[-1:])
        sign_articles(store.connection, late, live)
        store.connection.commit()
        with pytest.raises(GenerationBusy, match="missing or changed: 1"):
            swapping.result(timeout=60)
    build_generation(store.settings, NARROW)
    with pytest.raises(GenerationBusy, match="not yet folded articles of the live generation: 1"):
        swap_generation(store.settings, NARROW.profile_id)
    # The run failed and was not cleared: building the live generation folds the rest.
    assert build_generation(store.settings, PROFILE).folded == 1
    swap_generation(store.settings, NARROW.profile_id)
    assert store.read_leaders(PROFILE) == fold_in_memory(documents, PROFILE)


def test_runs_go_on_while_a_swap_checks_and_it_adds_what_they_write(
    store: GenerationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = make_corpus(18, 10)
    store.process_live(documents[:-3])
    build_generation(store.settings, NARROW)

    def fold_meanwhile(connection: psycopg.Connection[Row], profile_id: str) -> list[Violation]:
        with closing(GenerationStore(store.address)) as other:
            other.process_live(documents[-3:])
        return find_violations_of(connection, profile_id)

    monkeypatch.setattr("copydesk.pipeline.generations.swap.find_violations_of", fold_meanwhile)
    swap_generation(store.settings, NARROW.profile_id)
    assert store.read_leaders(NARROW) == fold_in_memory(documents, NARROW)
    assert set(store.read_public_stories()) == {article_id_for(one.id) for one in documents}
