"""Deduplicate documents on Spark: sign, pair, prefilter, verify, components, cluster."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from copydesk.pipeline.core.dedup_records import Edge
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.corpus.sketch_rows import batch_to_edges
from copydesk.pipeline.spark import spark_schemas
from copydesk.pipeline.spark.candidates import HotKey
from copydesk.pipeline.spark.dedup_stages import DEDUP_STAGES, DedupStages
from copydesk.pipeline.spark.spark_session import open_session
from copydesk.pipeline.spark.stage_folder import StageFolder

DOCUMENTS_PER_FILE = 20_000
"""Documents of one file, and so of the smallest piece that is signed on its own."""

EDGES_READ_AT_ONCE = 5_000
"""Edges that are converted together."""


@dataclass(frozen=True, slots=True)
class SparkDedup:
    """The stories found on Spark; usable within ``open_spark_dedup``."""

    stories: DataFrame
    """``spark_schemas.STORY``: each document with its representative."""

    edges: DataFrame
    """``spark_schemas.EDGE``: every verified near-duplicate and near miss."""

    hot_keys: tuple[HotKey, ...]
    """The keys that most documents share, if they are very many."""

    largest_component: int
    """Merging edges of the largest connected component."""

    skipped: tuple[str, ...]
    """Stages that were finished by an earlier run."""

    def iterate_stories(self) -> Iterator[tuple[str, str]]:
        """Yield the id and the representative of each document, in the order of the input."""
        for row in self.stories.orderBy("number").toLocalIterator(prefetchPartitions=True):
            yield row["id"], row["representative"]

    def iterate_sizes(self) -> Iterator[tuple[str, int, datetime | None]]:
        """Yield each representative, the number of its copies with itself, and its time, in the order of the input."""
        sizes = self.stories.groupBy("representative").count()
        leaders = self.stories.where("id = representative").select("number", "representative", "time")
        for row in leaders.join(sizes, "representative").orderBy("number").toLocalIterator(prefetchPartitions=True):
            yield row["representative"], row["count"], spark_schemas.to_time(row["time"])

    def iterate_edges(self) -> Iterator[Edge]:
        """Yield the edges by (a, b)."""
        names = spark_schemas.EDGE.names
        rows = self.edges.select(*names).orderBy("a", "b").toLocalIterator(prefetchPartitions=True)
        while part := [row.asDict() for row in islice(rows, EDGES_READ_AT_ONCE)]:
            yield from batch_to_edges(pa.RecordBatch.from_pylist(part, schema=spark_schemas.EDGE))

    def list_large_stories(self, more_than: int) -> list[tuple[str, int]]:
        """Return the representative and the number of members of each story with more members, the largest first."""
        sizes = self.stories.groupBy("representative").count().where(F.col("count") > more_than)
        return [(row["representative"], row["count"]) for row in sizes.orderBy(F.desc("count")).collect()]

    def count(self) -> tuple[int, int]:
        """Return the number of documents and of stories."""
        row = self.stories.agg(F.count("*"), F.countDistinct("representative")).first()
        return (0, 0) if row is None else (row[0], row[1])


def write_documents(documents: Iterable[Document], folder: Path) -> str:
    """Write documents as the input of ``open_spark_dedup``, in constant memory.

    Returns:
        A hash of them, which identifies the input.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for leftover in folder.glob("*.parquet"):
        leftover.unlink()
    digest = hashlib.sha256()
    remaining = iter(documents)
    written, file = 0, 0
    while (batch := list(islice(remaining, DOCUMENTS_PER_FILE))) or not file:
        rows = spark_schemas.make_document_batch(batch, written)
        pq.write_table(pa.Table.from_batches([rows], schema=spark_schemas.DOCUMENT), folder / f"{file:06}.parquet")
        for document in batch:
            digest.update(repr(document).encode("utf-8", "surrogatepass"))
        written, file = written + len(batch), file + 1
    return digest.hexdigest()


@contextmanager
def open_spark_dedup(
    documents: Path, digest: str, profile: Profile, work: Path, *, master: str, conf: Mapping[str, str]
) -> Iterator[SparkDedup]:
    """Group documents into stories on Spark; the stories and edges are those of every other engine.

    Args:
        documents: the folder that ``write_documents`` wrote.
        digest: what it returned.
        profile: the parameters.
        work: the folder of the stages; a run that was stopped goes on there with the stage that it was in.
        master: as in ``open_session``.
        conf: as in ``open_session``.

    Raises:
        BadInput: Two documents have the same id.
        BadSettings: As ``open_session``.
        RunawayStory: A connected component is a giant.
    """
    work.mkdir(parents=True, exist_ok=True)
    with open_session(master, conf, work) as session:
        folder = StageFolder(session, work, f"{version('copydesk')} {profile.profile_id} {digest}")
        stages = DedupStages(session, documents, profile, folder)
        for name in DEDUP_STAGES:
            getattr(stages, name)
        hot_keys, skipped = tuple(stages.list_hot_keys()), tuple(folder.skipped)
        yield SparkDedup(stages.stories, stages.edges, hot_keys, stages.largest_component, skipped)
