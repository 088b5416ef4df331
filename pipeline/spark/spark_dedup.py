"""Deduplicate documents on Spark: sign, pair, prefilter, verify, components, cluster."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import from_arrow_schema

from copydesk.pipeline.core.dedup_records import Edge
from copydesk.pipeline.core.errors import BadInput
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.corpus.sketch_rows import batch_to_edges
from copydesk.pipeline.spark import spark_schemas, workers
from copydesk.pipeline.spark.candidates import HotKey, find_copies, find_pairs, list_hot_keys
from copydesk.pipeline.spark.spark_session import open_session
from copydesk.pipeline.spark.stage_folder import StageFolder
from copydesk.pipeline.spark.star_components import check_components, find_components

DOCUMENTS_PER_FILE = 20_000
"""Documents of one file, and so of the smallest piece that is signed on its own."""

EDGES_READ_AT_ONCE = 5_000
"""Edges that are converted together."""


@dataclass(frozen=True, slots=True)
class SparkDedup:
    """The stories found on Spark; usable within ``open_spark_dedup``."""

    stories: DataFrame
    """``position``, ``id`` and ``representative`` of each document."""

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
        for row in self.stories.orderBy("position").toLocalIterator(prefetchPartitions=True):
            yield row["id"], row["representative"]

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
    position, number = 0, 0
    while (batch := list(islice(remaining, DOCUMENTS_PER_FILE))) or not number:
        rows = spark_schemas.make_document_batch(batch, position)
        pq.write_table(pa.Table.from_batches([rows], schema=spark_schemas.DOCUMENT), folder / f"{number:06}.parquet")
        for document in batch:
            digest.update(repr(document).encode("utf-8", "surrogatepass"))
        position, number = position + len(batch), number + 1
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
        stages = StageFolder(session, work, f"{version('copydesk')} {profile.profile_id} {digest}")
        yield _run_stages(session, documents, profile, stages)


def _run_stages(session: SparkSession, documents: Path, profile: Profile, stages: StageFolder) -> SparkDedup:
    def sign() -> DataFrame:
        rows = session.read.schema(from_arrow_schema(spark_schemas.DOCUMENT)).parquet(str(documents))
        return rows.mapInArrow(
            partial(workers.sign_documents, profile=profile), from_arrow_schema(spark_schemas.SKETCH)
        )

    sketches = stages.run("sketches", sign)
    _check_ids(sketches)
    copies = stages.run("copies", lambda: find_copies(sketches, profile))
    surplus = copies.where("is_surplus")
    compared = sketches.join(surplus.select("number"), "number", "left_anti")
    hot_keys = tuple(list_hot_keys(compared, profile))
    pairs = stages.run("pairs", lambda: find_pairs(compared, profile))
    likely = stages.run("likely-pairs", lambda: _prefilter(pairs, sketches))
    known = surplus.select(F.col("first_number").alias("a"), F.col("number").alias("b"))
    edges = stages.run("edges", lambda: _verify(likely.unionByName(known), sketches, profile))
    merging = edges.where("merges")
    links = merging.select(F.col("number_a").alias("a"), F.col("number_b").alias("b"))
    components = stages.run(
        "components", lambda: find_components(links, lambda rows, name: stages.run(f"round-{name}", lambda: rows))
    )
    stages.forget("round-")
    largest = check_components(components, links, sketches)
    members = stages.run("members", lambda: _cluster(sketches, copies, merging, components, profile))
    stories = stages.run(
        "stories",
        lambda: (
            sketches.select("position", "id")
            .join(members, "id", "left")
            .select("position", "id", F.coalesce("representative", "id").alias("representative"))
        ),
    )
    return SparkDedup(stories, edges, hot_keys, largest, tuple(stages.skipped))


def _check_ids(sketches: DataFrame) -> None:
    twice = sketches.groupBy("id").count().where("count > 1").orderBy("id").first()
    if twice is not None:
        raise BadInput(f"The id {twice['id']!r} occurs {twice['count']} times.", "Give each document its own id.")


def _suffix(rows: DataFrame, side: str) -> DataFrame:
    """Add a suffix to all columns; ``number`` also stays as the name of the side, to join by."""
    return rows.select(F.col("number").alias(side), *(F.col(name).alias(f"{name}_{side}") for name in rows.columns))


def _join_both(pairs: DataFrame, rows: DataFrame) -> DataFrame:
    return pairs.join(_suffix(rows, "a"), "a").join(_suffix(rows, "b"), "b")


def _prefilter(pairs: DataFrame, sketches: DataFrame) -> DataFrame:
    rows = sketches.select("number", "low_bits", "is_headline_only", "is_digest")
    return _join_both(pairs, rows).mapInArrow(workers.prefilter_pairs, from_arrow_schema(spark_schemas.PAIR))


def _verify(pairs: DataFrame, sketches: DataFrame, profile: Profile) -> DataFrame:
    rows = sketches.select(*spark_schemas.COMPARED_COLUMNS)
    verify = partial(workers.verify_pairs, profile=profile)
    return _join_both(pairs, rows).mapInArrow(verify, from_arrow_schema(spark_schemas.EDGE))


def _cluster(
    sketches: DataFrame, copies: DataFrame, merging: DataFrame, components: DataFrame, profile: Profile
) -> DataFrame:
    """Cluster every component; a document without a merging edge is in none and is not returned."""
    nodes = (
        components.join(sketches.select("number", "id", "time", "is_brief"), "number")
        .join(copies.select("number", "first_copy", "is_surplus"), "number", "left")
        .select(
            "component",
            "id",
            "time",
            "is_brief",
            F.coalesce("first_copy", "id").alias("first_copy"),
            F.coalesce("is_surplus", F.lit(False)).alias("is_surplus"),
            F.lit(None).cast("string").alias("other"),
            F.lit(False).alias("is_near_identical"),
        )
    )
    edges = merging.join(components, merging["number_a"] == components["number"]).select(
        "component",
        F.col("a").alias("id"),
        F.lit(None).cast("long").alias("time"),
        F.lit(False).alias("is_brief"),
        F.lit("").alias("first_copy"),
        F.lit(False).alias("is_surplus"),
        F.col("b").alias("other"),
        "is_near_identical",
    )
    rows = nodes.unionByName(edges).repartition("component")
    return rows.mapInArrow(
        partial(workers.cluster_components, window_hours=profile.window_hours), from_arrow_schema(spark_schemas.MEMBER)
    )
