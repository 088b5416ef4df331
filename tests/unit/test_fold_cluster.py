"""Leaders in order of time; nobody joins by hearsay."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import RunawayStory
from pipeline.fold import Node, cluster

NINE = datetime(2026, 3, 1, 9, tzinfo=UTC)


def at(name: str, hour: int | None) -> Node:
    return Node(name, None if hour is None else NINE + timedelta(hours=hour))


def show(nodes: list[Node], edges: list[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    return {found.leader: found.members for found in cluster(nodes, edges)}


def test_the_earliest_leads() -> None:
    assert show([at("c", 2), at("a", 3), at("b", 1)], [("a", "b"), ("c", "b")]) == {"b": ("b", "c", "a")}


def test_equal_times_are_ordered_by_id() -> None:
    assert show([at("y", 1), at("x", 1)], [("x", "y")]) == {"x": ("x", "y")}


def test_an_unknown_time_comes_last() -> None:
    assert show([at("a", None), at("b", 5)], [("a", "b")]) == {"b": ("b", "a")}


def test_a_flash_leads_nobody_who_has_more_to_say() -> None:
    nodes = [Node("flash", NINE, slight=True), at("story", 1), at("retitled", 2), Node("again", NINE, slight=True)]
    edges = [("flash", "story"), ("story", "retitled"), ("flash", "again")]
    assert show(nodes, edges) == {"story": ("story", "retitled", "flash"), "again": ("again",)}


def test_no_chains() -> None:
    """A copy of a copy that is no copy of the leader leads itself: a digest can't bridge two stories."""
    nodes = [at("item", 1), at("digest", 2), at("other", 3)]
    assert show(nodes, [("item", "digest"), ("digest", "other")]) == {"item": ("item", "digest"), "other": ("other",)}


def test_the_earliest_of_several_leaders() -> None:
    nodes = [at("a", 1), at("b", 2), at("c", 3)]
    assert show(nodes, [("b", "c"), ("a", "c")]) == {"a": ("a", "c"), "b": ("b",)}


def test_edges_to_strangers_are_passed_over() -> None:
    assert show([at("a", 1)], [("a", "gone"), ("gone", "away")]) == {"a": ("a",)}


def test_a_runaway_stops() -> None:
    nodes = [at(f"n{number}", number) for number in range(5)]
    edges = [("n0", f"n{number}") for number in range(1, 5)]
    with pytest.raises(RunawayStory, match="n0 leads would have 5 copies, more than 4"):
        cluster(nodes, edges, max_members=4)


names = st.sampled_from("abcdefghij")


@given(
    hours=st.dictionaries(names, st.one_of(st.none(), st.integers(0, 3))),
    edges=st.lists(st.tuples(names, names).filter(lambda pair: pair[0] != pair[1])),
    randomly=st.randoms(use_true_random=False),
)
def test_a_function_of_the_sets(
    hours: dict[str, int | None], edges: list[tuple[str, str]], randomly: st.randoms
) -> None:
    nodes = [at(name, hour) for name, hour in hours.items()]
    found = cluster(nodes, edges)
    assert sorted(member for one in found for member in one.members) == sorted(hours)
    pairs = {frozenset(edge) for edge in edges}
    leaders = {one.leader for one in found}
    for one in found:
        assert one.leader == one.members[0]
        assert all(frozenset((one.leader, member)) in pairs for member in one.members[1:])
    assert not any(pair <= leaders for pair in pairs)
    randomly.shuffle(nodes)
    shuffled = [edge if randomly.random() < 0.5 else edge[::-1] for edge in edges + edges[:2]]
    randomly.shuffle(shuffled)
    assert cluster(nodes, shuffled) == found
