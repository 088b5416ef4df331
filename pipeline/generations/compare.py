"""What a swap to another generation would change: figures, and a sample of each with its titles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from copydesk.pipeline.db import Row, load_queries
from copydesk.pipeline.generations.swap import count_missing
from copydesk.pipeline.store.profiles import find_live

SAMPLES = 5
"""Of each kind of change, so many are shown."""


@dataclass(frozen=True, slots=True)
class Figures:
    """``articles`` are in both generations; ``moved`` of them get a story of another id. ``merged`` new stories hold
    copies of several old ones, ``split`` old ones give copies to several new ones. ``ended`` ids of stories will lead
    elsewhere, ``founded`` ones were not there before."""

    articles: int
    moved: int
    merged: int
    split: int
    ended: int
    founded: int
    stories_before: int
    stories_after: int


@dataclass(frozen=True, slots=True)
class Sample:
    """A story that merges or splits: its title, and those of the stories that it is made of or falls into."""

    story_id: UUID
    title: str
    titles: Sequence[str]


@dataclass(frozen=True, slots=True)
class Move:
    """An article whose story changes its id, and that story's title before and after."""

    article_id: UUID
    title: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """The live generation and another; ``missing`` articles that the other lacks are in no figure."""

    live: str
    other: str
    missing: int
    figures: Figures
    merged: Sequence[Sample]
    split: Sequence[Sample]
    moved: Sequence[Move]


def compare(connection: Connection[Row], profile_id: str, samples: int = SAMPLES) -> Comparison:
    """Hold a generation against the live one. The figures are those that a swap at this moment would make true."""
    live = find_live(connection)
    asked = {"old": live, "new": profile_id, "limit": samples}
    queries = load_queries("comparison")
    with connection.cursor(row_factory=class_row(Figures)) as cursor:
        figures = cursor.execute(queries["count"], asked).fetchone()
    with connection.cursor(row_factory=class_row(Sample)) as cursor:
        merged = cursor.execute(queries["sample_merged"], asked).fetchall()
        split = cursor.execute(queries["sample_split"], asked).fetchall()
    with connection.cursor(row_factory=class_row(Move)) as cursor:
        moved = cursor.execute(queries["sample_moved"], asked).fetchall()
    missing = count_missing(connection, profile_id)
    return Comparison(live, profile_id, missing, figures or Figures(*[0] * 8), merged, split, moved)
