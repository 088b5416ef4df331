"""Generations in PostgreSQL: built alongside the live one, swapped, kept and retired, with nothing missing."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from copydesk.pipeline.core.errors import BadInput, GenerationBusy, GenerationNotReady
from copydesk.pipeline.generations.build import build_generation
from copydesk.pipeline.generations.compare import compare_with_live
from copydesk.pipeline.generations.invariants import find_violations_of
from copydesk.pipeline.generations.swap import (
    count_missing_articles,
    retire_generation,
    swap_generation,
)
from copydesk.pipeline.store.profiles import (
    find_generation,
    list_generations,
)
from copydesk.pipeline.views.story_queries import find_story
from tests.article_store import PROFILE, article_id_for
from tests.generation_store import NARROW, GenerationStore, fold_in_memory
from tests.story_builder import copy, make_corpus, make_story


@pytest.fixture
def store(database: str) -> Iterator[GenerationStore]:
    with GenerationStore.open(database) as found:
        yield found


def test_generation_is_built_alongside_the_live_one(store: GenerationStore) -> None:
    documents = make_corpus(11, 20)
    store.process_live(documents)
    live, shown = store.count_rows(PROFILE.profile_id), store.read_public_stories()
    counts = build_generation(store.settings, NARROW, batch_size=7)
    assert counts.signed == counts.matched == counts.folded == len(documents)
    assert store.read_leaders(NARROW) == fold_in_memory(documents, NARROW) != store.read_leaders(PROFILE)
    assert (store.count_rows(PROFILE.profile_id), store.read_public_stories()) == (live, shown)
    again = build_generation(store.settings, NARROW)
    assert (again.signed, again.matched, again.folded) == (0, 0, 0)
    states = {one.profile_id: one.state for one in list_generations(store.connection)}
    assert states == {PROFILE.profile_id: "live", NARROW.profile_id: "building"}


def test_story_is_founded_once_across_batches(store: GenerationStore) -> None:
    documents = make_corpus(12, 10)
    store.process_live(documents)
    build_generation(store.settings, NARROW, batch_size=3)
    events = store.connection.execute(
        "SELECT kind, count(*) FROM copydesk.story_event WHERE profile_id = %s GROUP BY kind", (NARROW.profile_id,)
    ).fetchall()
    founded = len(set(fold_in_memory(documents, NARROW).values()))
    assert dict(events) == {"founded": founded, "joined": len(documents) - founded}


def test_articles_arriving_during_a_build_are_in_both_generations(store: GenerationStore) -> None:
    documents = make_corpus(13, 10)
    arriving = documents[20:]
    store.process_live(documents[:20])

    def arrive(stage: str, done: int, total: int) -> None:
        if arriving:
            store.process_live([arriving.pop()])

    build_generation(store.settings, NARROW, arrive, batch_size=6)
    assert not arriving
    assert count_missing_articles(store.connection, NARROW.profile_id) == 0
    assert store.read_leaders(NARROW) == fold_in_memory(documents, NARROW)
    assert store.read_leaders(PROFILE) == fold_in_memory(documents, PROFILE)
    store.connection.commit()
    swap_generation(store.settings, NARROW.profile_id)
    assert store.read_public_stories().keys() == {article_id_for(one.id) for one in documents}


def test_concurrent_builds_and_runs_lose_nothing(store: GenerationStore) -> None:
    """Two builds of one generation and two runs of the live one process the same articles: nothing is lost or split."""
    documents = make_corpus(24, 20)
    store.process_live(documents[:30])
    gate = threading.Barrier(4, timeout=60)

    def run_later() -> None:
        with closing(GenerationStore(store.address)) as own:
            gate.wait()
            for first in range(30, len(documents), 10):
                own.process_live(documents[first : first + 10])

    def build_now() -> None:
        gate.wait()
        build_generation(store.settings, NARROW, batch_size=4)

    with ThreadPoolExecutor(4) as workers:
        for done in [workers.submit(work) for work in (build_now, build_now, run_later, run_later)]:
            done.result()
    build_generation(store.settings, NARROW)
    assert store.read_leaders(NARROW) == fold_in_memory(documents, NARROW)
    assert store.read_leaders(PROFILE) == fold_in_memory(documents, PROFILE)
    assert (
        store.count_rows(NARROW.profile_id)["pending_article"]
        == store.count_rows(PROFILE.profile_id)["pending_article"]
        == 0
    )
    swap_generation(store.settings, NARROW.profile_id)


def test_build_catches_up_with_a_new_version(store: GenerationStore) -> None:
    one, other = make_story(1), make_story(2)
    store.process_live([one, other, copy(one, "c", 1)])
    build_generation(store.settings, NARROW)
    store.process_live([copy(other, "c", 1)])
    assert count_missing_articles(store.connection, NARROW.profile_id) == 1
    store.connection.commit()
    build_generation(store.settings, NARROW)
    assert store.read_leaders(NARROW)[article_id_for("c")] == article_id_for(other.id)


def test_comparison_matches_what_the_swap_changes(store: GenerationStore) -> None:
    store.process_live(make_corpus(18, 25))
    build_generation(store.settings, NARROW)
    for profile in (NARROW, PROFILE):  # there and back: splits, then merges
        comparison = compare_with_live(store.connection, profile.profile_id)
        before = store.read_public_stories()
        swap_generation(store.settings, profile.profile_id)
        after = store.read_public_stories()
        into, out_of = defaultdict(set), defaultdict(set)
        for article, story in before.items():
            into[story].add(after[article])
            out_of[after[article]].add(story)
        figures = comparison.counts
        assert figures.articles == len(before)
        assert figures.moved == sum(before[one] != after[one] for one in before)
        assert figures.split == sum(len(there) > 1 for there in into.values())
        assert figures.merged == sum(len(there) > 1 for there in out_of.values())
        assert figures.ended == len(set(before.values()) - set(after.values()))
        assert figures.founded == len(set(after.values()) - set(before.values()))
        assert (figures.stories_before, figures.stories_after) == (len(set(before.values())), len(set(after.values())))
        assert figures.split + figures.merged > 0
        assert all(len(sample.titles) >= 1 and sample.title for sample in (*comparison.split, *comparison.merged))
        store.connection.commit()


def test_public_ids_survive_a_swap(store: GenerationStore) -> None:
    story = make_story(1)
    late = copy(story, "late", 5)
    # The later copy came first, so the story has its ID although another article leads it by now.
    store.process_live([late, make_story(2)])
    store.process_live([story])
    before = store.read_public_stories()
    assert before[article_id_for("late")] == before[article_id_for(story.id)]
    build_generation(store.settings, NARROW)
    swap_generation(store.settings, NARROW.profile_id)
    after = store.read_public_stories()
    assert after[article_id_for(story.id)] == before[article_id_for(story.id)], (
        "a story with the same leader keeps its ID"
    )
    assert after[article_id_for("late")] not in before.values()
    swap_generation(store.settings, PROFILE.profile_id)
    assert store.read_public_stories() == before
    # Ended IDs redirect after swaps in either direction.
    for ended in {*before.values(), *after.values()}:
        found = find_story(store.connection, PROFILE.profile_id, str(ended))
        assert found.story_id in before.values()


def test_killed_build_resumes(store: GenerationStore) -> None:
    documents = make_corpus(19, 16)
    store.process_live(documents)
    program = (
        "import os; from copydesk.pipeline.generations.build import build_generation\n"
        "from copydesk.pipeline.core.settings import load_settings\n"
        "from copydesk.pipeline.core.profile import Profile\n"
        "def die(stage, done, total):\n    if (stage, done) == {}: os.kill(os.getpid(), 9)\n"
        "build_generation(load_settings(), Profile(window_hours=3, lead_keys=((30, 2),)), die, batch_size=10)"
    )
    for moment in (("match", 20), ("fold", 10)):
        killed = subprocess.run([sys.executable, "-c", program.format(moment)], check=False)
        assert killed.returncode == -9
        assert count_missing_articles(store.connection, NARROW.profile_id) > 0
        store.connection.commit()
    with pytest.raises(GenerationBusy, match="missing or changed"):
        swap_generation(store.settings, NARROW.profile_id)
    counts = build_generation(store.settings, NARROW)
    assert counts.signed == counts.matched == 0
    assert counts.folded == len(documents) - 10
    assert store.read_leaders(NARROW) == fold_in_memory(documents, NARROW)


def test_retiring_a_generation_removes_only_its_rows(store: GenerationStore) -> None:
    store.process_live(make_corpus(20, 12))
    build_generation(store.settings, NARROW)
    swap_generation(store.settings, NARROW.profile_id)
    kept, shown = store.count_rows(NARROW.profile_id), store.read_public_stories()
    with pytest.raises(BadInput, match="is live"):
        retire_generation(store.settings, NARROW.profile_id)
    before = store.count_rows(PROFILE.profile_id)
    assert {table for table, rows in before.items() if rows == 0} <= {"pending_article", "story_redirect"}
    dropped = retire_generation(store.settings, PROFILE.profile_id, batch_size=16)
    assert dropped["sketch"] == dropped["story_member"] == len(shown)
    assert set(store.count_rows(PROFILE.profile_id).values()) == {0}
    assert (store.count_rows(NARROW.profile_id), store.read_public_stories()) == (kept, shown)
    with pytest.raises(GenerationNotReady, match="is retired"):
        swap_generation(store.settings, PROFILE.profile_id)
    build_generation(store.settings, PROFILE)
    assert find_generation(store.connection, PROFILE.profile_id).state == "building"


def test_interrupted_retirement_resumes(store: GenerationStore) -> None:
    store.process_live(make_corpus(26, 5))
    build_generation(store.settings, NARROW)

    def break_off(stage: str, done: int, total: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        retire_generation(store.settings, NARROW.profile_id, break_off)
    assert store.count_rows(NARROW.profile_id)["sketch"] > 0
    with pytest.raises(GenerationNotReady, match="is retired"):
        swap_generation(store.settings, NARROW.profile_id)
    retire_generation(store.settings, NARROW.profile_id)
    assert set(store.count_rows(NARROW.profile_id).values()) == {0}


def test_build_stops_when_its_generation_is_retired(store: GenerationStore) -> None:
    store.process_live(make_corpus(21, 10))

    def retire(*_: object) -> None:
        retire_generation(store.settings, NARROW.profile_id)

    with pytest.raises(GenerationNotReady, match="was retired while it was being built"):
        build_generation(store.settings, NARROW, retire, batch_size=5)
    assert set(store.count_rows(NARROW.profile_id).values()) == {0}


def test_generation_with_violations_cannot_go_live(store: GenerationStore) -> None:
    store.process_live(make_corpus(22, 5))
    build_generation(store.settings, NARROW)
    store.connection.execute("UPDATE copydesk.story SET state = 'killed' WHERE profile_id = %s", (NARROW.profile_id,))
    store.connection.commit()
    assert find_violations_of(store.connection, PROFILE.profile_id) == []
    with pytest.raises(GenerationNotReady, match="violates invariants"):
        swap_generation(store.settings, NARROW.profile_id)
    retire_generation(store.settings, NARROW.profile_id)
