"""Find paragraphs and blocks that a page prints twice."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from copydesk.pipeline.core.text import count_words

_WORD = re.compile(r"\w+")
# A paragraph with fewer words may be repeated on purpose. A row of so many paragraphs, with so many words together, may
# not.
_MIN_REPEAT_WORDS = 18
_MIN_ROW_PARAGRAPHS = 3
_MIN_ROW_WORDS = 12
# Number of first words that few paragraphs of a text share, and characters that are enough for them.
_OPENING_WORDS = 3
_OPENING_CHARS = 60


@lru_cache(maxsize=256)  # called again for the same paragraphs after their dateline is split off
def fold_words(text: str) -> str:
    """Return the words of a paragraph, case-folded, for comparison regardless of quotes and blanks."""
    return " ".join(_WORD.findall(text.casefold()))


@lru_cache(maxsize=256)
def _get_opening_words(text: str) -> tuple[str, ...]:
    """Return the first words of a paragraph, as ``fold_words`` folds them; none if they are unusually long."""
    words = _WORD.findall(text[:_OPENING_CHARS].casefold())
    return tuple(words[:_OPENING_WORDS]) if len(words) > _OPENING_WORDS or len(text) <= _OPENING_CHARS else ()


def _may_repeat(paragraphs: list[str]) -> bool:
    """Return whether two paragraphs may be equal; a quick test of how they begin."""
    openings = set(map(_get_opening_words, paragraphs))
    return len(openings) < len(paragraphs) or () in openings


def find_repeats(paragraphs: list[str]) -> list[int]:
    """Return the indexes of the paragraphs that repeat an earlier one, in order.

    A repeat is:

    - a long paragraph that is printed twice; more often, it is the refrain of a list or a recipe.
    - any paragraph that directly follows its twin.
    - any paragraph in a block that is printed again, that is, next to another repeat in both places.
    - three or more paragraphs in a row that are printed again in a row (figures, results).
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
        if (count_words(paragraphs[at]) >= _MIN_REPEAT_WORDS and times[twin] == 2)
        or (twin == at - 1 and len(paragraphs[at]) > 15)
        or (times[twin] > 2 and count_words(paragraphs[at]) >= _MIN_REPEAT_WORDS and twins.get(at - 1) == twin - 1)
    }
    repeats |= _find_repeated_rows(paragraphs, {at: twin for at, twin in twins.items() if times[twin] == 2})
    # Extend from the long paragraphs of a repeated block to its short lines.
    for step in (1, -1):
        for start in sorted(repeats, reverse=step < 0):
            at = start
            while (near := at + step) in twins and near not in repeats and twins[near] == twins[at] + step:
                repeats.add(near)
                at = near
    return sorted(repeats)


def _find_repeated_rows(paragraphs: list[str], twins: dict[int, int]) -> set[int]:
    """Return the indexes of rows of paragraphs that are printed again in a row."""
    repeats: set[int] = set()
    row: list[int] = []
    for at in [*sorted(twins), -1]:
        if row and not (at == row[-1] + 1 and twins[at] == twins[row[-1]] + 1):
            if (
                len(row) >= _MIN_ROW_PARAGRAPHS
                and sum(count_words(paragraphs[number]) for number in row) >= _MIN_ROW_WORDS
            ):
                repeats.update(row)
            row = []
        row.append(at)
    return repeats
