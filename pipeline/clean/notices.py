"""What a desk says about its own copy: kill, correction, update and the like (``notices.toml``)."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from copydesk.pipeline.clean.cut_rules import REACH, Sieve, fill_parts, fold, read_pattern
from copydesk.pipeline.core.records import WITHDRAWAL_NOTICES, Notice

_TITLE_REACH = 120
# What stands between a mark and the headline proper.
_AFTER = re.compile(r"[\s\d.]{0,6}(?:[-\u2010-\u2015:\uff1a/|)\]]|\.\.\.)\s{0,3}")
_BEFORE = re.compile(r"[\s*(\[\"'\u201c<=>-]{0,4}")
# Marks that may stand before a notice and say nothing of the text itself.
_OTHER = re.compile(
    r"(?:(?:URGENT|EXCLUSIVE|BREAKING|FLASH|ALERT|EILMELDUNG|EIL|WRAPUP \d|RPT|URGENTE|DRINGEND)"
    r"\s?[-\u2010-\u2015:]\s?){1,3}"
)
# What stands behind a headline: "BC-Harbour, 1st Ld-Writethru".
_BEHIND = re.compile(
    r",\s?\d{1,2}(?:st|nd|rd|th|ST|ND|RD|TH)\s(?:NEW\s)?(?:Ld|LD|Lead|LEAD)(?P<whole>-(?:Writethru|WRITETHRU))?$"
)
# What sets a mark off that is not in capitals; behind a number a hyphen does.
_SET_OFF = re.compile(r"\s?[:\uff1a)\]]\s{0,3}|\s[-\u2010-\u2015]{1,2}\s|(?<=\d)-")
# Marks that nothing need set off, whatever stands behind them: no headline has them for its words.
_UNLIKE = re.compile(
    r"(?:.{0,20}\b(?:LD|LEDE|WRITE-?THR(?:U|OUGH))|(?:.{0,10}\s)?(?P<word>\w{1,10})(?:\W{1,3}(?P=word)\b)+)\W?$"
)
# Notices whose marks need no dash.
_ACTS = frozenset({Notice.KILL, Notice.WITHHOLD, Notice.WRITETHRU, Notice.LEAD})
# Those whose marks begin words of their own as well.
_COMPOUNDS = frozenset({Notice.KILL, Notice.LEAD})


@dataclass(frozen=True, slots=True)
class _Rule:
    notice: Notice
    title: re.Pattern[str]
    headed: re.Pattern[str]


@cache
def _read_data() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "notices.toml").read_text(encoding="utf-8"))


def _compile(entry: dict[str, Any], name: str, *, flags: int = 0) -> re.Pattern[str]:
    # Where nothing is given, what never matches.
    joined = "|".join(f"(?:{pattern})" for pattern in _fill(entry.get(name, ["(?!)"])))
    return re.compile(joined, flags)


def _fill(given: list[str]) -> list[str]:
    parts: dict[str, str] = _read_data()["parts"]
    return [fill_parts(pattern, parts) for pattern in given]


@cache
def _rules() -> tuple[_Rule, ...]:
    return tuple(
        _Rule(
            Notice(entry["name"]),
            _compile(entry, "title"),
            _compile(entry, "headed", flags=re.IGNORECASE),
        )
        for entry in _read_data()["notice"]
    )


@cache
def _read_sieve(place: str) -> Sieve:
    """What a note says above a text ("text") or below it ("end"); most paragraphs are none, and told so at once."""
    kinds = (
        {"patterns": _fill(entry[place]), "reason": Notice(entry["name"]), "words": REACH}
        for entry in _read_data()["notice"]
        if place in entry
    )
    return Sieve.of(read_pattern(kind) for kind in kinds)


def patterns() -> list[re.Pattern[str]]:
    """Every pattern in use, for testing their speed."""
    of_rules = [pattern for rule in _rules() for pattern in (rule.title, rule.headed)]
    sieves = [_read_sieve(place) for place in ("text", "end")]
    of_rules += [regex for sieve in sieves for kind in sieve.kinds for regex in kind.regexes]
    of_rules += [regex for sieve in sieves for regex in sieve.regexes]
    return [*of_rules, _AFTER, _BEFORE, _OTHER, _BEHIND, _SET_OFF, _UNLIKE]


def _split_headed(rule: _Rule, title: str, start: int) -> str | None:
    """The headline behind a mark in any case that is set off from it; None where there is no such mark.

    What goes on in small letters is one sentence with what stands before the colon: ``Kill: a word with a history``.
    """
    match = rule.headed.match(title, start, _TITLE_REACH)
    off = _SET_OFF.match(title, match.end()) if match else None
    if not match or not off or match.group()[0].islower():
        return None
    left = title[off.end() :].strip()
    small = left.lstrip("\"'\u2018\u201c\u201e\u00ab")[:1].islower()
    # To those whom a note is for it may say in small letters what to do.
    if small and rule.notice is Notice.ADVISORY and find_notice(title[start:]) in WITHDRAWAL_NOTICES:
        return left
    return None if small or not left else left


def _split_capitals(rule: _Rule, title: str, start: int) -> str | None:
    """The headline behind a mark in capitals; None where there is no such mark."""
    match = rule.title.match(title, start, _TITLE_REACH)
    if not match:
        return None
    end = match.end()
    word = match.group().strip(" -")
    if rule.notice in _COMPOUNDS and title.isupper() and title[start:].startswith(f"{word}-") and word.isalpha():
        # In a headline that is all capitals: "KILL-JOY MAYOR", "LEAD-FREE PAINT".
        return None
    if after := _AFTER.match(title, end):
        return title[after.end() :].strip() or title
    # The mark's own pattern may have taken the dash with it.
    if title[end - 1 : end] and title[end - 1] in "-:/(\u2013\u2014" and title[end:].strip():
        return title[end:].strip(" -:/)\u2013\u2014")
    if end >= len(title.strip()):
        return title
    mark, left = match.group().strip(), title[end:].strip()
    # A comma sets a mark in capitals off from a headline that is not: "KILL, STEAL, DESTROY" is a headline's own.
    if (mark.endswith(",") or left.startswith(",")) and not left.isupper():
        return left.lstrip(", ")
    capitals = mark[-1:].isupper()
    if rule.notice is Notice.CORRECTION and capitals and left[:1].isupper() and not left.isupper():
        return left
    # No dash: the mark counts with a number ("UPDATE 2 Bank raises") or where it stands for the whole act. A single
    # word may be the headline's own: "KILL Bill", "WITHHOLD the vote".
    if rule.notice in _ACTS and (_UNLIKE.match(mark) or (capitals and " " in mark and not left.isupper())):
        return left or title
    return left or title if mark[-1:].isdigit() else None


def split_title(title: str) -> tuple[str, str]:
    """The notice in front of a headline and the headline without its mark: ``("update", "Bank raises rates")``.

    A mark counts where it is set off by a dash, a colon or the like, or is in capitals and more than a word; a headline
    that merely begins with such a word ("Correction officers strike", "Kill Bill star returns") is left alone.
    """
    head = title[:_TITLE_REACH]
    start = _BEFORE.match(head).end()  # type: ignore[union-attr]
    other = _OTHER.match(head, start)
    start = other.end() if other else start
    for rule in _rules():
        left = _split_capitals(rule, title, start)
        if left is None:
            left = _split_headed(rule, title, start)
        if left is None:
            continue
        if rule.notice is Notice.ADVISORY and (said := find_notice(title[start:])) in WITHDRAWAL_NOTICES:
            return said, left
        return rule.notice, left
    if behind := _BEHIND.search(title, max(0, len(title) - 40)):
        return Notice.WRITETHRU if behind["whole"] else Notice.LEAD, title[: behind.start()].strip() or title
    # Without a mark before it a quotation mark opens the headline's own first word.
    return "", (title[start:].strip() if other else title) or title


def find_notice(paragraph: str) -> str:
    """The notice that a paragraph is, or empty: a desk's note before the text, not the text of a story."""
    return _read_sieve("text").find(fold(paragraph), 1)


def find_end_notice(paragraph: str) -> str:
    """The notice that a line below the text gives (``This story has been corrected to show ...``), or empty."""
    return _read_sieve("end").find(fold(paragraph), 1)
