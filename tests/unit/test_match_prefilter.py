"""The prefilter's bound is never below the number of shared shingles, and rarely far above."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from copydesk.pipeline.match.coverage import shares_too_little
from copydesk.pipeline.match.evidence import Overlap, count_shared
from copydesk.pipeline.match.prefilter import bound_shared_counts, prefilter_candidates


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), size=st.integers(0, 300), others=st.integers(1, 8))
def test_bound_is_never_below_the_shared_count(seed: int, size: int, others: int) -> None:
    rng = np.random.default_rng(seed)
    stock = rng.integers(0, 2**64, 600, dtype=np.uint64)
    one = np.unique(rng.choice(stock, size))
    sets = [np.unique(rng.choice(stock, rng.integers(0, 300))) for _ in range(others)]
    bounds = bound_shared_counts(one.astype("<u8").tobytes(), [other.astype("<u8").tobytes() for other in sets])
    for bound, other in zip(bounds.tolist(), sets, strict=True):
        shared = count_shared(one, other)
        assert shared <= bound <= min(one.size, other.size)
        assert bound <= shared + 0.05 * other.size + 2


def test_colliding_low_bits_raise_the_bound() -> None:
    one, other = (np.array([value], dtype="<u8").tobytes() for value in (7, 7 + 2**16))
    assert bound_shared_counts(one, [other, one, b""]).tolist() == [1, 1, 0]


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10_000), size=st.integers(0, 60))
def test_prefilter_selects_what_the_rules_allow(seed: int, size: int) -> None:
    """Values are small, so that no two of them collide."""
    rng = np.random.default_rng(seed)

    def draw(most: int) -> tuple[bytes, bool, bool]:
        values = np.unique(rng.integers(0, 120, rng.integers(0, most + 1), dtype=np.uint64))
        return values.astype("<u8").tobytes(), bool(rng.random() < 0.1), bool(rng.random() < 0.2)

    one, others = draw(size), [draw(80) for _ in range(20)]

    def is_selected(other: tuple[bytes, bool, bool]) -> bool:
        a, b = (np.frombuffer(sketch[0], dtype="<u8") for sketch in (one, other))
        return not shares_too_little(
            Overlap.between(a, b), is_headline_only=one[1] or other[1], is_digest_and_story=one[2] != other[2]
        )

    assert prefilter_candidates(one, others).tolist() == [
        place for place, other in enumerate(others) if is_selected(other)
    ]
