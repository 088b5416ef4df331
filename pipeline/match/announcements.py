"""Kills and flashes: documents without a text of their own, which refer to another document by its title."""

from __future__ import annotations

from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.match.evidence import PairEvidence
from copydesk.pipeline.match.measures import MIN_TITLE_WORDS, is_likely_next_issue, is_similar

KILL_MIN_TITLE_WORDS = 3
"""A title of fewer words does not identify the story to withdraw."""

KILL_TITLE_JACCARD_PERCENT = 80
"""Jaccard similarity of the titles; the longer one may have a word or two of its own."""

KILL_MAX_HOURS = 24
"""A kill withdraws a story of the last day; an older story with the same title is another story."""

KILL_OTHER_AGENCY_MAX_HOURS = 3
"""If the other document is from another agency, it is a copy of the withdrawn story only while that is fresh."""

KILL_MAX_AHEAD_MINUTES = 60
"""A kill may precede its story by this much, because clocks differ; a later story is another one with that title."""

FLASH_TITLE_JACCARD_PERCENT = 90
"""Jaccard similarity of the titles: nearly word for word."""

FLASH_MAX_AHEAD_MINUTES = 12 * 60
"""A story follows its flash within half a day."""

FLASH_MAX_BEHIND_MINUTES = 240
"""Sites may print a flash when the story is long out; a flash that is later still announces another story."""


def withdraws_story(evidence: PairEvidence, _: Profile) -> bool:
    """Return whether one document is a kill of the other: same title, soon enough, and possibly the same place."""
    if not (evidence.withdraws and _names_story_to_withdraw(evidence)):
        return False
    max_hours = KILL_OTHER_AGENCY_MAX_HOURS if evidence.different_agency else KILL_MAX_HOURS
    is_fresh = evidence.hours_apart is None or evidence.hours_apart < max_hours
    return is_fresh and _may_refer_to(evidence, max_minutes_ahead=KILL_MAX_AHEAD_MINUTES)


def withdraws_other_story(evidence: PairEvidence, profile: Profile) -> bool:
    """Return whether one document is a kill with the title of the other, and the texts differ.

    Evaluated after ``withdraws_story``, so time or place shows that the kill refers to another story.
    """
    return evidence.withdraws and _names_story_to_withdraw(evidence) and not is_similar(evidence, profile)


def announces_story(evidence: PairEvidence, _: Profile) -> bool:
    """Return whether one document is a flash of the other: same title, soon enough, and possibly the same place."""
    return (
        evidence.has_headline_only
        and _repeats_headline(evidence)
        and not is_likely_next_issue(evidence)
        and _may_refer_to(
            evidence, max_minutes_ahead=FLASH_MAX_AHEAD_MINUTES, max_minutes_behind=FLASH_MAX_BEHIND_MINUTES
        )
    )


def announces_other_story(evidence: PairEvidence, profile: Profile) -> bool:
    """Return whether one document is a flash with the title of the other, and the texts differ.

    Evaluated after ``announces_story``, so time or place shows that the flash refers to another story.
    """
    return evidence.has_headline_only and _repeats_headline(evidence) and not is_similar(evidence, profile)


def _names_story_to_withdraw(evidence: PairEvidence) -> bool:
    """Return whether the shorter title is all in the longer one, which has few words more."""
    title = evidence.title
    return (
        title.smaller >= KILL_MIN_TITLE_WORDS
        and title.missing == 0
        and title.jaccard_at_least(KILL_TITLE_JACCARD_PERCENT)
    )


def _repeats_headline(evidence: PairEvidence) -> bool:
    """Return whether neither document is a kill, one has a body, and the titles are nearly the same."""
    title = evidence.title
    return (
        not evidence.withdraws
        and evidence.longer_words > 0
        and title.smaller >= MIN_TITLE_WORDS
        and title.jaccard_at_least(FLASH_TITLE_JACCARD_PERCENT)
    )


def _may_refer_to(evidence: PairEvidence, *, max_minutes_ahead: int, max_minutes_behind: int | None = None) -> bool:
    """Return whether the document without a text may refer to the other one, by place and by time.

    Args:
        evidence: of the pair; an unknown place or time excludes nothing.
        max_minutes_ahead: how much earlier than the other document it may be published.
        max_minutes_behind: how much later it may be published; None for any time.
    """
    if evidence.different_place:
        return False
    behind = evidence.minutes_behind
    if behind is None:
        return True
    return -max_minutes_ahead <= behind and (max_minutes_behind is None or behind <= max_minutes_behind)
