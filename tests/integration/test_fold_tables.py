"""Signing, matching and folding in PostgreSQL: the same stories as in memory, whoever comes first."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from copydesk.pipeline.core.errors import RunawayStory
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.incremental import match
from copydesk.pipeline.incremental.fold import FoldCounts, fold_articles
from copydesk.pipeline.incremental.match import MatchCounts, match_articles
from copydesk.pipeline.incremental.sign import sign_articles
from copydesk.pipeline.offline.deduplicate import deduplicate
from tests.article_store import PROFILE, Newsroom, name_article
from tests.story_builder import NOON, copy, cut, make_corpus, write_story


@pytest.fixture
def room(database: str) -> Iterator[Newsroom]:
    with Newsroom.open(database) as found:
        yield found


def fold_in_memory(documents: list[Document]) -> dict[UUID, UUID]:
    named = [replace(one, id=str(name_article(one.id))) for one in documents]
    return {UUID(member): UUID(leader) for member, leader in deduplicate(named).assignments.items()}


def test_the_same_stories_as_in_memory(room: Newsroom) -> None:
    documents = make_corpus(1, 60)
    room.work(room.put(documents))
    assert room.partition() == fold_in_memory(documents)


def test_again_changes_nothing(room: Newsroom) -> None:
    articles = room.put(make_corpus(2, 20))
    first = room.work(articles)
    assert first.founded == 20
    before = room.snapshot()
    assert sign_articles(room.connection, articles, PROFILE) == 0
    again = match_articles(room.connection, articles, PROFILE)
    assert (again.written, again.removed) == (0, 0)
    folded = fold_articles(room.connection, articles, PROFILE)
    assert folded == FoldCounts(articles=first.articles, stories=20)
    room.connection.commit()
    assert room.snapshot() == before


@pytest.mark.parametrize("seed", range(6))
def test_any_order_and_batches_of_any_size(room: Newsroom, seed: int) -> None:
    documents = make_corpus(3, 25)
    rng = random.Random(seed)
    rng.shuffle(documents)
    while documents:
        size = rng.choice([1, 3, 10, 40])
        room.work(room.put(documents[:size]))
        del documents[:size]
    assert room.partition() == fold_in_memory(make_corpus(3, 25))


def test_a_backfill_takes_the_lead_and_the_story_keeps_its_id(room: Newsroom) -> None:
    story = write_story(1)
    room.work(room.put([copy(story, "copy", 5)]))
    before = room.story_of("copy")
    room.work(room.put([story]))
    assert room.story_of("copy") == room.story_of(story.id) == before
    assert room.partition()[name_article("copy")] == name_article(story.id)
    assert room.events() == ["founded", "new_representative", "joined"]


def test_a_new_version_moves_to_another_story(room: Newsroom) -> None:
    one, other = write_story(1), write_story(2, published_at=NOON + timedelta(hours=1))
    room.work(room.put([one, other, copy(one, "c", 3)]))
    assert room.story_of("c") == room.story_of(one.id)
    room.work(room.put([copy(other, "c", 2)]))
    assert room.story_of("c") == room.story_of(other.id)
    assert room.events()[-2:] == ["joined", "left"]


def test_two_stories_merge_and_the_old_id_redirects(room: Newsroom) -> None:
    story = write_story(1)
    stranger = replace(write_story(2), id="late", published_at=NOON + timedelta(hours=1))
    room.work(room.put([story, stranger]))
    ended = room.story_of("late")
    room.work(room.put([copy(story, "late", 1)]))
    assert room.story_of("late") == room.story_of(story.id)
    assert room.redirects() == {ended: room.story_of(story.id)}
    room.work(room.put([stranger]))
    assert room.story_of("late") == ended, "a story that comes back has its first id again"
    assert room.redirects() == {}


def test_a_kill_of_an_article_withdraws_its_story_and_keeps_the_trail(room: Newsroom) -> None:
    story = write_story(1)
    room.work(room.put([story, copy(story, "copy", 2)]))
    killed = Document(story.id, "Story withdrawn", "This story was withdrawn.", NOON, notice="kill")
    assert room.work(room.put([killed])).killed == 1
    assert room.partition()[name_article("copy")] == name_article(story.id)
    assert room.states() == ["killed"]
    room.work(room.put([replace(story, body=f"{story.body}\n\nThe desk stands by the story.")]))
    assert room.states() == ["live"]
    assert room.events() == ["founded", "joined", "killed", "revived"]


def test_a_kill_notice_of_its_own_finds_the_story_by_title(room: Newsroom) -> None:
    story = write_story(1)
    room.work(room.put([story, write_story(2)]))
    room.work(
        room.put([Document("k", f"KILL: {story.title}", "Kill this story, no copy follows.", NOON, notice="kill")])
    )
    assert room.story_of("k") == room.story_of(story.id)
    assert sorted(room.states()) == ["killed", "live"]


def test_a_flash_joins_the_story_that_it_announced(room: Newsroom) -> None:
    story = copy(write_story(1), "story", 1)
    flash = Document("flash", story.title, story.title, NOON)
    room.work(room.put([flash]))
    room.work(room.put([story, copy(story, "retitled", 2, title="Other words above the same copy")]))
    assert room.partition() == dict.fromkeys(map(name_article, ("flash", "story", "retitled")), name_article("story"))
    assert room.partition() == fold_in_memory([flash, story, copy(story, "retitled", 2)])


def test_articles_without_text_are_stories_of_their_own(room: Newsroom) -> None:
    room.work(room.put([Document("a", "", "", NOON), Document("b", "", "", NOON), Document("c", "Hm", "", NOON)]))
    assert len(set(room.partition().values())) == 3


def test_profiles_do_not_mix(room: Newsroom) -> None:
    articles = room.put([write_story(1), copy(write_story(1), "copy")])
    other = Profile(shingle=3)
    room.work(articles)
    room.work(articles, other)
    rows = room.connection.execute("SELECT profile_id, state FROM copydesk.profile").fetchall()
    assert dict(rows) == {PROFILE.profile_id: "live", other.profile_id: "building"}
    assert room.connection.execute("SELECT count(DISTINCT story_id), count(*) FROM copydesk.story").fetchone() == (1, 2)


@pytest.mark.parametrize("digest_first", [True, False])
def test_a_digest_is_linked_with_all_its_items_whichever_comes_first(room: Newsroom, digest_first: bool) -> None:
    stories = [write_story(seed, 3) for seed in range(40, 60)]
    told = "\n\n".join(f"{one.title.upper()} - {one.body.split(chr(10))[0]}" for one in stories)
    digest = Document("digest", "Evening digest", told, NOON + timedelta(hours=3))
    for some in [[digest], stories] if digest_first else [stories, [digest]]:
        room.work(room.put(some))
    rows = room.connection.execute(
        "SELECT a, b, rule FROM copydesk.edge WHERE container_id = %s", (name_article("digest"),)
    )
    parts = {(a if b == name_article("digest") else b, rule) for a, b, rule in rows}
    assert parts == {(name_article(one.id), "digest_item") for one in stories}
    assert len(room.states()) == 21
    keys = room.connection.execute(
        "SELECT max(n) FROM (SELECT count(*) AS n FROM copydesk.sketch_key GROUP BY article_id)"
    )
    assert keys.fetchone() == (16,)


def test_dense_copy_is_compared_in_steps(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stories are the same however few candidates are kept in memory at a time."""
    monkeypatch.setattr(match, "_MAX_PAIRS_IN_MEMORY", 3)
    monkeypatch.setattr(match, "_BATCH_ARTICLES", 8)
    documents = make_corpus(6, 15)
    room.work(room.put(documents))
    assert room.partition() == fold_in_memory(documents)


def test_a_runaway_story_stops_the_step_and_leaves_nothing(room: Newsroom) -> None:
    story = write_story(1)
    articles = room.put([copy(story, f"c{number}", number) for number in range(5)])
    sign_articles(room.connection, articles, PROFILE)
    match_articles(room.connection, articles, PROFILE)
    room.connection.commit()
    with pytest.raises(RunawayStory):
        fold_articles(room.connection, articles, PROFILE, max_members=4)
    room.connection.rollback()
    assert room.partition() == {}
    fold_articles(room.connection, articles, PROFILE)
    room.connection.commit()


def test_a_pair_is_counted_once_in_batches_of_any_size(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    story = write_story(1)
    articles = room.put([story, copy(story, "b", 1), copy(story, "c", 2, body=cut(story, 4)), write_story(2)])
    sign_articles(room.connection, articles, PROFILE)
    monkeypatch.setattr(match, "_BATCH_ARTICLES", 2)
    counts = match_articles(room.connection, articles, PROFILE)
    assert counts == MatchCounts(candidates=counts.candidates, edges=3, merging=3, written=3, removed=0)
    assert 3 <= counts.candidates <= 6
    room.connection.commit()
    fold_articles(room.connection, articles, PROFILE)
    room.connection.commit()


def test_a_window_bounds_what_is_compared(room: Newsroom) -> None:
    story = write_story(1)
    articles = room.put([story, copy(story, "inside", 96), copy(story, "outside", 96.01)])
    room.work(articles)
    assert room.story_of("inside") == room.story_of(story.id)
    assert room.story_of("outside") != room.story_of(story.id)
    unbounded = Profile(window_hours=None)
    assert room.work(articles, unbounded).stories == 1


@pytest.mark.parametrize("workers", [2, 8])
def test_workers_at_once_split_nothing(room: Newsroom, workers: int) -> None:
    """Both halves of every pair arrive at the same time at different workers."""
    pairs = [(write_story(seed), copy(write_story(seed), f"copy-{seed:05}", 1)) for seed in range(120)]
    room.put(one for pair in pairs for one in pair)
    shares: list[list[UUID]] = [[] for _ in range(workers)]
    for at, pair in enumerate(pairs):
        for side, one in enumerate(pair):
            shares[(at + side) % workers].append(name_article(one.id))
    room.work_at_once(shares)
    assert len(set(room.partition().values())) == len(pairs)
    assert room.partition() == fold_in_memory([one for pair in pairs for one in pair])


def test_the_same_run_twice_at_once(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each article at every worker, in small batches and another order: nothing is doubled, nobody deadlocks."""
    monkeypatch.setattr(match, "_BATCH_ARTICLES", 7)
    documents = make_corpus(4, 30)
    articles = room.put(documents)
    room.work_at_once([articles, articles[::-1], sorted(articles)])
    assert room.partition() == fold_in_memory(documents)
    assert room.events().count("founded") == 30
