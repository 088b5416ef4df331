"""Evaluate saved searches: which stories each has found for the first time."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
from psycopg import Connection

from copydesk.pipeline.core.errors import CopydeskError
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.core.source_files import list_source_files
from copydesk.pipeline.db import Row, transaction
from copydesk.pipeline.store.saved_searches import SavedSearch, add_matches, list_searches
from copydesk.pipeline.views.story_filter import parse_story_filter
from copydesk.pipeline.views.story_list import ListedStory, StorySort, list_change_times, list_stories

RECENT = timedelta(days=3)
"""Only stories with a copy of this age are looked at: a backfill of old hours should notify nobody."""

OVERLAP = timedelta(hours=1)
"""Changes are looked at again for so long: transactions do not commit in the order of their times."""

MAX_STORIES = 1_000
_PAGE = 200

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SearchAlert:
    """A story that a saved search has found for the first time."""

    search: str
    story_id: UUID
    title: str


def find_alerts(settings: Settings) -> Iterator[SearchAlert]:
    """Yield the stories that saved searches have found for the first time; each is yielded once, and never again.

    Those of a search are saved before the first of them is yielded. A search that fails, such as one for a removed
    wire, is logged and keeps no other one from being evaluated; the next call looks at the same changes again.
    """
    configured = list_source_files(settings.source_folders)
    with transaction(settings) as connection:
        searches = list_searches(connection)
    for search in searches:
        try:
            with transaction(settings) as connection:
                found = {story.story_id: story for story in _list_changed(connection, search, configured)}
                added = add_matches(connection, search.name, list(found))
        except (CopydeskError, psycopg.Error) as error:
            logger.warning("The saved search %s failed: %s", search.name, error)
            continue
        yield from (SearchAlert(search.name, story_id, found[story_id].title) for story_id in added)


def _list_changed(connection: Connection[Row], search: SavedSearch, configured: Collection[str]) -> list[ListedStory]:
    """Return the stories that match and have changed since the search was last evaluated, the latest copy first."""
    wanted, _ = parse_story_filter(connection, search.fields, configured)
    recent = datetime.now(UTC) - RECENT
    wanted = replace(wanted, since=max(wanted.since or recent, recent))
    start = max(search.created_at, search.seen_until - OVERLAP)
    found: list[ListedStory] = []
    after = ""
    while True:
        page = list_stories(connection, wanted, StorySort.LAST_COPY, after, _PAGE)
        changed = list_change_times(connection, [story.story_id for story in page.rows])
        found += [story for story in page.rows if story.story_id in changed and changed[story.story_id] >= start]
        if page.end is None or page.end.offset >= MAX_STORIES:
            return found
        after = page.end.encode()
