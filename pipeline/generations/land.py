"""Land what Spark computed as a generation: in one transaction, so that a landing that stops leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString
from uuid import UUID

import numpy as np
import numpy.typing as npt
from psycopg import Connection
from psycopg.types.json import Jsonb
from pyarrow import parquet

from copydesk.pipeline.core.dedup_records import Cluster
from copydesk.pipeline.core.errors import BadInput
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.corpus.sketch_rows import batch_to_edges
from copydesk.pipeline.db import Row, queries, transaction
from copydesk.pipeline.db.rows import fetch_value, find_value
from copydesk.pipeline.fold.cluster import MAX_MEMBERS, check_size
from copydesk.pipeline.generations.build import ensure_building
from copydesk.pipeline.generations.swap import ProgressCallback, retire_generation
from copydesk.pipeline.incremental.story_writes import save_clusters
from copydesk.pipeline.spark.refold_job import list_unfinished_stages
from copydesk.pipeline.spark.spark_schemas import to_time
from copydesk.pipeline.store.states import GenerationState

BATCH_ROWS = 1_000
"""Sketches in memory at a time, some 3 kB each."""

BATCH_ARTICLES = 2_000
"""Articles of whole stories that are written together, at least."""

_HOUR_MICROSECONDS = 3_600_000_000

_SKETCH_TYPES = {
    "profile_id": "text", "article_id": "uuid", "version_id": "uuid", "published_at": "timestamptz",
    "withdrawn": "bool", "notice": "text", "is_headline_only": "bool", "is_brief": "bool", "is_digest": "bool",
    "word_count": "int4", "text_hash": "int8", "title_hash": "int8", "content_hash": "int8",
    **dict.fromkeys(
        ("minhash", "shingles", "title", "lead", "numbers", "names", "vocabulary", "opening", "place", "agencies"),
        "bytea",
    ),
    "item_keys": "int8[]",
}  # fmt: skip
_KEY_TYPES = ("text", "int4", "int8", "timestamptz", "uuid")
_EDGE_TYPES = (
    "text", "uuid", "uuid", "text", "bool", "bool", "text", "uuid", "int4", "int4", "int4", "jsonb",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LandCounts:
    """The number of ``articles``, ``edges`` and ``stories`` that were landed."""

    articles: int
    edges: int
    stories: int


def land_generation(
    settings: Settings, profile: Profile, stages: Path, progress: ProgressCallback | None = None
) -> LandCounts:
    """Write the sketches, edges and stories of Spark's stages as the generation of a profile, in state ``building``.

    What the generation had before is deleted. It then has what ``build_generation`` would have written; that call adds
    the articles that have come or changed since the export.

    Args:
        settings: They name the database.
        profile: The generation's profile.
        stages: The folder of the stages, all finished.
        progress: Called with the stage ``land``.

    Raises:
        BadInput: The generation is live, or was live and is kept; or a stage is not finished.
        RunawayStory, RunawayWire: A guard stopped the landing.
    """
    with transaction(settings) as connection:
        assert_can_land(connection, profile)
        has_rows = fetch_value(connection, bool, queries.refold.has_rows, {"profile_id": profile.profile_id})
    if unfinished := list_unfinished_stages(stages):
        raise BadInput(
            f"Of the articles that were exported last, these stages have not been computed: {', '.join(unfinished)}.",
            "Run them again, then land; in Airflow, clear their tasks.",
        )
    if has_rows:
        retire_generation(settings, profile.profile_id)
    with transaction(settings) as connection:
        ensure_building(connection, profile)
        connection.execute(queries.generation.lock_exclusive, {"profile_id": profile.profile_id})
        assert_can_land(connection, profile)
        total = sum(parquet.read_metadata(file).num_rows for file in _list_files(stages / "sketches"))

        def report(done: int) -> None:
            if progress:
                progress("land", done, 2 * total)

        articles = _copy_sketches(connection, profile, stages, report)
        edges = _copy_edges(connection, profile, stages)
        connection.execute(queries.generation.analyze)  # the planner would expect few rows of a new profile
        stories = 0
        done = articles
        for groups in _batch_groups(_read_groups(stages / "groups")):
            stories += len(groups)
            done += _save_stories(connection, groups, profile)
            report(done)
    return LandCounts(articles, edges, stories)


def assert_can_land(connection: Connection[Row], profile: Profile) -> None:
    """Check that the generation of a profile neither is nor was live.

    Raises:
        BadInput: It is, or was.
    """
    state = find_value(connection, str, queries.refold.get_state, {"profile_id": profile.profile_id})
    if state == GenerationState.LIVE:
        raise BadInput(f"{profile.profile_id} is live.", "Choose another profile; a build without Spark updates it.")
    if state == GenerationState.SUPERSEDED:
        raise BadInput(
            f"{profile.profile_id} was live and is kept.",
            f"`copydesk profiles build {profile.profile_id}` updates it; `copydesk profiles retire` deletes it.",
        )


def _copy_sketches(connection: Connection[Row], profile: Profile, stages: Path, report: Any) -> int:
    surplus = _read_surplus(stages / "copies")
    done = 0
    keys: list[tuple[Any, ...]] = []
    with connection.cursor() as cursor:
        for batch in _read_batches(stages / "sketches"):
            rows = batch.to_pylist()
            for row in rows:
                row |= {
                    "profile_id": profile.profile_id,
                    "article_id": UUID(row["id"]),
                    "version_id": UUID(row["version_id"]),
                    "published_at": to_time(row["time"]),
                }
            _copy(
                cursor, queries.refold.copy_sketches, list(_SKETCH_TYPES.values()),
                ([row[name] for name in _SKETCH_TYPES] for row in rows),
            )  # fmt: skip
            is_surplus = np.isin(batch.column("number").to_numpy(), surplus)
            keyed = (row for row, without in zip(rows, is_surplus.tolist(), strict=True) if not without)
            keys = [
                (profile.profile_id, _get_bucket(row["time"], profile), key, row["published_at"], row["article_id"])
                for row in keyed
                for key in row["keys"]
            ]
            _copy(cursor, queries.refold.copy_keys, _KEY_TYPES, keys)
            done += len(rows)
            report(done)
    return done


def _copy_edges(connection: Connection[Row], profile: Profile, stages: Path) -> int:
    done = 0
    with connection.cursor() as cursor:
        for batch in _read_batches(stages / "edges"):
            edges = batch_to_edges(batch)
            _copy(
                cursor,
                queries.refold.copy_edges,
                _EDGE_TYPES,
                (
                    (
                        profile.profile_id, UUID(edge.a), UUID(edge.b), edge.kind and str(edge.kind), edge.merges,
                        edge.is_near_identical, edge.rule, UUID(edge.container_id) if edge.container_id else None,
                        edge.shared, edge.size_a, edge.size_b, Jsonb(edge.evidence),
                    )
                    for edge in edges
                ),
            )  # fmt: skip
            done += len(edges)
    return done


def _copy(cursor: Any, statement: LiteralString, types: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with cursor.copy(statement) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)


def _get_bucket(time: int, profile: Profile) -> int:
    """Return the bucket of a time in microseconds, as ``copydesk.time_bucket_of``."""
    hours = profile.window_hours
    return 0 if hours is None else time // (max(hours, 1) * _HOUR_MICROSECONDS)


def _read_groups(folder: Path) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows of each story; those of one are together in one file."""
    story: list[dict[str, Any]] = []
    for batch in _read_batches(folder):
        for row in batch.to_pylist():
            if story and row["representative"] != story[0]["representative"]:
                yield story
                story = []
            story.append(row)
    if story:
        yield story


def _batch_groups(groups: Iterable[list[dict[str, Any]]]) -> Iterator[list[list[dict[str, Any]]]]:
    batch: list[list[dict[str, Any]]] = []
    articles = 0
    for group in groups:
        batch.append(group)
        articles += len(group)
        if articles >= BATCH_ARTICLES:
            yield batch
            batch, articles = [], 0
    if batch:
        yield batch


def _save_stories(connection: Connection[Row], groups: Sequence[Sequence[Mapping[str, Any]]], profile: Profile) -> int:
    """Write stories, and return the number of their articles."""
    clusters = []
    for group in groups:
        leader = group[0]["representative"]
        check_size(leader, sum(not row["is_surplus"] for row in group), MAX_MEMBERS)
        clusters.append(Cluster(leader, tuple(row["id"] for row in group)))
    rows = [row for group in groups for row in group]
    same_texts = [(row["id"], other) for row in rows for other in row["same_texts"]]
    same_texts += [(row["id"], row["first_copy"]) for row in rows if row["first_copy"] != row["id"]]
    killed = {row["id"] for row in rows if row["is_killed"]}
    articles = sorted(UUID(row["id"]) for row in rows)
    save_clusters(connection, articles, clusters, [], killed, same_texts, profile)
    return len(rows)


def _read_surplus(folder: Path) -> npt.NDArray[np.int64]:
    """Return the numbers of the surplus copies, which have no keys."""
    found = [
        batch.column("number").to_numpy()[batch.column("is_surplus").to_numpy(zero_copy_only=False)]
        for batch in _read_batches(folder)
    ]
    return np.concatenate([np.empty(0, dtype=np.int64), *found])


def _read_batches(folder: Path) -> Iterator[Any]:
    for file in _list_files(folder):
        with parquet.ParquetFile(file) as opened:
            yield from opened.iter_batches(BATCH_ROWS)


def _list_files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.glob("*.parquet") if not file.name.startswith((".", "_")))
