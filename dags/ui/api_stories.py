"""The routes of the API about stories: their list, one story, and one copy."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Path, Request

from copydesk.dags.support.airflow_settings import load_settings
from copydesk.dags.ui.api_models import (
    Copy,
    CopyRow,
    EventRow,
    Evidence,
    ListOf,
    Origin,
    PassageRow,
    SourceRow,
    SpreadRow,
    Story,
    StoryRow,
    VersionRow,
)
from copydesk.dags.ui.api_paging import After, Limit, get_base_url, make_list
from copydesk.dags.ui.parameters import StoryFields
from copydesk.dags.ui.rendering import MAX_COPIES, MAX_TEXT_CHARS
from copydesk.pipeline.core.source_files import list_source_files
from copydesk.pipeline.db import read_transaction
from copydesk.pipeline.store.profiles import get_live_profile_id, read_live_profile
from copydesk.pipeline.views import story_queries
from copydesk.pipeline.views.edge_evidence import StoredEdge, describe_measures, explain_rule, map_copies_to_edges
from copydesk.pipeline.views.passage_queries import list_passages
from copydesk.pipeline.views.story_filter import parse_story_filter
from copydesk.pipeline.views.story_list import STORIES_PER_PAGE, list_stories
from copydesk.pipeline.views.story_sources import list_sources, list_spread
from copydesk.pipeline.views.story_versions import find_latest_text, list_versions

MAX_EVENTS = 1_000
"""Number of events of a story that are sent; the latest ones."""

StoryId = Annotated[str, Path(max_length=100, description="The ID of a story, or the beginning of one.")]


def send_stories(
    request: Request, fields: StoryFields, after: After = "", limit: Limit = STORIES_PER_PAGE
) -> ListOf[StoryRow]:
    """List stories, with the search, the filters and the orders of the page Stories."""
    settings = load_settings()
    with read_transaction(settings) as connection:
        wanted, order = parse_story_filter(connection, fields, list_source_files(settings.source_folders))
        found = list_stories(connection, wanted, order, after, limit)
    answer = make_list(request, StoryRow, found)
    rows = [row.model_copy(update={"page": make_story_url(request, row.story_id)}) for row in answer.items]
    return answer.model_copy(update={"items": rows})


def send_story(request: Request, story_id: StoryId) -> Story:
    """Send one story: its latest text, its versions, its copies with the reason for each, its sources and events.

    The ID of a story that was merged leads to the story that it was merged into.
    """
    with read_transaction(load_settings()) as connection:
        profile_id = get_live_profile_id(connection)
        story = story_queries.find_story(connection, profile_id, story_id)
        key = (connection, profile_id, story.story_id)
        copies = story_queries.list_copies(*key)
        texts = story_queries.list_story_texts(*key)
        events = story_queries.list_events(*key)
        sources, spread = list_sources(*key), list_spread(*key)
        edges = map_copies_to_edges(connection, profile_id, copies, MAX_COPIES)
    latest = find_latest_text(texts) if story.state == "live" else None
    return Story(
        story_id=story.story_id, state=story.state, title=(latest or story).title,
        body=(latest or story).body[:MAX_TEXT_CHARS], body_is_cut=len((latest or story).body) > MAX_TEXT_CHARS,
        published_at=story.published_at, wire=story.wire, url=story.url, agency=story.agency, dateline=story.dateline,
        byline=story.byline, language=story.language, notice=story.notice,
        origin=Origin(
            agency=story.origin_agency, wire=story.origin_wire, article_id=story.origin_article,
            basis=story.origin_basis,
        ),
        independent_sources=story.independent_sources, copies_total=len(copies),
        copies=[_make_copy(copy, edges.get(copy.article_id)) for copy in copies[:MAX_COPIES]],
        versions=[VersionRow.model_validate(version) for version in list_versions(texts)],
        events=[EventRow.model_validate(event) for event in events[-MAX_EVENTS:]],
        sources=[SourceRow.model_validate(source) for source in sources[:MAX_COPIES]],
        spread=[SpreadRow.model_validate(step) for step in spread[:MAX_COPIES]],
        page=make_story_url(request, story.story_id),
    )  # fmt: skip


def send_copy(story_id: UUID, article_id: UUID) -> Copy:
    """Send one copy of a story by its paragraphs, each with the earliest article that has it."""
    with read_transaction(load_settings()) as connection:
        profile = read_live_profile(connection)
        copy = story_queries.read_copy(connection, profile.profile_id, story_id, article_id)
        body = copy.body[:MAX_TEXT_CHARS]
        passages = list_passages(connection, profile, article_id, body)
    return Copy.model_validate(
        {
            **{name: getattr(copy, name) for name in Copy.model_fields if hasattr(copy, name)},
            "body_is_cut": len(copy.body) > MAX_TEXT_CHARS,
            "passages": [PassageRow.model_validate(passage) for passage in passages],
        }
    )


def make_story_url(request: Request, story_id: UUID) -> str:
    """Return the address of the page of a story."""
    return f"{get_base_url(request)}story?id={story_id}"


def _make_copy(copy: story_queries.StoryCopy, edge: StoredEdge | None) -> CopyRow:
    row = CopyRow.model_validate(copy)
    if edge is None:
        return row
    evidence = Evidence(rule=edge.rule, kind=edge.kind, reason=explain_rule(edge), measures=describe_measures(edge))
    return row.model_copy(update={"evidence": evidence})
