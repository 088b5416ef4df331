"""The swap of generations: refused until all is there, at once for every reader, and nothing of it is lost."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from copydesk.pipeline.core.errors import GenerationBusy, GenerationNotReady
from copydesk.pipeline.generations.build import build_generation
from copydesk.pipeline.generations.swap import swap_generation
from copydesk.pipeline.incremental.sign import sign_articles
from copydesk.pipeline.runs.report import report_run
from copydesk.pipeline.runs.stages import fold_run, match_run, sign_run
from copydesk.pipeline.store.profiles import get_live_profile_id, lock_live_profile
from tests.article_store import PROFILE, name_article
from tests.generation_store import NARROW, Desk, Stories, fold_in_memory, show
from tests.run_keys import key_of
from tests.story_builder import make_corpus


@pytest.fixture
def desk(database: str) -> Iterator[Desk]:
    with Desk.open(database) as found:
        yield found


def test_a_swap_refuses_until_the_build_has_caught_up(desk: Desk) -> None:
    documents = make_corpus(14, 10)
    desk.run(documents[:-2])
    build_generation(desk.settings, NARROW)
    desk.run(documents[-2:])
    with pytest.raises(GenerationNotReady, match=r"2 articles are missing.*profiles build"):
        swap_generation(desk.settings, NARROW.profile_id)
    assert get_live_profile_id(desk.connection) == PROFILE.profile_id
    desk.connection.commit()
    assert build_generation(desk.settings, NARROW).signed == 2
    swap_generation(desk.settings, NARROW.profile_id)
    assert desk.leaders(NARROW) == fold_in_memory(documents, NARROW)


def test_what_runs_after_the_swap_goes_to_the_new_generation(desk: Desk) -> None:
    documents = make_corpus(15, 20)
    desk.run(documents[:20])
    build_generation(desk.settings, NARROW)
    swap_generation(desk.settings, NARROW.profile_id)
    assert lock_live_profile(desk.connection) == NARROW, "its parameters come from its row, tuples and all"
    desk.run(documents[20:])
    assert desk.leaders(NARROW) == fold_in_memory(documents, NARROW)
    assert set(desk.shown()) == {name_article(one.id) for one in documents}
    assert len(desk.leaders(PROFILE)) == 20, "the old one is kept as it was"
    build_generation(desk.settings, PROFILE)
    swap_generation(desk.settings, PROFILE.profile_id)
    assert desk.leaders(PROFILE) == fold_in_memory(documents, PROFILE), "and can catch up and be swapped back to"


def test_the_tasks_work_under_the_live_profile_and_the_report_tells_of_the_newer_default(desk: Desk) -> None:
    documents = make_corpus(25, 8)
    desk.run(documents[:10])
    build_generation(desk.settings, NARROW)
    swap_generation(desk.settings, NARROW.profile_id)
    desk.open_run("later", desk.put(documents[10:]))
    assert sign_run(desk.settings, key_of("later")) == len(documents) - 10
    match_run(desk.settings, key_of("later"))
    fold_run(desk.settings, key_of("later"))
    assert desk.leaders(NARROW) == fold_in_memory(documents, NARROW)
    summary = report_run(desk.settings, key_of("later")).summary
    assert summary["articles"] == len(documents) - 10
    assert f"profiles swap {PROFILE.profile_id}" in summary["newer_profile"]


def test_a_reader_sees_all_old_or_all_new(desk: Desk, database: str) -> None:
    desk.run(make_corpus(16, 20))
    build_generation(desk.settings, NARROW)
    old = desk.shown()
    seen: list[Stories] = []
    reading = threading.Event()

    def read() -> None:
        with psycopg.connect(database, autocommit=True) as connection:
            while not seen or seen[-1] == old:
                seen.append(show(connection))
                reading.set()

    with psycopg.connect(database) as steady, ThreadPoolExecutor(1) as worker:
        steady.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        before = show(steady)
        done = worker.submit(read)
        assert reading.wait(30)
        swap_generation(desk.settings, NARROW.profile_id)
        done.result(timeout=60)
        assert show(steady) == before == old, "a reader in one transaction goes on with what it began with"
    new = desk.shown()
    assert new != old
    assert all(one in (old, new) for one in seen)


def test_a_run_that_signs_at_the_moment_of_the_swap_is_not_lost(desk: Desk) -> None:
    documents = make_corpus(17, 10)
    desk.run(documents[:-1])
    build_generation(desk.settings, NARROW)
    late = desk.put(documents[-1:])
    sign_articles(desk.connection, late, lock_live_profile(desk.connection))
    with ThreadPoolExecutor(1) as worker, psycopg.connect(desk.address, autocommit=True) as watch:
        swapping = worker.submit(swap_generation, desk.settings, NARROW.profile_id)
        while not watch.execute("SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted").fetchall():
            assert not swapping.done(), "it did not wait"
        desk.connection.commit()
        with pytest.raises(GenerationNotReady, match="1 articles are missing"):
            swapping.result(timeout=60)
    build_generation(desk.settings, NARROW)
    with pytest.raises(GenerationBusy, match="1 articles of the live generation are signed and not yet folded"):
        swap_generation(desk.settings, NARROW.profile_id)
    # The run failed and nobody cleared it: building the live generation folds what is left.
    assert build_generation(desk.settings, PROFILE).folded == 1
    swap_generation(desk.settings, NARROW.profile_id)
    assert desk.leaders(PROFILE) == fold_in_memory(documents, PROFILE)
