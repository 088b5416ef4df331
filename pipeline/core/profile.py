"""Every parameter that sketches and edges depend on. Sketches of unlike profiles are never compared."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Profile:
    """The parameters of one generation of sketches, edges and stories.

    ``shingle`` words a shingle; ``num_perm`` values a MinHash; ``keys`` an article is looked up by at most, of which,
    for each (words, count) of ``lead_keys``, so many are of its first words; a key is of ``key_words`` words in a row,
    and is drawn ``figure_weight`` times as often where there is a figure among them;
    ``window_hours`` how far apart two articles may be published and still be compared (None: any distance);
    ``jaccard_percent`` and ``containment_percent`` are whole percents, because verification is in integers.
    """

    normaliser: int = 2
    shingle: int = 5
    num_perm: int = 128
    scheme: str = "affine32"
    seed: int = 1
    hash: str = "poly64"
    keys: int = 16
    lead_keys: tuple[tuple[int, int], ...] = ((60, 4), (20, 3))
    key_words: int = 6
    figure_weight: int = 2
    window_hours: int | None = 96
    jaccard_percent: int = 30
    containment_percent: int = 80
    edge_rule: int = 5

    @property
    def profile_id(self) -> str:
        """A short digest of the parameters: equal parameters, equal id."""
        text = json.dumps(asdict(self), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]
