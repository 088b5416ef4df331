"""What a swap to another generation would change: figures, and a sample of each with its titles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from copydesk.pipeline.db import Row, load_queries
from copydesk.pipeline.generations.swap import count_missing_articles
from copydesk.pipeline.store.profiles import get_live_profile_id

SAMPLE_SIZE = 5
"""Of each kind of change, so many are shown."""


@dataclass(frozen=True, slots=True)
class ComparisonCounts:
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
class ChangedStory:
    """A story that merges or splits: its title, and those of the stories that it is made of or falls into."""

    story_id: UUID
    title: str
    titles: Sequence[str]


@dataclass(frozen=True, slots=True)
class MovedArticle:
    """An article whose story changes its id, and that story's title before and after."""

    article_id: UUID
    title: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """The live generation and another; ``missing`` articles that the other lacks are in no figure."""

    live_profile_id: str
    other_profile_id: str
    missing_articles: int
    counts: ComparisonCounts
    merged: Sequence[ChangedStory]
    split: Sequence[ChangedStory]
    moved: Sequence[MovedArticle]


def compare_with_live(connection: Connection[Row], profile_id: str, sample_size: int = SAMPLE_SIZE) -> Comparison:
    """Hold a generation against the live one. The figures are those that a swap at this moment would make true."""
    live = get_live_profile_id(connection)
    asked = {"old": live, "new": profile_id, "limit": sample_size}
    queries = load_queries("comparison")
    with connection.cursor(row_factory=class_row(ComparisonCounts)) as cursor:
        figures = cursor.execute(queries["count"], asked).fetchone()
    with connection.cursor(row_factory=class_row(ChangedStory)) as cursor:
        merged = cursor.execute(queries["sample_merged"], asked).fetchall()
        split = cursor.execute(queries["sample_split"], asked).fetchall()
    with connection.cursor(row_factory=class_row(MovedArticle)) as cursor:
        moved = cursor.execute(queries["sample_moved"], asked).fetchall()
    missing = count_missing_articles(connection, profile_id)
    return Comparison(live, profile_id, missing, figures or ComparisonCounts(*[0] * 8), merged, split, moved)
