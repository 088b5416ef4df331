"""The edge rule: of what kind two documents' likeness is, read from their evidence alone.

Pure, symmetric and in integers. The first rule that speaks decides; its name is kept with the edge. The thresholds
of these files are version 5 of it (``Profile.edge_rule``): found on one half of a year's wire copy, checked on the
other.

What tells copies from strangers on a wire is not how much text they share but what differs. Copies are cut, extended
and given new titles, but keep their figures and names; the issues of a series keep the words and change the figures.
"""

from __future__ import annotations

from collections.abc import Callable

from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import EdgeKind, Features
from copydesk.pipeline.match.announcements import spot_flash, spot_kill
from copydesk.pipeline.match.evidence import Evidence, Share
from copydesk.pipeline.match.series import compare_numbers, judge_short, spot_next_issue, spot_subject
from copydesk.pipeline.match.verdict import (
    MANY_NUMBERS,
    NEAR_MISS,
    SHORT_WORDS,
    TITLE_WORDS,
    Verdict,
    begins_as_it,
    is_later,
    is_near,
    name_kind,
)

ITEM_SHINGLES = 10
"""A digest that has as many of a story's opening has an item of it: a sentence, word for word."""

LEAST_AGREED = 25
LEAST_HELD = 60
"""Percents of both texts together, and of the shorter one: what shares less is looked at by no rule."""

DIGEST_ITEM = "digest_item"
"""The rule by which a digest holds a story whatever the lengths of the two."""


def decide(evidence: Evidence, profile: Profile) -> Verdict:
    """Name the kind of likeness; the same for (a, b) and (b, a)."""
    for rule in _RULES:
        verdict = rule(evidence, profile)
        if verdict is not None:
            return verdict
    return _look_for_holder(evidence, profile)


def is_hopeless(body: Share, one: Features, other: Features) -> bool:
    """Whether two documents share so little that no rule can speak: most candidates end here, at little cost."""
    return shares_too_little(
        body, bare=one.is_headline_only or other.is_headline_only, digest=one.is_digest != other.is_digest
    )


def shares_too_little(body: Share, *, bare: bool, digest: bool) -> bool:
    """The same, told by the shingles, whether one of the two is bare, and whether one is a digest and the other not."""
    if bare or not body.more or (digest and body.both >= ITEM_SHINGLES):
        return False
    # The least that any rule asks for.
    return not (body.both > 0 and (body.agrees(LEAST_AGREED) or body.holds(LEAST_HELD)))


def _compare_fragments(evidence: Evidence, _: Profile) -> Verdict | None:
    """Texts without a single shingle are alike only word for word."""
    if evidence.body.more:
        return None
    if not evidence.same_text:
        return Verdict(None, "fragments_differ")
    if is_later(evidence):
        return Verdict(EdgeKind.SERIES, "brief_again")
    return Verdict(EdgeKind.DUPLICATE, "same_fragment")


def _spot_figures(evidence: Evidence, profile: Profile) -> Verdict | None:
    """Accounts published again: the same title and figures, however the words around them were changed."""
    if (
        not is_near(evidence, profile)
        and evidence.numbers.less >= MANY_NUMBERS
        and evidence.numbers.holds(85)
        and evidence.title.less
        and evidence.title.holds(80)
        and evidence.body.agrees(LEAST_AGREED)
    ):
        return Verdict(EdgeKind.REVISION, "same_figures")
    return None


def _spot_edited_cut(evidence: Evidence, profile: Profile) -> Verdict | None:
    """Cut and edited at once: under one title, most of the shorter text is the longer's, with its figures and names."""
    if (
        not is_near(evidence, profile)
        and evidence.words >= SHORT_WORDS
        and evidence.body.holds(LEAST_HELD)
        and evidence.title.less >= TITLE_WORDS
        and evidence.title.agrees(75)
        and evidence.numbers.holds(75)
        and evidence.names.holds(75)
    ):
        return name_kind(evidence, "edited_cut")
    return None


def _spot_item(evidence: Evidence, profile: Profile) -> Verdict | None:
    """A digest and a story are never one: at the most it has the story's beginning, or the whole of it."""
    opening = evidence.opening
    if opening is None:
        return None
    if (opening.both >= ITEM_SHINGLES and opening.holds(80)) or is_near(evidence, profile):
        return Verdict(EdgeKind.PART_OF, DIGEST_ITEM)
    return _leave_strangers(evidence, profile)


def _leave_strangers(evidence: Evidence, profile: Profile) -> Verdict | None:
    """What is within a tenth of being near is kept as evidence."""
    if is_near(evidence, profile):
        return None
    body = evidence.body
    close = body.agrees(profile.jaccard_percent * 9 // 10) or body.holds(profile.containment_percent * 9 // 10)
    return Verdict(None, NEAR_MISS if close else "unlike")


def _compare_titles(evidence: Evidence, _: Profile) -> Verdict | None:
    if evidence.title.holds(50):
        return name_kind(evidence, "same_title")
    return None


def _spot_announced(evidence: Evidence, _: Profile) -> Verdict | None:
    """A text that says it is an update or a correction may have a new title and a new beginning."""
    if evidence.notice and evidence.numbers.holds(60) and evidence.names.holds(60) and begins_as_it(evidence):
        return name_kind(evidence, "announced")
    return None


def _spot_retitled(evidence: Evidence, _: Profile) -> Verdict | None:
    """A new title on the same text: figures and names have to be the same, and the text, or its beginning."""
    same = evidence.numbers.holds(75) and evidence.names.holds(75) and evidence.body.agrees(45)
    if same and begins_as_it(evidence):
        return name_kind(evidence, "retitled")
    if evidence.numbers.holds(75) and evidence.names.holds(80) and evidence.lead.holds(80):
        return name_kind(evidence, "retitled_lead")
    return None


_RULES: tuple[Callable[[Evidence, Profile], Verdict | None], ...] = (
    spot_kill,
    spot_flash,
    _spot_item,
    _compare_fragments,
    _spot_figures,
    _spot_edited_cut,
    _leave_strangers,
    spot_next_issue,
    spot_subject,
    judge_short,
    compare_numbers,
    _compare_titles,
    _spot_announced,
    _spot_retitled,
)


def _look_for_holder(evidence: Evidence, profile: Profile) -> Verdict:
    """What is left: another title. One text that holds the other is cut from it if it begins alike, else made of it."""
    if evidence.body.holds(profile.containment_percent):
        if evidence.lead.holds(80):
            return name_kind(evidence, "held_lead")
        return Verdict(EdgeKind.PART_OF, "held_item")
    return Verdict(EdgeKind.SERIES, "other_title")
