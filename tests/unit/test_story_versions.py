"""The versions of a story in order, and what each text changed."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from copydesk.pipeline.views.story_versions import FLASH_MAX_WORDS, StoryText, list_versions
from tests.story_builder import NOON

LONG = "The dam at Eskvale holds 4,100 boats, said the clerk on 3 March. " + "Nobody was hurt in the village. " * 6


def make_text(hours: float, title: str, body: str, notice: str = "", number: int = 0) -> StoryText:
    at = NOON + timedelta(hours=hours)
    return StoryText(
        UUID(int=number), UUID(int=int(hours * 10)), at, "hillwire", "https://wire.example/1", title, body, notice
    )


def test_flash_original_updates_and_correction_are_in_order() -> None:
    texts = [
        make_text(3, "Dam holds", LONG.replace("4,100", "4,200"), "update"),
        make_text(0, "Dam holds", "The dam holds."),
        make_text(4, "Dam holds after all", LONG.replace("4,100", "4,200"), "update"),
        make_text(1, "Dam holds", LONG),
        make_text(5, "Dam holds after all", LONG.replace("4,100", "4,300"), "correction"),
    ]
    versions = list_versions(texts)
    assert [version.name for version in versions] == ["flash", "original", "update 1", "update 2", "correction"]
    first, second, correction = versions[2:]
    assert (first.removed_numbers, first.added_numbers, first.title_changed) == (("4,100",), ("4,200",), False)
    assert (second.removed_numbers, second.added_numbers, second.title_changed, second.word_delta) == ((), (), True, 0)
    assert (correction.removed_numbers, correction.added_numbers) == (("4,200",), ("4,300",))


def test_identical_text_is_no_version_and_unmarked_change_is_a_revision() -> None:
    texts = [make_text(0, "Dam", LONG), make_text(1, "Dam", LONG), make_text(2, "Dam", f"{LONG} More soon, he said.")]
    versions = list_versions(texts)
    assert [(version.name, version.word_delta) for version in versions] == [("original", 0), ("revision 1", 4)]


def test_version_after_a_kill_is_compared_with_the_one_before() -> None:
    kill = make_text(1, "Story withdrawn", "Kill this story.", "kill")
    versions = list_versions([make_text(0, "Dam", LONG), kill, make_text(2, "Dam", f"{LONG} Stands.", "correction")])
    assert [(version.name, version.kill_text) for version in versions][1] == ("kill", "Kill this story.")
    assert (versions[2].word_delta, versions[2].title_changed) == (1, False)


def test_repeated_figures_are_counted() -> None:
    versions = list_versions([make_text(0, "Dam", f"{LONG} 7 7 8"), make_text(1, "Dam", f"{LONG} 7 8 8")])
    assert (versions[1].removed_numbers, versions[1].added_numbers) == (("7",), ("8",))


def test_single_short_text_is_a_flash() -> None:
    assert [one.name for one in list_versions([make_text(0, "Dam", "word " * FLASH_MAX_WORDS)])] == ["flash"]
    assert list_versions([]) == []
