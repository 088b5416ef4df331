"""Compare two texts word by word."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import Match, SequenceMatcher
from enum import StrEnum
from itertools import accumulate, groupby

_TOKEN = re.compile(
    # One token per character in scripts without spaces between words.
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff]"
    r"|[^\W\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff]+(?:['’.,:/-][^\W]+)*"
    r"|\n+|[^\S\n]+|[^\w\s]"
)
MAX_EXACT_PAIRS = 4_000_000
"""Texts with more pairs of equal words, a blank included, are compared without their most common words as anchors: the
exact comparison looks at each pair at least once, which takes about a second for so many. It is reached by two texts of
2,000 words."""


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


def diff_words(before: str, after: str, max_steps: int | None = None) -> list[Change]:
    """Return the pieces of two texts in order: those of both, and those of only one, the removed ones first.

    The equal and removed pieces together are the first text, the equal and added ones the second.

    Args:
        before: The first text.
        after: The second text.
        max_steps: The number of pairs of words after which the rest counts as changed, for texts of strangers: a
            repetitive text takes minutes otherwise. None for no limit.
    """
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    matcher = _BoundedMatcher(old, new, max_steps)
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


class _BoundedMatcher(SequenceMatcher[str]):
    """A comparison that stops looking for equal words after a number of steps."""

    def __init__(self, old: Sequence[str], new: Sequence[str], max_steps: int | None) -> None:
        counts = Counter(new)
        pairs = [counts[token] for token in old]
        super().__init__(None, old, new, autojunk=sum(pairs) > MAX_EXACT_PAIRS)
        self._remaining_steps = max_steps
        self._length = len(old)
        places: dict[str, list[int]] = vars(self)["b2j"]  # documented, but without a type
        # How many places a search of a range of the first text looks at, as sums from its start.
        self._steps = [0, *accumulate(1 + len(places.get(token, ())) for token in old)]

    def find_longest_match(self, alo: int = 0, ahi: int | None = None, blo: int = 0, bhi: int | None = None) -> Match:
        if self._remaining_steps is not None:
            self._remaining_steps -= self._steps[self._length if ahi is None else ahi] - self._steps[alo]
            if self._remaining_steps < 0:
                return Match(alo, blo, 0)
        return super().find_longest_match(alo, ahi, blo, bhi)


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
