"""Keys: the few hashes of a text by which candidate pairs are found (see ``match.candidate_pairs``)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.sign.shingles import compute_offsets, hash_shingles, sort_unique
from copydesk.pipeline.sign.words import NUMBER_MARK, WordBatch, hash_words

_I64 = npt.NDArray[np.int64]

MAX_ITEMS = 64
"""Items of one digest that get keys."""

HIGH_VALUE_BIT = np.uint64(1)
"""Set in a key that is worth more than others: with any other shared key, it is enough to compare two texts."""


def select_keys(batch: WordBatch, begins: _I64, ends: _I64, profile: Profile) -> list[npt.NDArray[np.int64]]:
    """Select the keys of every text of a batch.

    The keys are the smallest hashes of a text's word runs (bottom-k sketch, also known as k minimum values: Cohen and
    Kaplan, 2007). A run is ``profile.key_words`` consecutive words. It is longer than a shingle, because that much of a
    sentence is seldom in two texts by chance, and copies keep whole sentences. Some keys are selected from the
    beginning of the text: copies are cut from the bottom, and the shorter a copy is, the less likely it has the
    smallest hashes of the whole.

    A run with a number in it is a high-value key. Its hash is divided by ``profile.figure_weight``, so it is selected
    more often, because the words that a template repeats have no numbers. A text with fewer runs than keys has each of
    them as a high-value key too, so that one shared run is enough. Nothing but the run itself decides, so two texts
    select the same keys from the same words.

    Args:
        batch: the words of all texts.
        begins, ends: int64[texts], the half-open range of each text in the batch.
        profile: with the number of keys and their parameters.

    Returns:
        For each text its keys: int64, sorted as uint64, distinct, at most ``profile.keys``; none for a text of fewer
        than ``profile.key_words`` words.
    """
    hashes, starts = _hash_word_runs(batch, begins, ends, profile)
    lengths = np.diff(starts)
    whole, whole_starts = sort_unique(hashes, starts)
    leads = []
    for words, count in profile.lead_keys:
        lead_lengths = np.minimum(lengths, max(words - profile.key_words + 1, 1))
        lead_starts = compute_offsets(lead_lengths)
        positions = np.arange(lead_starts[-1]) + np.repeat(starts[:-1] - lead_starts[:-1], lead_lengths)
        leads.append((*sort_unique(hashes[positions], lead_starts), count))
    selected = []
    for text in range(starts.size - 1):
        smallest = whole[whole_starts[text] : whole_starts[text + 1]][: profile.keys]
        high_value = [smallest | HIGH_VALUE_BIT] if smallest.size < profile.keys else []
        lead_keys = [lead[lead_starts[text] : lead_starts[text + 1]][:count] for lead, lead_starts, count in leads]
        ranked = dict.fromkeys(np.concatenate([*lead_keys, smallest, *high_value]).tolist())
        selected.append(np.array(sorted(list(ranked)[: profile.keys]), dtype=np.uint64).view(np.int64))
    return selected


def select_item_keys(items: Sequence[str], profile: Profile) -> npt.NDArray[np.int64]:
    """Select the keys of a digest's items.

    Each item has as many as the shortest beginning in ``profile.lead_keys`` has, from as many words, so they are among
    the keys of the story that it is about. They are separate from the digest's own keys: a digest has up to
    ``MAX_ITEMS`` items, but an article has few rows in the key table.

    Args:
        items: the text of each item.
        profile: with the number of keys and their parameters.

    Returns:
        int64, sorted as uint64, distinct.
    """
    if not items or not profile.lead_keys:
        return np.empty(0, dtype=np.int64)
    words, count = min(profile.lead_keys)
    batch = hash_words(items[:MAX_ITEMS])
    begins = batch.starts[:-1]
    hashes, starts = sort_unique(*_hash_word_runs(batch, begins, np.minimum(batch.starts[1:], begins + words), profile))
    selected = [hashes[start:end][:count] for start, end in pairwise(starts.tolist())]
    return np.unique(np.concatenate(selected)).view(np.int64)


def _hash_word_runs(
    batch: WordBatch, begins: _I64, ends: _I64, profile: Profile
) -> tuple[npt.NDArray[np.uint64], _I64]:
    """Hash all word runs of every text, weighted and with their ``HIGH_VALUE_BIT``.

    Returns:
        The hashes (uint64, in reading order, with duplicates), and where those of each text start (int64[texts + 1]).
    """
    runs, starts = hash_shingles(batch.hashes, begins, ends, profile.key_words)
    numbers_before = np.concatenate(([0], np.cumsum(batch.marks & NUMBER_MARK)))
    at = np.arange(runs.size) + np.repeat(begins - starts[:-1], np.diff(starts))
    has_number = numbers_before[at + profile.key_words] > numbers_before[at]
    weighted = runs // np.uint64(profile.figure_weight) | HIGH_VALUE_BIT
    return np.where(has_number, weighted, runs & ~HIGH_VALUE_BIT), starts
