"""Candidate pairs as joins: the pairs that ``match.candidate_pairs`` finds, whatever the partitioning.

Rows of one key are joined within a bucket of time as long as the window, and with the bucket before it. A key with very
many rows in a bucket is split: one side is dealt out to parts, and the other is copied to each of them. No key is
capped or dropped, because a cap would make the result depend on the order of arrival.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.match.candidate_pairs import MIN_SHARED_SCORE
from copydesk.pipeline.match.surplus_copies import MAX_COMPARED_COPIES, get_span_hours

HOT_KEY_ROWS = 10_000
"""Rows of one key in one bucket from which it is split: they make fifty million pairs."""

HOT_KEY_PART_ROWS = 2_000
"""Rows of the side that is dealt out, in each part."""

_HOUR_MICROSECONDS = 3_600_000_000


@dataclass(frozen=True, slots=True)
class HotKey:
    """A key that very many documents share."""

    key: int
    """The key."""

    documents: int
    """Documents that have it in the bucket in which most have it."""

    headlines: tuple[str, ...]
    """Of some of them."""


def find_copies(sketches: DataFrame, profile: Profile) -> DataFrame:
    """Find the earliest identical copy of each document in its span, as ``match.surplus_copies`` does.

    Returns:
        ``number``, ``first_number``, ``first_copy`` (an id) and ``is_surplus``, for documents with identical copies.
    """
    full_hours, brief_hours = get_span_hours(profile)
    span = F.when(F.col("is_brief"), _number_span(brief_hours)).otherwise(_number_span(full_hours))
    group = Window.partitionBy("content_hash", "span")
    in_order = group.orderBy(F.coalesce("time", F.lit(0)), "id")
    return (
        sketches.where("content_hash <> 0")
        .select("number", "id", "time", "content_hash", span.alias("span"))
        .withColumn("copies", F.count("*").over(group))
        .where("copies > 1")
        .select(
            "number",
            F.first("number").over(in_order).alias("first_number"),
            F.first("id").over(in_order).alias("first_copy"),
            (F.row_number().over(in_order) > MAX_COMPARED_COPIES).alias("is_surplus"),
        )
    )


def _number_span(hours: int | None) -> Column:
    """Return the number of the span of ``time``; null for an unknown time."""
    if hours is None:
        return F.when(F.col("time").isNotNull(), F.lit(0).cast("long"))
    return _divide(F.col("time"), hours * _HOUR_MICROSECONDS or 1)


def _divide(value: Column, by: int) -> Column:
    """Return the quotient, rounded down, in exact integers."""
    return ((value - F.pmod(value, F.lit(by))) / F.lit(by)).cast("long")


def find_pairs(sketches: DataFrame, profile: Profile) -> DataFrame:
    """Find the pairs to compare, among documents that are not surplus copies.

    Returns:
        ``a`` and ``b``, the numbers of two sketches, a < b, each pair once.
    """
    rows = explode_keys(sketches)
    points = 1 + F.col("l.key").bitwiseAND(F.lit(1)) + (F.col("l.is_item") | F.col("r.is_item")).cast("int")
    shared = _pair_up(rows, points, ~(F.col("l.is_item") & F.col("r.is_item")), profile)
    titles = sketches.where("title_hash <> 0").select("number", "time", F.col("title_hash").alias("key"), "is_brief")
    titled = _pair_up(titles, F.lit(MIN_SHARED_SCORE), F.col("l.is_brief") | F.col("r.is_brief"), profile)
    scored = shared.unionByName(titled).groupBy("a", "b").agg(F.sum("points").alias("points"))
    return scored.where(F.col("points") >= MIN_SHARED_SCORE).select("a", "b")


def explode_keys(sketches: DataFrame) -> DataFrame:
    """Return a row with ``number``, ``time``, ``key`` and ``is_item`` for each key of each document."""
    return sketches.select("number", "time", F.explode("keys").alias("key"), F.lit(False).alias("is_item")).unionByName(
        sketches.select("number", "time", F.explode("item_keys").alias("key"), F.lit(True).alias("is_item"))
    )


def list_hot_keys(sketches: DataFrame, profile: Profile, *, most: int = 20, rows: int = HOT_KEY_ROWS) -> list[HotKey]:
    """Return the keys that are split because so many documents share them, the hottest first.

    Args:
        sketches: the documents.
        profile: its window is the length of a bucket.
        most: keys to return.
        rows: rows from which a key is hot.
    """
    counted = _count_hot(_add_bucket(explode_keys(sketches), profile), rows)
    hottest = counted.groupBy("key").agg(F.max("rows").alias("rows")).orderBy(F.desc("rows"), "key").limit(most)
    found = {row["key"]: row["rows"] for row in hottest.collect()}
    if not found:
        return []
    headlines = (
        explode_keys(sketches)
        .where(F.col("key").isin(list(found)))
        .join(sketches.select("number", "headline"), "number")
        .groupBy("key")
        .agg(F.slice(F.sort_array(F.collect_set("headline")), 1, 3).alias("headlines"))
    )
    shown = {row["key"]: tuple(row["headlines"]) for row in headlines.collect()}
    return [HotKey(key, count, shown.get(key, ())) for key, count in found.items()]


def _add_bucket(rows: DataFrame, profile: Profile) -> DataFrame:
    """Add the bucket of each row's time: 0 if there is no window."""
    if profile.window_hours is None:
        return rows.withColumn("bucket", F.lit(0).cast("long"))
    return rows.withColumn("bucket", _divide(F.col("time"), profile.window_hours * _HOUR_MICROSECONDS))


def _count_hot(rows: DataFrame, least: int) -> DataFrame:
    return rows.groupBy("key", "bucket").agg(F.count("*").alias("rows")).where(F.col("rows") >= least)


def _is_near(profile: Profile) -> Column:
    """Return whether two times are within the window, in floating-point seconds, as the other engines compare them."""
    if profile.window_hours is None:
        return F.lit(True)
    seconds = [F.col(f"{side}.time").cast("double") / F.lit(1e6) for side in "lr"]
    return F.abs(seconds[0] - seconds[1]) <= profile.window_hours * 3600.0


def _pair_up(rows: DataFrame, points: Column, condition: Column, profile: Profile) -> DataFrame:
    """Join rows with equal keys within the window, each pair once for each key.

    Args:
        rows: with ``number``, ``time``, ``key`` and what ``points`` and ``condition`` read, as ``l.`` and ``r.``.
        points: of each pair.
        condition: which pairs count; symmetric.
        profile: its window applies.

    Returns:
        ``a``, ``b``, ``points``.
    """
    timed = rows if profile.window_hours is None else rows.where("time is not null")
    parts = [_join_timed(_add_bucket(timed, profile), condition & _is_near(profile), profile)]
    if profile.window_hours is not None:
        # A document without a time is near to all others.
        untimed, others = rows.where("time is null").alias("l"), rows.alias("r")
        is_once = F.col("r.time").isNotNull() | (F.col("r.number") < F.col("l.number"))
        parts.append(untimed.join(others, (F.col("l.key") == F.col("r.key")) & is_once & condition))
    pairs = [
        part.select(
            F.least("l.number", "r.number").alias("a"),
            F.greatest("l.number", "r.number").alias("b"),
            points.cast("int").alias("points"),
        ).where("a <> b")
        for part in parts
    ]
    return pairs[0] if len(pairs) == 1 else pairs[0].unionByName(pairs[1])


def _join_timed(rows: DataFrame, condition: Column, profile: Profile) -> DataFrame:
    """Join rows with equal keys, in a bucket and with the one before; those of hot keys in parts."""
    right = rows.withColumn("is_earlier", F.lit(False))
    if profile.window_hours is not None:
        right = right.unionByName(rows.withColumn("bucket", F.col("bucket") + 1).withColumn("is_earlier", F.lit(True)))
    hot = F.broadcast(
        _count_hot(rows, HOT_KEY_ROWS).select(
            "key", "bucket", F.ceil(F.col("rows") / HOT_KEY_PART_ROWS).cast("int").alias("parts")
        )
    )
    parts = F.coalesce("parts", F.lit(1))
    left = rows.join(hot, ["key", "bucket"], "left").withColumn(
        "part", F.pmod(F.xxhash64("number"), parts.cast("long")).cast("int")
    )
    right = right.join(hot, ["key", "bucket"], "left").withColumn("part", F.explode(F.sequence(F.lit(0), parts - 1)))
    is_once = F.col("r.is_earlier") | (F.col("r.number") < F.col("l.number"))
    is_same = (F.col("l.key") == F.col("r.key")) & (F.col("l.bucket") == F.col("r.bucket"))
    return left.alias("l").join(right.alias("r"), is_same & (F.col("l.part") == F.col("r.part")) & is_once & condition)
