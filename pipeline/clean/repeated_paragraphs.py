"""Paragraphs and blocks that a page prints twice: kept once."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from copydesk.pipeline.core.text import count_words

_WORD = re.compile(r"\w+")
# A paragraph of fewer words may well be said twice; so many in a row, of so many words together, are not.
_LEAST_WORDS = 18
_LEAST_ROW = 3
_LEAST_ROW_WORDS = 12
# The words with which few paragraphs of a text begin alike, and the characters that hold them.
_FIRST = 3
_OPENING = 60


@lru_cache(maxsize=256)  # asked again of the same paragraphs, before and after their dateline is split
def fold_words(text: str) -> str:
    """The words of a paragraph, for telling whether two say the same whatever their quotes and blanks."""
    return " ".join(_WORD.findall(text.casefold()))


@lru_cache(maxsize=256)
def _read_opening(text: str) -> tuple[str, ...]:
    """The first words of a paragraph, as ``fold_words`` folds them; none where they are too long to be told at once."""
    words = _WORD.findall(text[:_OPENING].casefold())
    return tuple(words[:_FIRST]) if len(words) > _FIRST or len(text) <= _OPENING else ()


def _may_repeat(paragraphs: list[str]) -> bool:
    """Whether two paragraphs may say the same; a quick look at how they begin."""
    openings = set(map(_read_opening, paragraphs))
    return len(openings) < len(paragraphs) or () in openings


def find_repeats(paragraphs: list[str]) -> list[int]:
    """The numbers of the paragraphs that repeat an earlier one, in order.

    A long paragraph is a repeat by itself where it is printed twice (oftener, it is a refrain of a list, a recipe);
    any other where it follows its twin at once, or in a block that is printed again, that is, beside another repeat
    in both prints; or where three and more in a row are printed again in a row (figures, results).
    """
    if not _may_repeat(paragraphs):
        return []
    keys = [fold_words(paragraph) for paragraph in paragraphs]
    if len(set(keys)) == len(keys):
        return []
    first: dict[str, int] = {}
    times: Counter[int] = Counter()
    twins: dict[int, int] = {}
    for at, key in enumerate(keys):
        if key:
            twin = first.setdefault(key, at)
            times[twin] += 1
            if twin != at:
                twins[at] = twin
    repeats = {
        at
        for at, twin in twins.items()
        if (count_words(paragraphs[at]) >= _LEAST_WORDS and times[twin] == 2)
        or (twin == at - 1 and len(paragraphs[at]) > 15)
        or (times[twin] > 2 and count_words(paragraphs[at]) >= _LEAST_WORDS and twins.get(at - 1) == twin - 1)
    }
    repeats |= _find_rows(paragraphs, {at: twin for at, twin in twins.items() if times[twin] == 2})
    # Short lines of a repeated block, outwards from its long paragraphs.
    for step in (1, -1):
        for start in sorted(repeats, reverse=step < 0):
            at = start
            while (near := at + step) in twins and near not in repeats and twins[near] == twins[at] + step:
                repeats.add(near)
                at = near
    return sorted(repeats)


def _find_rows(paragraphs: list[str], twins: dict[int, int]) -> set[int]:
    found: set[int] = set()
    row: list[int] = []
    for at in [*sorted(twins), -1]:
        if row and not (at == row[-1] + 1 and twins[at] == twins[row[-1]] + 1):
            if len(row) >= _LEAST_ROW and sum(count_words(paragraphs[one]) for one in row) >= _LEAST_ROW_WORDS:
                found.update(row)
            row = []
        row.append(at)
    return found
