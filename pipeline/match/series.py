"""Series: the next issue, another subject's, another day's. They share a form and are stories of their own."""

from __future__ import annotations

from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import EdgeKind
from copydesk.pipeline.match.evidence import BRIEF_WORDS, Evidence
from copydesk.pipeline.match.verdict import (
    LEAD_WORDS,
    MANY_NUMBERS,
    NEXT_ISSUE_HOURS,
    SHORT_WORDS,
    TITLE_WORDS,
    Verdict,
    is_alike_long,
    is_later,
    name_kind,
)

FORM_WORDS = 100
"""A longer text that has half of another's words is not only of the same form."""

MANY_NAMES = 4
"""So many of the same names in a line or two are no chance."""

NEW_FIGURES = 3
"""So many figures changed in a beginning of the same form are the next issue's, however many stand below unchanged."""


def spot_next_issue(evidence: Evidence, _: Profile) -> Verdict | None:
    """A day later, a brief or a text of the same length with other figures is the next issue of its series."""
    if not is_later(evidence):
        return None
    if evidence.words < BRIEF_WORDS:
        return Verdict(EdgeKind.SERIES, "brief_again")
    if is_alike_long(evidence) and not evidence.numbers.agrees(67) and not evidence.body.holds(95):
        return Verdict(EdgeKind.SERIES, "next_issue")
    return None


def spot_subject(evidence: Evidence, _: Profile) -> Verdict | None:
    """A brief that is word for word another's but for what it is about: dividends, appointments, results of matches."""
    corrects = evidence.notice and evidence.numbers.missing == 0
    if not evidence.swapped or corrects or not is_alike_long(evidence):
        return None
    if evidence.words >= BRIEF_WORDS and evidence.numbers.missing == 0:
        return None  # a text of some lines with all of its figures is a copy, whatever its title
    title, names = evidence.title, evidence.names
    replaced = title.missing == 1 and title.less == title.more
    if evidence.words < SHORT_WORDS and not replaced and names.less >= MANY_NAMES and names.holds(75):
        return None  # a line or two full of the same names: the title was written anew, and a slip mended
    return Verdict(EdgeKind.SERIES, "other_subject")


def judge_short(evidence: Evidence, _: Profile) -> Verdict | None:
    if evidence.words >= SHORT_WORDS:
        return None
    title, numbers = evidence.title, evidence.numbers
    if evidence.elsewhere and title.missing and numbers.missing:
        return Verdict(EdgeKind.SERIES, "elsewhere")  # the same lines from another place, with other figures
    # More than three words of five: "X Corp sets quarterly" and "Y Corp sets quarterly" share three of four.
    if (title.holds(76) and numbers.holds(60)) or (title.holds(61) and numbers.missing == 0):
        return name_kind(evidence, "short_titled")
    if title.holds(50) and numbers.missing == 0 and evidence.body.holds(90):
        return name_kind(evidence, "short_held")
    # One line sent ahead that the story begins with, whatever is written above it.
    goes_on = evidence.longer >= 2 * evidence.words
    says = numbers.less + evidence.names.less
    if goes_on and says >= 2 and numbers.missing + evidence.names.missing == 0 and evidence.lead.holds(95):
        return name_kind(evidence, "first_lines")
    return Verdict(EdgeKind.SERIES, "short_template")


def compare_numbers(evidence: Evidence, _: Profile) -> Verdict | None:
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


def _begins_alike(evidence: Evidence) -> bool:
    """Whether title and beginning are the same, figures and all, on one day: a desk has cut and added below."""
    same = evidence.title.less >= TITLE_WORDS and evidence.title.agrees(95) and evidence.lead.agrees(95)
    return same and evidence.words > LEAD_WORDS and evidence.hours is not None and evidence.hours < NEXT_ISSUE_HOURS
