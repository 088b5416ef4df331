"""Content hashes: equal sketches have equal ones, so that identical copies are recognized without comparing them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xxhash

from copydesk.pipeline.core.dedup_records import Features


def hash_content(features: Features, keys: npt.NDArray[np.int64], item_keys: npt.NDArray[np.int64]) -> int:
    """Hash everything that a sketch depends on except its id and time (xxh3, 64 bits).

    The hash of the words stands for all that is computed from them under one profile: shingles, keys, lead, numbers,
    vocabulary and opening. What also depends on capitals, lines or other fields of the document is hashed itself.

    Returns:
        0 for a document without words, which is compared with nothing; otherwise another number.
    """
    if not keys.size:
        return 0
    arrays = (features.names, features.place, features.agencies, item_keys)
    scalars = (
        features.word_count, features.text_hash, features.title_hash, features.notice, features.is_headline_only,
        features.is_brief, features.is_digest, *(array.size for array in arrays),
    )  # fmt: skip
    return xxhash.xxh3_64_intdigest(repr(scalars).encode() + b"".join(array.tobytes() for array in arrays)) or 1
