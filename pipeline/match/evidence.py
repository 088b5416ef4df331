"""What two sketches have in common, counted. The rules judge it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from copydesk.pipeline.core.dedup_records import Sketch
from copydesk.pipeline.core.records import REVISION_NOTICES, WITHDRAWAL_NOTICES
from copydesk.pipeline.match.own_words import (
    count_different_names,
    count_different_words,
    count_headline_names,
    count_recurring_names,
    has_own_subject,
    measure_headline,
)

_DAY_SECONDS = 86_400

MIN_SAMPLE_SIZE = 8_192
"""Larger sets may be samples (``sign.long_texts``), which have about 10,000 to 20,000 hashes. The highest hash of so
many shows their range: the probability that it is not in the upper half of the range is one in 2**8,192."""


def _align_samples(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return both sets without the hashes that one of them would not have sampled."""
    bits = min(int(hashes[-1]).bit_length() if hashes.size > MIN_SAMPLE_SIZE else 64 for hashes in (a, b))
    if bits == 64:
        return a, b
    limit = np.uint64(1 << bits)
    return a[: int(np.searchsorted(a, limit))], b[: int(np.searchsorted(b, limit))]


def count_shared(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> int:
    """Return how many values two arrays share, exactly.

    Args:
        a, b: of one type, each sorted and without duplicates.
    """
    if a.size > b.size:
        a, b = b, a
    if not a.size:
        return 0
    # A value above all of b gets the position after the last one; "clip" compares it with the last one instead.
    return int(np.count_nonzero(b.take(b.searchsorted(a), mode="clip") == a))


@dataclass(frozen=True, slots=True)
class Overlap:
    """The sizes of two sets and of their intersection. All comparisons are in integers."""

    shared: int
    """Size of the intersection."""

    smaller: int
    """Size of the smaller set."""

    larger: int
    """Size of the larger set."""

    @classmethod
    def between(cls, a: npt.NDArray[Any], b: npt.NDArray[Any]) -> Overlap:
        """Return the overlap of two sorted arrays without duplicates; of samples, within the range of both."""
        if a.size > MIN_SAMPLE_SIZE or b.size > MIN_SAMPLE_SIZE:
            a, b = _align_samples(a, b)
        if a.size > b.size:
            a, b = b, a
        return cls(count_shared(a, b), a.size, b.size)

    def contains_percent(self, percent: int) -> bool:
        """Return whether the larger set contains at least this percentage of the smaller one; true if that is empty."""
        return 100 * self.shared >= percent * self.smaller

    def jaccard_at_least(self, percent: int) -> bool:
        """Return whether the intersection is at least this percentage of the union; true if both sets are empty."""
        return 100 * self.shared >= percent * (self.smaller + self.larger - self.shared)

    @property
    def missing(self) -> int:
        """How many values of the smaller set are not in the larger one."""
        return self.smaller - self.shared

    def __str__(self) -> str:
        return f"{self.shared}/{self.smaller}/{self.larger}"


@dataclass(frozen=True, slots=True)
class PairEvidence:
    """Everything that a rule may look at; symmetric in the two documents."""

    body: Overlap
    """Of the shingles."""

    title: Overlap
    """Of the words of the titles."""

    lead: Overlap
    """Of the first words of the bodies, as multisets."""

    numbers: Overlap
    """Of the numbers in the bodies, as multisets."""

    names: Overlap
    """Of the names in the bodies, as multisets."""

    vocabulary: Overlap
    """Of the distinct words of the bodies."""

    shorter_words: int
    """Words of the shorter body."""

    longer_words: int
    """Words of the longer body."""

    hours_apart: int | None
    """Whole hours between the two, rounded down; None if a time is unknown."""

    same_text: bool
    """Title and body are equal, word for word."""

    notice: str
    """One of ``REVISION_NOTICES`` if one of the two says that it revises a text, otherwise empty."""

    withdraws: bool
    """Exactly one of the two is a kill."""

    has_headline_only: bool
    """At least one of the two has no text of its own besides its title."""

    different_place: bool = False
    """Both have a dateline with a place, and the places have no word in common."""

    minutes_behind: int | None = None
    """Minutes, rounded down, by which the document without a text of its own was published after the other one;
    negative if before. None if a time is unknown, or if not exactly one of the two has no text of its own."""

    opening: Overlap | None = None
    """If exactly one of the two is a digest: the overlap of the other one's opening with all of the digest."""

    different_subject: bool = False
    """Each title has a word that its own body has too, and that the other document has neither in its title nor in its
    body, as two subjects of one form have. Numbers do not count: a desk may correct them."""

    different_names: int = 0
    """Names in the lead that the other document has nowhere: of the document with fewer. Not counted, and 0, if one
    body is more than half longer than the other."""

    different_words: int = 0
    """The same for all words of the lead but numbers. Counted only under one title, if neither body has names: in a
    script without capitals, a name is a word like others."""

    recurring_names: int = 0
    """Distinct names of the shorter document that the longer one has more often. Counted only if its body is more than
    half longer."""

    headline_names: int = 0
    """Words in the title of the longer document that are names in the shorter one. Counted only if its body is more
    than half longer."""

    headline_percent: int = 0
    """Words in the title of the longer document that the body of the shorter one has, as a percentage, rounded down.
    Counted only if its body is more than half longer."""

    both_revise: bool = False
    """Both say that they revise a text."""

    different_agency: bool = False
    """Both state their agency and have none in common."""

    @classmethod
    def between(cls, a: Sketch, b: Sketch, body: Overlap) -> PairEvidence:
        """Count what two sketches have in common.

        Args:
            a, b: the two documents, in any order.
            body: the overlap of their shingles, which is computed first to skip unrelated pairs.
        """
        features_a, features_b = a.features, b.features
        shorter_words = min(features_a.word_count, features_b.word_count)
        longer_words = max(features_a.word_count, features_b.word_count)
        hours_apart, minutes_behind = measure_gap(a, b)
        notices = features_a.notice, features_b.notice
        is_much_longer = 2 * longer_words > 3 * shorter_words
        return cls(
            body=body,
            title=Overlap.between(features_a.title, features_b.title),
            lead=Overlap.between(features_a.lead, features_b.lead),
            numbers=Overlap.between(features_a.numbers, features_b.numbers),
            names=Overlap.between(features_a.names, features_b.names),
            vocabulary=Overlap.between(features_a.vocabulary, features_b.vocabulary),
            shorter_words=shorter_words,
            longer_words=longer_words,
            hours_apart=hours_apart,
            same_text=features_a.text_hash == features_b.text_hash,
            # Both may have one. Which of the two is the correction does not change whether they are one story.
            notice=min((notice for notice in notices if notice in REVISION_NOTICES), default=""),
            both_revise=all(notice in REVISION_NOTICES for notice in notices),
            withdraws=(notices[0] in WITHDRAWAL_NOTICES) != (notices[1] in WITHDRAWAL_NOTICES),
            has_headline_only=features_a.is_headline_only or features_b.is_headline_only,
            different_place=_are_disjoint(features_a.place, features_b.place),
            different_agency=_are_disjoint(features_a.agencies, features_b.agencies),
            different_names=0 if is_much_longer else count_different_names(features_a, features_b),
            different_words=0 if is_much_longer else count_different_words(features_a, features_b),
            recurring_names=count_recurring_names(features_a, features_b) if is_much_longer else 0,
            headline_names=count_headline_names(features_a, features_b) if is_much_longer else 0,
            headline_percent=measure_headline(features_a, features_b) if is_much_longer else 0,
            minutes_behind=minutes_behind,
            opening=_measure_opening(a, b),
            different_subject=has_own_subject(features_a, features_b) and has_own_subject(features_b, features_a),
        )


def measure_gap(a: Sketch, b: Sketch) -> tuple[int | None, int | None]:
    """Return ``PairEvidence.hours_apart`` and ``PairEvidence.minutes_behind``: all that rules read of the times."""
    if a.published_at is None or b.published_at is None:
        return None, None
    seconds = _measure_seconds_behind(a.published_at, b.published_at)
    minutes_behind = None
    if a.features.is_headline_only != b.features.is_headline_only:
        minutes_behind = (seconds if a.features.is_headline_only else -seconds) // 60
    return abs(seconds) // 3600, minutes_behind


def _measure_seconds_behind(a: datetime, b: datetime) -> int:
    """Return by how much ``a`` is later than ``b``.

    Exactly midnight is a day without a clock, unless both are: such a time is the one within its day that is nearest to
    the other.
    """
    seconds = int((a - b).total_seconds())
    if _is_midnight(a) == _is_midnight(b):
        return seconds
    least, most = (seconds, seconds + _DAY_SECONDS) if _is_midnight(a) else (seconds - _DAY_SECONDS, seconds)
    return min(max(0, least), most)


def _is_midnight(time: datetime) -> bool:
    return not (time.hour or time.minute or time.second or time.microsecond)


def _measure_opening(a: Sketch, b: Sketch) -> Overlap | None:
    """Return how much of a story's opening a digest contains; None unless exactly one of the two is a digest."""
    if a.features.is_digest == b.features.is_digest:
        return None
    digest, story = (a, b) if a.features.is_digest else (b, a)
    return Overlap.between(story.features.opening, digest.shingles)


def _are_disjoint(a: npt.NDArray[np.uint64], b: npt.NDArray[np.uint64]) -> bool:
    """Return whether both sets are known (not empty) and share nothing."""
    return bool(a.size and b.size) and not count_shared(a, b)
