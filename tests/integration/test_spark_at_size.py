"""Memory, PostgreSQL and Spark agree on the stories and edges of large corpora, even if a cluster loses an executor.

``SPARK_TEST_ARTICLES`` sets the number of sample articles, and ``REUTERS`` names the folder of Reuters-21578, which is
not part of the project.
"""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import psutil
import pytest

from copydesk.crawler.sample.network import Network
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.offline.deduplicate import deduplicate
from tests.article_store import PROFILE, ArticleStore
from tests.bench.sample_articles import START, make_unsigned, read_articles
from tests.fold_corpus import hash_rows, make_rows, read_stored_rows, rename
from tests.reuters import list_files, read_stories
from tests.series import make_series
from tests.spark_cluster import SparkCluster, running_cluster
from tests.spark_master import CONF, require_spark

SAMPLE_ARTICLES = int(os.environ.get("SPARK_TEST_ARTICLES", "50000"))
SAMPLE_PER_DAY = 33_333
BATCH = 500

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("spark"), pytest.mark.timeout(14_400)]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkCluster]:
    require_spark()
    with running_cluster(tmp_path_factory.mktemp("cluster")) as found:
        yield found


def make_sample() -> list[Document]:
    hours = (START + timedelta(hours=number) for number in range(24 * SAMPLE_ARTICLES // SAMPLE_PER_DAY + 2))
    until = START + timedelta(days=SAMPLE_ARTICLES / SAMPLE_PER_DAY)
    found = read_articles(Network(per_day=SAMPLE_PER_DAY), hours, START, until)
    return [make_unsigned(article).document for article in found]


def make_undated() -> list[Document]:
    rng = random.Random(5)
    documents = make_sample()[: SAMPLE_ARTICLES // 5]
    return [replace(one, published_at=None) if rng.random() < 0.1 else one for one in documents]


def make_all_series() -> list[Document]:
    issues, others = make_series(1, 64)
    return [*issues, *others]


def read_reuters() -> list[Document]:
    folder = os.environ.get("REUTERS")
    if not folder:
        pytest.skip("REUTERS does not name the folder of Reuters-21578.")
    return [
        Document(str(one["id"]), str(one["title"]), str(one["body"]), datetime.fromisoformat(str(one["published_at"])))
        for one in read_stories(list_files([folder]))
    ]


def dedup_on_spark(documents: list[Document], profile: Profile, master: str, work: Path) -> str:
    """Return the hash of the stories and edges that Spark finds."""
    from copydesk.pipeline.spark.spark_dedup import open_spark_dedup, write_documents

    digest = write_documents(documents, work / "documents")
    conf = {**CONF, "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    with open_spark_dedup(work / "documents", digest, profile, work, master=master, conf=conf) as found:
        return hash_rows(make_rows(documents, dict(found.iterate_stories()), found.iterate_edges()))


@contextmanager
def killing_an_executor(cluster: SparkCluster, work: Path) -> Iterator[list[psutil.Process]]:
    """Kill one executor when the sketches are finished, while the next stage runs; yield those that were killed."""
    killed: list[psutil.Process] = []
    ended = threading.Event()

    def kill() -> None:
        while not ended.wait(0.05):
            if (work / "sketches" / "_stage.json").exists() and (executors := cluster.list_executors()):
                executors[0].kill()
                killed.append(executors[0])
                return

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield killed
    finally:
        ended.set()
        thread.join()


@pytest.mark.parametrize(
    ("documents", "profile"),
    [
        pytest.param(make_sample, PROFILE, id="sample"),
        pytest.param(make_all_series, PROFILE, id="series"),
        pytest.param(make_undated, Profile(window_hours=None), id="undated"),
        pytest.param(read_reuters, PROFILE, id="reuters"),
    ],
)
def test_engines_agree(
    documents: Callable[[], list[Document]], profile: Profile, cluster: SparkCluster, database: str, tmp_path: Path
) -> None:
    originals = documents()
    named = rename(originals)
    folding = deduplicate(named, profile)
    expected = hash_rows(make_rows(named, folding.assignments, folding.edges))
    del folding
    for master in ("local[1]", "local[2]"):
        assert dedup_on_spark(named, profile, master, tmp_path / master) == expected, master
    with killing_an_executor(cluster, tmp_path / "cluster") as killed:
        assert dedup_on_spark(named, profile, cluster.master, tmp_path / "cluster") == expected
    assert killed
    if all(one.published_at for one in originals):
        ordered = sorted(originals, key=lambda one: str(one.published_at))
        shuffled = random.Random(2).sample(originals, len(originals))
        for order in (ordered, shuffled):
            assert fold_in_database(order, profile, database) == expected


def fold_in_database(documents: list[Document], profile: Profile, database: str) -> str:
    """Return the hash of the stories and edges that PostgreSQL has after processing the documents in this order."""
    with ArticleStore.open(database) as store:
        store.connection.execute("TRUNCATE copydesk.profile, copydesk.article CASCADE")
        for first in range(0, len(documents), BATCH):
            store.process(store.insert(documents[first : first + BATCH]), profile)
        return hash_rows(read_stored_rows(store, profile))
