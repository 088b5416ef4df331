"""A story's timeline: what its desk sent, and what Copydesk did with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from copydesk.pipeline.views.story_queries import StoryEvent
from copydesk.pipeline.views.story_versions import Version

_EVENT_LABELS = {
    "founded": "Story founded",
    "joined": "Copy joined",
    "left": "Copy left",
    "merged": "Merged with another story",
    "split": "Split from another story",
    "new_representative": "New representative",
    "killed": "Story killed",
    "revived": "Story revived",
    "corrected": "Copy corrected",
}


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One entry of a timeline.

    Attributes:
        at: When a version was published, or when an event was recorded.
        label: What happened.
        is_version: Whether it is a version that the desk sent.
        wire: The wire of the article; empty if there is none.
        title: Its title.
        detail: What a version changed.
        related_story: The story that an article came from or went to.
    """

    at: datetime
    label: str
    is_version: bool
    wire: str
    title: str
    detail: str = ""
    related_story: UUID | None = None


def make_timeline(versions: Iterable[Version], events: Iterable[StoryEvent]) -> list[TimelineEntry]:
    """Return the versions and events of a story in the order of their times."""
    entries = [
        TimelineEntry(version.at, version.name.capitalize(), True, version.wire, version.title, _describe(version))
        for version in versions
    ]
    entries += [
        TimelineEntry(
            event.at, _EVENT_LABELS.get(event.kind, event.kind), False, event.wire or "", event.title or "",
            related_story=event.related_story,
        )
        for event in events
    ]  # fmt: skip
    return sorted(entries, key=lambda entry: entry.at)


def _describe(version: Version) -> str:
    """Return ``+12 words; figures removed: 3; figures added: 5; new title``."""
    parts = [f"{version.word_delta:+} words"] if version.word_delta else []
    for label, numbers in (("removed", version.removed_numbers), ("added", version.added_numbers)):
        if numbers:
            parts.append(f"figures {label}: {' '.join(numbers)}")
    if version.title_changed:
        parts.append("new title")
    return "; ".join(parts)
