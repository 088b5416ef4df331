"""Paragraphs and blocks that a page prints twice."""

from __future__ import annotations

from copydesk.pipeline.clean.repeated_paragraphs import find_repeats

LONG = [
    f"Paragraph {number} tells at some length what the town of Elstow did about its bells in the year {number}."
    for number in range(4)
]


def test_block_printed_twice_is_kept_once() -> None:
    assert find_repeats([*LONG, *LONG]) == [4, 5, 6, 7]
    assert find_repeats([*LONG, *LONG[1:]]) == [4, 5, 6]
    assert find_repeats(["Bells", *LONG, "Bells", *LONG]) == [5, 6, 7, 8, 9]
    figures = ["Net 2,975,000 vs 8,750,000.", "Revs 35.9 mln vs 69.5 mln.", "Avg shrs 6,348,000 vs none."]
    assert find_repeats(["Shr 20 cts.", *figures, *figures]) == [4, 5, 6]


def test_intentional_repetition_is_kept() -> None:
    assert find_repeats([LONG[0], "Yes.", LONG[1], "Yes.", LONG[2]]) == []
    assert find_repeats(["Fog?", "Yes.", "No.", "Perhaps.", "Rain?", "Yes.", "No.", "Perhaps."]) == []
    assert find_repeats([]) == []
