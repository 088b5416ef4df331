"""Texts of any length are compared as a whole: by a sample of their hashes, or for equality."""

from __future__ import annotations

import random
from datetime import timedelta

import numpy as np
import pytest

from copydesk.pipeline.core.dedup_records import EdgeKind, Sketch
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.match import verify
from copydesk.pipeline.match.evidence import MIN_SAMPLE_SIZE, Overlap
from copydesk.pipeline.offline.deduplicate import deduplicate
from copydesk.pipeline.sign import sign
from copydesk.pipeline.sign.long_texts import MAX_HASHES, group_by_size, sample_hashes
from copydesk.pipeline.sign.words import MAX_CHARS
from tests.story_builder import NOON

_WORDS = [f"{a}{b}{c}" for a in "bdfgklmnprst" for b in "aeiou" for c in ("lan", "mer", "nos", "rig", "tov", "zek")]


def write_text(seed: int, words: int) -> str:
    rng = random.Random(seed)
    return " ".join(rng.choice(_WORDS) for _ in range(words))


def sign_body(body: str, name: str = "a", hours: float = 0) -> Sketch:
    return sign([Document(name, "The almanac of the year", body, NOON + timedelta(hours=hours))], Profile())[0]


def find_kind(a: str, b: str, hours: float = 0) -> EdgeKind | None:
    return verify(sign_body(a), sign_body(b, "b", hours), Profile()).kind


def test_ordinary_article_is_not_sampled() -> None:
    assert sign_body(write_text(1, 15_000)).shingles.size == 14_996


def test_sample_is_limited_to_the_lowest_hashes() -> None:
    sketch = sign_body(write_text(1, 90_000))
    assert MIN_SAMPLE_SIZE < sketch.shingles.size <= MAX_HASHES
    assert sketch.features.word_count == 90_000
    every = np.unique(np.random.default_rng(1).integers(0, 2**64, 50_000, dtype=np.uint64))
    assert sample_hashes(every).tolist() == every[every < 2**62].tolist()
    assert sample_hashes(every[:MAX_HASHES]).size == MAX_HASHES


def test_samples_are_compared_within_their_common_range() -> None:
    every = np.unique(np.random.default_rng(1).integers(0, 2**64, 80_000, dtype=np.uint64))
    whole, third = sample_hashes(every), sample_hashes(every[::3])
    part = Overlap.between(third, whole)
    assert part.shared == part.smaller
    assert 100 * part.shared == pytest.approx(100 / 3 * part.larger, rel=0.05)
    small = every[::40]
    assert Overlap.between(small, whole).missing == 0


def test_texts_with_the_same_beginning_do_not_merge() -> None:
    beginning = write_text(1, 21_000)
    assert find_kind(f"{beginning} {write_text(2, 80_000)}", f"{beginning} {write_text(3, 80_000)}") is None


def test_long_text_below_a_preface_merges() -> None:
    book = write_text(1, 60_000)
    assert find_kind(book, f"{write_text(2, 5_000)} {book}") in {
        EdgeKind.REVISION,
        EdgeKind.DUPLICATE,
        EdgeKind.EXCERPT,
    }
    found = deduplicate(
        [Document("a", "A book", book, NOON), Document("b", "A book", f"{book} {write_text(3, 900)}", NOON)]
    )
    assert [one.members for one in found.clusters] == [("a", "b")]


def test_text_beyond_the_limit_merges_only_if_identical() -> None:
    text = write_text(1, MAX_CHARS // 6 + 20_000)
    assert len(text) > MAX_CHARS
    assert find_kind(text, text.replace(" ", "  "), hours=30) == EdgeKind.DUPLICATE
    assert find_kind(text, f"{text} more") is None
    assert find_kind(text, text[: MAX_CHARS // 2]) is None
    assert sign_body(text).shingles.size == 0
    documents = [
        Document(name, "One title", body, NOON) for name, body in [("a", text), ("b", text), ("c", f"{text} x")]
    ]
    assert [one.members for one in deduplicate(documents).clusters] == [("a", "b"), ("c",)]


def test_batches_are_limited_in_characters() -> None:
    documents = [Document(str(number), "", "x" * 900_000) for number in range(20)]
    sizes = [len(batch) for batch in group_by_size(documents, 1_000)]
    assert sizes == [8, 8, 4]
    assert [len(batch) for batch in group_by_size([Document(str(n), "", "x") for n in range(5)], 2)] == [2, 2, 1]
    assert list(group_by_size([], 2)) == []
