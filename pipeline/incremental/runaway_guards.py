"""Guards: limits on what a fold may do to a wire. They stop the step until a person checks; they never change stories.

If text that is on every page of a wire (a footer, a teaser, a notice) is read as copy, unrelated articles become alike:
the wire's own articles merge into one story, or its stories merge into those of the wire that the text comes from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Connection

from copydesk.pipeline.core.errors import RunawayWire
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all, fetch_value, fetch_values
from copydesk.pipeline.fold.reconcile import Story, StoryChanges

MIN_OWN_TITLES = 30
"""Fewer different titles of a wire in one story are never a violation: a running story is updated often."""

MAX_OWN_TITLES_PERCENT = 50
"""The maximum share, in percent, of a wire's titles of the same time that may be in one story."""

MIN_LOST_STORIES = 20
"""Fewer stories of a wire that merge into another wire's in one step are never a violation."""

MAX_LOST_STORIES_PERCENT = 50
"""The maximum share, in percent, of a wire's stories that began in the same time and may merge into those of one other
wire in one step."""


@dataclass(frozen=True, slots=True)
class _TitleCount:
    number: int
    wire: str
    titles: int
    since: datetime
    until: datetime
    samples: Sequence[str]
    total_titles: int


@dataclass(frozen=True, slots=True)
class _StoryLoss:
    wire: str
    other: str
    stories: int
    since: datetime
    until: datetime
    samples: Sequence[str]
    total_stories: int


def check_growth_limits(
    connection: Connection[Row], old: Sequence[Story], changes: StoryChanges, profile: Profile
) -> None:
    """Check what a fold is about to write against the limits above; wires with an exemption are not checked.

    Both shares are of all signed articles, not only of those of this step, so that the limits do not depend on the size
    of a step. Without a story above the minimum numbers, no query runs.

    Raises:
        RunawayWire: A limit is exceeded; the message has the figures and the first titles.
    """
    before = {story.story_id: story for story in old}
    grown = [
        story
        for story in changes.stories
        if len(story.members) >= MIN_OWN_TITLES and before.get(story.story_id) != story
    ]
    if grown:
        _check_own_titles(connection, grown, profile)
    if len(changes.redirects) >= MIN_LOST_STORIES:
        heirs = {story.story_id: story.representative for story in changes.stories}
        ended = [(before[old_id].representative, heirs[new_id]) for old_id, new_id in sorted(changes.redirects.items())]
        _check_lost_stories(connection, ended, profile)


def _check_own_titles(connection: Connection[Row], stories: Sequence[Story], profile: Profile) -> None:
    members = [(number, UUID(member)) for number, story in enumerate(stories) for member in sorted(story.members)]
    params = {
        "profile_id": profile.profile_id,
        "number": [number for number, _ in members],
        "article_id": [member for _, member in members],
        "min_count": MIN_OWN_TITLES,
    }
    rows = fetch_all(connection, _TitleCount, queries.guard.count_distinct_titles, params)
    exempt = _list_exempt_wires(connection) if rows else set()
    for row in rows:
        if row.wire not in exempt and row.titles * 100 > row.total_titles * MAX_OWN_TITLES_PERCENT:
            leader = stories[row.number].representative
            raise RunawayWire(
                f"{row.titles} of the {row.total_titles} titles that {row.wire} published "
                f"{_format_span(row.since, row.until)} would be one story, led by {leader}: "
                f"{_format_titles(row.samples)}.",
                _format_remedy(row.wire),
            )


def _check_lost_stories(connection: Connection[Row], ended: Sequence[tuple[str, str]], profile: Profile) -> None:
    params = {
        "profile_id": profile.profile_id,
        "ended": [UUID(representative) for representative, _ in ended],
        "heir": [UUID(heir) for _, heir in ended],
        "min_count": MIN_LOST_STORIES,
    }
    rows = fetch_all(connection, _StoryLoss, queries.guard.count_lost_stories, params)
    exempt = _list_exempt_wires(connection) if rows else set()
    for row in rows:
        if row.wire not in exempt and row.stories * 100 > row.total_stories * MAX_LOST_STORIES_PERCENT:
            raise RunawayWire(
                f"{row.stories} of the {row.total_stories} stories that {row.wire} began "
                f"{_format_span(row.since, row.until)} would merge into {row.other}'s in one step: "
                f"{_format_titles(row.samples)}.",
                _format_remedy(row.wire),
            )


def grant_exemption(connection: Connection[Row], wire: str, hours: int) -> datetime:
    """Exempt a wire from the guards for a number of hours; return until when (UTC)."""
    return fetch_value(connection, datetime, queries.guard.save_exemption, {"wire": wire, "hours": hours})


def _list_exempt_wires(connection: Connection[Row]) -> set[str]:
    return set(fetch_values(connection, str, queries.guard.list_exempt_wires))


def _format_span(since: datetime, until: datetime) -> str:
    return f"from {since:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M}"


def _format_titles(titles: Sequence[str]) -> str:
    return "; ".join(
        "".join(character if character.isprintable() else " " for character in title[:120]) for title in titles
    )


def _format_remedy(wire: str) -> str:
    return (
        f"Look for text on {wire}'s pages that is not copy and cut it (`copydesk wires boilerplate {wire}`). If the "
        f"articles really are copies, run `copydesk wires pass {wire}`."
    )
