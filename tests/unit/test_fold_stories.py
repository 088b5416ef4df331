"""Public ids last through corrections, merges and backfills, and every change is recorded."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from copydesk.pipeline.core.dedup_records import Cluster
from copydesk.pipeline.fold import EventKind, Story, StoryChanges, StoryEvent, make_story_id, reconcile


def group(text: str) -> list[Cluster]:
    """``"ab c"``: a leads b, c is alone."""
    return [Cluster(word[0], tuple(word)) for word in text.split()]


def found(text: str) -> list[Story]:
    return reconcile([], group(text)).stories


def tell(changes: StoryChanges) -> list[tuple[str, str | None]]:
    return [(event.kind.value, event.article_id) for event in changes.events]


def ids(changes: StoryChanges) -> dict[str, UUID]:
    return {member: story.story_id for story in changes.stories for member in story.members}


A, B, C = (make_story_id(name) for name in "abc")


def test_a_new_story_is_named_by_its_founder() -> None:
    changes = reconcile([], group("ab c"))
    assert ids(changes) == {"a": A, "b": A, "c": C}
    assert tell(changes) == [("founded", "a"), ("joined", "b"), ("founded", "c")]


def test_nothing_new_nothing_told() -> None:
    stories = found("abc d")
    changes = reconcile(stories, group("abc d"))
    assert changes == StoryChanges(stories)


def test_a_copy_joins() -> None:
    changes = reconcile(found("ab"), group("abc"))
    assert (ids(changes)["c"], tell(changes)) == (A, [("joined", "c")])


def test_a_backfilled_original_takes_the_lead_and_the_story_keeps_its_id() -> None:
    changes = reconcile(found("bc"), group("abc"))
    assert ids(changes) == {"a": B, "b": B, "c": B}
    assert tell(changes) == [("new_representative", "a"), ("joined", "a")]


def test_two_stories_become_one() -> None:
    changes = reconcile(found("ab c"), group("abc"))
    assert ids(changes)["c"] == A
    assert changes.redirects == {C: A}
    assert StoryEvent(C, EventKind.MERGED, related_story_id=A) in changes.events
    assert tell(changes) == [("joined", "c"), ("left", "c"), ("merged", None)]


def test_of_two_stories_the_larger_stays_when_a_newcomer_leads() -> None:
    changes = reconcile(found("b cde"), group("abcde"))
    assert set(ids(changes).values()) == {C}
    assert changes.redirects == {B: C}


def test_a_story_splits() -> None:
    changes = reconcile(found("abc"), group("a bc"))
    assert ids(changes) == {"a": A, "b": B, "c": B}
    assert tell(changes) == [("founded", "b"), ("split", "b"), ("joined", "c"), ("left", "b"), ("left", "c")]
    assert not changes.redirects


def test_a_founder_that_leaves_founds_another_story() -> None:
    """The story that b founded goes on with a, who leads it now; its id is not given a second time."""
    backfilled = reconcile(found("bc"), group("abc")).stories
    changes = reconcile(backfilled, group("ac b"))
    assert ids(changes) == {"a": B, "c": B, "b": make_story_id("b", 1)}


def test_an_id_that_stands_elsewhere_is_not_given_again() -> None:
    changes = reconcile([], group("a"), is_taken=lambda story_id: story_id == A)
    assert ids(changes) == {"a": make_story_id("a", 1)}


def test_a_kill_withdraws_the_story_and_its_end_revives_it() -> None:
    changes = reconcile(found("ab"), group("abk"), killed={"k"})
    assert [story.killed for story in changes.stories] == [True]
    assert tell(changes) == [("joined", "k"), ("killed", None)]
    revived = reconcile(changes.stories, group("abk"))
    assert tell(revived) == [("revived", None)]


def test_a_founder_known_to_the_public_keeps_the_name() -> None:
    known = {"a": B, "b": B, "c": C}
    changes = reconcile([], group("a b c"), preferred_ids=known)
    assert ids(changes) == {"a": B, "b": make_story_id("b", 1), "c": C}, "and a name is given once"
    assert ids(reconcile(found("ab"), group("ab"), preferred_ids={"a": C})) == {"a": A, "b": A}, (
        "stories that stand keep theirs"
    )


names = "abcdefgh"


@st.composite
def partitions(draw: st.DrawFn) -> list[Cluster]:
    members = draw(st.lists(st.sampled_from(names), unique=True, min_size=1))
    label = {name: draw(st.integers(0, 3)) for name in members}
    groups = [[name for name in members if label[name] == number] for number in range(4)]
    return [Cluster(one[0], tuple(one)) for one in groups if one]


@given(st.lists(partitions(), min_size=1, max_size=6), st.sets(st.sampled_from(names)))
def test_whatever_happens(history: list[list[Cluster]], killed: set[str]) -> None:
    """Every document in one story, every id once, every end redirected, and the events alone rebuild the stories."""
    stories: list[Story] = []
    rebuilt: dict[UUID, set[str]] = {}
    seen: set[str] = set()
    for clusters in history:
        seen |= {member for one in clusters for member in one.members}
        # Nothing ever leaves the tables: who is in no cluster this time stands alone.
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
