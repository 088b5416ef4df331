"""Completion of story IDs in a shell, and the argument that has it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer

MAX_COMPLETIONS = 20


def complete_story(incomplete: str) -> list[tuple[str, str]]:
    """Return the latest stories with an ID that starts so, with their titles; none if no database is running."""
    from copydesk.pipeline.core.errors import CopydeskError
    from copydesk.pipeline.core.settings import load_settings
    from copydesk.pipeline.db.probe import query_if_available
    from copydesk.pipeline.store.profiles import get_live_profile_id
    from copydesk.pipeline.views.story_queries import list_story_ids

    if not set(incomplete.lower()) <= set("0123456789abcdef-"):
        return []
    try:
        found: dict[UUID, str] | None = query_if_available(
            load_settings(),
            lambda connection: list_story_ids(connection, get_live_profile_id(connection), incomplete, MAX_COMPLETIONS),
        )
    except CopydeskError:
        return []  # the command itself reports it
    return [(str(story_id)[: max(8, len(incomplete))], title) for story_id, title in (found or {}).items()]


StoryArgument = Annotated[
    str, typer.Argument(metavar="ID", autocompletion=complete_story, help="The story's ID or a prefix of it.")
]
