"""Identical copies in the tables: which are surplus, and what changes when copies come or go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Connection

from copydesk.pipeline.core.dedup_records import Sketch
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all, fetch_values
from copydesk.pipeline.match.surplus_copies import MAX_COMPARED_COPIES, get_span, get_span_hours
from copydesk.pipeline.store.states import PendingStage

_Span = tuple[int, int | None]
"""A content hash (signed), and the number of a span."""


@dataclass(frozen=True, slots=True)
class _TextRow:
    article_id: UUID
    content_hash: int
    published_at: datetime
    is_brief: bool


@dataclass(frozen=True, slots=True)
class _ComparedRow:
    number: int
    articles: Sequence[UUID]


@dataclass(frozen=True, slots=True)
class _SurplusRow:
    first_copy: UUID
    articles: Sequence[UUID]


@dataclass(frozen=True, slots=True)
class _FirstCopyRow:
    article_id: UUID
    first_copy: UUID


def make_span_params(profile: Profile) -> dict[str, object]:
    """Return the parameters of queries that find surplus copies."""
    full_hours, brief_hours = get_span_hours(profile)
    return {
        "profile_id": profile.profile_id,
        "full_hours": full_hours,
        "brief_hours": brief_hours,
        "count": MAX_COMPARED_COPIES,
    }


def map_first_copies(connection: Connection[Row], articles: Sequence[UUID], profile: Profile) -> dict[UUID, UUID]:
    """Return the first copy of each of the articles that is surplus."""
    params = {**make_span_params(profile), "articles": list(articles)}
    rows = fetch_all(connection, _FirstCopyRow, queries.copies.list_first_copies, params)
    return {row.article_id: row.first_copy for row in rows}


def list_surplus_copies(
    connection: Connection[Row], articles: Sequence[UUID], profile: Profile
) -> Mapping[UUID, Sequence[UUID]]:
    """Return the surplus copies of each of the articles that is a first copy and has some."""
    params = {**make_span_params(profile), "articles": list(articles)}
    rows = fetch_all(connection, _SurplusRow, queries.copies.list_surplus, params)
    return {row.first_copy: row.articles for row in rows}


def list_rearranged(connection: Connection[Row], stage: PendingStage, profile: Profile) -> list[UUID]:
    """Return the articles that became surplus, are surplus no longer, or have another first copy, and wait for it."""
    params = {"profile_id": profile.profile_id, "stage": stage}
    return fetch_values(connection, UUID, queries.pending_article.list_rearranged, params)


class CopyArrangement:
    """The copies of the texts that are about to be signed, before and after their sketches are written.

    Use it in one transaction, with the lock for writing: create it, write the sketches, and call ``finish``.
    """

    def __init__(self, connection: Connection[Row], sketches: Sequence[Sketch], profile: Profile) -> None:
        """Read the copies of the texts that the articles had, and of those that they will have."""
        self._connection = connection
        self._profile = profile
        self._full_hours, self._brief_hours = get_span_hours(profile)
        params = {"profile_id": profile.profile_id, "articles": [UUID(sketch.id) for sketch in sketches]}
        texts = fetch_all(connection, _TextRow, queries.copies.list_texts, params)
        texts += [
            _TextRow(UUID(sketch.id), to_bigint(sketch.content_hash), sketch.published_at, sketch.features.is_brief)
            for sketch in sketches
            if sketch.content_hash and sketch.published_at is not None
        ]
        self._texts = {self._get_span(text): text for text in texts}
        self._before = self._list_compared()

    def finish(self, written: Iterable[Sketch]) -> set[UUID]:
        """Give keys to copies that are surplus no longer, take them from those that are now, and mark both as pending.

        Args:
            written: the sketches that were written. Their old keys are still stored.

        Returns:
            The articles that must have no keys: of ``written``, those that are surplus, and the others that are now.
        """
        own = {UUID(sketch.id): sketch for sketch in written}
        after = self._list_compared()
        compared = {article for articles in after.values() for article in articles}
        promoted: dict[UUID, UUID] = {}
        demoted: set[UUID] = set()
        led_anew: list[UUID] = []
        for span, old in self._before.items():
            new = after.get(span, ())
            promoted |= {article: old[0] for article in new if article not in old and article not in own}
            demoted |= {article for article in old if article not in compared and article not in own}
            if new and new[0] != old[0]:
                led_anew.append(new[0])
        key = {"profile_id": self._profile.profile_id}
        if promoted:
            columns = {"article_id": list(promoted), "copy_id": list(promoted.values())}
            params = {**key, "window": self._profile.window_hours, **columns}
            self._connection.execute(queries.copies.copy_keys, params)
        surplus = list_surplus_copies(self._connection, led_anew, self._profile) if led_anew else {}
        changed = demoted.union(promoted, *surplus.values()).difference(own)
        if changed:
            params = {**key, "articles": sorted(changed), "rearranged": True}
            self._connection.execute(queries.pending_article.mark_signed, params)
        return demoted | ({article for article, sketch in own.items() if sketch.content_hash} - compared)

    def _get_span(self, text: _TextRow) -> _Span:
        return text.content_hash, get_span(text.published_at, self._get_hours(text))

    def _get_hours(self, text: _TextRow) -> int | None:
        return self._brief_hours if text.is_brief else self._full_hours

    def _list_compared(self) -> dict[_Span, Sequence[UUID]]:
        """Return the copies of each text and span that are compared with everything; none for a span without any."""
        spans, texts = list(self._texts), list(self._texts.values())
        params = {
            "profile_id": self._profile.profile_id,
            "content_hash": [text.content_hash for text in texts],
            "at": [text.published_at for text in texts],
            "hours": [self._get_hours(text) for text in texts],
            "count": MAX_COMPARED_COPIES,
        }
        rows = fetch_all(self._connection, _ComparedRow, queries.copies.list_compared, params)
        return {spans[row.number - 1]: row.articles for row in rows}


def to_bigint(value: int) -> int:
    """Return an unsigned 64-bit integer as a signed one, for a ``bigint`` column."""
    return value - 2**64 if value >= 2**63 else value
