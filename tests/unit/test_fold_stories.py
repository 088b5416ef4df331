"""Public IDs survive corrections, merges and backfills, and every change is recorded as an event."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from copydesk.pipeline.core.dedup_records import Cluster
from copydesk.pipeline.fold import EventKind, Story, StoryChanges, StoryEvent, make_story_id, reconcile


def make_clusters(text: str) -> list[Cluster]:
    """Return the clusters of a notation: in ``"ab c"``, a leads b, and c is alone."""
    return [Cluster(word[0], tuple(word)) for word in text.split()]


def make_stories(text: str) -> list[Story]:
    return reconcile([], make_clusters(text)).stories


def list_events(changes: StoryChanges) -> list[tuple[str, str | None]]:
    return [(event.kind.value, event.article_id) for event in changes.events]


def map_ids(changes: StoryChanges) -> dict[str, UUID]:
    return {member: story.story_id for story in changes.stories for member in story.members}


A, B, C = (make_story_id(name) for name in "abc")


def test_new_story_gets_the_id_of_its_founder() -> None:
    changes = reconcile([], make_clusters("ab c"))
    assert map_ids(changes) == {"a": A, "b": A, "c": C}
    assert list_events(changes) == [("founded", "a"), ("joined", "b"), ("founded", "c")]


def test_unchanged_clusters_give_no_events() -> None:
    stories = make_stories("abc d")
    changes = reconcile(stories, make_clusters("abc d"))
    assert changes == StoryChanges(stories)


def test_copy_joins_its_story() -> None:
    changes = reconcile(make_stories("ab"), make_clusters("abc"))
    assert (map_ids(changes)["c"], list_events(changes)) == (A, [("joined", "c")])


def test_backfilled_original_leads_and_the_story_keeps_its_id() -> None:
    changes = reconcile(make_stories("bc"), make_clusters("abc"))
    assert map_ids(changes) == {"a": B, "b": B, "c": B}
    assert list_events(changes) == [("new_representative", "a"), ("joined", "a")]


def test_merged_story_redirects_to_the_other() -> None:
    changes = reconcile(make_stories("ab c"), make_clusters("abc"))
    assert map_ids(changes)["c"] == A
    assert changes.redirects == {C: A}
    assert StoryEvent(C, EventKind.MERGED, related_story_id=A) in changes.events
    assert list_events(changes) == [("joined", "c"), ("left", "c"), ("merged", None)]


def test_larger_story_stays_if_a_new_article_leads() -> None:
    changes = reconcile(make_stories("b cde"), make_clusters("abcde"))
    assert set(map_ids(changes).values()) == {C}
    assert changes.redirects == {B: C}


def test_split_founds_a_new_story() -> None:
    changes = reconcile(make_stories("abc"), make_clusters("a bc"))
    assert map_ids(changes) == {"a": A, "b": B, "c": B}
    assert list_events(changes) == [("founded", "b"), ("split", "b"), ("joined", "c"), ("left", "b"), ("left", "c")]
    assert not changes.redirects


def test_leaving_founder_gets_a_new_story_id() -> None:
    """The story that b founded continues with its new leader a; its ID is not reused."""
    backfilled = reconcile(make_stories("bc"), make_clusters("abc")).stories
    changes = reconcile(backfilled, make_clusters("ac b"))
    assert map_ids(changes) == {"a": B, "c": B, "b": make_story_id("b", 1)}


def test_taken_id_is_not_reused() -> None:
    changes = reconcile([], make_clusters("a"), is_taken=lambda story_id: story_id == A)
    assert map_ids(changes) == {"a": make_story_id("a", 1)}


def test_kill_withdraws_the_story_and_its_end_revives_it() -> None:
    changes = reconcile(make_stories("ab"), make_clusters("abk"), killed={"k"})
    assert [story.killed for story in changes.stories] == [True]
    assert list_events(changes) == [("joined", "k"), ("killed", None)]
    revived = reconcile(changes.stories, make_clusters("abk"))
    assert list_events(revived) == [("revived", None)]


def test_preferred_id_is_used_once_for_new_stories() -> None:
    known = {"a": B, "b": B, "c": C}
    changes = reconcile([], make_clusters("a b c"), preferred_ids=known)
    assert map_ids(changes) == {"a": B, "b": make_story_id("b", 1), "c": C}, "a preferred ID is used once"
    assert map_ids(reconcile(make_stories("ab"), make_clusters("ab"), preferred_ids={"a": C})) == {"a": A, "b": A}, (
        "existing stories keep their IDs"
    )


names = "abcdefgh"


@st.composite
def partitions(draw: st.DrawFn) -> list[Cluster]:
    members = draw(st.lists(st.sampled_from(names), unique=True, min_size=1))
    label = {name: draw(st.integers(0, 3)) for name in members}
    groups = [[name for name in members if label[name] == number] for number in range(4)]
    return [Cluster(one[0], tuple(one)) for one in groups if one]


@given(st.lists(partitions(), min_size=1, max_size=6), st.sets(st.sampled_from(names)))
def test_invariants_hold_for_any_history(history: list[list[Cluster]], killed: set[str]) -> None:
    """Every document is in one story, IDs are unique, ended IDs redirect, and the events alone rebuild the stories."""
    stories: list[Story] = []
    rebuilt: dict[UUID, set[str]] = {}
    seen: set[str] = set()
    for clusters in history:
        seen |= {member for one in clusters for member in one.members}
        # Articles are never deleted: those without a cluster this time stand alone.
        alone = sorted(seen - {member for one in clusters for member in one.members})
        now = clusters + [Cluster(name, (name,)) for name in alone]
        before, changes = stories, reconcile(stories, now, killed)
        stories = changes.stories
        assert sorted(member for story in stories for member in story.members) == sorted(seen)
        assert len({story.story_id for story in stories}) == len(stories)
        standing = {story.story_id for story in stories}
        assert {story.story_id for story in before} <= standing | set(changes.redirects)
        assert set(changes.redirects.values()) <= standing
        assert standing.isdisjoint(changes.redirects)
        for event in changes.events:
            here = rebuilt.setdefault(event.story_id, set())
            if event.kind in (EventKind.FOUNDED, EventKind.JOINED):
                assert event.article_id is not None
                here.add(event.article_id)
        for event in changes.events:
            if event.kind is EventKind.LEFT:
                assert event.article_id is not None
                rebuilt[event.story_id].discard(event.article_id)
        assert {key: value for key, value in rebuilt.items() if value} == {
            story.story_id: set(story.members) for story in stories
        }
        assert reconcile(stories, now, killed).events == []
