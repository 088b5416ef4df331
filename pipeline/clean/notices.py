"""What a desk says about its own copy: kill, correction, update and the like (``notices.toml``)."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.clean.rules import REACH, Sieve, fold, read_pattern
from pipeline.records import Notice

_TITLE_REACH = 120
# What stands between a mark and the headline proper.
_AFTER = re.compile(r"[\s\d.]{0,6}(?:[-\u2010-\u2015:\uff1a/|)\]]|\.\.\.)\s{0,3}")
_BEFORE = re.compile(r"[\s*(\[\"'\u201c<=>-]{0,4}")
# Marks that may stand before a notice and say nothing of the text itself.
_OTHER = re.compile(
    r"(?:URGENT|EXCLUSIVE|BREAKING|FLASH|ALERT|EILMELDUNG|EIL|WRAPUP \d|RPT|URGENTE|DRINGEND)\s?[-\u2010-\u2015:]\s?"
)
# What stands behind a headline: "BC-Harbour, 1st Ld-Writethru".
_BEHIND = re.compile(r",\s\d{1,2}(?:st|nd|rd|th)\s(?:NEW\s)?(?:Ld|LD|Lead|LEAD)(?P<whole>-(?:Writethru|WRITETHRU))?$")


@dataclass(frozen=True, slots=True)
class _Rule:
    notice: Notice
    title: re.Pattern[str]
    end: re.Pattern[str]


@cache
def _read_data() -> list[dict[str, Any]]:
    data = tomllib.loads((Path(__file__).parent / "notices.toml").read_text(encoding="utf-8"))
    entries: list[dict[str, Any]] = data["notice"]
    return entries


@cache
def _rules() -> tuple[_Rule, ...]:
    return tuple(
        _Rule(
            Notice(entry["name"]),
            re.compile("|".join(f"(?:{pattern})" for pattern in entry["title"])),
            # Where nothing stands below the text, what never matches.
            re.compile("|".join(f"(?:{pattern})" for pattern in entry.get("end", ["(?!)"]))),
        )
        for entry in _read_data()
    )


@cache
def _texts() -> Sieve:
    """What a note's text says; most paragraphs are none, and told so at once."""
    kinds = ({"patterns": entry["text"], "reason": Notice(entry["name"]), "words": REACH} for entry in _read_data())
    return Sieve.of(read_pattern(kind) for kind in kinds)


def patterns() -> list[re.Pattern[str]]:
    """Every pattern in use, for testing their speed."""
    of_rules = [pattern for rule in _rules() for pattern in (rule.title, rule.end)]
    of_rules += [regex for kind in _texts().kinds for regex in kind.regexes]
    return [*of_rules, *_texts().regexes, _AFTER, _BEFORE, _OTHER, _BEHIND]


def split_title(title: str) -> tuple[str, str]:
    """The notice in front of a headline and the headline without its mark: ``("update", "Bank raises rates")``.

    A mark counts where it is written in capitals and set off by a dash, a colon or the like; a headline that merely
    begins with such a word ("Correction officers strike") is left alone.
    """
    head = title[:_TITLE_REACH]
    start = _BEFORE.match(head).end()  # type: ignore[union-attr]
    other = _OTHER.match(head, start)
    start = other.end() if other else start
    for rule in _rules():
        match = rule.title.match(head, start)
        if not match:
            continue
        end = match.end()
        if after := _AFTER.match(title, end):
            return rule.notice, title[after.end() :].strip() or title
        # The mark's own pattern may have taken the dash with it.
        if title[end - 1 : end] and title[end - 1] in "-:/(\u2013\u2014" and title[end:].strip():
            return rule.notice, title[end:].strip(" -:/)\u2013\u2014")
        if end >= len(title.strip()):
            return rule.notice, title
        capitals = match.group().strip()[-1:].isupper()
        left = title[end:].strip()
        if rule.notice is Notice.CORRECTION and capitals and left[:1].isupper() and not left.isupper():
            return rule.notice, left
        # No dash: the mark counts with a number ("UPDATE 2 Bank raises") or where it stands for the whole act.
        if capitals and rule.notice in {Notice.KILL, Notice.WITHHOLD, Notice.WRITETHRU, Notice.LEAD}:
            return rule.notice, title[end:].strip() or title
        if match.group().strip()[-1:].isdigit():
            return rule.notice, title[end:].strip() or title
    if behind := _BEHIND.search(title, max(0, len(title) - 40)):
        return Notice.WRITETHRU if behind["whole"] else Notice.LEAD, title[: behind.start()].strip() or title
    # Without a mark before it a quotation mark opens the headline's own first word.
    return "", (title[start:].strip() if other else title) or title


def find_notice(paragraph: str) -> str:
    """The notice that a paragraph is, or empty: a desk's note before the text, not the text of a story."""
    return _texts().find(fold(paragraph), 1)


def find_end_notice(paragraph: str) -> str:
    """The notice that a line below the text gives (``This story has been corrected to show ...``), or empty."""
    folded = fold(paragraph)
    return next((rule.notice for rule in _rules() if rule.end.match(folded)), "")
