"""Samples of what reprocessing would change, story by story and with differences, for the person who approves it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from psycopg import Connection

from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all
from copydesk.pipeline.generations.compare import Comparison
from copydesk.pipeline.views.word_diff import Change, ChangeKind, diff_words

MAX_STORIES = 10
"""Stories that are shown: enough to see what changes, few enough to be read."""
MAX_ARTICLES = 3
"""Articles of each story that are shown with their differences."""
MAX_TEXT_CHARS = 20_000
"""Length to which a text is compared."""
MAX_STEPS = 500_000
"""Limit of a comparison: about a tenth of a second, which only texts that repeat themselves reach."""
MAX_CHANGES = 12
"""Pieces of a difference that are shown."""
MAX_PIECE_CHARS = 300
"""Length to which a changed piece is shown."""
CONTEXT_CHARS = 60
"""Length of the unchanged text that is shown before and after a changed piece."""
ELLIPSIS = " … "


@dataclass(frozen=True, slots=True)
class ArticleState:
    """An article with its current text and story, before or after the change; without a story, these are empty."""

    article_id: UUID
    wire: str
    url: str
    title: str
    body: str
    story_id: UUID | None
    story_title: str


@dataclass(frozen=True, slots=True)
class ChangedText:
    """An article that would change: its differences as pairs of ``ChangeKind`` and text, and where it moves from."""

    wire: str
    url: str
    title: str
    moved_from: str
    changes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class StorySample:
    """A story after the change: what happens to it in a clause, and its changed articles.

    Attributes:
        title: The title of its first copy.
        event: Such as "merges with A, B"; empty if only texts change.
        articles: At most ``MAX_ARTICLES``.
        hidden: The number of further articles that change.
    """

    title: str
    event: str
    articles: tuple[ChangedText, ...] = ()
    hidden: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return the sample as JSON can store it."""
        return asdict(self)


def read_article_states(connection: Connection[Row], article_ids: Iterable[UUID]) -> dict[UUID, ArticleState]:
    """Return the current state of articles, by their IDs."""
    params = {"article_ids": sorted(article_ids), "chars": MAX_TEXT_CHARS}
    rows = fetch_all(connection, ArticleState, queries.article.list_states, params)
    return {row.article_id: row for row in rows}


def make_story_samples(before: Mapping[UUID, ArticleState], after: Mapping[UUID, ArticleState]) -> list[StorySample]:
    """Return what would change, by the stories of the articles after the change.

    Args:
        before: The articles that would change, as they are; without those that would be new.
        after: The same articles after the change, and the new ones.
    """
    by_story: dict[tuple[str, UUID | None], list[ArticleState]] = {}
    for state in after.values():
        by_story.setdefault((state.story_title, state.story_id), []).append(state)
    samples = []
    for (title, _), states in sorted(by_story.items(), key=lambda item: -len(item[1]))[:MAX_STORIES]:
        shown = [_describe(before.get(state.article_id), state) for state in states[:MAX_ARTICLES]]
        samples.append(StorySample(title or states[0].title, "", tuple(shown), len(states) - len(shown)))
    return samples


def make_generation_samples(comparison: Comparison) -> list[StorySample]:
    """Return samples of the stories that merge or split under another profile, and of the articles that move."""
    samples = [StorySample(one.title, f"merges {_quote(one.titles)}") for one in comparison.merged]
    samples += [StorySample(one.title, f"splits into {_quote(one.titles)}") for one in comparison.split]
    moved: dict[str, list[ChangedText]] = {}
    for one in comparison.moved:
        moved.setdefault(one.after, []).append(ChangedText("", "", one.title, one.before, ()))
    samples += [
        StorySample(title, "", tuple(found[:MAX_ARTICLES]), max(len(found) - MAX_ARTICLES, 0))
        for title, found in moved.items()
    ]
    return samples


def shorten_changes(changes: Sequence[Change]) -> tuple[tuple[str, str], ...]:
    """Return the first pieces of a difference, with a little of the unchanged text around each."""
    pieces: list[tuple[str, str]] = []
    for number, change in enumerate(changes):
        text = change.text
        if change.kind is ChangeKind.EQUAL:
            text = _cut_middle(text, is_first=number == 0, is_last=number == len(changes) - 1)
        elif len(text) > MAX_PIECE_CHARS:
            text = text[:MAX_PIECE_CHARS] + ELLIPSIS.rstrip()
        pieces.append((change.kind.value, text))
        if len(pieces) == MAX_CHANGES:
            break
    return tuple(pieces)


def _cut_middle(text: str, *, is_first: bool, is_last: bool) -> str:
    if len(text) <= 2 * CONTEXT_CHARS + len(ELLIPSIS):
        return text
    start, end = text[:CONTEXT_CHARS], text[-CONTEXT_CHARS:]
    return (ELLIPSIS.lstrip() if is_first else start + ELLIPSIS) + ("" if is_last else end)


def _describe(before: ArticleState | None, after: ArticleState) -> ChangedText:
    old = before or ArticleState(after.article_id, after.wire, after.url, "", "", after.story_id, "")
    is_moved = before is not None and before.story_id is not None and before.story_id != after.story_id
    changes: list[tuple[str, str]] = []
    for first, second in ((old.title, after.title), (old.body, after.body)):
        if first != second:
            changes += shorten_changes(diff_words(first, second, MAX_STEPS))
            changes.append((ChangeKind.EQUAL.value, "\n"))
    return ChangedText(after.wire, after.url, after.title, old.story_title if is_moved else "", tuple(changes[:-1]))


def _quote(titles: Sequence[str]) -> str:
    return ", ".join(f"“{title}”" for title in titles)
