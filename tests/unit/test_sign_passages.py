"""Which paragraphs of a text are in other texts, from their shingles."""

from __future__ import annotations

from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.sign.passages import find_earliest_texts, sign_paragraphs
from copydesk.pipeline.sign.sketch import sign
from tests.story_builder import make_story

PROFILE = Profile()
FIRST, SECOND = make_story(1), make_story(2)


def find(paragraphs: list[str], bodies: list[str]) -> list[int | None]:
    sketches = sign([Document(str(at), "Title", body) for at, body in enumerate(bodies)], PROFILE)
    return find_earliest_texts(sign_paragraphs(paragraphs, PROFILE), [sketch.shingles for sketch in sketches])


def test_paragraphs_are_found_in_the_earliest_text() -> None:
    one, two = FIRST.body.split("\n\n"), SECOND.body.split("\n\n")
    mixed = [one[0], two[0], make_story(3).body.split("\n\n")[0], one[5], "Short line."]
    assert find(mixed, [FIRST.body, SECOND.body, "\n\n".join(mixed)]) == [0, 1, 2, 0, None]
    assert find(mixed, ["\n\n".join(mixed[1:]), FIRST.body]) == [1, 0, 0, 0, None]


def test_edited_paragraph_is_found_but_a_rewritten_one_is_not() -> None:
    paragraph = FIRST.body.split("\n\n")[0] + " " + FIRST.body.split("\n\n")[1]
    words = paragraph.split()
    edited = " ".join([*words[:10], "swiftly", *words[11:]])
    rewritten = " ".join(word if at % 4 else "swiftly" for at, word in enumerate(words))
    assert find([edited, rewritten], [FIRST.body]) == [0, None]


def test_paragraph_is_found_in_a_long_text_of_which_a_sample_is_stored() -> None:
    long = make_story(4, sentences=1200)
    paragraph = "\n".join(long.body.split("\n\n")[600:604])
    assert find([paragraph, FIRST.body], [long.body]) == [0, None]


def test_no_paragraphs_and_no_texts_are_found_nowhere() -> None:
    assert find([], [FIRST.body]) == []
    assert find([FIRST.body], []) == [None]
    assert find([FIRST.body], [""]) == [None]
