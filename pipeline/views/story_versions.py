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
"""A first text of at most so many words was sent ahead of its story."""

MAX_NUMBERS = 12
"""Figures told of one change; where all are new, a few are enough."""

_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")
_NUMBERED_NAMES = frozenset({Notice.UPDATE, Notice.LEAD, Notice.WRITETHRU, "revision"})


@dataclass(frozen=True, slots=True)
class StoryText:
    """One text of a story as its desk sent it. ``at`` is when it came out: it orders versions, then the ids do."""

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
    """``name`` is ``flash``, ``original``, a notice, or ``revision`` where the desk says nothing; those that come in
    rows are numbered (``update 2``).

    ``title_changed``: the title is another than before. ``removed_numbers`` and ``added_numbers`` are those that only the version
    before or only this one has, in reading order, at most ``MAX_NUMBERS`` each; ``words`` is the change in length.
    Nothing is compared with the first version, and a kill with none. ``text`` is the kill's.
    """

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
    """The versions of one story; pure. A text that says word for word what the one before it says is none."""
    versions: list[Version] = []
    counts: Counter[str] = Counter()
    before: StoryText | None = None
    for text in sorted(texts, key=lambda one: (one.at, one.article_id, one.version_id)):
        if before is not None and (text.title, text.body, text.notice) == (before.title, before.body, before.notice):
            continue
        name = _classify_version(text, counts)
        counts[name] += 1
        if name in _NUMBERED_NAMES or counts[name] > 1:
            name = f"{name} {counts[name]}"
        if text.notice in WITHDRAWAL_NOTICES:
            versions.append(Version(name, text.at, text.wire, text.url, text.title, kill_text=text.body))
        else:
            versions.append(_diff_texts(name, before, text))
            before = text
    return versions


def _classify_version(text: StoryText, counts: Counter[str]) -> str:
    if text.notice:
        return text.notice
    if counts["original"]:
        return "revision"
    return "original" if counts["flash"] or len(text.body.split()) > FLASH_MAX_WORDS else "flash"


def _diff_texts(name: str, before: StoryText | None, text: StoryText) -> Version:
    if before is None:
        return Version(name, text.at, text.wire, text.url, text.title)
    old, new = (_NUMBER.findall(f"{one.title}\n{one.body}") for one in (before, text))
    return Version(
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
    """The figures that are not among the known ones, each as often as it is missing there."""
    left = Counter(known)
    found = []
    for figure in numbers:
        if left[figure]:
            left[figure] -= 1
        else:
            found.append(figure)
    return tuple(found[:MAX_NUMBERS])
