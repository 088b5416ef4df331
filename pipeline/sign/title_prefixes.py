"""Title prefixes: what a desk writes before a title about its own copy, such as "CORRECTED -", "UPDATE 2-", "EIL:"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from copydesk.pipeline.core.data_files import read_toml
from copydesk.pipeline.core.desk_marks import (
    CLOSING_BRACKETS,
    COLONS,
    OPENING_BRACKETS,
    URGENCY,
    find_headline,
    load_desk_words,
)
from copydesk.pipeline.core.records import WITHDRAWAL_NOTICES

# A prefix ends at a dash, a colon or a bracket: "Update on ..." and "Lead prices ..." are titles.
_OPENS = re.escape(OPENING_BRACKETS) + r"*\s■◆●◎★"
_ENDS = re.escape(CLOSING_BRACKETS) + r"*\s"
_SETS_OFF = re.escape(CLOSING_BRACKETS + COLONS) + r"\-–—/"
_MARK = rf"[{_OPENS}]{{0,8}}(?P<mark>%s)(?:\s?\([^()]{{1,24}}\))?(?P<end>[{_ENDS}]{{0,8}}[{_SETS_OFF}]{{1,8}}\s*)"
# Most titles have none of these near their beginning and need no further check.
_MARK_END = re.compile(rf"[^{_SETS_OFF}]{{0,48}}[{_SETS_OFF}]")
# What a site or a desk sets in brackets before a title: "[Photos]", "【速报】". The title continues behind it. Angle
# brackets are not among them: wires set companies in them, "<ESTERMOOR FERRIES> CUTS FARES".
_LABEL_OPENS, _LABEL_CLOSES = (
    re.escape(brackets.translate(str.maketrans("", "", "<>‹›"))) for brackets in (OPENING_BRACKETS, CLOSING_BRACKETS)
)
_LABEL = re.compile(
    rf"\s{{0,4}}[{_LABEL_OPENS}][^{_LABEL_OPENS}{_LABEL_CLOSES}]{{1,16}}[{_LABEL_CLOSES}]\s{{0,4}}(?=\S)"
)
# A word before a colon that may be a mark in a language that is not known: in capitals, or of a script without them.
_UNKNOWN_MARK = re.compile(rf"\s{{0,4}}(?P<mark>[^\s{re.escape(COLONS)}]{{1,12}})\s?[{COLONS}]\s{{0,4}}(?=\S)")

MAX_MARKS = 4
"""Prefixes that are removed from one title; a desk does not write more."""


@dataclass(frozen=True, slots=True)
class _MarkRule:
    """One entry of ``notices.toml``."""

    notice: str
    """One of ``Notice``; empty for a prefix that only says how urgent the copy is."""

    pattern: re.Pattern[str]
    """Matches the prefix (group ``mark``) and its end (group ``end``)."""

    capitals: bool
    """The prefix counts only if it is written in capitals."""

    keeps_hyphenated_word: bool
    """In a title that is all capitals, a hyphen after the prefix makes it a part of the next word."""

    needs_new_sentence: bool
    """A small letter after the prefix makes it a part of the title's own sentence."""

    def match(self, title: str) -> int:
        """Return the index at which the title continues after this prefix; 0 if it does not begin with it."""
        match = self.pattern.match(title)
        if not match or match.end() == len(title):
            return 0
        mark, joined = match["mark"], match["end"] == "-"
        if self.capitals and not mark.isupper():
            return 0
        if self.needs_new_sentence and not mark.isupper() and title[match.end()].islower():
            return 0
        # "UPDATE 2-Ferry" and "FLASH-Ferry" begin with prefixes, "Update-Pflicht" and "FLASH-FLOOD KILLS" with words.
        if (
            joined
            and not mark[-1].isdigit()
            and (not mark.isupper() or (self.keeps_hyphenated_word and title.isupper()))
        ):
            return 0
        return find_headline(title, match.end())


@cache
def _load_rules() -> tuple[_MarkRule, ...]:
    """Load the rules of ``notices.toml``, in order."""
    entries = list(read_toml(Path(__file__).with_name("notices.toml"))["notice"])
    for name, (capitals, words) in load_desk_words().items():
        notice = "" if name == URGENCY else name
        entries += [{"notice": notice, "patterns": capitals, "capitals": True}] if capitals else []
        entries += [{"notice": notice, "patterns": words}]
    return tuple(
        _MarkRule(
            entry["notice"],
            re.compile(_MARK % "|".join(entry["patterns"]), re.IGNORECASE),
            entry.get("capitals", False),
            entry.get("apart", False),
            entry.get("whole", False),
        )
        for entry in entries
    )


@cache
def _load_any_mark() -> re.Pattern[str]:
    """Return a pattern that matches whatever a rule matches, to exclude most titles at once."""
    patterns = "|".join(rule.pattern.pattern for rule in _load_rules())
    return re.compile(patterns.replace("(?P<mark>", "(?:").replace("(?P<end>", "(?:"), re.IGNORECASE)


def split_desk_marks(title: str, stated_notice: str = "") -> tuple[str, str]:
    """Split a title into its notice and the rest.

    If a title has several prefixes, the first one with a notice counts, but a kill always does. Prefixes that only say
    how urgent the copy is ("EIL:", "FLASH -") are removed as well, and so is a short label in brackets.

    Args:
        title: as printed.
        stated_notice: the notice that is known of the document. A kill refers to its story by the title, so a word
            before a colon is removed from it even if it is not a known prefix.

    Returns:
        The notice (one of ``Notice``, or empty), and the title without its prefixes.
    """
    notice = ""
    rest = title
    for _ in range(MAX_MARKS):
        if not _MARK_END.match(rest):
            break
        rules = _load_rules() if _load_any_mark().match(rest) else ()
        for rule in rules:
            if end := rule.match(rest):
                if not notice or rule.notice in WITHDRAWAL_NOTICES:
                    notice = rule.notice
                rest = rest[end:]
                break
        else:
            label = _LABEL.match(rest)
            if not label:
                break
            rest = rest[label.end() :]
    if stated_notice in WITHDRAWAL_NOTICES and rest == title and (unknown := _UNKNOWN_MARK.match(title)):
        mark = unknown["mark"]
        rest = rest if mark != mark.upper() else rest[unknown.end() :]
    return notice, rest
