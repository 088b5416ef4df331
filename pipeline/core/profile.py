"""The parameters that sketches and edges depend on. Sketches of different profiles are never compared."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path

THRESHOLDS_PATH = Path(__file__).with_name("thresholds.json")
"""Every threshold of signing, matching and folding by its name, written by `make golden`."""


@cache
def hash_thresholds() -> str:
    """Return a hash of all thresholds of this version: eight hexadecimal digits."""
    return hashlib.sha256(THRESHOLDS_PATH.read_bytes()).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class Profile:
    """The parameters of one generation of sketches, edges and stories."""

    normalizer: int = 6
    """Version of the code that normalizes words before shingling."""

    shingle: int = 5
    """Words per shingle."""

    num_perm: int = 128
    """Values per MinHash signature."""

    scheme: str = "affine32"
    """The MinHash scheme of datasketch."""

    seed: int = 1
    """Seed of the MinHash permutations."""

    hash: str = "poly64"
    """The hash function of shingles."""

    keys: int = 16
    """Maximum number of lookup keys per article."""

    lead_keys: tuple[tuple[int, int], ...] = ((60, 4), (20, 3))
    """Pairs (words, count): reserve ``count`` of the keys for the first ``words`` words."""

    key_words: int = 6
    """Consecutive words per key."""

    figure_weight: int = 2
    """How many times as often a key is selected if it contains a figure."""

    window_hours: int | None = 96
    """Maximum difference in publication time of two compared articles, in hours; None means no limit."""

    jaccard_percent: int = 30
    """Minimum Jaccard similarity, in whole percent, because verification uses integers."""

    containment_percent: int = 80
    """Minimum containment of the shorter article in the longer one, in whole percent."""

    edge_rule: int = 10
    """Version of the rules that decide the kind of an edge."""

    thresholds: str = field(default_factory=hash_thresholds)
    """Hash of all thresholds of the rules, so that a new value of one is a new profile."""

    @property
    def profile_id(self) -> str:
        """A short hash of the parameters: equal parameters have equal ids."""
        text = json.dumps(asdict(self), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]
