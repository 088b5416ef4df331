"""Generations in PostgreSQL: built beside the live one, swapped at once, kept, retired; nothing is ever missing."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, replace

import pytest
from psycopg.types.json import Jsonb
from typer.testing import CliRunner

from copydesk.dags.commands.doctor import check_profile
from copydesk.pipeline.cli.registry import make_app
from copydesk.pipeline.core.errors import BadInput, BadProfile, GenerationNotReady, Permanent
from copydesk.pipeline.generations.build import build_generation
from copydesk.pipeline.generations.compare import compare_with_live
from copydesk.pipeline.generations.swap import (
    count_missing_articles,
    list_violations,
    retire_generation,
    swap_generation,
)
from copydesk.pipeline.runs.stages import fold_run, match_run, sign_run
from copydesk.pipeline.store.profiles import (
    describe_outdated_profile,
    find_generation,
    list_generations,
    lock_live_profile,
)
from copydesk.pipeline.views.story_queries import find_story
from tests.generations import NARROW, Desk, fold_in_memory
from tests.newsroom import PROFILE, name_article
from tests.wirecopy import copy, make_corpus, write_story


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
    assert desk.rows_of(NARROW.profile_id)["unsettled"] == desk.rows_of(PROFILE.profile_id)["unsettled"] == 0
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
        assert found["story_id"] in before.values()


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
    assert {table for table, rows in before.items() if rows == 0} <= {"unsettled", "story_redirect"}
    dropped = retire_generation(desk.settings, PROFILE.profile_id, batch_size=16)
    assert dropped["sketch"] == dropped["story_member"] == len(shown)
    assert set(desk.rows_of(PROFILE.profile_id).values()) == {0}
    assert (desk.rows_of(NARROW.profile_id), desk.shown()) == (kept, shown)
    with pytest.raises(GenerationNotReady, match="is retired"):
        swap_generation(desk.settings, PROFILE.profile_id)
    build_generation(desk.settings, PROFILE)
    assert find_generation(desk.connection, PROFILE.profile_id)[2] == "building"


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
    with pytest.raises(GenerationNotReady, match="was retired while it was built"):
        build_generation(
            desk.settings, NARROW, lambda *_: retire_generation(desk.settings, NARROW.profile_id) and None, batch_size=5
        )
    assert set(desk.rows_of(NARROW.profile_id).values()) == {0}


def test_a_generation_that_breaks_an_invariant_is_not_shown(desk: Desk) -> None:
    desk.run(make_corpus(22, 5))
    build_generation(desk.settings, NARROW)
    desk.connection.execute("UPDATE copydesk.story SET state = 'killed' WHERE profile_id = %s", (NARROW.profile_id,))
    desk.connection.commit()
    assert list_violations(desk.connection, PROFILE.profile_id) == []
    with pytest.raises(GenerationNotReady, match="an invariant does not hold"):
        swap_generation(desk.settings, NARROW.profile_id)
    retire_generation(desk.settings, NARROW.profile_id)


def test_a_live_profile_of_another_version_is_told_and_not_worked_with(desk: Desk) -> None:
    desk.run([write_story(1)])
    assert describe_outdated_profile(desk.connection) == ""
    old = replace(PROFILE, edge_rule=PROFILE.edge_rule - 1)
    # As a version before this one would have left it.
    desk.connection.execute(
        "INSERT INTO copydesk.profile VALUES (%s, %s, 'building')", (old.profile_id, Jsonb(asdict(old)))
    )
    desk.connection.execute("UPDATE copydesk.profile SET state = 'superseded' WHERE state = 'live'")
    desk.connection.execute("UPDATE copydesk.profile SET state = 'live' WHERE profile_id = %s", (old.profile_id,))
    desk.connection.commit()
    with pytest.raises(BadProfile, match=r"asks for edge_rule .* profiles build"):
        lock_live_profile(desk.connection)
    assert f"edge_rule={PROFILE.edge_rule}" in describe_outdated_profile(desk.connection)
    desk.connection.rollback()
    told = CliRunner().invoke(make_app(), ["doctor"])
    assert "BAD  profile" in told.output
    build_generation(desk.settings, PROFILE)
    swap_generation(desk.settings, PROFILE.profile_id)
    assert lock_live_profile(desk.connection) == PROFILE


def test_the_commands_from_build_to_retire(desk: Desk) -> None:
    desk.run(make_corpus(23, 10))

    def say(*arguments: str) -> str:
        done = CliRunner().invoke(make_app(), ["profiles", *arguments])
        if done.exception:
            raise done.exception
        return done.output

    set_narrow = ("--set", "window_hours=3", "--set", "lead_keys=30:2")
    assert NARROW.profile_id in say("build", *set_narrow)
    assert "window_hours=3" in say("list")
    assert "stories split" in say("compare", NARROW.profile_id[:6])
    assert f"{NARROW.profile_id} is live" in say("swap", NARROW.profile_id[:6])
    told = CliRunner().invoke(make_app(), ["doctor"]).output
    assert f"ok   profile       {NARROW.profile_id} is live" in told
    assert f"profiles swap {PROFILE.profile_id}" in told, "an upgrade's default is told, never taken"
    assert "sketch" in say("retire", PROFILE.profile_id)
    told = CliRunner().invoke(make_app(), ["wires", "pass", "menafn", "--hours", "2"]).output
    assert told.startswith("menafn passes the guards until ")
    with pytest.raises(BadInput, match="Give one of them"):
        say("build", NARROW.profile_id, *set_narrow)


def test_the_doctor_tells_what_no_story_has_unless_a_run_is_at_work(desk: Desk) -> None:
    articles = desk.put(make_corpus(26, 3))
    desk.open_run("now", articles)
    sign_run(desk.settings, "now")
    assert "a run is at work" in check_profile(desk.settings)
    for change in ("started_at = now() - interval '13 hours'", "started_at = now(), state = 'awaiting_approval'"):
        desk.connection.execute(f"UPDATE copydesk.run SET {change}".encode())
        desk.connection.commit()
        with pytest.raises(Permanent, match="no run is at work"):
            check_profile(desk.settings)
    match_run(desk.settings, "now")
    fold_run(desk.settings, "now")
    assert "not in a story" not in check_profile(desk.settings)
