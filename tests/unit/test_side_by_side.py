"""The rows of two texts side by side."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.pipeline.views.side_by_side import align_changes
from copydesk.pipeline.views.word_diff import ChangeKind, diff_words

TEXTS = st.lists(st.sampled_from(["ferry", " ", "\n", "sails", ".", "3.5", "港"])).map("".join)


@given(TEXTS, TEXTS)
def test_sides_are_the_texts_without_common_line_breaks(before: str, after: str) -> None:
    rows = align_changes(diff_words(before, after))
    left = "".join(change.text for row in rows for change in row.left)
    right = "".join(change.text for row in rows for change in row.right)
    assert left.replace("\n", "") == before.replace("\n", "")
    assert right.replace("\n", "") == after.replace("\n", "")
    assert not any(change.kind is ChangeKind.ADDED for row in rows for change in row.left)
    assert not any(change.kind is ChangeKind.REMOVED for row in rows for change in row.right)


def test_equal_paragraphs_are_in_one_row() -> None:
    rows = align_changes(diff_words("One.\nTwo.\nThree.", "One.\nTwo again.\nThree."))
    assert [row.left == row.right for row in rows] == [True, False, True]


@given(TEXTS, TEXTS, st.integers(0, 30))
def test_comparison_with_limit_is_of_the_same_texts(before: str, after: str, steps: int) -> None:
    changes = diff_words(before, after, steps)
    assert "".join(one.text for one in changes if one.kind is not ChangeKind.ADDED) == before
    assert "".join(one.text for one in changes if one.kind is not ChangeKind.REMOVED) == after


@pytest.mark.parametrize("step", [1, -1])
def test_repetitive_texts_are_compared_in_bounded_time(step: int) -> None:
    letters = "".join(chr(0x4E00 + number) for number in range(110))
    started = time.process_time()
    diff_words(letters * 180, letters[::step][::-1] * 180, 5_000_000)
    assert time.process_time() - started < 10
