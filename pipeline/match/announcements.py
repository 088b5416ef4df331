"""Flashes and kills: texts that have no story of their own and name another's by its title."""

from __future__ import annotations

from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import EdgeKind
from copydesk.pipeline.match.evidence import Evidence
from copydesk.pipeline.match.verdict import NEAR_MISS, TITLE_WORDS, Verdict, is_later, is_near

KILL_WORDS = 3
"""A title of fewer words does not name a story."""

KILL_HOURS = 24
"""A kill withdraws a story of the last day; an older one of the same title is another."""

KILL_FOREIGN_HOURS = 3
"""What another agency has under the same title is meant by a kill no longer than this after it."""

KILL_AHEAD_MINUTES = 60
"""A story that comes after its kill by more is another one of that title; by less, clocks differ."""

FLASH_AHEAD_HOURS = 12
"""A flash is followed by its story within half a day."""

FLASH_BEHIND_MINUTES = 240
"""A site may print the flash when the story is long out; one that comes later still announces another."""

NAMING = frozenset({"kill_notice", "flash"})
"""The rules by which one document names the other; their texts need not be alike."""


def spot_kill(evidence: Evidence, profile: Profile) -> Verdict | None:
    """A kill names the story that it withdraws by its title, word for word, and soon; its text is another. What names
    another agency as its own is a copy of that story only while it is fresh."""
    title = evidence.title
    named = title.less >= KILL_WORDS and title.missing == 0 and title.agrees(80)
    soon = evidence.hours is None or evidence.hours < (KILL_FOREIGN_HOURS if evidence.foreign else KILL_HOURS)
    if not (evidence.withdraws and named):
        return None
    if soon and _may_mean(evidence, ahead=KILL_AHEAD_MINUTES):
        return Verdict(EdgeKind.REVISION, "kill_notice")
    return None if is_near(evidence, profile) else Verdict(None, NEAR_MISS)


def spot_flash(evidence: Evidence, profile: Profile) -> Verdict | None:
    """A flash is a headline sent ahead of its story: the title is all there is to compare."""
    named = evidence.title.less >= TITLE_WORDS and evidence.title.agrees(90)
    if not (evidence.bare and named) or evidence.withdraws or evidence.words == 0:
        return None
    soon = not is_later(evidence)
    if soon and _may_mean(evidence, ahead=60 * FLASH_AHEAD_HOURS, behind=FLASH_BEHIND_MINUTES):
        return Verdict(EdgeKind.EXCERPT, "flash")
    return None if is_near(evidence, profile) else Verdict(None, NEAR_MISS)


def _may_mean(evidence: Evidence, *, ahead: int, behind: int | None = None) -> bool:
    """Whether the one that names may mean the other: not from another place, nor too long before or behind it."""
    if evidence.elsewhere:
        return False
    if evidence.behind is None:
        return True
    return -ahead <= evidence.behind and (behind is None or evidence.behind <= behind)
