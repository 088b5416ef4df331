"""Commands for generations, the doctor's check, and a live profile of another version."""

from __future__ import annotations

import re
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
from tests.generation_store import NARROW, GenerationStore
from tests.run_keys import run_key_for
from tests.story_builder import make_corpus, make_story


@pytest.fixture
def store(database: str) -> Iterator[GenerationStore]:
    with GenerationStore.open(database) as found:
        yield found


def test_outdated_live_profile_is_reported_and_rejected(store: GenerationStore) -> None:
    store.process_live([make_story(1)])
    assert describe_outdated_profile(store.connection) == ""
    old = replace(PROFILE, edge_rule=PROFILE.edge_rule - 1)
    # As an earlier version would have left it.
    store.connection.execute(
        "INSERT INTO copydesk.profile VALUES (%s, %s, 'building')", (old.profile_id, Jsonb(asdict(old)))
    )
    store.connection.execute("UPDATE copydesk.profile SET state = 'superseded' WHERE state = 'live'")
    store.connection.execute("UPDATE copydesk.profile SET state = 'live' WHERE profile_id = %s", (old.profile_id,))
    store.connection.commit()
    with pytest.raises(BadProfile, match=r"requires edge_rule .* profiles build"):
        lock_live_profile(store.connection)
    assert f"edge_rule={PROFILE.edge_rule}" in describe_outdated_profile(store.connection)
    store.connection.rollback()
    result = CliRunner().invoke(make_app(), ["doctor"])
    assert "FAILED profile" in result.output
    build_generation(store.settings, PROFILE)
    swap_generation(store.settings, PROFILE.profile_id)
    assert lock_live_profile(store.connection) == PROFILE


def test_profile_commands_from_build_to_retire(store: GenerationStore) -> None:
    store.process_live(make_corpus(23, 10))

    def run_profiles(*arguments: str) -> str:
        done = CliRunner().invoke(make_app(), ["profiles", *arguments])
        if done.exception:
            raise done.exception
        return done.output

    set_narrow = ("--set", "window_hours=3", "--set", "lead_keys=30:2")
    assert NARROW.profile_id in run_profiles("build", *set_narrow)
    assert "window_hours=3" in run_profiles("list")
    assert "stories split" in run_profiles("compare", NARROW.profile_id[:6])
    assert f"{NARROW.profile_id} is live" in run_profiles("swap", NARROW.profile_id[:6])
    output = CliRunner().invoke(make_app(), ["doctor"]).output
    assert re.search(rf"^ok +profile +{NARROW.profile_id} is live", output, re.MULTILINE)
    assert f"profiles swap {PROFILE.profile_id}" in output, "the default of an upgrade is reported, not applied"
    assert "sketch" in run_profiles("retire", PROFILE.profile_id)
    output = CliRunner().invoke(make_app(), ["wires", "pass", "menafn", "--hours", "2"]).output
    assert output.startswith("The guards are bypassed for menafn until ")
    with pytest.raises(BadInput, match="cannot be combined"):
        run_profiles("build", NARROW.profile_id, *set_narrow)


def test_doctor_reports_unfolded_articles_unless_a_run_is_in_progress(store: GenerationStore) -> None:
    articles = store.insert(make_corpus(26, 3))
    store.open_run("now", articles)
    sign_run(store.settings, run_key_for("now"))
    assert "a run is in progress" in check_profile(store.settings)
    for change in ("started_at = now() - interval '13 hours'", "started_at = now(), state = 'awaiting_approval'"):
        store.connection.execute(f"UPDATE copydesk.run SET {change}".encode())
        store.connection.commit()
        with pytest.raises(Permanent, match="no run is in progress"):
            check_profile(store.settings)
    match_run(store.settings, run_key_for("now"))
    fold_run(store.settings, run_key_for("now"))
    assert "not in a story" not in check_profile(store.settings)
