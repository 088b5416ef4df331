"""What a rule says of two documents, and what all rules weigh alike."""

from __future__ import annotations

from dataclasses import dataclass

from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import EdgeKind
from copydesk.pipeline.match.evidence import Evidence

SHORT_WORDS = 25
"""A body of fewer words says too little alone: the title has to agree as well."""

NEXT_ISSUE_HOURS = 20
"""From this distance on, a text of the same length with other figures is taken for the next issue of a series."""

LEAD_WORDS = 40
"""As many are a document's lead; a longer text has more to compare."""

TITLE_WORDS = 4
"""A title of fewer words does not name a story by itself."""

MANY_NUMBERS = 8
"""From so many on, a document is about its figures."""


NEAR_MISS = "near_miss"
"""The rule whose edges are worth keeping though they have no kind: they show how close it was."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """``kind`` None: not alike, or not alike enough. ``rule`` is the name of the rule that spoke."""

    kind: EdgeKind | None
    rule: str


def is_near(evidence: Evidence, profile: Profile) -> bool:
    """Whether the bodies share enough to be copies at all: by Jaccard, or one holding the other."""
    body = evidence.body
    return body.both > 0 and (body.agrees(profile.jaccard_percent) or body.holds(profile.containment_percent))


def is_later(evidence: Evidence) -> bool:
    return evidence.hours is not None and evidence.hours >= NEXT_ISSUE_HOURS and not evidence.notice


def is_alike_long(evidence: Evidence) -> bool:
    return 100 * evidence.words >= 80 * evidence.longer


def begins_as_it(evidence: Evidence) -> bool:
    """Whether the longer text, where it is nearly twice as long, begins as the shorter one does: else it is made of
    several, of which the shorter is one."""
    return 10 * evidence.longer < 18 * evidence.words or evidence.lead.holds(80)


def name_kind(evidence: Evidence, rule: str) -> Verdict:
    """Which of the kinds that join: by notice, then by how much of the two is the same."""
    if evidence.notice:
        kind = EdgeKind.REVISION
    elif evidence.body.agrees(90):
        kind = EdgeKind.DUPLICATE
    elif evidence.body.holds(80) and 100 * evidence.words < 90 * evidence.longer:
        kind = EdgeKind.EXCERPT
    else:
        kind = EdgeKind.REVISION
    return Verdict(kind, rule)
