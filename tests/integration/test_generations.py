"""Generations in PostgreSQL: built alongside the live one, swapped at once, kept, retired; nothing is ever missing."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from copydesk.pipeline.core.errors import BadInput, GenerationNotReady
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
from tests.article_store import PROFILE, name_article
from tests.generation_store import NARROW, Desk, fold_in_memory
from tests.story_builder import copy, make_corpus, write_story


@pytest.fixture
def desk(database: str) -> Iterator[Desk]:
    with Desk.open(database) as found:
        yield found


def test_a_generation_is_built_beside_the_live_one_and_is_as_in_memory(desk: Desk) -> None:
    documents = make_corpus(11, 20)
    desk.run(documents)
    live, shown = desk.rows_of(PROFILE.profile_id), desk.shown()
    counts = build_generation(desk.settings, NARROW, batch_size=7)
    assert counts.signed == counts.matched == counts.folded == len(documents)
    assert desk.leaders(NARROW) == fold_in_memory(documents, NARROW) != desk.leaders(PROFILE)
    assert (desk.rows_of(PROFILE.profile_id), desk.shown()) == (live, shown)
    again = build_generation(desk.settings, NARROW)
    assert (again.signed, again.matched, again.folded) == (0, 0, 0)
    states = {one.profile_id: one.state for one in list_generations(desk.connection)}
    assert states == {PROFILE.profile_id: "live", NARROW.profile_id: "building"}


def test_a_story_is_founded_once_whatever_the_batches(desk: Desk) -> None:
    documents = make_corpus(12, 10)
    desk.run(documents)
    build_generation(desk.settings, NARROW, batch_size=3)
    events = desk.connection.execute(
        "SELECT kind, count(*) FROM copydesk.story_event WHERE profile_id = %s GROUP BY kind", (NARROW.profile_id,)
    ).fetchall()
    founded = len(set(fold_in_memory(documents, NARROW).values()))
    assert dict(events) == {"founded": founded, "joined": len(documents) - founded}


def test_articles_that_come_while_it_is_built_are_in_it_and_in_the_live_one(desk: Desk) -> None:
    documents = make_corpus(13, 10)
    arriving = documents[20:]
    desk.run(documents[:20])

    def arrive(stage: str, done: int, total: int) -> None:
        if arriving:
            desk.run([arriving.pop()])

    build_generation(desk.settings, NARROW, arrive, batch_size=6)
    assert not arriving
    assert count_missing_articles(desk.connection, NARROW.profile_id) == 0
    assert desk.leaders(NARROW) == fold_in_memory(documents, NARROW)
    assert desk.leaders(PROFILE) == fold_in_memory(documents, PROFILE)
    desk.connection.commit()
    swap_generation(desk.settings, NARROW.profile_id)
    assert desk.shown().keys() == {name_article(one.id) for one in documents}


def test_builders_and_runs_at_once(desk: Desk) -> None:
    """Two builders of one generation, and two runs of the live one at the same articles: nothing is lost or split."""
    documents = make_corpus(24, 20)
    desk.run(documents[:30])
    gate = threading.Barrier(4, timeout=60)

    def run_later() -> None:
        with closing(Desk(desk.address)) as own:
            gate.wait()
            for first in range(30, len(documents), 10):
                own.run(documents[first : first + 10])

    def build_now() -> None:
        gate.wait()
        build_generation(desk.settings, NARROW, batch_size=4)

    with ThreadPoolExecutor(4) as workers:
        for done in [workers.submit(work) for work in (build_now, build_now, run_later, run_later)]:
            done.result()
    build_generation(desk.settings, NARROW)
    assert desk.leaders(NARROW) == fold_in_memory(documents, NARROW)
    assert desk.leaders(PROFILE) == fold_in_memory(documents, PROFILE)
    assert (
        desk.rows_of(NARROW.profile_id)["pending_article"] == desk.rows_of(PROFILE.profile_id)["pending_article"] == 0
    )
    swap_generation(desk.settings, NARROW.profile_id)


def test_a_new_version_of_an_article_is_caught_up_with(desk: Desk) -> None:
    one, other = write_story(1), write_story(2)
    desk.run([one, other, copy(one, "c", 1)])
    build_generation(desk.settings, NARROW)
    desk.run([copy(other, "c", 1)])
    assert count_missing_articles(desk.connection, NARROW.profile_id) == 1
    desk.connection.commit()
    build_generation(desk.settings, NARROW)
    assert desk.leaders(NARROW)[name_article("c")] == name_article(other.id)


def test_the_comparison_tells_what_the_swap_then_changes(desk: Desk) -> None:
    desk.run(make_corpus(18, 25))
    build_generation(desk.settings, NARROW)
    for profile in (NARROW, PROFILE):  # there and back: splits, then merges
        told = compare_with_live(desk.connection, profile.profile_id)
        before = desk.shown()
        swap_generation(desk.settings, profile.profile_id)
        after = desk.shown()
        into, out_of = defaultdict(set), defaultdict(set)
        for article, story in before.items():
            into[story].add(after[article])
            out_of[after[article]].add(story)
        figures = told.counts
        assert figures.articles == len(before)
        assert figures.moved == sum(before[one] != after[one] for one in before)
        assert figures.split == sum(len(there) > 1 for there in into.values())
        assert figures.merged == sum(len(there) > 1 for there in out_of.values())
        assert figures.ended == len(set(before.values()) - set(after.values()))
        assert figures.founded == len(set(after.values()) - set(before.values()))
        assert (figures.stories_before, figures.stories_after) == (len(set(before.values())), len(set(after.values())))
        assert figures.split + figures.merged > 0
        assert all(len(sample.titles) >= 1 and sample.title for sample in (*told.split, *told.merged))
        desk.connection.commit()


def test_public_ids_last_over_a_swap(desk: Desk) -> None:
    story = write_story(1)
    late = copy(story, "late", 5)
    # The later copy came first: the story bears its id, though another leads it by now.
    desk.run([late, write_story(2)])
    desk.run([story])
    before = desk.shown()
    assert before[name_article("late")] == before[name_article(story.id)]
    build_generation(desk.settings, NARROW)
    swap_generation(desk.settings, NARROW.profile_id)
    after = desk.shown()
    assert after[name_article(story.id)] == before[name_article(story.id)], "the same leader, the same id"
    assert after[name_article("late")] not in before.values()
    swap_generation(desk.settings, PROFILE.profile_id)
    assert desk.shown() == before
    # Ids that ended lead on, in whichever direction one swaps.
    for ended in {*before.values(), *after.values()}:
        found = find_story(desk.connection, PROFILE.profile_id, str(ended))
        assert found.story_id in before.values()


def test_a_killed_build_goes_on_where_it_was(desk: Desk) -> None:
    documents = make_corpus(19, 16)
    desk.run(documents)
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
        assert count_missing_articles(desk.connection, NARROW.profile_id) > 0
        desk.connection.commit()
    with pytest.raises(GenerationNotReady):
        swap_generation(desk.settings, NARROW.profile_id)
    counts = build_generation(desk.settings, NARROW)
    assert counts.signed == counts.matched == 0
    assert counts.folded == len(documents) - 10
    assert desk.leaders(NARROW) == fold_in_memory(documents, NARROW)


def test_a_retired_generation_leaves_nothing_and_the_live_one_alone(desk: Desk) -> None:
    desk.run(make_corpus(20, 12))
    build_generation(desk.settings, NARROW)
    swap_generation(desk.settings, NARROW.profile_id)
    kept, shown = desk.rows_of(NARROW.profile_id), desk.shown()
    with pytest.raises(BadInput, match="is live"):
        retire_generation(desk.settings, NARROW.profile_id)
    before = desk.rows_of(PROFILE.profile_id)
    assert {table for table, rows in before.items() if rows == 0} <= {"pending_article", "story_redirect"}
    dropped = retire_generation(desk.settings, PROFILE.profile_id, batch_size=16)
    assert dropped["sketch"] == dropped["story_member"] == len(shown)
    assert set(desk.rows_of(PROFILE.profile_id).values()) == {0}
    assert (desk.rows_of(NARROW.profile_id), desk.shown()) == (kept, shown)
    with pytest.raises(GenerationNotReady, match="is retired"):
        swap_generation(desk.settings, PROFILE.profile_id)
    build_generation(desk.settings, PROFILE)
    assert find_generation(desk.connection, PROFILE.profile_id).state == "building"


def test_a_retirement_that_was_broken_off_goes_on(desk: Desk) -> None:
    desk.run(make_corpus(26, 5))
    build_generation(desk.settings, NARROW)

    def break_off(stage: str, done: int, total: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        retire_generation(desk.settings, NARROW.profile_id, break_off)
    assert desk.rows_of(NARROW.profile_id)["sketch"] > 0
    with pytest.raises(GenerationNotReady, match="is retired"):
        swap_generation(desk.settings, NARROW.profile_id)
    retire_generation(desk.settings, NARROW.profile_id)
    assert set(desk.rows_of(NARROW.profile_id).values()) == {0}


def test_a_build_stops_when_its_generation_is_retired(desk: Desk) -> None:
    desk.run(make_corpus(21, 10))

    def retire(*_: object) -> None:
        retire_generation(desk.settings, NARROW.profile_id)

    with pytest.raises(GenerationNotReady, match="was retired while it was built"):
        build_generation(desk.settings, NARROW, retire, batch_size=5)
    assert set(desk.rows_of(NARROW.profile_id).values()) == {0}


def test_a_generation_that_breaks_an_invariant_is_not_shown(desk: Desk) -> None:
    desk.run(make_corpus(22, 5))
    build_generation(desk.settings, NARROW)
    desk.connection.execute("UPDATE copydesk.story SET state = 'killed' WHERE profile_id = %s", (NARROW.profile_id,))
    desk.connection.commit()
    assert find_violations_of(desk.connection, PROFILE.profile_id) == []
    with pytest.raises(GenerationNotReady, match="violates invariants"):
        swap_generation(desk.settings, NARROW.profile_id)
    retire_generation(desk.settings, NARROW.profile_id)
