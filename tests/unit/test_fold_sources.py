"""The independent sources of a story, derived from credits, equal texts and publishers."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from copydesk.pipeline.fold import Copy, SourceBasis, count_sources, find_sources
from tests.story_builder import NOON


def make_copy(name: str, hours: float = 0, agency: str = "", credit: str = "", owner: str = "", wire: str = "") -> Copy:
    return Copy(name, wire or name, NOON + timedelta(hours=hours), agency, credit, owner=owner)


def list_origins(copies: list[Copy], same_texts: list[tuple[str, str]] | None = None) -> dict[str, tuple[str, str]]:
    """Return the origin and its basis for each wire."""
    return {one.wire: (one.origin, str(one.basis)) for one in find_sources(copies, same_texts or [])}


HILLWIRE = make_copy("hillwire", 1, agency="Hillwire")


def test_outlets_that_credit_an_agency_are_one_source_with_it() -> None:
    copies = [HILLWIRE, make_copy("post", 2, "Ferry Post", "hillwire"), make_copy("quay", 0, "Quay", "Hillwire")]
    found = find_sources(copies)
    assert [one.wire for one in found] == ["quay", "hillwire", "post"], "in order of time"
    assert count_sources(found) == 1
    assert {one.wire: one.basis for one in found} == {
        "quay": SourceBasis.CREDIT,
        "hillwire": SourceBasis.OWN,
        "post": SourceBasis.CREDIT,
    }
    assert found[0].evidence == {"credit": "Hillwire"}


def test_outlets_without_evidence_are_their_own_sources() -> None:
    assert list_origins([make_copy("quay", agency="Quay News"), make_copy("post", 1)]) == {
        "quay": ("Quay News", "own"),
        "post": ("post", "own"),
    }


def test_feed_that_names_another_publication_is_evidence() -> None:
    post = replace(make_copy("post", 2, "Ferry Post"), feed_source="HILL-WIRE")
    found = {one.wire: one for one in find_sources([HILLWIRE, post, replace(make_copy("quay", 3), feed_source="Quay")])}
    assert (found["post"].origin, found["post"].basis) == ("Hillwire", SourceBasis.FEED)
    assert found["post"].evidence == {"feed": "Hillwire"}
    assert (found["quay"].origin, found["quay"].basis) == ("quay", SourceBasis.OWN), "it names itself"
    credited = replace(post, credit="Dale Press")
    assert list_origins([HILLWIRE, credited])["post"] == ("Dale Press", "credit"), "what is printed is stronger"


def test_outlets_with_one_source_in_their_feeds_are_one_source() -> None:
    copies = [replace(make_copy(name), feed_source="The Dale Press") for name in ("post", "quay")]
    assert count_sources(find_sources(copies)) == 1
    same_text = [make_copy("early", 0), copies[0]]
    assert list_origins(same_text, [("early", "post")])["early"] == ("The Dale Press", "text")


def test_sources_follow_a_credit_to_a_carrier() -> None:
    """A third site credits the post, which credits the agency."""
    copies = [make_copy("post", 2, "Ferry Post", "Hillwire"), make_copy("third", 3, "Third", "Ferry Post")]
    assert list_origins(copies) == {"post": ("Hillwire", "credit"), "third": ("Hillwire", "credit")}


def test_sources_that_credit_one_another_are_one_source() -> None:
    copies = [make_copy("a", 0, "Aldmoor", "Bridgeton"), make_copy("b", 1, "Bridgeton", "Aldmoor")]
    assert len({origin for origin, _ in list_origins(copies).values()}) == 1


def test_copy_without_credit_has_the_source_of_its_text() -> None:
    """Also if it is earlier than the copy that credits an agency: clocks differ."""
    copies = [make_copy("early", 0), make_copy("post", 2, "Ferry Post", "Hillwire"), make_copy("late", 4)]
    found = {one.wire: one for one in find_sources(copies, [("early", "post"), ("late", "early")])}
    assert {one.origin for one in found.values()} == {"Hillwire"}
    assert (found["early"].basis, found["early"].evidence) == (SourceBasis.TEXT, {"text": "post"})
    assert found["late"].evidence == {"text": "early"}


def test_same_text_without_any_credit_comes_from_the_earlier_outlet() -> None:
    copies = [make_copy("first", 0), make_copy("second", 1), make_copy("third", 2)]
    found = list_origins(copies, [("third", "first"), ("second", "gone")])
    assert found == {"first": ("first", "own"), "second": ("second", "own"), "third": ("first", "text")}


def test_agency_that_others_credit_needs_no_other_evidence() -> None:
    """An outlet printed the agency's text before the agency's own page was found."""
    copies = [make_copy("early", 0), HILLWIRE, make_copy("post", 2, "Ferry Post", "Hillwire")]
    found = list_origins(copies, [("early", "hillwire")])
    assert found["hillwire"] == ("Hillwire", "own")
    assert found["early"] == ("Hillwire", "text")


def test_outlets_of_one_publisher_are_one_source() -> None:
    copies = [make_copy("morning", 0, owner="Tide Press"), make_copy("evening", 1, owner="tide press")]
    alone = make_copy("quay", 2, "Quay News", owner="Quay Group")
    assert count_sources(find_sources([*copies, alone])) == 2
    assert list_origins([*copies, alone])["quay"] == ("Quay News", "own"), "a publisher's only outlet keeps its name"
    credits_it = make_copy("third", 3, "Third", "morning")
    assert list_origins([*copies, credits_it])["third"][0] == list_origins([*copies, credits_it])["evening"][0]


def test_shared_credit_counts_as_the_agency_that_most_wires_credit() -> None:
    copies = [make_copy("a", 0, "", "Valewire/Hillwire"), make_copy("b", 1, "", "Hillwire")]
    assert {origin for origin, _ in list_origins(copies).values()} == {"Hillwire"}


NAMES = ("ada", "bea", "cyd", "dot", "eve")


@given(
    st.lists(
        st.tuples(st.sampled_from(NAMES), st.integers(0, 3), st.sampled_from(("", *NAMES)), st.sampled_from("xy")),
        min_size=1,
        max_size=8,
    ),
    st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=6),
    st.randoms(),
)
def test_sources_do_not_depend_on_the_order_of_copies(
    rows: list[tuple[str, int, str, str]], links: list[tuple[int, int]], shuffler: random.Random
) -> None:
    copies = [
        make_copy(str(number), hours, wire, "" if credit == wire else credit, owner, wire)
        for number, (wire, hours, credit, owner) in enumerate(rows)
    ]
    pairs = [(str(a), str(b)) for a, b in links]
    found = find_sources(copies, pairs)
    assert {one.wire for one in found} == {copy.wire for copy in copies}
    assert 1 <= count_sources(found) <= len(found)
    shuffler.shuffle(copies)
    shuffler.shuffle(pairs)
    assert find_sources(copies, [pair[::-1] for pair in pairs]) == found
