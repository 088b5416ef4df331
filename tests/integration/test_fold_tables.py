"""Signing, matching and folding in PostgreSQL give the same stories as in memory, in any order."""

from __future__ import annotations

import random
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
from tests.article_store import PROFILE, ArticleStore, article_id_for
from tests.story_builder import NOON, copy, cut, make_corpus, make_story


def fold_in_memory(documents: list[Document]) -> dict[UUID, UUID]:
    named = [replace(one, id=str(article_id_for(one.id))) for one in documents]
    return {UUID(member): UUID(leader) for member, leader in deduplicate(named).assignments.items()}


def test_stories_match_those_in_memory(store: ArticleStore) -> None:
    documents = make_corpus(1, 60)
    store.process(store.insert(documents))
    assert store.read_partition() == fold_in_memory(documents)


def test_repeating_a_stage_changes_nothing(store: ArticleStore) -> None:
    articles = store.insert(make_corpus(2, 20))
    first = store.process(articles)
    assert first.founded == 20
    before = store.snapshot()
    assert sign_articles(store.connection, articles, PROFILE) == 0
    again = match_articles(store.connection, articles, PROFILE)
    assert (again.written, again.removed) == (0, 0)
    folded = fold_articles(store.connection, articles, PROFILE)
    assert folded == FoldCounts(articles=first.articles, stories=20)
    store.connection.commit()
    assert store.snapshot() == before


@pytest.mark.parametrize("seed", range(6))
def test_stories_do_not_depend_on_order_or_batch_size(store: ArticleStore, seed: int) -> None:
    documents = make_corpus(3, 25)
    rng = random.Random(seed)
    rng.shuffle(documents)
    while documents:
        size = rng.choice([1, 3, 10, 40])
        store.process(store.insert(documents[:size]))
        del documents[:size]
    assert store.read_partition() == fold_in_memory(make_corpus(3, 25))


def test_backfilled_original_leads_and_the_story_keeps_its_id(store: ArticleStore) -> None:
    story = make_story(1)
    store.process(store.insert([copy(story, "copy", 5)]))
    before = store.get_story_id("copy")
    store.process(store.insert([story]))
    assert store.get_story_id("copy") == store.get_story_id(story.id) == before
    assert store.read_partition()[article_id_for("copy")] == article_id_for(story.id)
    assert store.list_event_kinds() == ["founded", "new_representative", "joined"]


def test_new_version_can_move_to_another_story(store: ArticleStore) -> None:
    one, other = make_story(1), make_story(2, published_at=NOON + timedelta(hours=1))
    store.process(store.insert([one, other, copy(one, "c", 3)]))
    assert store.get_story_id("c") == store.get_story_id(one.id)
    store.process(store.insert([copy(other, "c", 2)]))
    assert store.get_story_id("c") == store.get_story_id(other.id)
    assert store.list_event_kinds()[-2:] == ["joined", "left"]


def test_merged_story_redirects_its_id(store: ArticleStore) -> None:
    story = make_story(1)
    stranger = replace(make_story(2), id="late", published_at=NOON + timedelta(hours=1))
    store.process(store.insert([story, stranger]))
    ended = store.get_story_id("late")
    store.process(store.insert([copy(story, "late", 1)]))
    assert store.get_story_id("late") == store.get_story_id(story.id)
    assert store.read_redirects() == {ended: store.get_story_id(story.id)}
    store.process(store.insert([stranger]))
    assert store.get_story_id("late") == ended, "a story that reappears has its first ID"
    assert store.read_redirects() == {}


def test_killed_article_withdraws_its_story_and_keeps_events(store: ArticleStore) -> None:
    story = make_story(1)
    store.process(store.insert([story, copy(story, "copy", 2)]))
    killed = Document(story.id, "Story withdrawn", "This story was withdrawn.", NOON, notice="kill")
    assert store.process(store.insert([killed])).killed == 1
    assert store.read_partition()[article_id_for("copy")] == article_id_for(story.id)
    assert store.list_story_states() == ["killed"]
    store.process(store.insert([replace(story, body=f"{story.body}\n\nThe desk stands by the story.")]))
    assert store.list_story_states() == ["live"]
    assert store.list_event_kinds() == ["founded", "joined", "killed", "revived"]


def test_each_correction_is_one_event(store: ArticleStore) -> None:
    story = make_story(1)
    store.process(store.insert([story, copy(story, "copy", 2)]))
    for number in (1, 2):
        corrected = replace(story, body=f"{story.body}\n\nFigure {number} is corrected.", notice="correction")
        store.process(store.insert([corrected]))
        store.process([article_id_for(story.id), article_id_for("copy")])  # nothing is new
    assert store.list_event_kinds() == ["founded", "joined", "corrected", "corrected"]
    assert store.list_story_states() == ["live"]


def test_separate_kill_notice_finds_its_story_by_title(store: ArticleStore) -> None:
    story = make_story(1)
    store.process(store.insert([story, make_story(2)]))
    store.process(
        store.insert([Document("k", f"KILL: {story.title}", "Kill this story, no copy follows.", NOON, notice="kill")])
    )
    assert store.get_story_id("k") == store.get_story_id(story.id)
    assert sorted(store.list_story_states()) == ["killed", "live"]


def test_flash_joins_the_story_it_announced(store: ArticleStore) -> None:
    story = copy(make_story(1), "story", 1)
    flash = Document("flash", story.title, story.title, NOON)
    store.process(store.insert([flash]))
    store.process(store.insert([story, copy(story, "retitled", 2, title="Other words above the same copy")]))
    assert store.read_partition() == dict.fromkeys(
        map(article_id_for, ("flash", "story", "retitled")), article_id_for("story")
    )
    assert store.read_partition() == fold_in_memory([flash, story, copy(story, "retitled", 2)])


def test_articles_without_text_are_separate_stories(store: ArticleStore) -> None:
    store.process(
        store.insert([Document("a", "", "", NOON), Document("b", "", "", NOON), Document("c", "Hm", "", NOON)])
    )
    assert len(set(store.read_partition().values())) == 3


def test_profiles_are_kept_apart(store: ArticleStore) -> None:
    articles = store.insert([make_story(1), copy(make_story(1), "copy")])
    other = Profile(shingle=3)
    store.process(articles)
    store.process(articles, other)
    rows = store.connection.execute("SELECT profile_id, state FROM copydesk.profile").fetchall()
    assert dict(rows) == {PROFILE.profile_id: "live", other.profile_id: "building"}
    assert store.connection.execute("SELECT count(DISTINCT story_id), count(*) FROM copydesk.story").fetchone() == (
        1,
        2,
    )


@pytest.mark.parametrize("digest_first", [True, False])
def test_digest_is_linked_with_items_in_either_order(store: ArticleStore, digest_first: bool) -> None:
    stories = [make_story(seed, 3) for seed in range(40, 60)]
    items = "\n\n".join(f"{one.title.upper()} - {one.body.split(chr(10))[0]}" for one in stories)
    digest = Document("digest", "Evening digest", items, NOON + timedelta(hours=3))
    for some in [[digest], stories] if digest_first else [stories, [digest]]:
        store.process(store.insert(some))
    rows = store.connection.execute(
        "SELECT a, b, rule FROM copydesk.edge WHERE container_id = %s", (article_id_for("digest"),)
    )
    parts = {(a if b == article_id_for("digest") else b, rule) for a, b, rule in rows}
    assert parts == {(article_id_for(one.id), "digest_item") for one in stories}
    assert len(store.list_story_states()) == 21
    keys = store.connection.execute(
        "SELECT max(n) FROM (SELECT count(*) AS n FROM copydesk.sketch_key GROUP BY article_id) AS counts"
    )
    assert keys.fetchone() == (16,)


def test_many_candidates_are_compared_in_batches(store: ArticleStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stories do not depend on how many candidates are in memory at a time."""
    monkeypatch.setattr(match, "_MAX_PAIRS_IN_MEMORY", 3)
    monkeypatch.setattr(match, "_BATCH_ARTICLES", 8)
    documents = make_corpus(6, 15)
    store.process(store.insert(documents))
    assert store.read_partition() == fold_in_memory(documents)


def test_runaway_story_stops_the_fold_and_writes_nothing(store: ArticleStore) -> None:
    story = make_story(1)
    articles = store.insert([copy(story, f"c{number}", number) for number in range(5)])
    sign_articles(store.connection, articles, PROFILE)
    match_articles(store.connection, articles, PROFILE)
    store.connection.commit()
    with pytest.raises(RunawayStory):
        fold_articles(store.connection, articles, PROFILE, max_members=4)
    store.connection.rollback()
    assert store.read_partition() == {}
    fold_articles(store.connection, articles, PROFILE)
    store.connection.commit()


def test_pair_is_counted_once_across_batches(store: ArticleStore, monkeypatch: pytest.MonkeyPatch) -> None:
    story = make_story(1)
    articles = store.insert([story, copy(story, "b", 1), copy(story, "c", 2, body=cut(story, 4)), make_story(2)])
    sign_articles(store.connection, articles, PROFILE)
    monkeypatch.setattr(match, "_BATCH_ARTICLES", 2)
    counts = match_articles(store.connection, articles, PROFILE)
    assert counts == MatchCounts(candidates=counts.candidates, edges=3, merging=3, written=3, removed=0)
    assert 3 <= counts.candidates <= 6
    store.connection.commit()
    fold_articles(store.connection, articles, PROFILE)
    store.connection.commit()


def test_window_limits_comparisons(store: ArticleStore) -> None:
    story = make_story(1)
    articles = store.insert([story, copy(story, "inside", 96), copy(story, "outside", 96.01)])
    store.process(articles)
    assert store.get_story_id("inside") == store.get_story_id(story.id)
    assert store.get_story_id("outside") != store.get_story_id(story.id)
    unbounded = Profile(window_hours=None)
    assert store.process(articles, unbounded).stories == 1


@pytest.mark.parametrize("workers", [2, 8])
def test_concurrent_workers_do_not_split_stories(store: ArticleStore, workers: int) -> None:
    """Both halves of every pair arrive at the same time in different workers."""
    pairs = [(make_story(seed), copy(make_story(seed), f"copy-{seed:05}", 1)) for seed in range(120)]
    store.insert(one for pair in pairs for one in pair)
    shares: list[list[UUID]] = [[] for _ in range(workers)]
    for at, pair in enumerate(pairs):
        for side, one in enumerate(pair):
            shares[(at + side) % workers].append(article_id_for(one.id))
    store.process_concurrently(shares)
    assert len(set(store.read_partition().values())) == len(pairs)
    assert store.read_partition() == fold_in_memory([one for pair in pairs for one in pair])


def test_same_articles_at_concurrent_workers_are_not_duplicated(
    store: ArticleStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each article is in every worker, in small batches and another order: no duplicates and no deadlock."""
    monkeypatch.setattr(match, "_BATCH_ARTICLES", 7)
    documents = make_corpus(4, 30)
    articles = store.insert(documents)
    store.process_concurrently([articles, articles[::-1], sorted(articles)])
    assert store.read_partition() == fold_in_memory(documents)
    assert store.list_event_kinds().count("founded") == 30
