"""A corpus with everything that folding has to distinguish, and the rows that folding it must produce."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from copydesk.pipeline.core.dedup_records import Edge
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import WITHDRAWAL_NOTICES, Document
from copydesk.pipeline.offline.deduplicate import deduplicate
from tests.article_store import PROFILE, ArticleStore, article_id_for
from tests.story_builder import NOON, copy, cut, make_story, write_sentence

FoldRow = tuple[object, ...]


def make_fold_corpus(seed: int, stories: int, hours: int = 120) -> list[Document]:
    """Return stories with copies, excerpts, updates, corrections, kills and flashes, series, roundups and fragments,
    shuffled.

    Times are spread over ``hours``, so that some pairs lie within the window and some do not, and many are equal.
    """
    rng = random.Random(seed)
    originals = [
        make_story(seed * 10_000 + number, rng.randint(3, 9), NOON + timedelta(hours=rng.randint(0, hours)))
        for number in range(stories)
    ]
    documents = [*originals, *_make_series(rng, seed), *_make_fragments(seed)]
    for story in originals:
        documents += [edit(rng, story) for edit in rng.sample(_EDITS, rng.choice([0, 1, 2, 3, 5]))]
    documents += [_make_roundup(rng.sample(originals, 3), f"roundup-{seed}-{number}") for number in range(stories // 8)]
    rng.shuffle(documents)
    return documents


def compute_expected_rows(documents: Sequence[Document], profile: Profile = PROFILE) -> list[FoldRow]:
    """Return the rows that ``read_stored_rows`` must return after these articles were folded, computed in memory."""
    named = rename(documents)
    folding = deduplicate(named, profile)
    return make_rows(named, folding.assignments, folding.edges)


def rename(documents: Iterable[Document]) -> list[Document]:
    """Return the documents with the IDs that they have as articles."""
    return [replace(one, id=str(article_id_for(one.id))) for one in documents]


def make_rows(documents: Iterable[Document], assignments: Mapping[str, str], edges: Iterable[Edge]) -> list[FoldRow]:
    """Return the rows that ``read_stored_rows`` must return for these stories and edges."""
    killed = {assignments[one.id] for one in documents if _is_withdrawn(one)}
    rows: list[FoldRow] = [
        ("member", member, leader, "killed" if leader in killed else "live") for member, leader in assignments.items()
    ]
    return sorted(rows + [_format_edge(edge) for edge in edges], key=repr)


def read_stored_rows(store: ArticleStore, profile: Profile = PROFILE) -> list[FoldRow]:
    """Return every member with its story's representative and state, and every edge with its evidence; sorted.

    Times of writing and events are left out, because they depend on the order of processing, and so are the stories'
    public IDs, which depend on the article that founded them.
    """
    members = store.connection.execute(
        "SELECT m.article_id::text, s.representative::text, s.state FROM copydesk.story_member m"
        " JOIN copydesk.story s USING (profile_id, story_id) WHERE profile_id = %s",
        (profile.profile_id,),
    ).fetchall()
    edges = store.connection.execute(
        "SELECT a::text, b::text, kind, merges, is_near_identical, rule, container_id::text, shared, size_a, size_b,"
        " evidence FROM copydesk.edge WHERE profile_id = %s",
        (profile.profile_id,),
    ).fetchall()
    found: list[FoldRow] = [("member", *row) for row in members]
    found += [("edge", *row[:-1], json.dumps(row[-1], sort_keys=True)) for row in edges]
    return sorted(found, key=repr)


def hash_rows(rows: Sequence[FoldRow]) -> str:
    """Return the SHA-256 of the rows."""
    return hashlib.sha256("\n".join(map(repr, rows)).encode()).hexdigest()


def _format_edge(edge: Edge) -> FoldRow:
    kind = None if edge.kind is None else str(edge.kind)
    evidence = json.dumps(edge.evidence, sort_keys=True)
    return (
        "edge", edge.a, edge.b, kind, edge.merges, edge.is_near_identical, edge.rule, edge.container_id or None,
        edge.shared, edge.size_a, edge.size_b, evidence,
    )  # fmt: skip


def _is_withdrawn(document: Document) -> bool:
    return document.notice in WITHDRAWAL_NOTICES


def _make_update(rng: random.Random, story: Document) -> Document:
    body = f"{write_sentence(rng)}\n\n{story.body}"
    return copy(story, f"{story.id}-up", rng.randint(1, 9), title=f"UPDATE 1-{story.title}", body=body, notice="update")


def _make_correction(rng: random.Random, story: Document) -> Document:
    body = story.body.replace(" crowns", " million crowns", 1)
    title = f"CORRECTED - {story.title}"
    return copy(story, f"{story.id}-fix", rng.randint(1, 9), title=title, body=body, notice="correction")


def _make_kill(rng: random.Random, story: Document) -> Document:
    title = f"KILL: {story.title}"
    return copy(story, f"{story.id}-kill", rng.randint(1, 9), title=title, body="Sent in error.", notice="kill")


_EDITS: Sequence[Callable[[random.Random, Document], Document]] = (
    lambda rng, story: copy(story, f"{story.id}-same", rng.randint(0, 9)),
    lambda rng, story: copy(story, f"{story.id}-late", rng.randint(80, 130)),
    lambda rng, story: copy(story, f"{story.id}-cut", rng.randint(0, 9), body=cut(story, 2)),
    lambda rng, story: copy(story, f"{story.id}-line", rng.randint(0, 9), body=cut(story, 1)),
    lambda rng, story: copy(story, f"{story.id}-title", rng.randint(0, 9), title="Other words above the same copy"),
    lambda rng, story: copy(story, f"{story.id}-more", 2, body=f"{story.body}\n\n{write_sentence(rng)}"),
    lambda rng, story: copy(story, f"{story.id}-flash", -1, body=f"{story.title}."),
    _make_update,
    _make_correction,
    _make_kill,
)


def _make_roundup(stories: Sequence[Document], name: str) -> Document:
    return copy(stories[0], name, 3, title="The day in brief", body="\n\n".join(story.body for story in stories))


def _make_series(rng: random.Random, seed: int) -> Iterator[Document]:
    for hour in range(6):
        figures = [f"{rng.randint(100, 9999):,}" for _ in range(6)]
        body = (
            "The Aldmoor grain index closed at {} points, after {} the day before, as brokers in the old exchange "
            "traded {} lots of winter wheat and {} lots of barley. Rye for delivery in spring was quoted at {} crowns "
            "a tonne and oats at {} crowns, with few sellers to be found before the long weekend."
        ).format(*figures)
        yield Document(f"series-{seed}-{hour}", "Aldmoor grain index", body, NOON + timedelta(hours=4 * hour))


def _make_fragments(seed: int) -> Iterator[Document]:
    yield Document(f"empty-{seed}", "", "", NOON)
    yield Document(f"blank-{seed}", "Only a title stands here", "", NOON)
    yield Document(f"words-{seed}", "", "Three words only", NOON)
    yield Document(f"words-{seed}-too", "", "Three words only", NOON)
