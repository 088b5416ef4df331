"""Copies: the same text again, whole, cut, extended, retitled or revised. Each rule looks at what copies keep."""

from __future__ import annotations

from copydesk.pipeline.core.dedup_records import EdgeKind
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.match.coverage import MIN_CONTAINMENT_PERCENT, MIN_JACCARD_PERCENT
from copydesk.pipeline.match.evidence import PairEvidence
from copydesk.pipeline.match.measures import (
    MIN_MANY_NUMBERS,
    MIN_TITLE_WORDS,
    SAME_LEAD_PERCENT,
    SHORT_WORDS,
    is_similar,
    may_be_compilation,
)

# A percent is one of containment (of the smaller set in the larger one) unless its name says Jaccard.

# same_figures
SAME_FIGURES_NUMBERS_PERCENT = 85
SAME_FIGURES_TITLE_PERCENT = 80

# edited_cut
EDITED_CUT_TITLE_JACCARD_PERCENT = 75
EDITED_CUT_NUMBERS_PERCENT = 75
EDITED_CUT_NAMES_PERCENT = 75

# short_titled
SHORT_TITLE_PERCENT = 76
"""More than three words of four: "X Corp sets quarterly" and "Y Corp sets quarterly" share three."""
SHORT_NUMBERS_PERCENT = 60
SHORT_TITLE_SAME_NUMBERS_PERCENT = 61
"""More than three words of five, if all numbers are the same."""
SHORT_TITLE_SAME_TEXT_PERCENT = 50
SHORT_SAME_TEXT_PERCENT = 90
"""Half of the title, if the body is all in the other one as well."""

# first_lines
FIRST_LINES_LENGTH_PERCENT = 200
"""Words of the story, as a percentage of the words of the line that was sent ahead."""
FIRST_LINES_MIN_FACTS = 2
"""Numbers and names, together, that identify a story in one line."""

# same_title
SAME_TITLE_PERCENT = 50

# announced
ANNOUNCED_NUMBERS_PERCENT = 60
ANNOUNCED_NAMES_PERCENT = 60

# retitled
RETITLED_NUMBERS_PERCENT = 75
RETITLED_NAMES_PERCENT = 75
RETITLED_BODY_JACCARD_PERCENT = 45
RETITLED_LEAD_PERCENT = 80

# The kind of a copy
DUPLICATE_JACCARD_PERCENT = 90
EXCERPT_BODY_PERCENT = 80
EXCERPT_MAX_LENGTH_PERCENT = 90
"""Words of the shorter body, as a percentage of the longer one's; above it nothing was cut."""


def choose_copy_kind(evidence: PairEvidence) -> EdgeKind:
    """Return the kind of two copies: by the notice, then by how much of the two is the same."""
    if evidence.notice:
        return EdgeKind.REVISION
    if evidence.body.jaccard_at_least(DUPLICATE_JACCARD_PERCENT):
        return EdgeKind.DUPLICATE
    is_shorter = 100 * evidence.shorter_words < EXCERPT_MAX_LENGTH_PERCENT * evidence.longer_words
    if is_shorter and evidence.body.contains_percent(EXCERPT_BODY_PERCENT):
        return EdgeKind.EXCERPT
    return EdgeKind.REVISION


# Less similar than the profile asks ----------------------------------------------------------------------------------


def has_same_figures(evidence: PairEvidence, profile: Profile) -> bool:
    """Return whether title and many numbers are the same, however the words around them were changed."""
    title, numbers = evidence.title, evidence.numbers
    return (
        numbers.smaller >= MIN_MANY_NUMBERS
        and title.smaller > 0
        and numbers.contains_percent(SAME_FIGURES_NUMBERS_PERCENT)
        and title.contains_percent(SAME_FIGURES_TITLE_PERCENT)
        and evidence.body.jaccard_at_least(MIN_JACCARD_PERCENT)
        and not is_similar(evidence, profile)
    )


def is_edited_cut(evidence: PairEvidence, profile: Profile) -> bool:
    """Return whether, under one title, most of the shorter text is in the longer one, with its numbers and names."""
    return (
        evidence.shorter_words >= SHORT_WORDS
        and evidence.title.smaller >= MIN_TITLE_WORDS
        and evidence.title.jaccard_at_least(EDITED_CUT_TITLE_JACCARD_PERCENT)
        and evidence.body.contains_percent(MIN_CONTAINMENT_PERCENT)
        and evidence.numbers.contains_percent(EDITED_CUT_NUMBERS_PERCENT)
        and evidence.names.contains_percent(EDITED_CUT_NAMES_PERCENT)
        and not is_similar(evidence, profile)
    )


# Short texts ---------------------------------------------------------------------------------------------------------


def is_short_with_same_title(evidence: PairEvidence, _: Profile) -> bool:
    """Return whether short texts agree in title and numbers; the more of the rest agrees, the less title is needed."""
    if evidence.shorter_words >= SHORT_WORDS:
        return False
    title, numbers = evidence.title, evidence.numbers
    if numbers.missing:
        return title.contains_percent(SHORT_TITLE_PERCENT) and numbers.contains_percent(SHORT_NUMBERS_PERCENT)
    return title.contains_percent(SHORT_TITLE_SAME_NUMBERS_PERCENT) or (
        title.contains_percent(SHORT_TITLE_SAME_TEXT_PERCENT)
        and evidence.body.contains_percent(SHORT_SAME_TEXT_PERCENT)
    )


def has_same_first_lines(evidence: PairEvidence, _: Profile) -> bool:
    """Return whether a story begins with a line that was sent ahead, whatever the title above it."""
    if evidence.shorter_words >= SHORT_WORDS:
        return False
    numbers, names = evidence.numbers, evidence.names
    return (
        100 * evidence.longer_words >= FIRST_LINES_LENGTH_PERCENT * evidence.shorter_words
        and numbers.smaller + names.smaller >= FIRST_LINES_MIN_FACTS
        and numbers.missing + names.missing == 0
        and evidence.lead.contains_percent(SAME_LEAD_PERCENT)
    )


# Texts of any length, after the series -------------------------------------------------------------------------------


def has_same_title(evidence: PairEvidence, _: Profile) -> bool:
    """Return whether half of the shorter title is in the longer one."""
    return evidence.title.contains_percent(SAME_TITLE_PERCENT)


def is_announced_revision(evidence: PairEvidence, _: Profile) -> bool:
    """Return whether one document says that it is an update or a correction, and numbers and names agree."""
    return (
        bool(evidence.notice)
        and evidence.numbers.contains_percent(ANNOUNCED_NUMBERS_PERCENT)
        and evidence.names.contains_percent(ANNOUNCED_NAMES_PERCENT)
        and not may_be_compilation(evidence)
    )


def is_retitled(evidence: PairEvidence, _: Profile) -> bool:
    """Return whether numbers, names, and the lead or much of the text are the same."""
    return (
        evidence.numbers.contains_percent(RETITLED_NUMBERS_PERCENT)
        and evidence.names.contains_percent(RETITLED_NAMES_PERCENT)
        and (
            evidence.body.jaccard_at_least(RETITLED_BODY_JACCARD_PERCENT)
            or evidence.lead.contains_percent(RETITLED_LEAD_PERCENT)
        )
        and not may_be_compilation(evidence)
    )


def is_contained_copy(evidence: PairEvidence, profile: Profile) -> bool:
    """Return whether one text contains the other, above or below what was added about the same."""
    return is_contained(evidence, profile) and not may_be_compilation(evidence)


def is_contained(evidence: PairEvidence, profile: Profile) -> bool:
    """Return whether one text contains the other."""
    return evidence.body.contains_percent(profile.containment_percent)
