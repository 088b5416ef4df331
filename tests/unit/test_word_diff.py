"""The difference of two texts, word by word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.pipeline.views.word_diff import Change, ChangeKind, count_words, diff_words

EQUAL, REMOVED, ADDED = ChangeKind.EQUAL, ChangeKind.REMOVED, ChangeKind.ADDED


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ("", "", []),
        ("Ferry sails.", "Ferry sails.", [(EQUAL, "Ferry sails.")]),
        (
            "Ferry sails on Monday.",
            "Ferry sails on Tuesday night.",
            [(EQUAL, "Ferry sails on "), (REMOVED, "Monday"), (ADDED, "Tuesday night"), (EQUAL, ".")],
        ),
        (
            "rates rise to 3.5 percent",
            "rates fall by 4.2 percent",
            [(EQUAL, "rates "), (REMOVED, "rise to 3.5"), (ADDED, "fall by 4.2"), (EQUAL, " percent")],
        ),
        ("香港政府宣布", "香港政府今天宣布", [(EQUAL, "香港政府"), (ADDED, "今天"), (EQUAL, "宣布")]),
    ],
)
def test_changed_phrases_are_found(before: str, after: str, changes: list[tuple[ChangeKind, str]]) -> None:
    assert diff_words(before, after) == [Change(kind, text) for kind, text in changes]


@given(st.text(st.sampled_from("ab \n.'5香é\u0301\u0e01"), max_size=40), st.text(max_size=40))
def test_both_texts_can_be_restored(before: str, after: str) -> None:
    changes = diff_words(before, after)
    assert "".join(change.text for change in changes if change.kind is not ADDED) == before
    assert "".join(change.text for change in changes if change.kind is not REMOVED) == after
    assert all(change.text for change in changes)


def test_words_are_counted_without_punctuation() -> None:
    changes = diff_words("Ferry sails, again.", "Ferry, sails today and tomorrow.")
    assert (count_words(changes, REMOVED), count_words(changes, ADDED)) == (1, 3)
