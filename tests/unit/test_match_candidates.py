"""Candidates in memory are exactly the pairs within the window with shared keys of enough points."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copydesk.pipeline.core.dedup_records import Features, Sketch
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.match import candidate_pairs as candidates
from copydesk.pipeline.match import find_candidates, is_within_window
from copydesk.pipeline.sign import sign
from tests.story_builder import NOON, copy, make_corpus, make_story


def find_by_brute_force(sketches: list[Sketch], profile: Profile) -> list[tuple[int, int]]:
    return [
        (i, j)
        for (i, one), (j, other) in combinations(enumerate(sketches), 2)
        if (count_shared_score(one, other) >= 3 or share_title(one.features, other.features))
        and is_within_window(one, other, profile)
    ]


def share_title(one: Features, other: Features) -> bool:
    return one.title_hash == other.title_hash != 0 and (one.is_brief or other.is_brief)


def count_shared_score(one: Sketch, other: Sketch) -> int:
    keys, others = set(one.keys.tolist()), set(other.keys.tolist())
    listed = (keys & set(other.item_keys.tolist())) | (others & set(one.item_keys.tolist()))
    return sum(1 + int(key) % 2 for key in keys & others) + sum(2 + int(key) % 2 for key in listed)


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000), hours=st.sampled_from([0, 1, 5, 96, None]), unknown=st.integers(0, 4))
def test_candidates_equal_a_brute_force_search(seed: int, hours: int | None, unknown: int) -> None:
    documents = make_corpus(seed, 5)
    digest_text = "\n\n".join(f"THE NEWS OF {at} - {one.body[:200]}" for at, one in enumerate(documents))
    documents += [Document(f"digest-{at}", "The news", digest_text[: 300 * at], NOON) for at in (3, 99)]
    documents = [replace(one, published_at=None) if at < unknown else one for at, one in enumerate(documents)]
    profile = Profile(window_hours=hours)
    sketches = sign(documents, profile)
    assert any(one.item_keys.size for one in sketches)
    assert find_candidates(sketches, profile) == find_by_brute_force(sketches, profile)


def test_many_copies_of_one_text_are_all_paired(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "_MAX_PAIRS_IN_MEMORY", 50)
    story = make_story(1)
    sketches = sign([copy(story, f"c{n:03}", n) for n in range(60)], Profile())
    assert len(find_candidates(sketches, Profile(window_hours=None))) == 60 * 59 // 2
    assert find_candidates(sketches, Profile(window_hours=2)) == find_by_brute_force(sketches, Profile(window_hours=2))


def test_kill_is_paired_with_the_title_in_it() -> None:
    story = make_story(1)
    kill = Document("k", f"KILL: {story.title}", "Sent in error, no copy follows today.", NOON + timedelta(hours=3))
    late = replace(kill, id="late", published_at=NOON + timedelta(hours=300))
    assert find_candidates(sign([make_story(2), story, kill, late], Profile()), Profile()) == [(1, 2)]


def test_no_documents_give_no_candidates() -> None:
    assert find_candidates([], Profile()) == []
    assert find_candidates(sign([Document("a", "", ""), Document("b", "", "")], Profile()), Profile()) == []
