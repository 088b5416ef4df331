"""The versions of a story in order, and what each changed: flash, original, update, correction, kill."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from copydesk.pipeline.core.records import WITHDRAWING, Notice

FLASH_WORDS = 25
"""A first text of at most so many words was sent ahead of its story."""

MAX_FIGURES = 12
"""Figures told of one change; where all are new, a few are enough."""

_FIGURE = re.compile(r"\d+(?:[.,:/-]\d+)*")
_COUNTED = frozenset({Notice.UPDATE, Notice.LEAD, Notice.WRITETHRU, "revision"})


@dataclass(frozen=True, slots=True)
class Text:
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

    ``new_title``: the title is another than before. ``figures_out`` and ``figures_in`` are those that only the version
    before or only this one has, in reading order, at most ``MAX_FIGURES`` each; ``words`` is the change in length.
    Nothing is compared with the first version, and a kill with none. ``text`` is the kill's.
    """

    name: str
    at: datetime
    wire: str
    url: str
    title: str
    new_title: bool = False
    figures_out: tuple[str, ...] = ()
    figures_in: tuple[str, ...] = ()
    words: int = 0
    text: str = ""


def list_versions(texts: Iterable[Text]) -> list[Version]:
    """The versions of one story; pure. A text that says word for word what the one before it says is none."""
    versions: list[Version] = []
    counts: Counter[str] = Counter()
    before: Text | None = None
    for text in sorted(texts, key=lambda one: (one.at, one.article_id, one.version_id)):
        if before is not None and (text.title, text.body, text.notice) == (before.title, before.body, before.notice):
            continue
        name = _name(text, counts)
        counts[name] += 1
        if name in _COUNTED or counts[name] > 1:
            name = f"{name} {counts[name]}"
        if text.notice in WITHDRAWING:
            versions.append(Version(name, text.at, text.wire, text.url, text.title, text=text.body))
        else:
            versions.append(_compare(name, before, text))
            before = text
    return versions


def _name(text: Text, counts: Counter[str]) -> str:
    if text.notice:
        return text.notice
    if counts["original"]:
        return "revision"
    return "original" if counts["flash"] or len(text.body.split()) > FLASH_WORDS else "flash"


def _compare(name: str, before: Text | None, text: Text) -> Version:
    if before is None:
        return Version(name, text.at, text.wire, text.url, text.title)
    old, new = (_FIGURE.findall(f"{one.title}\n{one.body}") for one in (before, text))
    return Version(
        name,
        text.at,
        text.wire,
        text.url,
        text.title,
        new_title=text.title != before.title,
        figures_out=_leave_out(old, new),
        figures_in=_leave_out(new, old),
        words=len(text.body.split()) - len(before.body.split()),
    )


def _leave_out(figures: list[str], known: list[str]) -> tuple[str, ...]:
    """The figures that are not among the known ones, each as often as it is missing there."""
    left = Counter(known)
    found = []
    for figure in figures:
        if left[figure]:
            left[figure] -= 1
        else:
            found.append(figure)
    return tuple(found[:MAX_FIGURES])
