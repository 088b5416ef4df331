"""Surplus copies: a text that many sites print word for word is compared a few times, not once per copy.

Copies are *identical* if their sketches are equal, and so everything that a rule reads except the time. Of identical
copies of one time span, the earliest few are compared with all other documents. Every further one is surplus: it is
compared with the earliest only and joins the stories of those (``fold.cluster``). The number of edges is therefore
linear in the copies. Which copies are surplus depends on the set of documents, not on the order of their arrival.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from copydesk.pipeline.core.profile import Profile

MAX_COMPARED_COPIES = 8
"""Identical copies of one span that are compared with everything. Of the stories of the sample network and of a year of
agency copy, one in a thousand has more within a day; with so few, 10,000 copies in one window have 40,000 edges."""

FULL_TEXT_SPAN_HOURS = 24
"""Length of a span for full texts, unless a quarter of the window is longer: a copy has edges with at most 9 spans,
whatever the window. Identical full texts are one story at any distance within the window."""

BRIEF_SPAN_HOURS = 12
"""Length of a span for briefs: shorter than ``measures.MIN_NEXT_ISSUE_HOURS``, from which a brief is the next issue."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Copy(Protocol):
    """What is read of a document: a ``Sketch``, or a record with these fields of one."""

    @property
    def id(self) -> str:
        """Id of the document."""

    @property
    def published_at(self) -> datetime | None:
        """Aware, UTC; None if unknown."""

    @property
    def content_hash(self) -> int:
        """As in ``Sketch``."""

    @property
    def is_brief(self) -> bool:
        """As in ``Features``."""


def get_span_hours(profile: Profile) -> tuple[int | None, int | None]:
    """Return the length of a span for full texts and for briefs, in hours, at most the window; None for no limit."""
    window = profile.window_hours
    if window is None:
        return None, BRIEF_SPAN_HOURS
    return min(window, max(FULL_TEXT_SPAN_HOURS, window // 4)), min(window, BRIEF_SPAN_HOURS)


def find_first_copies(sketches: Sequence[Copy], profile: Profile) -> list[tuple[int, bool]]:
    """Find the earliest identical copy of each document in its span, and whether the document is surplus.

    Args:
        sketches: the documents, in any order.
        profile: its window limits the spans.

    Returns:
        For each document the position of the earliest copy, its own if it is that, and whether it is surplus.
    """
    groups: dict[tuple[int, int | None], list[int]] = defaultdict(list)
    full_hours, brief_hours = get_span_hours(profile)
    for at, sketch in enumerate(sketches):
        if sketch.content_hash:
            hours = brief_hours if sketch.is_brief else full_hours
            groups[sketch.content_hash, get_span(sketch.published_at, hours)].append(at)
    found = [(at, False) for at in range(len(sketches))]
    for copies in groups.values():
        if len(copies) > 1:
            copies.sort(key=lambda at: (sketches[at].published_at or _EPOCH, sketches[at].id))
            for number, at in enumerate(copies):
                found[at] = (copies[0], number >= MAX_COMPARED_COPIES)
    return found


def get_span(published_at: datetime | None, hours: int | None) -> int | None:
    """Return the number of a time's span; None for an unknown time. Spans are aligned to the epoch.

    Args:
        published_at: aware.
        hours: the length of the spans; None for a single one.
    """
    if published_at is None:
        return None
    if hours is None:
        return 0
    return (published_at - _EPOCH) // (timedelta(hours=hours) or timedelta(microseconds=1))
