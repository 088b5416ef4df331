"""A story with headings is not a digest, and likeness comes before form: near-identical texts are copies."""

from __future__ import annotations

import pytest

from copydesk.pipeline.core.records import Document
from copydesk.pipeline.sign.digest_items import MAX_PREAMBLE_CHARS, split_digest_items
from tests.document_pairs import compare
from tests.story_builder import NOON, copy, make_story

STORY = make_story(7, 12)
PARAGRAPHS = STORY.body.split("\n\n")
HEADINGS = ["THE LONG WAY BACK", "WHO PAYS FOR IT", "WHAT COMES NEXT"]


def set_headings(paragraphs: list[str], before: int) -> str:
    """The text with a heading before each of its last parts."""
    parts = [
        paragraphs[:before],
        *(paragraphs[before + n : before + n + 1] for n in range(2)),
        paragraphs[before + 2 :],
    ]
    return "\n\n".join(
        [*parts[0], *(f"{head}\n\n" + "\n\n".join(part) for head, part in zip(HEADINGS, parts[1:], strict=True))]
    )


@pytest.mark.parametrize("opening", ["", "ALDMOOR (Hillwire) — ", "Aldmoor, March 1 (Hillwire) - "])
def test_story_with_headings_is_not_a_digest(opening: str) -> None:
    headed = f"{opening}{set_headings(PARAGRAPHS, 5)}"
    assert split_digest_items(headed) == []
    edge = compare(STORY, Document("b", STORY.title, headed, NOON))
    assert edge.merges


@pytest.mark.parametrize("extra", [0, 1])
def test_digest_has_a_short_introduction(extra: int) -> None:
    items = "\n\n".join(f"{head} - {text}" for head, text in zip(HEADINGS, PARAGRAPHS, strict=False))
    introduction = "x" * (MAX_PREAMBLE_CHARS + extra)
    assert bool(split_digest_items(f"{introduction}\n\n{items}")) is not extra


@pytest.mark.parametrize("headings", [0, 1, 2, 3])
def test_near_identical_texts_are_copies_in_any_form(headings: int) -> None:
    """One carrier keeps the headings from the first paragraph on, the other drops some of them."""
    texts = [
        f"{head}\n\n{text}" if at < headings else text
        for at, (head, text) in enumerate(zip([*HEADINGS, *[""] * 9], PARAGRAPHS, strict=False))
    ]
    edge = compare(STORY, copy(STORY, "b", body="\n\n".join(texts)))
    assert edge.merges
