"""Compare two texts word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import groupby

_TOKEN = re.compile(
    # One token per character in scripts without spaces between words.
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff]"
    r"|[^\W\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff]+(?:['’.,:/-][^\W]+)*"
    r"|\n+|[^\S\n]+|[^\w\s]"
)
MAX_EXACT_TOKENS = 20_000
"""Longer texts are compared without their most common words as anchors: the exact comparison takes quadratic time."""


class ChangeKind(StrEnum):
    """Whether a piece of text is in both texts or only in one of them."""

    EQUAL = "equal"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Change:
    """A piece of text and where it is."""

    kind: ChangeKind
    text: str


def diff_words(before: str, after: str) -> list[Change]:
    """Return the pieces of two texts in order: those of both, and those of only one, the removed ones first.

    The equal and removed pieces together are the first text, the equal and added ones the second.
    """
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    matcher = SequenceMatcher(None, old, new, autojunk=max(len(old), len(new)) > MAX_EXACT_TOKENS)
    changes: list[Change] = []
    for tag, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        if tag == "equal":
            changes.append(Change(ChangeKind.EQUAL, "".join(old[old_start:old_end])))
            continue
        changes.append(Change(ChangeKind.REMOVED, "".join(old[old_start:old_end])))
        changes.append(Change(ChangeKind.ADDED, "".join(new[new_start:new_end])))
    return list(_merge(changes))


def count_words(changes: Sequence[Change], kind: ChangeKind) -> int:
    """Return the number of words in the pieces of one kind."""
    return sum(token[0].isalnum() for change in changes if change.kind is kind for token in _TOKEN.findall(change.text))


def _merge(changes: Sequence[Change]) -> Iterator[Change]:
    """Join changes that only a blank separates, so that a rewritten phrase is one change and not one per word."""
    pieces: list[Change] = []
    for index, change in enumerate(changes):
        is_gap = change.kind is ChangeKind.EQUAL and change.text.isspace() and "\n" not in change.text
        if is_gap and 0 < index < len(changes) - 1:
            pieces += [Change(ChangeKind.REMOVED, change.text), Change(ChangeKind.ADDED, change.text)]
        else:
            pieces.append(change)
    for is_equal, run in groupby(pieces, lambda piece: piece.kind is ChangeKind.EQUAL):
        together = list(run)
        if is_equal:
            yield from together
            continue
        for kind in (ChangeKind.REMOVED, ChangeKind.ADDED):
            text = "".join(piece.text for piece in together if piece.kind is kind)
            if text:
                yield Change(kind, text)
