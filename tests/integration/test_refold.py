"""A refold on Spark lands the generation that a build would have written, and nothing if it stops midway."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import timedelta
from itertools import chain
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from copydesk.dags.tasks import refold_tasks
from copydesk.pipeline.core.errors import BadInput, BadSettings, RunawayStory
from copydesk.pipeline.core.profile_parameters import list_differences
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.generations import land
from copydesk.pipeline.generations.build import build_generation
from copydesk.pipeline.generations.refold import ABANDONED_AFTER, Refold, SparkOptions
from copydesk.pipeline.generations.swap import retire_generation
from copydesk.pipeline.spark.refold_job import REFOLD_STAGES, RefoldJob, get_stage_folder, list_unfinished_stages
from copydesk.pipeline.spark.stage_mark import write_mark
from tests.article_store import PROFILE
from tests.fold_corpus import make_fold_corpus
from tests.generation_store import NARROW, GenerationStore
from tests.spark_master import CONF, MASTER, require_spark
from tests.story_builder import NOON, make_story

pytestmark = [pytest.mark.xdist_group("spark"), pytest.mark.timeout(1800)]

_COLUMNS = {
    "sketch": "*",
    "sketch_key": "*",
    "edge": "*",
    "story": "profile_id, story_id, state, representative",
    "story_member": "profile_id, article_id, story_id",
    "story_event": "profile_id, story_id, kind, article_id, related_story_id",
    "story_origin": "*",
    "pending_article": "*",
}


@pytest.fixture
def store(database: str) -> Iterator[GenerationStore]:
    require_spark()
    with GenerationStore.open(database) as found:
        yield found


def make_documents() -> list[Document]:
    """Return stories of every kind, and an item that is printed word for word forty times."""
    item = make_story(99, 5, NOON)
    copies = [
        replace(item, id=f"copy-{number:02}", published_at=NOON + timedelta(hours=number)) for number in range(40)
    ]
    return [*make_fold_corpus(6, 16), *copies]


def make_context(run_id: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what Airflow gives to the tasks of one run; the settings name the folder."""
    monkeypatch.setenv("COPYDESK_REFOLD__FOLDER", str(folder))
    load_settings.cache_clear()
    changes = list_differences(asdict(NARROW), asdict(PROFILE))
    return {
        "dag": SimpleNamespace(dag_id="refold"),
        "dag_run": SimpleNamespace(dag_id="refold", run_id=run_id, run_type="manual"),
        "run_id": run_id,
        "params": {"profile": changes, "master": MASTER, "conf": [f"{name}={value}" for name, value in CONF.items()]},
    }


def list_runs(store: GenerationStore) -> list[Any]:
    found = store.connection.execute("SELECT dag_id, run_id, state FROM copydesk.run").fetchall()
    store.connection.rollback()
    return found


def approve_and_swap(store: GenerationStore, context: Any, articles: int) -> None:
    """Run the tasks from the comparison on; the ids of stories must persist."""
    public = store.read_public_stories()
    figures = refold_tasks.compare(context)
    assert figures["articles"] == articles
    swapped = refold_tasks.swap(context)
    assert refold_tasks.swap(context) == {"redirects": 0}, "it is live already"
    context["ti"] = SimpleNamespace(xcom_pull=lambda task_ids: {"compare": figures, "swap": swapped}[task_ids])
    assert refold_tasks.report(context)["stories"] == figures["stories_after"]
    assert list_runs(store) == [("refold", "first", "done")]
    leaders, old_leaders = store.read_leaders(NARROW), store.read_leaders(PROFILE)
    same_leader = {
        article: story
        for article, story in store.read_public_stories().items()
        if leaders[article] == old_leaders[article] == article and article in public  # not part of a killed story
    }
    assert len(same_leader) > 10
    assert same_leader == {article: public[article] for article in same_leader}


def read_generation(store: GenerationStore) -> dict[str, list[Any]]:
    """Return all rows of the profile, without the times of writing."""
    found = {}
    for table, columns in _COLUMNS.items():
        rows = store.connection.execute(
            f"SELECT {columns} FROM copydesk.{table} WHERE profile_id = %s", (NARROW.profile_id,)
        )
        found[table] = sorted(map(repr, rows))
    store.connection.rollback()
    return found


def test_tasks_export_compare_and_swap(store: GenerationStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    documents = make_documents()[:60]
    store.process_live(documents[:-6])
    context = make_context("first", tmp_path, monkeypatch)
    months = refold_tasks.plan_refold(context)
    assert sum(refold_tasks.export_months(context, part) for part in months) == len(documents) - 6
    assert {refold_tasks.export_months(context, part) for part in months} == {0}, "nothing has changed"
    refold = refold_tasks.make_refold(context)
    refold.stages.mkdir(parents=True)
    build_generation(store.settings, NARROW)  # instead of Spark; the next test has that
    store.process_live(documents[-6:])
    assert refold_tasks.catch_up(context)["signed"] == 6
    approve_and_swap(store, context, len(documents))
    assert not refold.stages.exists()
    with pytest.raises(BadInput, match="is live"):
        refold.plan()
    with pytest.raises(BadInput, match="was live"):
        replace(refold, profile=PROFILE).land()


def test_plan_deletes_the_stages_of_abandoned_refolds_only(tmp_path: Path, store: GenerationStore) -> None:
    store.process_live(make_documents()[:6])
    first = Refold.open(store.settings, NARROW, "first", folder=tmp_path)
    other = Refold.open(store.settings, NARROW, "other", folder=tmp_path)
    old = time.time() - ABANDONED_AFTER.total_seconds() - 60
    for refold, changed_at in ((first, old), (other, old)):
        (refold.stages / "sign").mkdir(parents=True)
        file = refold.stages / "sign" / "part.parquet"
        file.touch()
        for path in (file, file.parent, refold.stages):
            os.utime(path, (changed_at, changed_at))
    os.utime(other.stages / "sign" / "part.parquet")  # it is being written
    Refold.open(store.settings, NARROW, "third", folder=tmp_path).plan()
    assert (first.stages.exists(), other.stages.exists()) == (False, True)


def test_landing_refuses_stages_that_are_missing_or_of_an_earlier_export(
    tmp_path: Path, store: GenerationStore
) -> None:
    refold = Refold(store.settings, NARROW, tmp_path, "first", SparkOptions())
    with pytest.raises(BadInput, match="sign, pairs, verify, components, cluster"):
        refold.land()
    job = RefoldJob(NARROW.profile_id, asdict(NARROW), str(tmp_path), "before", MASTER, {})
    job.write(refold.stages)
    for step in chain.from_iterable(REFOLD_STAGES.values()):
        (refold.stages / get_stage_folder(step)).mkdir()
        write_mark(refold.stages / get_stage_folder(step), job.fingerprint)
    assert list_unfinished_stages(refold.stages) == []
    (refold.stages / "edges" / "_stage.json").write_text("")  # its process was killed while it wrote this
    assert list_unfinished_stages(refold.stages) == ["verify"]
    job = replace(job, digest="after")
    job.write(refold.stages)
    for step in REFOLD_STAGES["sign"]:
        write_mark(refold.stages / get_stage_folder(step), job.fingerprint)
    with pytest.raises(BadInput, match="computed: pairs, verify, components, cluster"):
        refold.land()


def test_driver_runs_as_the_child_of_the_command_that_submits_it(tmp_path: Path, store: GenerationStore) -> None:
    # As `spark-submit` does. Spark refuses the master; that the driver says so shows that it ran.
    submit = ("sh", "-c", '"$@"; exit $?', "sh", sys.executable)
    options = SparkOptions("nowhere", {}, submit)
    with pytest.raises(BadSettings, match="master nowhere"):
        Refold(store.settings, NARROW, tmp_path, "first", options).run_stages(["sign"], print)


@pytest.mark.slow
def test_landed_generation_is_the_one_that_a_build_writes(
    store: GenerationStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = make_documents()
    store.process_live(documents[:-6])
    context = make_context("first", tmp_path, monkeypatch)
    months = refold_tasks.plan_refold(context)
    assert sum(refold_tasks.export_months(context, part) for part in months) == len(documents) - 6
    assert {refold_tasks.export_months(context, part) for part in months} == {0}, "nothing has changed"
    refold = refold_tasks.make_refold(context)
    log: list[str] = []
    rows = refold.run_stages(list(REFOLD_STAGES), log.append)
    assert rows["sign"] == rows["cluster"] == len(documents) - 6, log

    # A guard stops the landing when most is written.
    with monkeypatch.context() as patch:
        patch.setattr(land, "BATCH_ARTICLES", 60)
        patch.setattr(land, "MAX_MEMBERS", 3)
        with pytest.raises(RunawayStory):
            refold.land()
    assert set(store.count_rows(NARROW.profile_id).values()) == {0}

    counts = refold.land()
    landed = read_generation(store)
    assert (counts.articles, counts.edges) == (len(landed["sketch"]), len(landed["edge"]))
    assert counts.stories == len(landed["story"])
    refold.land()  # a cleared task lands it again
    assert read_generation(store) == landed
    retire_generation(store.settings, NARROW.profile_id)
    build_generation(store.settings, NARROW)
    built = read_generation(store)
    for table in _COLUMNS:
        assert landed[table] == built[table], table

    # The schedule went on meanwhile; a stage that is run again gives the same, and the build adds what is new.
    retire_generation(store.settings, NARROW.profile_id)
    store.process_live(documents[-6:])
    assert refold_tasks.run_stage(context, "cluster") == len(documents) - 6
    assert refold_tasks.land(context)["articles"] == len(documents) - 6
    assert read_generation(store) == landed
    assert refold_tasks.catch_up(context)["signed"] == 6
    approve_and_swap(store, context, len(documents))
