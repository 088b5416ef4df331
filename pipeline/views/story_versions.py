"""The versions of a story in order, and what each changed: flash, original, update, correction, kill."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from copydesk.pipeline.core.records import WITHDRAWAL_NOTICES, Notice

FLASH_MAX_WORDS = 25
"""The maximum length, in words, of a first text that counts as a flash sent ahead of its story."""

MAX_NUMBERS = 12
"""The maximum number of figures listed per change: a few are enough if all are new."""

_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")
_NUMBERED_NAMES = frozenset({Notice.UPDATE, Notice.LEAD, Notice.WRITETHRU, "revision"})


@dataclass(frozen=True, slots=True)
class StoryText:
    """One text of a story as its desk sent it; ``at`` is its time, which orders the versions, and then the ids do."""

    article_id: UUID
    version_id: UUID
    at: datetime
    wire: str
    url: str
    title: str
    body: str
    notice: str


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a story and what it changed. The first version and a kill are not compared with another one.

    Attributes:
        name: ``flash``, ``original``, a notice, or ``revision`` if there is no notice; repeated names are numbered, for
            example ``update 2``.
        title_changed: Whether the title differs from the previous version's.
        removed_numbers: Figures of the previous version that this one does not have, in reading order, at most
            ``MAX_NUMBERS``.
        added_numbers: Figures of this version that the previous one does not have, likewise.
        word_delta: The change in length, in words.
        kill_text: The text of a kill, else empty.
    """

    version_id: UUID
    name: str
    at: datetime
    wire: str
    url: str
    title: str
    title_changed: bool = False
    removed_numbers: tuple[str, ...] = ()
    added_numbers: tuple[str, ...] = ()
    word_delta: int = 0
    kill_text: str = ""


def list_versions(texts: Iterable[StoryText]) -> list[Version]:
    """Return the versions of a story in order. A text identical to the one before it is not a version."""
    versions: list[Version] = []
    counts: Counter[str] = Counter()
    before: StoryText | None = None
    for text in sorted(texts, key=lambda text: (text.at, text.article_id, text.version_id)):
        if before is not None and (text.title, text.body, text.notice) == (before.title, before.body, before.notice):
            continue
        name = _classify_version(text, counts)
        counts[name] += 1
        if name in _NUMBERED_NAMES or counts[name] > 1:
            name = f"{name} {counts[name]}"
        if text.notice in WITHDRAWAL_NOTICES:
            versions.append(
                Version(text.version_id, name, text.at, text.wire, text.url, text.title, kill_text=text.body)
            )
        else:
            versions.append(_diff_texts(name, before, text))
            before = text
    return versions


def find_latest_text(texts: Iterable[StoryText]) -> StoryText | None:
    """Return the newest text of a story that does not withdraw it; None if there is none."""
    current = [text for text in texts if text.notice not in WITHDRAWAL_NOTICES]
    return max(current, key=lambda text: (text.at, text.article_id, text.version_id), default=None)


def _classify_version(text: StoryText, counts: Counter[str]) -> str:
    if text.notice:
        return text.notice
    if counts["original"]:
        return "revision"
    return "original" if counts["flash"] or len(text.body.split()) > FLASH_MAX_WORDS else "flash"


def _diff_texts(name: str, before: StoryText | None, text: StoryText) -> Version:
    if before is None:
        return Version(text.version_id, name, text.at, text.wire, text.url, text.title)
    old, new = (_NUMBER.findall(f"{version.title}\n{version.body}") for version in (before, text))
    return Version(
        text.version_id,
        name,
        text.at,
        text.wire,
        text.url,
        text.title,
        title_changed=text.title != before.title,
        removed_numbers=_subtract_numbers(old, new),
        added_numbers=_subtract_numbers(new, old),
        word_delta=len(text.body.split()) - len(before.body.split()),
    )


def _subtract_numbers(numbers: list[str], known: list[str]) -> tuple[str, ...]:
    """Return the figures that are not among the known ones, each as often as it is missing there."""
    left = Counter(known)
    unknown = []
    for figure in numbers:
        if left[figure]:
            left[figure] -= 1
        else:
            unknown.append(figure)
    return tuple(unknown[:MAX_NUMBERS])
