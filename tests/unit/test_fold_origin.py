"""The origin of a story, derived from the credits of its copies."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.pipeline.fold import Copy, OriginBasis, find_origin
from tests.story_builder import NOON


def make_copy(
    name: str, hours: float = 0, wire: str = "", agency: str = "", credit: str = "", dateline: str = ""
) -> Copy:
    return Copy(name, wire or name, NOON + timedelta(hours=hours), agency, credit, dateline)


HILLWIRE = make_copy("hillwire", 1, agency="Hillwire")


def test_credits_outweigh_the_earliest_copy() -> None:
    early = make_copy("early", 0, agency="Quay News")
    credits_it = make_copy("late", 5, agency="Ferry Post", credit="hillwire")
    origin = find_origin([early, HILLWIRE, credits_it])
    assert (origin.agency, origin.article, origin.basis) == ("hillwire", "hillwire", OriginBasis.CREDIT)
    assert origin.evidence == {"credits": {"hillwire": 1}, "wires": 3, "copies": 3, "earliest": "early"}


def test_agency_mark_in_the_dateline_is_a_credit() -> None:
    origin = find_origin([HILLWIRE, make_copy("c", 2, agency="Hillwire", credit="Hillwire", dateline="ALDMOOR")])
    assert (origin.agency, origin.article, origin.basis) == ("Hillwire", "hillwire", OriginBasis.DATELINE)


def test_origin_agency_may_have_no_article() -> None:
    origin = find_origin([make_copy("a", agency="Quay News", credit="Hillwire")])
    assert (origin.agency, origin.article) == ("Hillwire", "")


def test_origin_is_the_agency_credited_by_most_wires() -> None:
    """Wires count, not copies: a wire that prints a text three times counts once."""
    loud = [make_copy(f"l{n}", n, wire="loud", credit="Valewire") for n in range(3)]
    quiet = [make_copy(name, 9, credit="Hillwire") for name in ("a", "b")]
    assert find_origin([*loud, *quiet]).agency == "Hillwire"


def test_shared_credit_prefers_the_agency_with_an_article() -> None:
    shared = make_copy("a", 3, credit="Valewire/Hillwire")
    assert find_origin([shared]).agency == "Valewire"
    assert find_origin([shared, HILLWIRE]).agency == "Hillwire"


def test_credit_to_a_carrier_does_not_make_it_the_origin() -> None:
    """The post credits the agency, a third site credits the post: the agency's own copy decides."""
    post = make_copy("post", 2, agency="Ferry Post", credit="Hillwire")
    third = make_copy("third", 3, agency="Third Site", credit="Ferry Post")
    assert find_origin([third, post, HILLWIRE]).agency == "Hillwire"


def test_earliest_full_copy_is_the_origin_without_credits() -> None:
    flash = Copy("flash", "hillwire", NOON, "Hillwire", is_brief=True)
    other = make_copy("other", 2, agency="Quay News")
    assert find_origin([other, flash, HILLWIRE]).article == "hillwire"
    assert find_origin([other, HILLWIRE]).basis is OriginBasis.EARLIEST
    assert find_origin([flash, HILLWIRE]).basis is OriginBasis.ONLY_WIRE


def test_unknown_time_comes_last_and_no_copies_is_an_error() -> None:
    assert find_origin([Copy("a", "a", None, "Quay News"), HILLWIRE]).article == "hillwire"
    with pytest.raises(ValueError, match="at least one"):
        find_origin([])


COPIES = st.builds(
    Copy,
    id=st.uuids().map(str),
    wire=st.sampled_from("abc"),
    published_at=st.none() | st.integers(0, 3).map(lambda hours: NOON + timedelta(hours=hours)),
    agency=st.sampled_from(["", "A", "B", "C"]),
    credit=st.sampled_from(["", "", "A", "B", "a", "A/B", "B / C"]),
    dateline=st.sampled_from(["", "ALDMOOR"]),
    is_brief=st.booleans(),
)


@given(st.lists(COPIES, min_size=1, max_size=8, unique_by=lambda one: one.id), st.randoms(use_true_random=False))
def test_order_of_copies_does_not_matter(copies: list[Copy], rng: random.Random) -> None:
    origin = find_origin(copies)
    assert find_origin(rng.sample(copies, len(copies))) == origin
    own = {one.id for one in copies if not one.credited_agencies}
    assert origin.article in own | {""} or origin.basis in {OriginBasis.EARLIEST, OriginBasis.ONLY_WIRE}
