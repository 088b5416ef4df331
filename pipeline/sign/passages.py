"""Passages: which paragraphs of a text other texts have too, from the shingles that sketches store."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.sign.long_texts import MAX_HASHES
from copydesk.pipeline.sign.shingles import hash_shingles, sort_unique
from copydesk.pipeline.sign.words import hash_words

MIN_SHARED_PERCENT = 80
"""A text has a paragraph if it has at least this percentage of its shingles: one changed word in a paragraph of 40
words changes as many shingles as a shingle has words."""

_U64 = npt.NDArray[np.uint64]


def sign_paragraphs(paragraphs: Sequence[str], profile: Profile) -> list[_U64]:
    """Return the shingles of each paragraph (sorted, distinct); none for one that is shorter than a shingle."""
    batch = hash_words(paragraphs)
    shingles, starts = sort_unique(*hash_shingles(batch.hashes, batch.starts[:-1], batch.starts[1:], profile.shingle))
    return [shingles[starts[at] : starts[at + 1]] for at in range(len(paragraphs))]


def has_paragraph(text: _U64, paragraph: _U64) -> bool:
    """Return whether a text has a paragraph.

    Args:
        text: The shingles of the text as a sketch stores them (sorted, distinct; of a long text a sample).
        paragraph: The shingles of the paragraph.
    """
    if 2 * text.size > MAX_HASHES:  # perhaps a sample: only hashes of its range can be in it
        paragraph = paragraph[: int(np.searchsorted(paragraph, text[-1], side="right"))]
    if not paragraph.size or not text.size:
        return False
    at = np.minimum(np.searchsorted(text, paragraph), text.size - 1)
    return bool(100 * np.count_nonzero(text[at] == paragraph) >= MIN_SHARED_PERCENT * paragraph.size)


def find_earliest_texts(paragraphs: Sequence[_U64], texts: Sequence[_U64]) -> list[int | None]:
    """Return, for each paragraph, the index of the first text that has it; None if none has.

    Args:
        paragraphs: As ``sign_paragraphs`` returns them.
        texts: The shingles of texts, the earliest first.
    """
    return [next((at for at, text in enumerate(texts) if has_paragraph(text, one)), None) for one in paragraphs]
