"""Connected components of merging edges, by alternating stars (Kiveris and others, "Connected Components in MapReduce
and Beyond", 2014): each round is two joins, and a graph of diameter d takes about log(d) rounds."""

from __future__ import annotations

from collections.abc import Callable

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from copydesk.pipeline.core.errors import RunawayStory

MAX_COMPONENT_EDGES = 1_000_000
"""Edges of one component from which something that is not copy connects everything, such as a footer."""

_MAX_ROUNDS = 60


def find_components(links: DataFrame, save: Callable[[DataFrame, str], DataFrame]) -> DataFrame:
    """Find the component of each node that has a link.

    Args:
        links: ``a`` and ``b``, numbers of nodes, in any order.
        save: writes a table under a name and returns what was written; every round reads what the last one wrote.

    Returns:
        ``number`` and ``component``, the lowest number in it.
    """
    edges = links.select(F.greatest("a", "b").alias("u"), F.least("a", "b").alias("v")).where("u <> v").distinct()
    state, last = save(edges, "components-0"), None
    for number in range(1, _MAX_ROUNDS):
        state = save(_make_small_stars(_make_large_stars(state)), f"components-{number}")
        mark = state.agg(F.count("*"), F.sum(F.xxhash64("u", "v").cast("decimal(38,0)"))).first()
        if mark == last:
            break
        last = mark
    found = state.select(F.col("u").alias("number"), F.col("v").alias("component"))
    roots = found.select(F.col("component").alias("number"), "component").distinct()
    return found.unionByName(roots)


def check_components(members: DataFrame, links: DataFrame, sketches: DataFrame, most: int = MAX_COMPONENT_EDGES) -> int:
    """Check that no component is a giant, and return the number of edges of the largest one.

    Args:
        members: as ``find_components`` returns it.
        links: the edges.
        sketches: with ``number`` and ``headline``.
        most: edges that a component may have.

    Raises:
        RunawayStory: A component has more edges; the message has headlines of some of its documents.
    """
    sizes = links.join(members.withColumnRenamed("number", "a"), "a").groupBy("component").count()
    largest = sizes.orderBy(F.desc("count"), "component").first()
    if largest is None:
        return 0
    if largest["count"] > most:
        inside = members.where(F.col("component") == largest["component"]).join(sketches, "number")
        shown = [row["headline"] for row in inside.select("headline").orderBy("number").limit(5).collect()]
        raise RunawayStory(
            f"{largest['count']:,} pairs of near-duplicates are connected, more than {most:,}: "
            + "; ".join(map(repr, shown))
            + " ...",
            "Find the text in these articles that does not belong to them, such as a footer or a notice, and cut"
            " it in cleaning.",
        )
    return int(largest["count"])


def _make_large_stars(edges: DataFrame) -> DataFrame:
    """Connect the larger neighbours of each node with its smallest one, or with the node itself."""
    both = edges.select("u", "v").unionByName(edges.select(F.col("v").alias("u"), F.col("u").alias("v")))
    lowest = both.groupBy("u").agg(F.min("v").alias("low")).select("u", F.least("u", "low").alias("low"))
    return both.join(lowest, "u").where("v > u").select(F.col("v").alias("u"), F.col("low").alias("v")).distinct()


def _make_small_stars(edges: DataFrame) -> DataFrame:
    """Connect the smaller neighbours of each node, and the node, with the smallest of them."""
    downward = edges.where("u > v")
    lowest = downward.groupBy("u").agg(F.min("v").alias("low"))
    moved = downward.join(lowest, "u").select(F.col("v").alias("u"), F.col("low").alias("v")).where("u > v")
    return moved.unionByName(lowest.select("u", F.col("low").alias("v"))).distinct()
