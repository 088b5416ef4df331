"""What one document has and the other one does not: names, words and subjects, counted. The evidence has the counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from copydesk.pipeline.core.dedup_records import Features

MAX_NAMES_PERCENT = 1
"""Names per hundred words that texts in a script without capitals have at most, from acronyms and foreign names; news
in scripts with capitals has three and more."""


def count_different_names(a: Features, b: Features) -> int:
    """Count as ``PairEvidence.different_names``."""
    count = _count_own_names(a, b)
    return min(count, _count_own_names(b, a)) if count else 0


def count_different_words(a: Features, b: Features) -> int:
    """Count as ``PairEvidence.different_words``."""
    if not a.title_hash or a.title_hash != b.title_hash or max(map(_count_name_share, (a, b))) > MAX_NAMES_PERCENT:
        return 0
    counts = []
    for document, other in ((a, b), (b, a)):
        words = document.lead[~_is_in(document.lead, document.numbers)].astype(np.uint32)
        is_own = _is_in(words, document.vocabulary) & ~_is_in(words, other.vocabulary)
        counts.append(int(np.count_nonzero(is_own)))
    return min(counts)


def count_recurring_names(a: Features, b: Features) -> int:
    """Count the distinct names of the shorter document that the longer one has more often.

    A name in the shorter one's title has to occur twice more: a compilation may have that title as a heading. In the
    multisets, the occurrences of a name are consecutive values.
    """
    shorter, longer = (a, b) if a.word_count < b.word_count else (b, a)
    names = shorter.names
    if not names.size:
        return 0
    breaks = np.ones(names.size + 1, dtype=bool)
    np.not_equal(names[1:], names[:-1] + np.uint64(1), out=breaks[1:-1])
    first, last = names[breaks[:-1]], names[breaks[1:]]
    needed = 1 + _is_in(first, shorter.title).astype(np.uint64)
    return int(np.count_nonzero(_is_in(last + needed, longer.names)))


def count_headline_names(a: Features, b: Features) -> int:
    """Count as ``PairEvidence.headline_names``."""
    shorter, longer = (a, b) if a.word_count < b.word_count else (b, a)
    return int(np.count_nonzero(_is_in(longer.title, shorter.names)))


def measure_headline(a: Features, b: Features) -> int:
    """Return ``PairEvidence.headline_percent``."""
    shorter, longer = (a, b) if a.word_count < b.word_count else (b, a)
    known = int(np.count_nonzero(_is_in(longer.title.astype(np.uint32), shorter.vocabulary)))
    return 100 * known // max(longer.title.size, 1)


def has_own_subject(document: Features, other: Features) -> bool:
    """Return whether a word of the document's title, no number, is in its body, and nowhere in the other document."""
    title = document.title[~_is_in(document.title, other.title)]
    if not title.size:
        return False
    title = title[~_is_in(title, document.numbers)].astype(np.uint32)
    return bool((_is_in(title, document.vocabulary) & ~_is_in(title, other.vocabulary)).any())


def _count_own_names(document: Features, other: Features) -> int:
    """Count the distinct names in a document's lead that the other document has neither in its title nor its body."""
    names = document.names[_is_in(document.names, document.lead) & ~_is_in(document.names, other.title)]
    # The second occurrence of a name has a hash that no word has.
    names = names.astype(np.uint32)
    return int(np.count_nonzero(_is_in(names, document.vocabulary) & ~_is_in(names, other.vocabulary)))


def _count_name_share(document: Features) -> int:
    """Return the names of a document as a percentage of its words, rounded down."""
    return 100 * document.names.size // max(document.word_count, 1)


def _is_in(values: npt.NDArray[Any], among: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Return which values are in a sorted array."""
    if not among.size:
        return np.zeros(values.size, dtype=bool)
    found: npt.NDArray[np.bool_] = among.take(among.searchsorted(values), mode="clip") == values
    return found
