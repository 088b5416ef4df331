"""Guards: what a wire may lose in a step before a person has to look. They stop the step, never change the partition.

Text that stands on a wire's every page (a footer, a teaser, a notice) and is read as copy makes strangers alike: the
wire's own articles run together into one story, or its stories into those of the wire whose text it shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection

from copydesk.pipeline.core.errors import RunawayWire
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.db import Row, load_queries
from copydesk.pipeline.fold.reconcile import Changes, Story

OWN_TITLES = 30
"""A wire may have fewer unlike titles of its own in one story, whatever the share: a running story is updated often."""

OWN_PERCENT = 50
"""Of all titles that the wire published in the same time, not more may be in one story."""

LOST_STORIES = 20
"""Fewer stories of a wire may merge into another wire's in one step, whatever the share."""

LOST_PERCENT = 50
"""Of all stories of the wire that began in the same time, not more may merge into one other wire's in one step."""


def check_step(connection: Connection[Row], old: Sequence[Story], changes: Changes, profile: Profile) -> None:
    """Hold what a fold is about to write against the limits above; a wire that a person let pass is passed over.

    Both shares are of what is signed, not of what the step happens to look at, so that small steps and large ones are
    held to the same. Steps in which nothing is large enough to be asked about cost nothing.

    Raises:
        RunawayWire: a limit is passed; the message has the figures and the first titles.
    """
    before = {story.story_id: story for story in old}
    grown = [
        story for story in changes.stories if len(story.members) >= OWN_TITLES and before.get(story.story_id) != story
    ]
    if grown:
        _check_own(connection, grown, profile)
    if len(changes.redirects) >= LOST_STORIES:
        heirs = {story.story_id: story.representative for story in changes.stories}
        ended = [(before[gone].representative, heirs[there]) for gone, there in sorted(changes.redirects.items())]
        _check_lost(connection, ended, profile)


def _check_own(connection: Connection[Row], stories: Sequence[Story], profile: Profile) -> None:
    members = [(number, UUID(member)) for number, story in enumerate(stories) for member in sorted(story.members)]
    asked = {
        "profile_id": profile.profile_id,
        "number": [number for number, _ in members],
        "article_id": [member for _, member in members],
        "least": OWN_TITLES,
    }
    for number, wire, titles, since, until, samples, of_titles in _ask(connection, "count_distinct_titles", asked):
        if titles * 100 > of_titles * OWN_PERCENT:
            leader = stories[number].representative
            raise RunawayWire(
                f"{titles} of the {of_titles} titles that {wire} published {_tell_span(since, until)} would be one "
                f"story, led by {leader}: {_quote(samples)}.",
                _tell_remedy(wire),
            )


def _check_lost(connection: Connection[Row], ended: Sequence[tuple[str, str]], profile: Profile) -> None:
    asked = {
        "profile_id": profile.profile_id,
        "ended": [UUID(gone) for gone, _ in ended],
        "heir": [UUID(heir) for _, heir in ended],
        "least": LOST_STORIES,
    }
    for wire, other, stories, since, until, samples, of_stories in _ask(connection, "count_lost_stories", asked):
        if stories * 100 > of_stories * LOST_PERCENT:
            raise RunawayWire(
                f"{stories} of the {of_stories} stories that {wire} began {_tell_span(since, until)} would merge into "
                f"{other}'s in one step: {_quote(samples)}.",
                _tell_remedy(wire),
            )


def _ask(connection: Connection[Row], name: str, asked: dict[str, Any]) -> list[Row]:
    """The rows of a query, each naming its wire, without those of wires that may pass."""
    queries = load_queries("guard")
    with connection.cursor() as cursor:
        rows = cursor.execute(queries[name], asked).fetchall()
        at = [column.name for column in cursor.description or ()].index("wire")
    passing = {wire for (wire,) in connection.execute(queries["list_exempt_wires"])} if rows else set()
    return [row for row in rows if row[at] not in passing]


def _tell_span(since: datetime, until: datetime) -> str:
    return f"from {since:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M}"


def _quote(titles: Sequence[str]) -> str:
    return "; ".join(
        "".join(character if character.isprintable() else " " for character in title[:120]) for title in titles
    )


def _tell_remedy(wire: str) -> str:
    return (
        f"Look for text on {wire}'s pages that is not copy and cut it (`copydesk wires boilerplate {wire}`); if they "
        f"are copies indeed, `copydesk wires pass {wire}` lets them through."
    )
