"""Thresholds and measures that rules of several families share.

All percents are whole numbers, so every comparison is exact.
"""

from __future__ import annotations

from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.match.evidence import PairEvidence

SHORT_WORDS = 25
"""A body of fewer words carries too little information alone: the title has to agree as well."""

BRIEF_WORDS = 40
"""A body of fewer words is a brief: two briefs of one series differ only in their subject or their day."""

LEAD_WORDS = 40
"""Words of ``Features.lead``; a text with more words has a part that the lead does not cover."""

MIN_TITLE_WORDS = 4
"""A title of fewer words does not identify a story by itself."""

MIN_MANY_NUMBERS = 8
"""A document with at least this many numbers is about its numbers: accounts, market reports."""

MIN_NEXT_ISSUE_HOURS = 20
"""From this distance, a text of the same length with other numbers is the next issue of a daily series."""

SIMILAR_LENGTH_PERCENT = 80
"""Words of the shorter body, as a percentage of the longer one's, from which two bodies have a similar length."""

COMPILATION_LENGTH_PERCENT = 190
"""Words of the longer body, as a percentage of the shorter one's, from which it may be compiled from several texts."""

RECURRING_NAMES_PERCENT = 10
"""Names of the shorter text that recur in what a longer one adds, as a percentage of all names that are added: a
quarter in the extended copies of a year's wire copy (median), less than a tenth in 95 of 100 compilations of it."""

MIN_ADDED_NAMES = 4
"""Fewer names show nothing: another story of a compilation has more."""

ADDED_NAMES_PERCENT = 75
"""Names per word in what a longer text adds above the shorter one, as a percentage of those in the shorter one: comment
has a quarter, another story of a compilation as many."""

RECURRING_TITLE_PERCENT = 34
"""Containment of the titles from which a longer text is about the same, if it adds few names: more than a third, which
a single small word can be."""

HEADLINE_PERCENT = 50
"""Words of the longer text's title that the shorter text has, as a percentage, above which the two are about the same,
if few names are added. "News in brief" has one of three, a new title of the same story most."""

SAME_OPENING_LEAD_PERCENT = 80
"""Containment of the leads from which two texts begin alike."""

TEMPLATE_LEAD_PERCENT = 65
SAME_LEAD_PERCENT = 95
"""Containment of the leads. Between the two percents a template was filled in differently: a copy keeps the whole lead,
an update replaces it."""


def is_similar(evidence: PairEvidence, profile: Profile) -> bool:
    """Return whether the bodies share enough to be copies at all: by Jaccard similarity or by containment."""
    body = evidence.body
    return body.shared > 0 and (
        body.jaccard_at_least(profile.jaccard_percent) or body.contains_percent(profile.containment_percent)
    )


def is_likely_next_issue(evidence: PairEvidence) -> bool:
    """Return whether the documents are about a day or more apart and neither says that it revises a text."""
    return evidence.hours_apart is not None and evidence.hours_apart >= MIN_NEXT_ISSUE_HOURS and not evidence.notice


def has_similar_length(evidence: PairEvidence) -> bool:
    """Return whether the shorter body has nearly as many words as the longer one."""
    return 100 * evidence.shorter_words >= SIMILAR_LENGTH_PERCENT * evidence.longer_words


def may_be_compilation(evidence: PairEvidence) -> bool:
    """Return whether the longer text may be compiled from several, of which the shorter one is one.

    It is nearly twice as long, and what it adds is not about the names of the shorter one. If the shorter one is its
    beginning, its title has none of these names either; otherwise, what it adds has as many names as a story has.
    """
    if 100 * evidence.longer_words < COMPILATION_LENGTH_PERCENT * evidence.shorter_words:
        return False
    names = evidence.names
    added = names.larger - names.shared
    if added < MIN_ADDED_NAMES:
        return (added > 0 or not names.smaller) and not _may_be_about_the_same(evidence)
    has_same_opening = evidence.lead.contains_percent(SAME_OPENING_LEAD_PERCENT)
    is_other = 100 * evidence.recurring_names < RECURRING_NAMES_PERCENT * added
    if has_same_opening:
        return is_other and not evidence.headline_names
    added_words = evidence.longer_words - evidence.shorter_words
    return is_other or 100 * added * evidence.shorter_words > ADDED_NAMES_PERCENT * names.smaller * added_words


def _may_be_about_the_same(evidence: PairEvidence) -> bool:
    """Return whether names that recur, or the words of the titles, show that a longer text is about the shorter one's
    story."""
    return (
        evidence.recurring_names > 0
        or evidence.headline_percent > HEADLINE_PERCENT
        or evidence.title.contains_percent(RECURRING_TITLE_PERCENT)
    )


def shares_template(evidence: PairEvidence) -> bool:
    """Return whether the texts begin with the same words except for what was filled in."""
    lead = evidence.lead
    return lead.contains_percent(TEMPLATE_LEAD_PERCENT) and not lead.contains_percent(SAME_LEAD_PERCENT)
