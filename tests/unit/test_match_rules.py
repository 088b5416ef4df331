"""Which similarities merge two documents into one story, and which do not."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copydesk.pipeline.core.dedup_records import EdgeKind
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.match import Verifier, is_worth_storing, verify
from copydesk.pipeline.sign import sign
from tests.document_pairs import compare
from tests.story_builder import NOON, copy, cut, make_corpus, make_story

PROFILE = Profile()
STORY = make_story(1)


def test_identical_copy_is_a_duplicate() -> None:
    edge = compare(STORY, copy(STORY, "b"))
    assert (edge.kind, edge.merges, edge.rule) == (EdgeKind.DUPLICATE, True, "same_title")
    assert edge.shared == edge.size_a == edge.size_b


def test_retitled_copy_is_a_duplicate() -> None:
    edge = compare(STORY, copy(STORY, "b", title="Nothing of the first headline is left"))
    assert (edge.kind, edge.rule) == (EdgeKind.DUPLICATE, "retitled")


@pytest.mark.parametrize("title", [STORY.title, "Nothing of the first headline is left"])
def test_copy_cut_from_the_bottom_is_an_excerpt(title: str) -> None:
    edge = compare(STORY, copy(STORY, "b", body=cut(STORY, 2), title=title))
    assert (edge.kind, edge.merges) == (EdgeKind.EXCERPT, True)
    assert edge.container_id == STORY.id


def test_copy_with_an_added_house_paragraph_merges() -> None:
    house = "Readers of this page can follow our correspondents by letter, by telegram and on the wireless every day."
    edge = compare(STORY, copy(STORY, "b", title="Nothing of the first is left", body=f"{cut(STORY, 5)}\n\n{house}"))
    assert edge.merges


def test_correction_of_a_figure_is_a_revision() -> None:
    corrected = re.sub(r"\d[\d,]*", lambda number: f"{number.group()}1", STORY.body, count=4)
    body = "\n\n".join(corrected.split("\n\n")[:4])
    edge = compare(STORY, copy(STORY, "b", title=f"CORRECTED - {STORY.title}", body=body))
    assert (edge.kind, edge.merges) == (EdgeKind.REVISION, True)
    assert edge.evidence["notice"] == "correction"


def test_roundup_contains_its_items_without_merging() -> None:
    items = [make_story(seed, 3) for seed in range(20, 26)]
    roundup = Document("r", "Evening digest", "\n\n".join(item.body for item in items), NOON)
    edge = compare(items[3], roundup)
    assert (edge.kind, edge.merges, edge.rule) == (EdgeKind.PART_OF, False, "contained_item")
    assert edge.container_id == "r"


def test_rephrased_accounts_merge() -> None:
    figures = (
        "Net profit 2,665,000 vs loss 202,000\nRevenue {} vs 5,993,000\n{}\nNet profit 4,653,000 vs loss 1,167,000\n"
    )
    more = "Revenue 35,100,000 vs 18,000,000\nShares 5,958,423 vs 2,440,100"
    one = Document("a", "Eskvale Slate third quarter", figures.format("12,141,000", "Nine months") + more, NOON)
    other = copy(one, "b", body=figures.format("12.1 mln", "The year to date as the board has it now") + more)
    assert compare(one, other).merges


def test_kill_finds_its_story_by_the_title() -> None:
    kill = Document(
        "k", f"KILL: {STORY.title}", "Please kill this story. It was sent in error and no copy follows.", NOON
    )
    edge = compare(STORY, kill)
    assert (edge.kind, edge.merges, edge.rule) == (EdgeKind.REVISION, True, "kill_notice")
    other = compare(make_story(2), kill)
    assert (other.kind, other.merges) == (None, False)


KILL = Document("k", f"KILL: {STORY.title}", "Sent in error, no copy follows today.", NOON, notice="kill")


@pytest.mark.parametrize(("hours", "joins"), [(-23, True), (-1, True), (1, True), (2, False), (-25, False)])
def test_kill_joins_only_an_earlier_story(hours: float, joins: bool) -> None:
    """A story with that title after the kill is another one; clocks may differ by an hour."""
    assert compare(copy(STORY, "b", hours), KILL).merges is joins


@pytest.mark.parametrize(("hours", "joins"), [(12, True), (13, False), (-4, True), (-5, False)])
def test_flash_joins_only_a_later_story(hours: float, joins: bool) -> None:
    flash = Document("f", STORY.title, f"{STORY.title}.", NOON)
    assert compare(copy(STORY, "b", hours), flash).merges is joins


@pytest.mark.parametrize(
    ("one", "other", "joins"),
    [
        ("ALDMOOR, March 1", "Aldmoor", True),
        ("ALDMOOR/HARTSEA", "Hartsea, March 1", True),
        ("ALDMOOR, March 1", "", True),
        ("ALDMOOR, March 1", "March 1, 2026", True),
        ("ALDMOOR, March 1", "2 mars", True),
        ("ALDMOOR, March 1", "HARTSEA, March 1", False),
    ],
)
def test_kill_and_flash_do_not_join_a_story_from_another_place(one: str, other: str, joins: bool) -> None:
    flash = Document("f", STORY.title, f"{STORY.title}.", NOON, dateline=one)
    assert compare(copy(STORY, "b", 0.5, dateline=other), flash).merges is joins
    assert compare(copy(STORY, "b", -0.5, dateline=other), replace(KILL, dateline=one)).merges is joins


FIRST_LINE = STORY.body.split("\n\n", 1)[0]


@pytest.mark.parametrize("line", [STORY.title, f"{STORY.title}."])
def test_flash_with_the_headline_joins_its_story(line: str) -> None:
    flash = Document("f", STORY.title, line, NOON)
    edge = compare(copy(STORY, "b", 1), flash)
    assert (edge.kind, edge.merges, edge.rule, edge.container_id) == (EdgeKind.EXCERPT, True, "flash", "b")
    assert not compare(copy(STORY, "b", 40), flash).merges
    assert not compare(copy(STORY, "b", title=f"Nothing like it {STORY.id} again"), flash).merges


def test_first_line_under_another_title_is_an_excerpt() -> None:
    edge = compare(copy(STORY, "b"), Document("f", "A title of another desk", " ".join(FIRST_LINE.split()[:22]), NOON))
    assert (edge.kind, edge.merges, edge.rule) == (EdgeKind.EXCERPT, True, "first_lines")


def test_cut_and_edited_copy_with_the_same_title_merges() -> None:
    first, second, third, *_ = STORY.body.split("\n\n")
    edited = f"{first}\n\n{second} {third.replace('The ', 'Yesterday the ').replace(' said', ' as was said by')}"
    edge = compare(STORY, copy(STORY, "b", body=edited.replace(" for ", " against ", 1)))
    assert (edge.merges, edge.rule) == (True, "edited_cut")


def test_update_with_new_title_and_opening_is_a_revision() -> None:
    kept = "\n\n".join(STORY.body.split("\n\n")[2:])
    new = "Talks went on into the night while ferries stood still and nobody at the quay knew what was to be done next."
    update = copy(STORY, "b", title="UPDATE 1-Ferries stand still", body=f"{new} {new.upper()} {new.title()}\n\n{kept}")
    edge = compare(STORY, update)
    assert (edge.kind, edge.merges) == (EdgeKind.REVISION, True)
    assert edge.evidence["notice"] == "update"


@pytest.mark.parametrize("hours", [1, 30])
def test_identical_fragments_merge_only_when_close_in_time(hours: int) -> None:
    flash = Document("a", "", "Dam bursts", NOON)
    assert compare(flash, copy(flash, "b", hours)).merges is (hours < 20)
    assert compare(flash, copy(flash, "b", hours, body="Dam holds")).kind is None


def test_unrelated_documents_have_no_edge() -> None:
    edge = compare(STORY, make_story(2))
    assert (edge.kind, edge.merges, edge.rule) == (None, False, "unrelated")
    assert not is_worth_storing(edge)


def test_near_miss_is_worth_storing() -> None:
    tail = " ".join(make_story(77, 3).body.split())
    edge = compare(STORY, copy(STORY, "b", title="Something else", body=f"{tail} {cut(STORY, 3)}"))
    assert (edge.kind, edge.rule) == (None, "near_miss")
    assert is_worth_storing(edge)


def test_documents_without_times_are_compared_by_text() -> None:
    one = replace(STORY, published_at=None)
    assert "hours" not in compare(one, copy(STORY, "b")).evidence
    assert compare(one, copy(STORY, "b", 90)).merges


@pytest.mark.parametrize(
    ("agency", "hours", "joins"), [("Northgate", 20, True), ("Hillwire", 20, False), ("Hillwire", 2, True)]
)
def test_kill_of_another_agency_joins_only_while_fresh(agency: str, hours: float, joins: bool) -> None:
    kill = replace(copy(KILL, "k", hours), agency="Northgate")
    assert compare(replace(STORY, agency=agency), kill).merges is joins
    assert compare(replace(STORY, agency=f"{agency}/NORTHGATE"), kill).merges


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_verify_is_symmetric_and_pure(seed: int) -> None:
    sketches = sign(make_corpus(seed, 3), PROFILE)
    for one in sketches:
        for other in sketches:
            if one.id != other.id:
                assert verify(one, other, PROFILE) == verify(other, one, PROFILE)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000), hours=st.lists(st.integers(0, 60), min_size=2, max_size=3))
def test_verifier_cache_gives_the_same_edges(seed: int, hours: list[int]) -> None:
    """Copies of the same texts at other times, including a flash, a digest-like list, and one without a time."""
    flash = Document("flash", STORY.title, STORY.title, NOON)
    kinds = [*make_corpus(seed, 2), STORY, flash, replace(STORY, id="undated", published_at=None)]
    prints = [copy(one, f"{one.id}-{at}", hour) for one in kinds[:-1] for at, hour in enumerate(hours)]
    sketches = sign([*kinds, *prints], PROFILE)
    verifier = Verifier(sketches, PROFILE)
    for one in sketches:
        for other in sketches:
            if one.id != other.id:
                assert verifier.verify(one, other) == verify(one, other, PROFILE)


def test_copies_of_the_test_corpus_merge() -> None:
    """The corpus of other tests is as described: copies merge with their original, unrelated stories do not."""
    sketches = {one.id: one for one in sign(make_corpus(5, 12), PROFILE)}
    for name, one in sketches.items():
        for other_name, other in sketches.items():
            if name < other_name:
                same = name.split("-")[1] == other_name.split("-")[1]
                assert verify(one, other, PROFILE).merges is same, (name, other_name)
