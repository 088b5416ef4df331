"""What two sketches have in common, counted; nothing is judged here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from copydesk.pipeline.core.records import REVISION_NOTICES, WITHDRAWAL_NOTICES, Features, Sketch

BRIEF_WORDS = 40
"""A body of fewer words is a brief: one of its series differs from the next by its subject or its day alone."""

FILLED_WORDS = 60
"""A body of fewer words may still be a form that is filled in: all of it but its subject and figures is another's."""


def count_shared(a: npt.NDArray[np.uint64], b: npt.NDArray[np.uint64]) -> int:
    """How many values two sorted distinct arrays share; exact."""
    if a.size > b.size:
        a, b = b, a
    if not a.size:
        return 0
    # What is larger than all of the other's is looked for at its end, and is not there.
    return int(np.count_nonzero(b.take(b.searchsorted(a), mode="clip") == a))


@dataclass(frozen=True, slots=True)
class Share:
    """How much of two sets is the same: ``both`` of them, ``less`` in the smaller one, ``more`` in the larger one."""

    both: int
    less: int
    more: int

    @classmethod
    def of(cls, a: npt.NDArray[np.uint64], b: npt.NDArray[np.uint64]) -> Share:
        return cls(count_shared(a, b), min(a.size, b.size), max(a.size, b.size))

    def holds(self, percent: int) -> bool:
        """Whether at least so much of the smaller set is in the larger; so of an empty one."""
        return 100 * self.both >= percent * self.less

    def agrees(self, percent: int) -> bool:
        """Whether the shared part is at least so much of both together (Jaccard); so for two empty sets."""
        return 100 * self.both >= percent * (self.less + self.more - self.both)

    @property
    def missing(self) -> int:
        """How much of the smaller set is not in the larger."""
        return self.less - self.both

    def __str__(self) -> str:
        return f"{self.both}/{self.less}/{self.more}"


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a rule looks at. ``hours`` between the two, rounded down; None where a time is unknown.

    ``words`` are those of the shorter body, ``longer`` those of the longer. ``notice`` is empty unless one of the
    two says that it revises a text; ``withdraws`` tells whether one of them (not both) is a kill, ``bare`` whether
    one has no text of its own beside its title, ``behind`` how many minutes that one was published after the other
    (None where a time is unknown, or both are bare), ``elsewhere`` whether both have a dateline and no word of it
    in common, ``foreign`` whether both name their agency and have none in common. ``opening``, where one of them
    (not both) is a digest: the first words of the other, and how much of them the digest has anywhere. ``swapped``,
    of forms alone: each title has a word that its own text begins with, and that the other has neither in its title
    nor in its beginning, as two subjects of one template have.
    """

    body: Share
    title: Share
    lead: Share
    numbers: Share
    names: Share
    words: int
    longer: int
    hours: int | None
    same_text: bool
    notice: str
    withdraws: bool
    bare: bool
    elsewhere: bool = False
    behind: int | None = None
    opening: Share | None = None
    swapped: bool = False
    foreign: bool = False

    @classmethod
    def of(cls, a: Sketch, b: Sketch, body: Share) -> Evidence:
        """Count the rest, the share of the bodies being known."""
        one, two = a.features, b.features
        words = min(one.word_count, two.word_count)
        hours, behind = measure_gap(a, b)
        return cls(
            body=body,
            title=Share.of(one.title, two.title),
            lead=Share.of(one.lead, two.lead),
            numbers=Share.of(one.numbers, two.numbers),
            names=Share.of(one.names, two.names),
            words=words,
            longer=max(one.word_count, two.word_count),
            hours=hours,
            same_text=one.text_hash == two.text_hash,
            # Both may have one; which of the two is the correction does not change whether they are one story.
            notice=min((notice for notice in (one.notice, two.notice) if notice in REVISION_NOTICES), default=""),
            withdraws=(one.notice in WITHDRAWAL_NOTICES) != (two.notice in WITHDRAWAL_NOTICES),
            bare=one.is_headline_only or two.is_headline_only,
            elsewhere=_are_apart(one.place, two.place),
            foreign=_are_apart(one.agencies, two.agencies),
            behind=behind,
            opening=_look_for_opening(a, b),
            swapped=words < FILLED_WORDS and _names_itself(one, two) and _names_itself(two, one),
        )


def measure_gap(a: Sketch, b: Sketch) -> tuple[int | None, int | None]:
    """What rules read of two documents' times: ``hours`` and ``behind`` as ``Evidence`` has them."""
    if a.published_at is None or b.published_at is None:
        return None, None
    seconds = int((a.published_at - b.published_at).total_seconds())
    behind = None
    if a.features.is_headline_only != b.features.is_headline_only:
        behind = (seconds if a.features.is_headline_only else -seconds) // 60
    return abs(seconds) // 3600, behind


def _look_for_opening(a: Sketch, b: Sketch) -> Share | None:
    if a.features.is_digest == b.features.is_digest:
        return None
    digest, story = (a, b) if a.features.is_digest else (b, a)
    return Share.of(story.features.opening, digest.shingles)


def _are_apart(one: npt.NDArray[np.uint64], other: npt.NDArray[np.uint64]) -> bool:
    """Whether both are known and share nothing."""
    return bool(one.size and other.size) and not count_shared(one, other)


def _names_itself(one: Features, other: Features) -> bool:
    # As sets of Python's: of so few words they are made and asked in less time than one call of numpy's takes.
    own = set(one.title.tolist()).intersection(one.lead.tolist())
    return bool(own) and not own <= {*other.title.tolist(), *other.lead.tolist()}
