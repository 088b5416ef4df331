"""The edge rule: of what kind two documents' likeness is, read from their evidence alone.

Pure, symmetric and in integers. The first rule that speaks decides; its name is kept with the edge. The thresholds
below are version 3 of the rule (``Profile.edge_rule``): found on one half of a year's wire copy, checked on the other.

What tells copies from strangers on a wire is not how much text they share but what differs. Copies are cut, extended
and given new titles, but keep their figures and names; the issues of a series keep the words and change the figures.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.match.evidence import Evidence, Share
from pipeline.profile import Profile
from pipeline.records import EdgeKind, Features

SHORT_WORDS = 25
"""A body of fewer words says too little alone: the title has to agree as well."""

BRIEF_WORDS = 40
"""A body of fewer words that comes again after ``NEXT_ISSUE_HOURS`` is the next one of its kind, not a copy."""

NEXT_ISSUE_HOURS = 20
"""From this distance on, a text of the same length with other figures is taken for the next issue of a series."""

LEAD_WORDS = 40
"""As many are a document's lead; a longer text has more to compare."""

KILL_WORDS = 3
"""A title of fewer words does not name a story."""

KILL_HOURS = 24
"""A kill withdraws a story of the last day; an older one of the same title is another."""

FLASH_TITLE_WORDS = 4
"""A title of fewer words does not announce a story."""

ITEM_SHINGLES = 10
"""A digest that has as many of a story's opening has an item of it: a sentence, word for word."""

FORM_WORDS = 100
"""A longer text that has half of another's words is not only of the same form."""

NEW_FIGURES = 3
"""So many figures changed in a beginning of the same form are the next issue's, however many stand below unchanged."""

MANY_NUMBERS = 8
"""From so many on, a document is about its figures."""


NAMING = frozenset({"kill_notice", "flash"})
"""The rules by which one document names the other; their texts need not be alike."""


DIGEST_ITEM = "digest_item"
"""The rule by which a digest holds a story whatever the lengths of the two."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """``kind`` None: not alike, or not alike enough. ``rule`` is the name of the rule that spoke."""

    kind: EdgeKind | None
    rule: str


def decide(evidence: Evidence, profile: Profile) -> Verdict:
    """Name the kind of likeness; the same for (a, b) and (b, a)."""
    for rule in _RULES:
        verdict = rule(evidence, profile)
        if verdict is not None:
            return verdict
    return _look_for_holder(evidence, profile)


def is_hopeless(body: Share, one: Features, other: Features) -> bool:
    """Whether two documents share so little that no rule can speak: most candidates end here, at little cost."""
    return shares_too_little(body, bare=one.bare or other.bare, digest=one.digest != other.digest)


def shares_too_little(body: Share, *, bare: bool, digest: bool) -> bool:
    """The same, told by the shingles, whether one of the two is bare, and whether one is a digest and the other not."""
    if bare or not body.more or (digest and body.both >= ITEM_SHINGLES):
        return False
    return not _is_almost_near(body)


def _is_almost_near(body: Share) -> bool:
    return body.both > 0 and (body.agrees(20) or body.holds(50))


def is_near(evidence: Evidence, profile: Profile) -> bool:
    """Whether the bodies share enough to be copies at all: by Jaccard, or one holding the other."""
    body = evidence.body
    return body.both > 0 and (body.agrees(profile.jaccard_percent) or body.holds(profile.containment_percent))


def _compare_fragments(evidence: Evidence, _: Profile) -> Verdict | None:
    """Texts without a single shingle are alike only word for word."""
    if evidence.body.more:
        return None
    if not evidence.same_text:
        return Verdict(None, "fragments_differ")
    if _is_later(evidence):
        return Verdict(EdgeKind.SERIES, "brief_again")
    return Verdict(EdgeKind.DUPLICATE, "same_fragment")


def _spot_kill(evidence: Evidence, _: Profile) -> Verdict | None:
    """A kill names the story that it withdraws by its title, word for word, and soon; its text is another."""
    title = evidence.title
    named = title.less >= KILL_WORDS and title.missing == 0 and title.agrees(80)
    if evidence.withdraws and named and (evidence.hours is None or evidence.hours < KILL_HOURS):
        return Verdict(EdgeKind.REVISION, "kill_notice")
    return None


def _spot_flash(evidence: Evidence, _: Profile) -> Verdict | None:
    """A flash is a headline sent ahead of its story: the title is all there is to compare."""
    if (
        evidence.bare
        and evidence.title.less >= FLASH_TITLE_WORDS
        and evidence.title.agrees(90)
        and not _is_later(evidence)
        and not (evidence.withdraws or evidence.words == 0)
    ):
        return Verdict(EdgeKind.EXCERPT, "flash")
    return None


def _spot_figures(evidence: Evidence, profile: Profile) -> Verdict | None:
    """Accounts published again: the same title and figures, however the words around them were changed."""
    if (
        not is_near(evidence, profile)
        and evidence.numbers.less >= MANY_NUMBERS
        and evidence.numbers.holds(85)
        and evidence.title.less
        and evidence.title.holds(80)
        and evidence.body.agrees(25)
    ):
        return Verdict(EdgeKind.REVISION, "same_figures")
    return None


def _spot_edited_cut(evidence: Evidence, profile: Profile) -> Verdict | None:
    """Cut and edited at once: under one title, most of the shorter text is the longer's, with its figures and names."""
    if (
        not is_near(evidence, profile)
        and evidence.words >= SHORT_WORDS
        and evidence.body.holds(60)
        and evidence.title.less >= FLASH_TITLE_WORDS
        and evidence.title.agrees(75)
        and evidence.numbers.holds(75)
        and evidence.names.holds(75)
    ):
        return _name_kind(evidence, "edited_cut")
    return None


def _spot_item(evidence: Evidence, profile: Profile) -> Verdict | None:
    """A digest has no more of a story than its beginning, but that word for word."""
    opening = evidence.opening
    if opening and opening.both >= ITEM_SHINGLES and opening.holds(80) and not is_near(evidence, profile):
        return Verdict(EdgeKind.PART_OF, DIGEST_ITEM)
    return None


def _leave_strangers(evidence: Evidence, profile: Profile) -> Verdict | None:
    if is_near(evidence, profile):
        return None
    return Verdict(None, "near_miss" if _is_almost_near(evidence.body) else "unlike")


def _spot_next_issue(evidence: Evidence, _: Profile) -> Verdict | None:
    """A day later, a brief or a text of the same length with other figures is the next issue of its series."""
    if not _is_later(evidence):
        return None
    if evidence.words < BRIEF_WORDS:
        return Verdict(EdgeKind.SERIES, "brief_again")
    if _is_alike_long(evidence) and not evidence.numbers.agrees(67) and not evidence.body.holds(95):
        return Verdict(EdgeKind.SERIES, "next_issue")
    return None


def _spot_subject(evidence: Evidence, _: Profile) -> Verdict | None:
    """A brief that is word for word another's but for what it is about: dividends, appointments, results of matches."""
    title = evidence.title
    corrects = evidence.notice and evidence.numbers.missing == 0
    if not evidence.swapped or corrects or evidence.words >= BRIEF_WORDS or not _is_alike_long(evidence):
        return None
    # So short a text is judged by its title alone; one word in the place of another tells there too.
    if evidence.words >= SHORT_WORDS or (title.missing == 1 and title.less == title.more):
        return Verdict(EdgeKind.SERIES, "other_subject")
    return None


def _judge_short(evidence: Evidence, _: Profile) -> Verdict | None:
    if evidence.words >= SHORT_WORDS:
        return None
    title, numbers = evidence.title, evidence.numbers
    # More than three words of five: "X Corp sets quarterly" and "Y Corp sets quarterly" share three of four.
    if (title.holds(76) and numbers.holds(60)) or (title.holds(61) and numbers.missing == 0):
        return _name_kind(evidence, "short_titled")
    if title.holds(50) and numbers.missing == 0 and evidence.body.holds(90):
        return _name_kind(evidence, "short_held")
    # One line sent ahead that the story begins with, whatever is written above it.
    goes_on = evidence.longer >= 2 * evidence.words
    says = numbers.less + evidence.names.less
    if goes_on and says >= 2 and numbers.missing + evidence.names.missing == 0 and evidence.lead.holds(95):
        return _name_kind(evidence, "first_lines")
    return Verdict(EdgeKind.SERIES, "short_template")


def _compare_numbers(evidence: Evidence, _: Profile) -> Verdict | None:
    """The same words with other figures are a series, unless a desk says that it corrects itself, and soon."""
    numbers = evidence.numbers
    if evidence.notice:
        soon = evidence.hours is None or evidence.hours < NEXT_ISSUE_HOURS
        keeps = numbers.holds(50) or (soon and not _has_form(evidence))
    else:
        keeps = numbers.holds(75 if numbers.less >= MANY_NUMBERS else 60)
    if numbers.missing >= NEW_FIGURES and evidence.words > LEAD_WORDS and _has_form(evidence):
        keeps = False
    if keeps and _is_refilled(evidence):
        return Verdict(EdgeKind.SERIES, "refilled")
    one_changed = numbers.missing <= 1 and evidence.body.holds(90)
    if keeps or one_changed or _begins_alike(evidence):
        return None
    return Verdict(EdgeKind.SERIES, "other_numbers")


def _is_refilled(evidence: Evidence) -> bool:
    """Whether two texts share a form and half of their words, and a few small figures by chance, as forecasts do."""
    numbers = evidence.numbers
    few = 0 < numbers.less < MANY_NUMBERS and numbers.missing > 0
    return few and evidence.words < FORM_WORDS and _has_form(evidence) and not evidence.body.holds(65)


def _has_form(evidence: Evidence) -> bool:
    """Whether two texts begin with the same words but for what was filled in; a copy begins with all of them, an update
    with others."""
    return evidence.lead.holds(65) and not evidence.lead.holds(95)


def _is_alike_long(evidence: Evidence) -> bool:
    return 100 * evidence.words >= 80 * evidence.longer


def _begins_alike(evidence: Evidence) -> bool:
    """Whether title and beginning are the same, figures and all, on one day: a desk has cut and added below."""
    same = evidence.title.less >= FLASH_TITLE_WORDS and evidence.title.agrees(95) and evidence.lead.agrees(95)
    return same and evidence.words > LEAD_WORDS and evidence.hours is not None and evidence.hours < NEXT_ISSUE_HOURS


def _compare_titles(evidence: Evidence, _: Profile) -> Verdict | None:
    if evidence.title.holds(50):
        return _name_kind(evidence, "same_title")
    return None


def _spot_announced(evidence: Evidence, _: Profile) -> Verdict | None:
    """A text that says it is an update or a correction may have a new title and a new beginning."""
    if evidence.notice and evidence.numbers.holds(60) and evidence.names.holds(60):
        return _name_kind(evidence, "announced")
    return None


def _spot_retitled(evidence: Evidence, _: Profile) -> Verdict | None:
    """A new title on the same text: figures and names have to be the same, and the text, or its beginning."""
    if evidence.numbers.holds(75) and evidence.names.holds(75) and evidence.body.agrees(45):
        return _name_kind(evidence, "retitled")
    if evidence.numbers.holds(75) and evidence.names.holds(80) and evidence.lead.holds(80):
        return _name_kind(evidence, "retitled_lead")
    return None


_RULES: tuple[Callable[[Evidence, Profile], Verdict | None], ...] = (
    _spot_kill,
    _spot_flash,
    _compare_fragments,
    _spot_figures,
    _spot_edited_cut,
    _spot_item,
    _leave_strangers,
    _spot_next_issue,
    _spot_subject,
    _judge_short,
    _compare_numbers,
    _compare_titles,
    _spot_announced,
    _spot_retitled,
)


def _look_for_holder(evidence: Evidence, profile: Profile) -> Verdict:
    """What is left: another title. One text that holds the other is cut from it if it begins alike, else made of it."""
    if evidence.body.holds(profile.containment_percent):
        if evidence.lead.holds(80):
            return _name_kind(evidence, "held_lead")
        return Verdict(EdgeKind.PART_OF, "held_item")
    return Verdict(EdgeKind.SERIES, "other_title")


def _is_later(evidence: Evidence) -> bool:
    return evidence.hours is not None and evidence.hours >= NEXT_ISSUE_HOURS and not evidence.notice


def _name_kind(evidence: Evidence, rule: str) -> Verdict:
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
