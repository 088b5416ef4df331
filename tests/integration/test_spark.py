"""Deduplication on Spark gives what deduplication in memory gives, byte for byte."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer
from pyarrow import parquet
from typer.testing import CliRunner

from copydesk.pipeline.cli.dedup import dedup
from copydesk.pipeline.core.errors import BadInput, RunawayStory
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.offline.deduplicate import deduplicate
from tests.fold_corpus import make_fold_corpus
from tests.spark_master import CONF, MASTER, require_spark
from tests.story_builder import NOON, make_story

if TYPE_CHECKING:
    from copydesk.pipeline.spark.spark_dedup import SparkDedup

pytestmark = [pytest.mark.xdist_group("spark"), pytest.mark.timeout(1200)]  # one JVM at a time


@pytest.fixture(autouse=True)
def installed() -> None:
    require_spark()


def make_documents() -> list[Document]:
    """Return stories of every kind, with undated articles, and an item that is printed word for word forty times."""
    rng = random.Random(3)
    documents = [
        replace(one, published_at=None) if rng.random() < 0.1 else one for one in make_fold_corpus(5, 24, hours=240)
    ]
    item = make_story(99, 5, NOON)
    documents += [
        replace(item, id=f"copy-{number:02}", published_at=NOON + timedelta(hours=rng.randint(0, 30)))
        for number in range(40)
    ]
    rng.shuffle(documents)
    return documents


@contextmanager
def deduplicating(documents: list[Document], work: Path, profile: Profile) -> Iterator[SparkDedup]:
    from copydesk.pipeline.spark.spark_dedup import open_spark_dedup, write_documents

    digest = write_documents(documents, work / "documents")
    with open_spark_dedup(work / "documents", digest, profile, work, master=MASTER, conf=CONF) as found:
        yield found


def test_stories_and_edges_are_those_of_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from copydesk.pipeline.spark import candidates
    from copydesk.pipeline.spark.star_components import check_components

    # As in a corpus of millions: some keys are so frequent that their rows are joined in parts.
    monkeypatch.setattr(candidates, "HOT_KEY_ROWS", 8)
    monkeypatch.setattr(candidates, "HOT_KEY_PART_ROWS", 3)
    documents, profile = make_documents(), Profile(window_hours=None)
    expected = deduplicate(documents, profile)
    with deduplicating(documents, tmp_path, profile) as found:
        assert list(found.iterate_stories()) == [(one.id, expected.assignments[one.id]) for one in documents]
        assert list(found.iterate_edges()) == expected.edges
        assert found.count() == (len(documents), len(expected.clusters))
        assert found.skipped == ()
        links = found.edges.where("merges").selectExpr("number_a AS a", "number_b AS b")
        members = links.selectExpr("a AS number", "0 AS component").distinct()
        sketches = members.selectExpr("number", "'Quay shut' AS headline")
        with pytest.raises(RunawayStory, match="Quay shut"):
            check_components(members, links, sketches, most=3)
    with (
        pytest.raises(BadInput, match="occurs 2 times"),
        deduplicating([*documents[:3], documents[0]], tmp_path / "repeated", profile),
    ):
        pass


@pytest.mark.slow
def test_command_writes_the_same_files_and_continues_a_stopped_run(tmp_path: Path) -> None:
    lines = [
        {"id": one.id, "title": one.title, "body": one.body, "published_at": one.published_at and str(one.published_at)}
        for one in make_documents()
    ]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    shown: list[str] = []
    app = typer.Typer()
    app.command()(dedup)
    for engine, output in (
        ("memory", "memory.tsv"),
        ("memory", "memory/"),
        ("spark", "spark.tsv"),
        ("spark", "spark/"),
    ):
        stories, edges = f"{tmp_path}/{output}", f"{tmp_path / output.strip('/')}.jsonl"
        result = CliRunner().invoke(
            app,
            [str(tmp_path / "in.jsonl"), "-o", stories, "--edges", edges, "--engine", engine, "--master", MASTER,
             "--conf", "spark.sql.shuffle.partitions=3", "--work", str(tmp_path / "work")],
        )  # fmt: skip
        assert result.exit_code == 0, result.output
        shown.append(result.stderr)
        (tmp_path / "work" / "edges" / "_stage.json").unlink(missing_ok=True)  # stopped within this stage
    assert "Continued" not in shown[2]
    assert "had finished sketches, copies, pairs, likely-pairs, components, members, stories" in shown[3]
    for name in ("{}.tsv", "{}.tsv.jsonl", "{}.jsonl"):
        assert (tmp_path / name.format("memory")).read_bytes() == (tmp_path / name.format("spark")).read_bytes()
    for name in ("members", "stories", "edges"):
        ours, theirs = (parquet.read_table(tmp_path / engine / f"{name}.parquet") for engine in ("memory", "spark"))
        assert ours.num_rows
        assert ours.equals(theirs, check_metadata=True)
