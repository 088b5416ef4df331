"""Leaders in order of time; nobody joins by hearsay, but the copy of a copy finds its story."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.pipeline.core.errors import RunawayStory
from copydesk.pipeline.fold import Node, cluster

NINE = datetime(2026, 3, 1, 9, tzinfo=UTC)


def at(name: str, hour: int | None) -> Node:
    return Node(name, None if hour is None else NINE + timedelta(hours=hour))


def show(
    nodes: list[Node], alike: list[tuple[str, str]], close: list[tuple[str, str]] | None = None
) -> dict[str, tuple[str, ...]]:
    edges = [(a, b, False) for a, b in alike] + [(a, b, True) for a, b in close or []]
    return {found.representative: found.members for found in cluster(nodes, edges)}


def test_the_earliest_leads() -> None:
    assert show([at("c", 2), at("a", 3), at("b", 1)], [("a", "b"), ("c", "b")]) == {"b": ("b", "c", "a")}


def test_equal_times_are_ordered_by_id() -> None:
    assert show([at("y", 1), at("x", 1)], [("x", "y")]) == {"x": ("x", "y")}


def test_an_unknown_time_comes_last() -> None:
    assert show([at("a", None), at("b", 5)], [("a", "b")]) == {"b": ("b", "a")}


def test_a_flash_leads_nobody_who_has_more_to_say() -> None:
    nodes = [Node("flash", NINE, is_brief=True), at("story", 1), at("retitled", 2), Node("again", NINE, is_brief=True)]
    edges = [("flash", "story"), ("story", "retitled"), ("flash", "again")]
    assert show(nodes, edges) == {"story": ("story", "retitled", "flash"), "again": ("again",)}


def test_no_chains() -> None:
    """A copy of a copy that is not a copy of the leader leads itself: a digest cannot bridge two stories."""
    nodes = [at("item", 1), at("digest", 2), at("other", 3)]
    assert show(nodes, [("item", "digest"), ("digest", "other")]) == {"item": ("item", "digest"), "other": ("other",)}


def test_the_copy_of_an_update_is_where_the_update_is() -> None:
    nodes = [at("first", 1), at("update", 2), at("copy", 3), at("cut", 4)]
    alike, close = [("first", "update")], [("update", "copy"), ("copy", "cut")]
    assert show(nodes, alike, close) == {"first": ("first", "update", "copy", "cut")}


def test_close_steps_come_to_an_end() -> None:
    nodes = [at(f"n{number}", number) for number in range(6)]
    close = [(f"n{number}", f"n{number + 1}") for number in range(5)]
    assert show(nodes, [], close) == {"n0": ("n0", "n1", "n2", "n3"), "n4": ("n4", "n5")}


def test_close_steps_do_not_leave_the_window() -> None:
    nodes = [at("day 1", 1), at("day 3", 49), at("day 5", 97), at("unknown", None)]
    edges = [("day 1", "day 3", True), ("day 3", "day 5", True), ("day 3", "unknown", True)]
    assert [one.members for one in cluster(nodes, edges, 72)] == [("day 1", "day 3", "unknown"), ("day 5",)]


def test_a_leader_of_ones_own_comes_before_anothers_copy() -> None:
    nodes = [at("a", 1), at("a2", 2), at("b", 3), at("c", 4)]
    assert show(nodes, [("a", "a2"), ("b", "c")], [("a2", "c")]) == {"a": ("a", "a2"), "b": ("b", "c")}


def test_the_earliest_of_several_leaders() -> None:
    nodes = [at("a", 1), at("b", 2), at("c", 3)]
    assert show(nodes, [("b", "c"), ("a", "c")]) == {"a": ("a", "c"), "b": ("b",)}


def test_edges_to_strangers_are_passed_over() -> None:
    assert show([at("a", 1)], [("a", "gone"), ("gone", "away")]) == {"a": ("a",)}


def test_a_runaway_stops() -> None:
    nodes = [at(f"n{number}", number) for number in range(5)]
    edges = [("n0", f"n{number}", False) for number in range(1, 5)]
    with pytest.raises(RunawayStory, match="n0 leads would have 5 copies, more than 4"):
        cluster(nodes, edges, max_members=4)


names = st.sampled_from("abcdefghij")


@given(
    hours=st.dictionaries(names, st.one_of(st.none(), st.integers(0, 3))),
    edges=st.lists(st.tuples(names, names, st.booleans()).filter(lambda edge: edge[0] != edge[1])),
    randomly=st.randoms(use_true_random=False),
)
def test_a_function_of_the_sets(
    hours: dict[str, int | None], edges: list[tuple[str, str, bool]], randomly: Random
) -> None:
    nodes = [at(name, hour) for name, hour in hours.items()]
    found = cluster(nodes, edges)
    assert sorted(member for one in found for member in one.members) == sorted(hours)
    pairs = {frozenset(edge[:2]) for edge in edges}
    close = {frozenset(edge[:2]) for edge in edges if edge[2]}
    leaders = {one.representative for one in found}
    for one in found:
        assert one.representative == one.members[0]
        for member in one.members[1:]:
            others = [frozenset((other, member)) for other in one.members]
            assert frozenset((one.representative, member)) in pairs or not close.isdisjoint(others)
    assert not any(pair <= leaders for pair in pairs)
    randomly.shuffle(nodes)
    shuffled = [(a, b, c) if randomly.random() < 0.5 else (b, a, c) for a, b, c in edges + edges[:2]]
    randomly.shuffle(shuffled)
    assert cluster(nodes, shuffled) == found
