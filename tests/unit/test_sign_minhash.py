"""Our MinHash values equal datasketch's."""

from __future__ import annotations

import numpy as np
import pytest
from datasketch import MinHash
from hypothesis import given, settings
from hypothesis import strategies as st

from copydesk.pipeline.sign import as_datasketch
from copydesk.pipeline.sign.minhash import EMPTY_HASH_VALUE, compute_minhashes
from copydesk.pipeline.sign.shingles import compute_offsets, hash_shingles, sort_unique, sort_with_multiplicity

hashes32 = st.lists(st.integers(0, 2**32 - 1), max_size=40)


def sign_lists(lists: list[list[int]], num_perm: int, seed: int) -> np.ndarray:
    flat = np.array([value for one in lists for value in one], dtype=np.uint32)
    return compute_minhashes(
        flat, compute_offsets(np.array([len(one) for one in lists], dtype=np.int64)), num_perm, seed
    )


def sign_by_datasketch(values: list[int], num_perm: int, seed: int) -> np.ndarray:
    minhash = MinHash(num_perm=num_perm, seed=seed, scheme="affine32", hashfunc=int)
    minhash.update_batch(values)
    return np.asarray(minhash.hashvalues)


def test_signatures_have_fixed_values() -> None:
    """Stored signatures are compared for years, so these values must never change."""
    signed = sign_lists([[0, 1, 2, 0xFFFFFFFF], [42], []], num_perm=4, seed=1)
    assert signed.tolist() == [
        [491263, 131247162, 102608476, 1412089388],
        [4054321395, 3260258253, 253615303, 2002440097],
        [EMPTY_HASH_VALUE] * 4,
    ]


@settings(max_examples=30, deadline=None)
@given(lists=st.lists(hashes32, max_size=6), num_perm=st.sampled_from([1, 16, 128]), seed=st.integers(0, 2**31))
def test_signatures_equal_those_of_datasketch(lists: list[list[int]], num_perm: int, seed: int) -> None:
    signed = sign_lists(lists, num_perm, seed)
    assert signed.shape == (len(lists), num_perm)
    for row, values in zip(signed, lists, strict=True):
        assert row.tolist() == sign_by_datasketch(values, num_perm, seed).tolist()


def test_document_larger_than_a_chunk_equals_datasketch() -> None:
    values = np.random.default_rng(3).integers(0, 2**32, 40_000).tolist()
    signed = sign_lists([[7], values, [8]], 16, 1)
    assert signed[1].tolist() == sign_by_datasketch(values, 16, 1).tolist()
    assert signed[2].tolist() == sign_by_datasketch([8], 16, 1).tolist()


def test_rows_convert_to_datasketch_objects() -> None:
    one, two = (as_datasketch(row, seed=5) for row in sign_lists([[1, 2, 3, 4], [1, 2, 3, 4]], 32, 5))
    assert one.jaccard(two) == 1.0
    mine = MinHash(num_perm=32, seed=5, scheme="affine32", hashfunc=int)
    mine.update(1)
    one.merge(mine)
    assert one.jaccard(two) == 1.0


def test_shingles_do_not_cross_texts() -> None:
    words = np.arange(1, 12, dtype=np.uint64)
    begins, ends = np.array([0, 5, 9]), np.array([5, 9, 11])
    rolled, starts = hash_shingles(words, begins, ends, 3)
    assert starts.tolist() == [0, 3, 5, 5]
    again, _ = hash_shingles(words[5:9].copy(), np.array([0]), np.array([4]), 3)
    assert rolled[3:].tolist() == again.tolist()
    assert len(set(rolled.tolist())) == 5


@given(st.lists(st.lists(st.integers(0, 5), max_size=8), max_size=5))
def test_values_are_sorted_within_each_text(lists: list[list[int]]) -> None:
    flat = np.array([value * 2**40 for one in lists for value in one], dtype=np.uint64)
    starts = compute_offsets(np.array([len(one) for one in lists], dtype=np.int64))
    distinct, at = sort_unique(flat, starts)
    numbered, _ = sort_with_multiplicity(flat, starts)
    for row, one in enumerate(lists):
        assert (distinct[at[row] : at[row + 1]] // 2**40).tolist() == sorted(set(one))
        mine = numbered[starts[row] : starts[row + 1]].tolist()
        assert [value // 2**40 for value in mine] == sorted(one)
        assert len(set(mine)) == len(mine)


@pytest.mark.parametrize("width", [1, 2, 5])
def test_shingle_hash_depends_on_order_and_width(width: int) -> None:
    words = np.array([11, 12, 13, 14, 15], dtype=np.uint64)
    there, _ = hash_shingles(words, np.array([0]), np.array([5]), width)
    back, _ = hash_shingles(words[::-1].copy(), np.array([0]), np.array([5]), width)
    assert (set(there.tolist()) == set(back.tolist())) is (width == 1)
