"""Long runs of combining marks are cut the same in short and in long texts."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from copydesk.pipeline.core.combining_marks import drop_surplus_marks
from copydesk.pipeline.core.text import MAX_MARKS, compose


def drop_one_by_one(text: str) -> str:
    kept, run = "", 0
    for char in text:
        run = run + 1 if unicodedata.combining(char) else 0
        kept += char if run <= MAX_MARKS else ""
    return kept


@given(st.text(st.sampled_from("\u0301\u0323\U00010a0dab é"), min_size=MAX_MARKS, max_size=400))
def test_marks_after_the_limit_are_dropped(text: str) -> None:
    expected = drop_one_by_one(text)
    assert drop_surplus_marks(text, MAX_MARKS) == expected
    assert compose(text) == unicodedata.normalize("NFC", expected)


def test_long_text_is_composed_like_a_short_one() -> None:
    runs = "e" + "\u0301" * 50 + " "
    assert compose(runs * 100) == compose(runs) * 100


def test_million_marks_are_composed_quickly() -> None:
    assert len(compose("\u0301\u0323" * 500_000)) == MAX_MARKS
