"""Wire stories for tests: seeded texts of our own, and the edits that desks make to them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from copydesk.pipeline.core.records import Document

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

_SUBJECTS = [
    "harbour",
    "council",
    "ministry",
    "ferry",
    "union",
    "refinery",
    "orchard",
    "museum",
    "airline",
    "railway",
    "brewery",
    "dam",
]
_VERBS = [
    "opened",
    "delayed",
    "approved",
    "cancelled",
    "inspected",
    "widened",
    "sold",
    "rebuilt",
    "surveyed",
    "closed",
    "fined",
    "expanded",
]
_PLACES = [
    "Aldmoor",
    "Brenwick",
    "Castelo",
    "Dunharrow",
    "Eskvale",
    "Farrow",
    "Gilmouth",
    "Hartsea",
    "Inverlin",
    "Jarrowby",
]
_THINGS = [
    "a grain terminal",
    "the northern pier",
    "its winter timetable",
    "two coal sheds",
    "a tram line",
    "the fish market",
]
_ENDS = [
    "after weeks of talks",
    "before the first frost",
    "despite a petition",
    "as the budget allows",
    "at the mayor's wish",
]


def write_sentence(rng: random.Random) -> str:
    """Return a random sentence with a place and a figure."""
    return (
        f"The {rng.choice(_SUBJECTS)} in {rng.choice(_PLACES)} {rng.choice(_VERBS)} {rng.choice(_THINGS)} "
        f"for {rng.randint(10, 99_999):,} crowns {rng.choice(_ENDS)}, said {rng.choice(_PLACES)} clerk "
        f"{rng.choice('ABCDEFGHIJKLM')}{rng.choice(_SUBJECTS)} {rng.choice(_PLACES)}."
    )


def make_story(seed: int, sentences: int = 8, published_at: datetime | None = NOON) -> Document:
    """Return a story with about thirty words per sentence that differs from that of any other seed."""
    rng = random.Random(seed)
    body = "\n\n".join(write_sentence(rng) for _ in range(sentences))
    title = f"{rng.choice(_PLACES)} {rng.choice(_SUBJECTS)} {rng.choice(_VERBS)} {rng.choice(_THINGS)} number {seed}"
    return Document(f"story-{seed:05}", title, body, published_at)


def copy(original: Document, name: str, hours: float = 1, **changed: str) -> Document:
    """Return a copy under another ID, ``hours`` later, with fields replaced."""
    later = original.published_at + timedelta(hours=hours) if original.published_at else None
    return replace(original, id=name, published_at=later, **changed)


def cut(original: Document, keep: int) -> str:
    """Return the first ``keep`` paragraphs of the body."""
    return "\n\n".join(original.body.split("\n\n")[:keep])


def make_corpus(seed: int, stories: int) -> list[Document]:
    """Return stories with up to four copies each (identical, cut, retitled, extended), shuffled."""
    rng = random.Random(seed)
    documents: list[Document] = []
    for number in range(stories):
        original = make_story(seed * 100_000 + number, published_at=NOON + timedelta(minutes=rng.randint(0, 6000)))
        documents.append(original)
        edits: Sequence[Document] = (
            copy(original, f"{original.id}-same", rng.randint(0, 9)),
            copy(original, f"{original.id}-cut", rng.randint(0, 9), body=cut(original, 4)),
            copy(original, f"{original.id}-title", rng.randint(0, 9), title="Other words above the same copy"),
            copy(original, f"{original.id}-more", rng.randint(0, 9), body=f"{original.body}\n\n{write_sentence(rng)}"),
        )
        documents += rng.sample(edits, rng.randint(0, 4))
    rng.shuffle(documents)
    return documents
