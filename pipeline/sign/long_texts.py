"""Long texts: a sample of their hashes stands for all of them, and texts beyond any limit are compared as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import xxhash

from copydesk.pipeline.core.records import Document
from copydesk.pipeline.sign.words import MAX_CHARS

MAX_HASHES = 20_000
"""Hashes of one kind that a sketch stores, 160 kB: those of an article of about 100 printed pages."""

BATCH_CHARS = 8_000_000
"""Characters that are signed at once, if there are several documents: about 600 MB with all arrays."""


def sample_hashes(hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Return the hashes below the highest power of two that leaves at most ``MAX_HASHES``.

    This is a sample by content (modulo sampling, Broder 1997): two texts keep or drop the same hash, wherever it is in
    them. ``match.evidence.Overlap`` reduces the larger sample to the range of the smaller one before it compares.

    Args:
        hashes: uint64, sorted, distinct.
    """
    bits = 64
    while hashes.size > MAX_HASHES:
        bits -= 1
        hashes = hashes[: int(np.searchsorted(hashes, np.uint64(1 << bits)))]
    return hashes


def is_too_long(document: Document) -> bool:
    """Return whether a text is compared as a whole: it is one story with the same text, word for word, and no other."""
    return len(document.body) > MAX_CHARS


def hash_whole_text(document: Document) -> tuple[int, int]:
    """Return the hash of a document's title and all of its text (xxh3, 64 bits), and the number of its words."""
    words = document.body.split()
    return xxhash.xxh3_64_intdigest("\0".join([document.title, *words]).encode("utf-8", "surrogatepass")), len(words)


def group_by_size(documents: Sequence[Document], max_documents: int) -> Iterator[Sequence[Document]]:
    """Yield the documents in groups of at most ``max_documents`` with at most ``BATCH_CHARS``, or of a single one."""
    first = size = 0
    for at, document in enumerate(documents):
        chars = min(len(document.body), MAX_CHARS)
        if at > first and (at - first == max_documents or size + chars > BATCH_CHARS):
            yield documents[first:at]
            first, size = at, 0
        size += chars
    if first < len(documents):
        yield documents[first:]
