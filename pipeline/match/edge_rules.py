"""The edge rules: how two documents are related, decided by their evidence and the profile alone.

``RULES`` is an ordered decision list, read from top to bottom: the first rule that applies decides, and its name is
stored with the edge. All rules are pure, symmetric and in integers. A predicate may therefore assume that no rule above
it applies; its module groups the rules of a family and has their thresholds.

What distinguishes copies from unrelated articles on a wire is not how much text they share but what differs. Copies are
cut, extended and retitled, but keep their numbers and names; the issues of a series keep the words and change the
numbers.

Rules and thresholds are version 10 (``Profile.edge_rule``): chosen on one half of a year's wire copy, checked on the
other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from copydesk.pipeline.core.dedup_records import EdgeKind
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.match import announcements, copies, coverage, series
from copydesk.pipeline.match.copies import choose_copy_kind
from copydesk.pipeline.match.evidence import PairEvidence


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the decision list."""

    name: str
    """Stored with the edge; several rows may share a name."""

    applies: Callable[[PairEvidence, Profile], bool]
    """Returns whether the rule decides a pair that no rule above it decides."""

    kind: EdgeKind | Callable[[PairEvidence], EdgeKind] | None
    """The kind of edge, or a function that returns it; None for a pair that is not related."""

    reason: str
    """Why such a pair is of that kind, in one sentence."""


class Verdict(NamedTuple):
    """The result of the rules for one pair."""

    kind: EdgeKind | None
    """None for a pair that is not related."""

    rule: str
    """Name of the rule that decided."""


NEAR_MISS = "near_miss"
"""Name of the rules without a kind that are stored all the same: they show how close a pair was."""

DIGEST_ITEM = "digest_item"
"""Name of the rule by which a digest contains a story, whatever the length of the two."""

KILL_NOTICE = "kill_notice"
FLASH = "flash"
TITLE_REFERENCE_RULES = frozenset({KILL_NOTICE, FLASH})
"""Names of the rules by which one document refers to the other by its title, whatever their texts."""


def _always(_evidence: PairEvidence, _profile: Profile) -> bool:
    return True


# fmt: off
RULES: tuple[Rule, ...] = (
    # One document has no text of its own and refers to the other by its title.
    Rule(KILL_NOTICE, announcements.withdraws_story, EdgeKind.REVISION,
         "A kill repeats the title of the story that it withdraws, within a day."),
    Rule(NEAR_MISS, announcements.withdraws_other_story, None,
         "A kill with that title, but from another time or place, withdraws another story."),
    Rule(FLASH, announcements.announces_story, EdgeKind.EXCERPT,
         "A flash is the headline of a story, sent ahead of it."),
    Rule(NEAR_MISS, announcements.announces_other_story, None,
         "A flash with that title, but from another time or place, announces another story."),

    # One document is a digest and the other is not: they are never one story.
    Rule(DIGEST_ITEM, coverage.is_digest_with_item, EdgeKind.PART_OF,
         "A digest contains the opening of each of its stories, or the whole of it."),
    Rule(NEAR_MISS, coverage.is_digest_near_miss, None,
         "A digest shares text with a story, but too little to have it as an item."),
    Rule("unrelated", coverage.is_digest_and_story, None,
         "A digest that does not have a story as an item is not related to it."),

    # Neither text has a single shingle.
    Rule("fragments_differ", coverage.are_different_fragments, None,
         "Texts of a few words are the same word for word, or not related."),
    Rule("repeated_brief", coverage.is_repeated_fragment, EdgeKind.SERIES,
         "The same few words a day later are the next issue."),
    Rule("same_fragment", coverage.is_same_fragment, EdgeKind.DUPLICATE,
         "The same few words on the same day are a copy."),

    # The texts share less than the profile asks.
    Rule("same_figures", copies.has_same_figures, EdgeKind.REVISION,
         "Accounts that are published again keep title and numbers, not the words around them."),
    Rule("edited_cut", copies.is_edited_cut, choose_copy_kind,
         "A copy that was cut and edited at once keeps title, numbers and names."),
    Rule(NEAR_MISS, coverage.is_near_miss, None,
         "The texts are within a tenth of the profile's thresholds; the edge is stored as evidence."),
    Rule("unrelated", coverage.is_dissimilar, None,
         "The texts have too little in common."),

    # Similar texts that are issues of a series.
    Rule("repeated_brief", series.is_repeated_brief, EdgeKind.SERIES,
         "A brief that comes again a day later is the next issue, whatever its numbers."),
    Rule("next_issue", series.is_next_issue, EdgeKind.SERIES,
         "A text of the same length with other numbers a day later is the next issue."),
    Rule("other_subject", series.has_other_subject, EdgeKind.SERIES,
         "A form filled in for another subject is another story: dividends, appointments, results."),
    Rule("other_subject", series.fills_in_another_word, EdgeKind.SERIES,
         "A form under its constant title is another story if its subject in the text is another one: forecasts."),
    Rule("other_subject", series.corrects_other_subject, EdgeKind.SERIES,
         "A form about another subject is another story, also if it is corrected."),

    # Short texts: every pair with one is decided here.
    Rule("short_titled", copies.is_short_with_same_title, choose_copy_kind,
         "A short text says too little alone: a copy agrees in title and numbers as well."),
    Rule("first_lines", copies.has_same_first_lines, choose_copy_kind,
         "A line that was sent ahead is the beginning of its story, whatever the title."),
    Rule("short_template", series.is_short_template, EdgeKind.SERIES,
         "Other short texts that share their words share a template."),

    # Longer texts: the same words with other numbers.
    Rule("refilled_template", series.is_refilled_template, EdgeKind.SERIES,
         "Short texts of one template agree in a few small numbers by chance, as forecasts do."),
    Rule("other_numbers", series.has_other_numbers, EdgeKind.SERIES,
         "The same words with other numbers are a series, unless a desk says that it corrects itself."),

    # Longer texts with the same numbers.
    Rule("same_title", copies.has_same_title, choose_copy_kind,
         "A copy keeps its title."),
    Rule("announced", copies.is_announced_revision, choose_copy_kind,
         "An announced update or correction may have a new title and a new lead."),
    Rule("retitled", copies.is_retitled, choose_copy_kind,
         "The same text or the same lead under a new title is a copy."),
    Rule("contained_copy", copies.is_contained_copy, choose_copy_kind,
         "A text that another one contains was cut from it, or has comment around it."),
    Rule("contained_item", copies.is_contained, EdgeKind.PART_OF,
         "A text in a much longer one that goes on about other names is one of several that it was compiled from."),
    Rule("other_title", _always, EdgeKind.SERIES,
         "Similar words under another title, with other names, are the same form."),
)
# fmt: on


def classify_pair(evidence: PairEvidence, profile: Profile) -> Verdict:
    """Return the verdict of the first rule that applies; the same for (a, b) and (b, a)."""
    for rule in RULES:
        if rule.applies(evidence, profile):
            return Verdict(rule.kind(evidence) if callable(rule.kind) else rule.kind, rule.name)
    raise AssertionError("the last rule always applies")
