"""What a swap to another generation would change: counts, and a sample of each kind of change with titles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from psycopg import Connection

from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all, fetch_one
from copydesk.pipeline.generations.swap import count_missing_articles
from copydesk.pipeline.store.profiles import get_live_profile_id

SAMPLE_SIZE = 5
"""Shown changes of each kind."""


@dataclass(frozen=True, slots=True)
class ComparisonCounts:
    """What a swap would change.

    Attributes:
        articles: Articles in both generations.
        moved: Those of them that would be in a story with another id.
        merged: New stories with copies from several old ones.
        split: Old stories with copies in several new ones.
        ended: Old story ids that would become redirects.
        founded: New story ids.
        stories_before: Stories of the live generation.
        stories_after: Stories of the other generation.
    """

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
    """A story that merges or splits: its title, and the titles of the stories that it merges from or splits into."""

    story_id: UUID
    title: str
    titles: Sequence[str]


@dataclass(frozen=True, slots=True)
class MovedArticle:
    """An article that moves to a story with another id, and the story's title before and after."""

    article_id: UUID
    title: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """The live generation and another; ``missing_articles`` are not in the other one, and not counted elsewhere."""

    live_profile_id: str
    other_profile_id: str
    missing_articles: int
    counts: ComparisonCounts
    merged: Sequence[ChangedStory]
    split: Sequence[ChangedStory]
    moved: Sequence[MovedArticle]


def compare_with_live(connection: Connection[Row], profile_id: str, sample_size: int = SAMPLE_SIZE) -> Comparison:
    """Compare a generation with the live one: the counts are what a swap at this moment would change."""
    live = get_live_profile_id(connection)
    params = {"old": live, "new": profile_id, "limit": sample_size}
    counts = fetch_one(connection, ComparisonCounts, queries.comparison.count, params)
    merged = fetch_all(connection, ChangedStory, queries.comparison.sample_merged, params)
    split = fetch_all(connection, ChangedStory, queries.comparison.sample_split, params)
    moved = fetch_all(connection, MovedArticle, queries.comparison.sample_moved, params)
    missing = count_missing_articles(connection, profile_id)
    return Comparison(live, profile_id, missing, counts or ComparisonCounts(*[0] * 8), merged, split, moved)
