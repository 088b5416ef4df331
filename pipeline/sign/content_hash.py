"""Content hashes: equal sketches have equal ones, so that identical copies are recognized without comparing them."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import numpy.typing as npt
import xxhash

from copydesk.pipeline.core.dedup_records import Features

_FEATURE_NAMES = tuple(field.name for field in fields(Features))


def hash_content(
    features: Features,
    shingles: npt.NDArray[np.uint64],
    keys: npt.NDArray[np.int64],
    item_keys: npt.NDArray[np.int64],
) -> int:
    """Hash everything of a sketch that is compared or looked up, so all but its id and time (xxh3, 64 bits).

    Returns:
        0 for a document without words, which is compared with nothing; otherwise another number.
    """
    if not keys.size:
        return 0
    digest = xxhash.xxh3_64()
    for value in (*(getattr(features, name) for name in _FEATURE_NAMES), shingles, keys, item_keys):
        data = value.tobytes() if isinstance(value, np.ndarray) else repr(value).encode()
        digest.update(len(data).to_bytes(8, "little") + data)
    return digest.intdigest() or 1
