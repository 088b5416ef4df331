"""Generations as a person meets them: the live profile of another version, the commands and the doctor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace

import pytest
from psycopg.types.json import Jsonb
from typer.testing import CliRunner

from copydesk.dags.commands.doctor import check_profile
from copydesk.pipeline.cli.registry import make_app
from copydesk.pipeline.core.errors import BadInput, BadProfile, Permanent
from copydesk.pipeline.generations.build import build_generation
from copydesk.pipeline.generations.swap import (
    swap_generation,
)
from copydesk.pipeline.runs.stages import fold_run, match_run, sign_run
from copydesk.pipeline.store.profiles import (
    describe_outdated_profile,
    lock_live_profile,
)
from tests.article_store import PROFILE
from tests.generation_store import NARROW, Desk
from tests.run_keys import key_of
from tests.story_builder import make_corpus, write_story


@pytest.fixture
def desk(database: str) -> Iterator[Desk]:
    with Desk.open(database) as found:
        yield found


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
    with pytest.raises(BadProfile, match=r"requires edge_rule .* profiles build"):
        lock_live_profile(desk.connection)
    assert f"edge_rule={PROFILE.edge_rule}" in describe_outdated_profile(desk.connection)
    desk.connection.rollback()
    told = CliRunner().invoke(make_app(), ["doctor"])
    assert "FAILED profile" in told.output
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
    assert f"ok     profile       {NARROW.profile_id} is live" in told
    assert f"profiles swap {PROFILE.profile_id}" in told, "an upgrade's default is told, never taken"
    assert "sketch" in say("retire", PROFILE.profile_id)
    told = CliRunner().invoke(make_app(), ["wires", "pass", "menafn", "--hours", "2"]).output
    assert told.startswith("The guards are bypassed for menafn until ")
    with pytest.raises(BadInput, match="cannot be combined"):
        say("build", NARROW.profile_id, *set_narrow)


def test_the_doctor_tells_what_no_story_has_unless_a_run_is_at_work(desk: Desk) -> None:
    articles = desk.put(make_corpus(26, 3))
    desk.open_run("now", articles)
    sign_run(desk.settings, key_of("now"))
    assert "a run is in progress" in check_profile(desk.settings)
    for change in ("started_at = now() - interval '13 hours'", "started_at = now(), state = 'awaiting_approval'"):
        desk.connection.execute(f"UPDATE copydesk.run SET {change}".encode())
        desk.connection.commit()
        with pytest.raises(Permanent, match="no run is in progress"):
            check_profile(desk.settings)
    match_run(desk.settings, key_of("now"))
    fold_run(desk.settings, key_of("now"))
    assert "not in a story" not in check_profile(desk.settings)
