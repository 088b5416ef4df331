"""Keys: the few hashes of a text that candidates are looked up by; ``match`` says how."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.sign.shingles import bounds, roll_shingles, sort_distinct
from copydesk.pipeline.sign.words import NUMBER, WordBatch, read_words

_I64 = npt.NDArray[np.int64]

MAX_ITEMS = 64
"""Items of one digest that are looked up."""

SURE = np.uint64(1)
"""The bit of a key that tells more than others do: with any other key shared it is enough to compare two texts."""


def draw_keys(batch: WordBatch, begins: _I64, ends: _I64, profile: Profile) -> list[npt.NDArray[np.int64]]:
    """The keys of every text of a batch, distinct; a text of fewer than ``profile.key_words`` words has none.

    A text's keys are the smallest of its rows' hashes (bottom-k, k-minimum values: Cohen and Kaplan, 2007), a row
    being ``profile.key_words`` words one after the other: longer than a shingle, for that much of a sentence seldom
    stands in two texts by chance, and copies keep whole sentences. Some are drawn of the text's beginnings: copies are
    cut from the bottom, and the shorter a copy, the less likely it is that the whole's smallest are among its own.

    A row with a figure in it is sure, and its hash is divided by ``profile.figure_weight``, so that it is drawn the
    more often: what a template says of everyone has no figures. Where a text has few rows, they are sure as well as
    not, so that one shared is enough. All of it is told by the row alone, so two texts draw alike
    where they read alike.
    """
    hashes, starts = _hash_rows(batch, begins, ends, profile)
    lengths = np.diff(starts)
    whole, whole_starts = sort_distinct(hashes, starts)
    leads = []
    for words, count in profile.lead_keys:
        short = np.minimum(lengths, max(words - profile.key_words + 1, 1))
        short_starts = bounds(short)
        first = np.arange(short_starts[-1]) + np.repeat(starts[:-1] - short_starts[:-1], short)
        leads.append((*sort_distinct(hashes[first], short_starts), count))
    drawn = []
    for text in range(starts.size - 1):
        smallest = whole[whole_starts[text] : whole_starts[text + 1]][: profile.keys]
        few = [smallest | SURE] if smallest.size < profile.keys else []
        of_leads = [some[of[text] : of[text + 1]][:count] for some, of, count in leads]
        kept = dict.fromkeys(np.concatenate([*of_leads, smallest, *few]).tolist())
        drawn.append(np.array(sorted(list(kept)[: profile.keys]), dtype=np.uint64).view(np.int64))
    return drawn


def draw_item_keys(items: Sequence[str], profile: Profile) -> npt.NDArray[np.int64]:
    """The keys of a digest's items, as many of each as a text's shortest beginning has: the story that an item is of
    has them among its own.

    They are not among the digest's own keys: it holds ``MAX_ITEMS`` stories at the most, an article has few rows.
    """
    if not items or not profile.lead_keys:
        return np.empty(0, dtype=np.int64)
    words, count = min(profile.lead_keys)
    batch = read_words(items[:MAX_ITEMS])
    begins = batch.starts[:-1]
    hashes, starts = sort_distinct(*_hash_rows(batch, begins, np.minimum(batch.starts[1:], begins + words), profile))
    picked = [hashes[start:end][:count] for start, end in pairwise(starts.tolist())]
    return np.unique(np.concatenate(picked)).view(np.int64)


def _hash_rows(batch: WordBatch, begins: _I64, ends: _I64, profile: Profile) -> tuple[npt.NDArray[np.uint64], _I64]:
    """The hashes of all rows of words in reading order, drawn and marked as ``draw_keys`` says, and where each text's
    begin.
    """
    rows, starts = roll_shingles(batch.hashes, begins, ends, profile.key_words)
    figures = np.concatenate(([0], np.cumsum(batch.marks & NUMBER)))
    at = np.arange(rows.size) + np.repeat(begins - starts[:-1], np.diff(starts))
    marked = figures[at + profile.key_words] > figures[at]
    return np.where(marked, rows // np.uint64(profile.figure_weight) | SURE, rows & ~SURE), starts
