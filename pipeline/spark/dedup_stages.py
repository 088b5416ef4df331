"""The stages of a deduplication on Spark: sign, pair, prefilter, verify, components, cluster.

Each is a folder of Parquet files (``StageFolder``), and is computed when it is first read.
"""

from __future__ import annotations

from functools import cached_property, partial
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import from_arrow_schema

from copydesk.pipeline.core.errors import BadInput
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import WITHDRAWAL_NOTICES
from copydesk.pipeline.spark import spark_schemas, workers
from copydesk.pipeline.spark.candidates import HotKey, find_copies, find_pairs, list_hot_keys
from copydesk.pipeline.spark.stage_folder import StageFolder
from copydesk.pipeline.spark.star_components import check_components, find_components

DEDUP_STAGES = ("sketches", "copies", "pairs", "likely_pairs", "edges", "components", "members", "stories")
"""The names of all stages, in the order in which they depend on each other."""


class DedupStages:
    """The stages of one deduplication, each a table of what it wrote."""

    def __init__(
        self,
        session: SparkSession,
        documents: Path,
        profile: Profile,
        folder: StageFolder,
        *,
        for_landing: bool = False,
    ) -> None:
        """Open the stages.

        Args:
            session: runs them.
            documents: a folder of files with the columns of ``spark_schemas.DOCUMENT``.
            profile: the parameters.
            folder: of the stages.
            for_landing: compute what the tables of PostgreSQL need: the MinHash values of the sketches too, which no
                stage reads. Of documents with the same id, which were exported twice because their time changed
                meanwhile, only the last counts.
        """
        self._session = session
        self._documents = documents
        self._profile = profile
        self._folder = folder
        self._for_landing = for_landing
        self.largest_component = 0
        """Merging edges of the largest connected component, once ``components`` was read."""

    @cached_property
    def sketches(self) -> DataFrame:
        """The sketches, ``spark_schemas.SKETCH``.

        Raises:
            BadInput: Two documents have the same id.
        """
        found = self._folder.run("sketches", self._sign)
        _check_ids(found)
        return found

    @cached_property
    def copies(self) -> DataFrame:
        """The documents with identical copies, as ``find_copies`` returns them."""
        return self._folder.run("copies", lambda: find_copies(self.sketches, self._profile))

    @cached_property
    def pairs(self) -> DataFrame:
        """The candidate pairs, ``spark_schemas.PAIR``."""
        return self._folder.run("pairs", lambda: find_pairs(self._compared, self._profile))

    @cached_property
    def likely_pairs(self) -> DataFrame:
        """Those that some rule may relate, ``spark_schemas.PAIR``."""
        return self._folder.run("likely-pairs", lambda: _prefilter(self.pairs, self.sketches))

    @cached_property
    def edges(self) -> DataFrame:
        """Every verified near-duplicate and near miss, ``spark_schemas.EDGE``."""
        known = self._surplus.select(F.col("first_number").alias("a"), F.col("number").alias("b"))
        return self._folder.run(
            "edges", lambda: _verify(self.likely_pairs.unionByName(known), self.sketches, self._profile)
        )

    @cached_property
    def components(self) -> DataFrame:
        """The component of each document with a merging edge, as ``find_components`` returns it.

        Raises:
            RunawayStory: As ``check_components``.
        """

        def save(rows: DataFrame, name: str) -> DataFrame:
            return self._folder.run(f"round-{name}", lambda: rows)

        found = self._folder.run("components", lambda: find_components(self._links, save))
        self._folder.forget("round-")
        self.largest_component = check_components(found, self._links, self.sketches)
        return found

    @cached_property
    def members(self) -> DataFrame:
        """The documents with a merging edge, with their representatives, ``spark_schemas.MEMBER``."""
        return self._folder.run(
            "members",
            lambda: _cluster(self.sketches, self.copies, self._merging, self.components, self._profile),
        )

    @cached_property
    def stories(self) -> DataFrame:
        """All documents with their representatives, ``spark_schemas.STORY``."""
        columns = ("number", "id", "time", F.coalesce("representative", "id").alias("representative"))
        return self._folder.run(
            "stories",
            lambda: self.sketches.select("number", "id", "time").join(self.members, "id", "left").select(*columns),
        )

    @cached_property
    def groups(self) -> DataFrame:
        """All documents by story, ``spark_schemas.GROUP``; the rows of one story are together in one file."""
        return self._folder.run("groups", self._group)

    def list_hot_keys(self) -> list[HotKey]:
        """Return the keys that most documents share, if they are very many."""
        return list_hot_keys(self._compared, self._profile)

    def _sign(self) -> DataFrame:
        rows = self._session.read.schema(from_arrow_schema(spark_schemas.DOCUMENT)).parquet(str(self._documents))
        if self._for_landing:
            twice = rows.groupBy("id").agg(F.max("number").alias("last"), F.count("*").alias("rows")).where("rows > 1")
            rows = rows.join(F.broadcast(twice.select("id", "last")), "id", "left").where(
                "last is null or last = number"
            )
        rows = rows.select(*spark_schemas.DOCUMENT.names)
        sign = partial(workers.sign_documents, profile=self._profile, with_minhash=self._for_landing)
        return rows.mapInArrow(sign, from_arrow_schema(spark_schemas.SKETCH))

    def _group(self) -> DataFrame:
        is_killed = F.coalesce("withdrawn", F.lit(False)) | F.col("notice").isin(*sorted(WITHDRAWAL_NOTICES))
        same_texts = (
            self.edges.where("is_near_identical")
            .groupBy(F.col("number_a").alias("number"))
            .agg(F.sort_array(F.collect_list("b")).alias("same_texts"))
        )
        rows = (
            self.stories.select("number", "representative")
            .join(self.sketches.select("number", "id", is_killed.alias("is_killed")), "number")
            .join(self.copies.select("number", "first_copy", "is_surplus"), "number", "left")
            .join(same_texts, "number", "left")
        )
        found = rows.select(
            "representative",
            "id",
            "is_killed",
            F.coalesce("first_copy", "id").alias("first_copy"),
            F.coalesce("is_surplus", F.lit(False)).alias("is_surplus"),
            F.coalesce("same_texts", F.array().cast("array<string>")).alias("same_texts"),
        )
        return found.repartition("representative").sortWithinPartitions("representative", "id")

    @property
    def _surplus(self) -> DataFrame:
        return self.copies.where("is_surplus")

    @property
    def _compared(self) -> DataFrame:
        return self.sketches.join(self._surplus.select("number"), "number", "left_anti")

    @property
    def _merging(self) -> DataFrame:
        return self.edges.where("merges")

    @property
    def _links(self) -> DataFrame:
        return self._merging.select(F.col("number_a").alias("a"), F.col("number_b").alias("b"))


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
