"""The pages about one story: the story, one copy of it, and two texts of it side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Query
from fastapi.responses import HTMLResponse
from psycopg import Connection

from copydesk.dags.support.airflow_settings import load_settings
from copydesk.dags.ui.rendering import MAX_COMPARED_CHARS, MAX_COPIES, render
from copydesk.pipeline.core.errors import NotFound
from copydesk.pipeline.db import Row, read_transaction
from copydesk.pipeline.store.profiles import get_live_profile_id
from copydesk.pipeline.views import story_queries
from copydesk.pipeline.views.article_queries import read_article_text, read_version_text
from copydesk.pipeline.views.edge_evidence import describe_measures, explain_rule, list_edges, map_copies_to_edges
from copydesk.pipeline.views.side_by_side import align_changes
from copydesk.pipeline.views.story_queries import StoryCopy
from copydesk.pipeline.views.story_timeline import make_timeline
from copydesk.pipeline.views.story_versions import Version, find_latest_text, list_versions
from copydesk.pipeline.views.word_diff import ChangeKind, count_words, diff_words

MAX_STEPS = 5_000_000
"""Limit of the comparison of two texts: about a second, which only texts that repeat themselves reach."""

_VERSION_PREFIX = "v"


@dataclass(frozen=True, slots=True)
class ComparedText:
    """One side of a comparison: a copy, or a version of the story; ``name`` stands for it in the address."""

    name: str
    label: str
    title: str
    body: str
    article_id: UUID | None = None


def show_story(story_id: Annotated[str, Query(alias="id")]) -> HTMLResponse:
    """Show a story: its newest text, its versions, its copies with the reason for each, and its timeline."""
    with read_transaction(load_settings()) as connection:
        profile_id = get_live_profile_id(connection)
        story = story_queries.find_story(connection, profile_id, story_id)
        copies = story_queries.list_copies(connection, profile_id, story.story_id)
        texts = story_queries.list_story_texts(connection, profile_id, story.story_id)
        events = story_queries.list_events(connection, profile_id, story.story_id)
        first = next((copy.article_id for copy in copies if copy.is_representative), None)
        edges = map_copies_to_edges(connection, profile_id, copies, MAX_COPIES)
    latest = find_latest_text(texts) if story.state == "live" else None
    versions = list_versions(texts)
    return render(
        "story", story=story, copies=copies, latest=latest or story, versions=versions,
        reasons={copy: explain_rule(edge) for copy, edge in edges.items()},
        story_first=first, timeline=make_timeline(versions, events),
    )  # fmt: skip


def show_copy(
    story_id: Annotated[str, Query(alias="story")], article_id: Annotated[str, Query(alias="id")]
) -> HTMLResponse:
    """Show one copy of a story with its own text."""
    try:
        story, article = UUID(story_id), UUID(article_id)
    except ValueError:
        raise NotFound("The story has no such copy.", "Follow a link on the story's page.") from None
    with read_transaction(load_settings()) as connection:
        copy = story_queries.read_copy(connection, get_live_profile_id(connection), story, article)
    return render("copy", copy=copy)


def show_comparison(story_id: Annotated[str, Query(alias="story")], a: str = "", b: str = "") -> HTMLResponse:
    """Show two copies of a story, or two versions (``v1``), side by side; without a choice, the first two."""
    with read_transaction(load_settings()) as connection:
        profile_id = get_live_profile_id(connection)
        story = story_queries.find_story(connection, profile_id, story_id)
        copies = story_queries.list_copies(connection, profile_id, story.story_id)
        versions = story_queries.list_story_versions(connection, profile_id, story.story_id)
        names = [str(copy.article_id) for copy in copies]
        names = names if len(names) > 1 else [f"{_VERSION_PREFIX}{number + 1}" for number in range(len(versions))]
        if len(names) < 2 and not (a and b):
            raise NotFound(
                "The story has one copy in one version, so there is nothing to compare.",
                "Choose a story with several copies on the Stories page.",
            )
        left, right = (_read_text(connection, copies, versions, name) for name in (a or names[0], b or names[1]))
        pair = (left.article_id, right.article_id)
        edge = None
        if pair[0] is not None and pair[1] is not None:
            edge = next(iter(list_edges(connection, profile_id, [(pair[0], pair[1])]).values()), None)
    titles = diff_words(left.title[:MAX_COMPARED_CHARS], right.title[:MAX_COMPARED_CHARS], MAX_STEPS)
    bodies = diff_words(left.body[:MAX_COMPARED_CHARS], right.body[:MAX_COMPARED_CHARS], MAX_STEPS)
    removed, added = (
        count_words(titles, kind) + count_words(bodies, kind) for kind in (ChangeKind.REMOVED, ChangeKind.ADDED)
    )
    return render(
        "compare", story=story, copies=copies, versions=versions, left=left, right=right, removed=removed, added=added,
        titles=align_changes(titles), bodies=align_changes(bodies), is_pair_of_copies=None not in pair,
        is_cut=max(len(left.body), len(right.body)) > MAX_COMPARED_CHARS,
        reason=explain_rule(edge) if edge else "", measures=describe_measures(edge) if edge else [],
    )  # fmt: skip


def _read_text(
    connection: Connection[Row], copies: Sequence[StoryCopy], versions: Sequence[Version], name: str
) -> ComparedText:
    number = name.removeprefix(_VERSION_PREFIX)
    if name.startswith(_VERSION_PREFIX) and number in map(str, range(1, len(versions) + 1)):
        version = versions[int(number) - 1]
        title, body = read_version_text(connection, version.version_id)
        return ComparedText(name, f"{version.name.capitalize()}, {version.wire}", title, body)
    copy = next((copy for copy in copies if str(copy.article_id) == name.lower()), None)
    if copy is None:
        raise NotFound("The story has no such copy or version.", "Follow a link on the story's page.")
    title, body = read_article_text(connection, copy.article_id)
    return ComparedText(str(copy.article_id), copy.wire, title, body, copy.article_id)
