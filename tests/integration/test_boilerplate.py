"""Boilerplate is learned from one day of sample wires with unknown patterns, and cut on the next day."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from copydesk.crawler.sample.network import Network
from copydesk.crawler.sample.source_toml import write_sources
from copydesk.pipeline.cli.registry import make_app
from copydesk.pipeline.core.errors import CopydeskError
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import Window
from copydesk.pipeline.core.settings import Settings, load_settings
from copydesk.pipeline.core.source_files import read_sources
from copydesk.pipeline.core.strategy import RunMode, WireStrategy
from copydesk.pipeline.core.urls import canonicalize
from copydesk.pipeline.db import connect, transaction
from copydesk.pipeline.generations.invariants import find_violations
from copydesk.pipeline.maintenance.learned_boilerplate import snapshot_run_boilerplate
from copydesk.pipeline.runs.planning import plan_run
from copydesk.pipeline.runs.stages import fold_run, match_run, record_crawl_counts, sign_run
from copydesk.pipeline.runs.wire_run import compute_cleaner_version
from tests.fork_server import clean_wire, run_spider
from tests.run_keys import DAG_ID, run_key_for
from tests.sample_network import RunningNetwork, running_network
from tests.table_digest import CONTENT, digest_tables

FIRST = datetime(2026, 3, 3, tzinfo=UTC)
DAY = timedelta(days=1)
NOW = FIRST + 2 * DAY
WIRES = ("deuxrives", "harborpost")
UNTIL = (FIRST + DAY).isoformat()
HOUSE = "The Harbor Post depends on its readers"
DISCLAIMER = "Le Courrier des Deux Rives publie des dépêches d'agence sous licence"


@pytest.fixture(scope="module")
def network() -> Iterator[RunningNetwork]:
    with running_network(Network(seed=8, per_day=500), now=NOW) as running:
        yield running


@pytest.fixture
def settings(network: RunningNetwork, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    write_sources(tmp_path, {wire: network.origins[wire] for wire in WIRES}, boilerplate=False)
    monkeypatch.setenv("COPYDESK_SOURCES", str(tmp_path))
    load_settings.cache_clear()
    return load_settings()


def crawl_both_days(settings: Settings) -> None:
    """Crawl two days of both wires into the page store; nothing is cleaned."""
    open_run(settings, "crawl", FIRST, FIRST + 2 * DAY, RunMode.AUTO)
    for wire in WIRES:
        stats = run_spider(
            wire, DAG_ID, "crawl", FIRST, FIRST + 2 * DAY, strategy=WireStrategy.ARCHIVE, progress_seconds=0
        )
        record_crawl_counts(settings, run_key_for("crawl"), wire, stats.total_scheduled)


def open_run(settings: Settings, run_id: str, start: datetime, end: datetime, mode: RunMode) -> None:
    """Plan a run, like the DAG's first task."""
    with transaction(settings) as connection:
        plan = plan_run(
            connection, read_sources(settings.source_folders), dag_id=DAG_ID, run_id=run_id, kind="backfill",
            window=Window(start, end), mode=mode, now=NOW,
        )  # fmt: skip
        snapshot_run_boilerplate(connection, plan.run_key, [one.wire for one in plan.wires])


def clean_stored_pages(settings: Settings, run_id: str) -> None:
    """Clean the stored pages of a planned run."""
    for source in read_sources(settings.source_folders).values():
        clean_wire(settings, run_key_for(run_id), "stored", source)


def fold_stored_articles(settings: Settings, run_id: str) -> None:
    """Sign, match and fold the articles of a cleaned run."""
    sign_run(settings, run_key_for(run_id), Profile())
    match_run(settings, run_key_for(run_id), Profile())
    fold_run(settings, run_key_for(run_id), Profile())


def reprocess_day(settings: Settings, run_id: str, start: datetime) -> None:
    """Plan and clean one day's stored pages."""
    open_run(settings, run_id, start, start + DAY, RunMode.STORED)
    clean_stored_pages(settings, run_id)


def run_cli_json(*arguments: str) -> list[dict[str, Any]]:
    """Run the command and return its lines, parsed as JSON."""
    done = CliRunner().invoke(make_app(), [*arguments, "--json"])
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.output.splitlines()]


def measure_exact(settings: Settings, network: RunningNetwork, wire: str, start: datetime) -> float:
    """Return the share of a wire's articles of one day with exactly the true text, to the character."""
    source = read_sources(settings.source_folders)[wire]
    with connect(settings) as connection:
        bodies: dict[str, str] = dict(
            connection.execute(
                "SELECT a.canonical_url, v.body FROM copydesk.article a"
                " JOIN copydesk.article_version v ON v.version_id = a.current_version"
            ).fetchall()
        )
    true = [one for one in network.truth(start, start + DAY, now=NOW) if one.wire == wire]
    assert len(true) >= 30
    found = [bodies[canonicalize(one.url, source.identity)] for one in true]
    return sum(body == "\n\n".join(one.paragraphs) for one, body in zip(true, found, strict=True)) / len(true)


def test_boilerplate_is_learned_applied_replayed_and_vetoed(
    settings: Settings, network: RunningNetwork, database: str
) -> None:
    crawl_both_days(settings)
    reprocess_day(settings, "first", FIRST)
    fold_stored_articles(settings, "first")
    assert measure_exact(settings, network, "deuxrives", FIRST) == 0
    assert measure_exact(settings, network, "harborpost", FIRST) < 0.8

    # The dry run matches: it learns what recurs in many different articles, and none of their own paragraphs.
    foreseen = run_cli_json("wires", "learn", "--until", UNTIL, "--dry-run")
    assert run_cli_json("wires", "boilerplate", "harborpost") == []
    lessons = run_cli_json("wires", "learn", "--until", UNTIL)
    assert lessons == foreseen
    learned = [line["text"] for one in lessons for line in one["learned"]]
    assert sorted(text.split(".")[0] for text in learned) == [DISCLAIMER, HOUSE]
    assert not {text for one in network.truth(FIRST, NOW, now=NOW) for text in one.paragraphs} & set(learned)
    lines = [line for wire in WIRES for line in run_cli_json("wires", "boilerplate", wire)]
    assert {line["text"] for line in lines if line["state"] == "learned"} == set(learned)
    assert all((line["state"] == "candidate") == bool(line["objection"]) for line in lines)

    shown = CliRunner().invoke(make_app(), ["wires", "boilerplate", "harborpost"]).output
    assert f"{HOUSE}." in shown
    assert "middle" in shown

    # A run keeps the set of its plan, and learning again from the same articles changes no row.
    before = digest_tables(database, (*CONTENT, "boilerplate"))
    clean_stored_pages(settings, "first")
    run_cli_json("wires", "learn", "--until", UNTIL)
    assert digest_tables(database, (*CONTENT, "boilerplate")) == before

    # The next day is clean, and so is the first after it is processed again; doing so once more changes nothing.
    reprocess_day(settings, "second", FIRST + DAY)
    assert measure_exact(settings, network, "harborpost", FIRST + DAY) >= 0.98
    assert measure_exact(settings, network, "deuxrives", FIRST + DAY) >= 0.98
    reprocess_day(settings, "replayed", FIRST)
    fold_stored_articles(settings, "replayed")
    assert measure_exact(settings, network, "harborpost", FIRST) >= 0.98
    before = digest_tables(database)
    reprocess_day(settings, "once more", FIRST)
    fold_stored_articles(settings, "once more")
    assert digest_tables(database) == before
    with connect(settings) as connection:
        assert not any(find_violations(connection))

    # Cut text still counts for learning.
    again = run_cli_json("wires", "learn", "--until", UNTIL)
    assert not any(one["learned"] or one["unlearned"] for one in again)
    (line,) = [line for line in run_cli_json("wires", "boilerplate", "harborpost") if line["text"].startswith(HOUSE)]
    assert (line["state"], line["objection"], line["cut"]) == ("learned", "", line["articles"])
    count = count_appeals(settings)
    assert count.kept == 0
    assert count.cut >= line["articles"]

    # A veto restores the text and stays, and so does an allowance.
    (vetoed,) = run_cli_json("wires", "boilerplate", "harborpost", "--veto", line["id"][:6])
    assert vetoed["state"] == "vetoed"
    reprocess_day(settings, "vetoed", FIRST)
    assert count_appeals(settings).kept >= line["articles"]
    (lesson,) = run_cli_json("wires", "learn", "harborpost", "--until", UNTIL)
    assert (lesson["learned"], lesson["applied"]) == ([], 0)
    (allowed,) = run_cli_json("wires", "boilerplate", "harborpost", "--allow", line["id"])
    assert allowed["state"] == "allowed"
    reprocess_day(settings, "allowed", FIRST)
    assert count_appeals(settings) == count


@dataclass(frozen=True)
class AppealCount:
    kept: int
    cut: int


def count_appeals(settings: Settings) -> AppealCount:
    """Count the Post's articles that contain its appeal, and those from which it was cut as learned."""
    with connect(settings) as connection:
        row = connection.execute(
            "SELECT count(*) FILTER (WHERE strpos(v.body, %(text)s) > 0),"
            ' count(*) FILTER (WHERE v.dropped @> \'[{"reason": "learned"}]\')'
            " FROM copydesk.article a JOIN copydesk.article_version v ON v.version_id = a.current_version"
            " WHERE a.wire = 'harborpost'",
            {"text": HOUSE},
        ).fetchone()
    assert row is not None
    return AppealCount(*row)


def test_cleaner_version_depends_on_learned_keys(settings: Settings) -> None:
    source = read_sources(settings.source_folders)["harborpost"]
    plain, one, two = (compute_cleaner_version(source.with_learned(keys)) for keys in ((), ("a", "b"), ("b",)))
    assert len({plain, one, two}) == 3
    assert one.startswith(f"{plain}+")
    assert compute_cleaner_version(source.with_learned(("b", "a"))) == one


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("harborpost", "--veto", "nothing"), 66),
        (("nowhere",), 66),
        (("harborpost", "--veto", "a", "--allow", "a"), 65),
    ],
)
def test_invalid_arguments_are_reported(settings: Settings, arguments: tuple[str, ...], status: int) -> None:
    error = CliRunner().invoke(make_app(), ["wires", "boilerplate", *arguments]).exception
    assert isinstance(error, CopydeskError)
    assert error.exit_code == status
