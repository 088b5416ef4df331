"""Clusters: leaders in order of time, no chains, and copies of copies that join their story."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.pipeline.core.errors import RunawayStory
from copydesk.pipeline.fold import Node, cluster

NINE_OCLOCK = datetime(2026, 3, 1, 9, tzinfo=UTC)


def make_node(name: str, hour: int | None) -> Node:
    return Node(name, None if hour is None else NINE_OCLOCK + timedelta(hours=hour))


def cluster_names(
    nodes: list[Node], alike: list[tuple[str, str]], close: list[tuple[str, str]] | None = None
) -> dict[str, tuple[str, ...]]:
    edges = [(a, b, False) for a, b in alike] + [(a, b, True) for a, b in close or []]
    return {found.representative: found.members for found in cluster(nodes, edges)}


def test_earliest_member_leads() -> None:
    assert cluster_names([make_node("c", 2), make_node("a", 3), make_node("b", 1)], [("a", "b"), ("c", "b")]) == {
        "b": ("b", "c", "a")
    }


def test_equal_times_are_ordered_by_id() -> None:
    assert cluster_names([make_node("y", 1), make_node("x", 1)], [("x", "y")]) == {"x": ("x", "y")}


def test_unknown_time_comes_last() -> None:
    assert cluster_names([make_node("a", None), make_node("b", 5)], [("a", "b")]) == {"b": ("b", "a")}


def test_flash_never_leads_a_longer_text() -> None:
    nodes = [
        Node("flash", NINE_OCLOCK, is_brief=True),
        make_node("story", 1),
        make_node("retitled", 2),
        Node("again", NINE_OCLOCK, is_brief=True),
    ]
    edges = [("flash", "story"), ("story", "retitled"), ("flash", "again")]
    assert cluster_names(nodes, edges) == {"story": ("story", "retitled", "flash"), "again": ("again",)}


def test_cluster_does_not_chain() -> None:
    """A copy of a copy that is not similar to the leader leads its own cluster: a digest cannot join two stories."""
    nodes = [make_node("item", 1), make_node("digest", 2), make_node("other", 3)]
    assert cluster_names(nodes, [("item", "digest"), ("digest", "other")]) == {
        "item": ("item", "digest"),
        "other": ("other",),
    }


def test_copy_of_an_update_joins_its_cluster() -> None:
    nodes = [make_node("first", 1), make_node("update", 2), make_node("copy", 3), make_node("cut", 4)]
    alike, close = [("first", "update")], [("update", "copy"), ("copy", "cut")]
    assert cluster_names(nodes, alike, close) == {"first": ("first", "update", "copy", "cut")}


def test_near_identical_steps_are_limited() -> None:
    nodes = [make_node(f"n{number}", number) for number in range(6)]
    close = [(f"n{number}", f"n{number + 1}") for number in range(5)]
    assert cluster_names(nodes, [], close) == {"n0": ("n0", "n1", "n2", "n3"), "n4": ("n4", "n5")}


def test_near_identical_steps_stay_within_the_window() -> None:
    nodes = [make_node("day 1", 1), make_node("day 3", 49), make_node("day 5", 97), make_node("unknown", None)]
    edges = [("day 1", "day 3", True), ("day 3", "day 5", True), ("day 3", "unknown", True)]
    assert [one.members for one in cluster(nodes, edges, 72)] == [("day 1", "day 3", "unknown"), ("day 5",)]


def test_own_leader_wins_over_a_copy_of_another() -> None:
    nodes = [make_node("a", 1), make_node("a2", 2), make_node("b", 3), make_node("c", 4)]
    assert cluster_names(nodes, [("a", "a2"), ("b", "c")], [("a2", "c")]) == {"a": ("a", "a2"), "b": ("b", "c")}


def test_earliest_of_several_leaders_wins() -> None:
    nodes = [make_node("a", 1), make_node("b", 2), make_node("c", 3)]
    assert cluster_names(nodes, [("b", "c"), ("a", "c")]) == {"a": ("a", "c"), "b": ("b",)}


def test_edges_to_unknown_nodes_are_ignored() -> None:
    assert cluster_names([make_node("a", 1)], [("a", "gone"), ("gone", "away")]) == {"a": ("a",)}


def test_runaway_story_is_an_error() -> None:
    nodes = [make_node(f"n{number}", number) for number in range(5)]
    edges = [("n0", f"n{number}", False) for number in range(1, 5)]
    with pytest.raises(RunawayStory, match="n0 leads would have 5 copies, more than 4"):
        cluster(nodes, edges, max_members=4)


names = st.sampled_from("abcdefghij")


@given(
    hours=st.dictionaries(names, st.one_of(st.none(), st.integers(0, 3))),
    edges=st.lists(st.tuples(names, names, st.booleans()).filter(lambda edge: edge[0] != edge[1])),
    randomly=st.randoms(use_true_random=False),
)
def test_clusters_do_not_depend_on_order(
    hours: dict[str, int | None], edges: list[tuple[str, str, bool]], randomly: Random
) -> None:
    nodes = [make_node(name, hour) for name, hour in hours.items()]
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
