"""Recognize desk notices: kill, correction, update and the like (``notices.toml``)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from copydesk.pipeline.clean.text_rules import (
    PATTERN_SCAN_CHARS,
    RuleMatcher,
    expand_placeholders,
    fold_paragraph,
    parse_rule,
)
from copydesk.pipeline.core.alternatives import join_patterns
from copydesk.pipeline.core.data_files import read_toml
from copydesk.pipeline.core.desk_marks import (
    CLOSING_BRACKETS,
    COLONS,
    OPENING_BRACKETS,
    URGENCY,
    DeskWords,
    find_headline,
    load_desk_words,
)
from copydesk.pipeline.core.records import WITHDRAWAL_NOTICES, Notice

_DATA_PATH = Path(__file__).with_name("notices.toml")
_TITLE_SCAN_CHARS = 120
# Between a mark and the headline proper.
_CLOSES = re.escape(CLOSING_BRACKETS + COLONS)
_MARK_END = re.compile(rf"[\s\d.]{{0,6}}(?:[\-\u2010-\u2015/|{_CLOSES}]{{1,3}}|\.\.\.)\s{{0,3}}")
_MARK_START = re.compile(rf"[\s*\"'\u201c<=>\-■◆◎●★{re.escape(OPENING_BRACKETS)}]{{0,4}}")
# Marks that may precede a notice and do not concern the text itself.
_URGENCY_MARKS = re.compile(
    r"(?:(?:URGENT|EXCLUSIVE|BREAKING|FLASH|ALERT|EILMELDUNG|EIL|WRAPUP \d|RPT|URGENTE|DRINGEND)"
    r"\s?[-\u2010-\u2015:]\s?){1,3}"
)
# What a desk adds to a mark: "UPDATE 2 (adds quotes): ".
_MARK_NOTE = re.compile(r"\s?\([^()]{1,24}\)\s?[:\-\u2010-\u2015]\s?")
_REPEAT_MARK = re.compile(r"\bRPT\b")
# A mark behind a headline: "BC-Harbour, 1st Ld-Writethru".
_TRAILING_LEAD_MARK = re.compile(
    r",\s?\d{1,2}(?:st|nd|rd|th|ST|ND|RD|TH)\s(?:NEW\s)?(?:Ld|LD|Lead|LEAD)(?P<whole>-(?:Writethru|WRITETHRU))?$"
)
# Separates a mark that is not in capitals from the headline; behind a number a hyphen does.
_MARK_SEPARATOR = re.compile(rf"\s?[{_CLOSES}]{{1,3}}\s{{0,3}}|\s[-\u2010-\u2015]{{1,2}}\s|(?<=\d)-")
# Marks that need no separator: headlines do not begin with these words.
_UNMISTAKABLE_MARK = re.compile(
    r"(?:.{0,20}\b(?:LD|LEDE|WRITE-?THR(?:U|OUGH))|(?:.{0,10}\s)?(?P<word>\w{1,10})(?:\W{1,3}(?P=word)\b)+)\W?$"
)
# Notices with marks that need no dash.
_DASHLESS_NOTICES = frozenset({Notice.KILL, Notice.WITHHOLD, Notice.WRITETHRU, Notice.LEAD})
# Notices with marks that may also begin a compound word.
_COMPOUND_NOTICES = frozenset({Notice.KILL, Notice.LEAD})


@dataclass(frozen=True, slots=True)
class _NoticeRule:
    """The headline marks of one notice."""

    notice: Notice
    """The notice."""
    capital_mark: re.Pattern[str]
    """Pattern of its marks in capitals."""
    mixed_case_mark: re.Pattern[str]
    """Pattern of its marks in any case, which must be set off from the headline."""
    capital_word: re.Pattern[str]
    """Pattern of words that count only in capitals and if they are set off; matches them in any case."""


def _compile(patterns: Iterable[str], flags: int = 0) -> re.Pattern[str]:
    """Compile patterns into one; without patterns, one that never matches."""
    return re.compile(join_patterns(patterns), flags)


def _compile_words(patterns: Iterable[str]) -> re.Pattern[str]:
    """Compile patterns of whole words, in any case; of several that match, the one that ends with the word counts."""
    return re.compile(rf"(?:{'|'.join(patterns) or '(?!)'})(?![^\W\d_])", re.IGNORECASE)


def _expand_all(patterns: list[str]) -> list[str]:
    """Return patterns with their placeholders replaced."""
    parts: dict[str, str] = read_toml(_DATA_PATH)["parts"]
    return [expand_placeholders(pattern, parts) for pattern in patterns]


@cache
def _load_rules() -> tuple[_NoticeRule, ...]:
    """Return the headline marks of all notices, in order of precedence."""
    rules = []
    for entry in read_toml(_DATA_PATH)["notice"]:
        more = load_desk_words().get(entry["name"], DeskWords((), ()))
        rules.append(
            _NoticeRule(
                Notice(entry["name"]),
                _compile(_expand_all(entry.get("title", []))),
                _compile_words([*_expand_all(entry.get("headed", [])), *more.words]),
                _compile_words(more.capitals),
            )
        )
    return tuple(rules)


@cache
def _load_urgency_words() -> re.Pattern[str]:
    """Return the pattern of words that only say how urgent the copy is, with what sets them off."""
    words = "|".join(load_desk_words()[URGENCY].words)
    return re.compile(rf"(?:(?:{words})\s?[\-\u2010-\u2015{_CLOSES}]{{1,3}}\s?){{1,3}}", re.IGNORECASE)


@cache
def _load_matcher(place: str) -> RuleMatcher:
    """Return the matcher of notes above a text (``text``) or below it (``end``)."""
    rules = (
        {"patterns": _expand_all(entry[place]), "reason": Notice(entry["name"]), "words": PATTERN_SCAN_CHARS}
        for entry in read_toml(_DATA_PATH)["notice"]
        if place in entry
    )
    return RuleMatcher.from_rules(parse_rule(rule) for rule in rules)


def patterns() -> list[re.Pattern[str]]:
    """Return every pattern in use, for timing tests."""
    regexes = [
        pattern for rule in _load_rules() for pattern in (rule.capital_mark, rule.mixed_case_mark, rule.capital_word)
    ]
    matchers = [_load_matcher(place) for place in ("text", "end")]
    regexes += [regex for matcher in matchers for rule in matcher.rules for regex in rule.regexes]
    regexes += [regex for matcher in matchers for regex in matcher.regexes]
    regexes += [
        _MARK_END,
        _MARK_START,
        _URGENCY_MARKS,
        _TRAILING_LEAD_MARK,
        _MARK_SEPARATOR,
        _UNMISTAKABLE_MARK,
        _MARK_NOTE,
    ]
    return [*regexes, _load_urgency_words()]


def _split_mixed_case_mark(rule: _NoticeRule, title: str, start: int) -> str | None:
    """Return the headline behind a mark in any case that is set off from it; None if there is no such mark.

    If the rest begins in lower case, it is one sentence with the words before the colon: ``Kill: a word with a
    history``.
    """
    match = rule.mixed_case_mark.match(title, start, _TITLE_SCAN_CHARS)
    if not match and (word := rule.capital_word.match(title, start, _TITLE_SCAN_CHARS)) and word.group().isupper():
        match = word
    separator = _MARK_SEPARATOR.match(title, match.end()) if match else None
    if match and not separator and match.group().isupper() and not title.isupper():
        separator = _MARK_END.match(title, match.end())
    if not match or not separator or match.group()[0].islower():
        return None
    rest = title[separator.end() :].strip()
    is_lower = rest.lstrip("\"'\u2018\u201c\u201e\u00ab")[:1].islower()
    # An advisory may go on in lower case with what editors have to do.
    if is_lower and rule.notice is Notice.ADVISORY and find_notice(title[start:]) in WITHDRAWAL_NOTICES:
        return rest
    return None if is_lower or not rest else rest


def _split_capital_mark(rule: _NoticeRule, title: str, start: int) -> str | None:
    """Return the headline behind a mark in capitals; None if there is no such mark."""
    match = rule.capital_mark.match(title, start, _TITLE_SCAN_CHARS)
    if not match:
        return None
    end = match.end()
    word = match.group().strip(" -")
    if rule.notice in _COMPOUND_NOTICES and title.isupper() and title[start:].startswith(f"{word}-") and word.isalpha():
        # A compound in a headline that is all in capitals: "KILL-JOY MAYOR", "LEAD-FREE PAINT".
        return None
    if after := _MARK_END.match(title, end):
        return title[after.end() :].strip() or title
    # The mark's pattern may have consumed the dash.
    if title[end - 1 : end] and title[end - 1] in "-:/(\u2013\u2014" and title[end:].strip():
        return title[end:].lstrip(" -:/)\u2013\u2014").rstrip()
    if end >= len(title.strip()):
        return title
    mark, rest = match.group().strip(), title[end:].strip()
    # A comma separates a mark in capitals from a headline in mixed case. "KILL, STEAL, DESTROY" is itself a headline.
    if (mark.endswith(",") or rest.startswith(",")) and not rest.isupper():
        return rest.lstrip(", ")
    is_capital = mark[-1:].isupper()
    if rule.notice is Notice.CORRECTION and is_capital and rest[:1].isupper() and not rest.isupper():
        return rest
    # Without a dash, the mark counts if it has a number ("UPDATE 2 Bank raises") or consists of several words. A single
    # word may be part of the headline: "KILL Bill", "WITHHOLD the vote".
    if rule.notice in _DASHLESS_NOTICES and (
        _UNMISTAKABLE_MARK.match(mark) or (is_capital and " " in mark and not rest.isupper())
    ):
        return rest or title
    return rest or title if mark[-1:].isdigit() else None


def _remove_mark(title: str, end: int) -> str:
    """Return the headline behind a mark that ends at a position; the whole title if a bracket of the mark stays open.

    A quotation mark or a bracket behind the mark belongs to the headline.
    """
    start = find_headline(title, end)
    start = note.end() if start and (note := _MARK_NOTE.match(title, start)) else start
    return title[start:].lstrip(" -\u2010\u2011\u2012\u2013\u2014\u2015").rstrip() or title


def split_notice(title: str) -> tuple[str, str]:
    """Split the notice off a headline: ``UPDATE 1-Bank raises rates`` gives ``("update", "Bank raises rates")``.

    A mark counts if a dash, a colon or the like separates it, or if it is in capitals and more than one word. A
    headline that merely begins with such a word ("Correction officers strike", "Kill Bill star returns") is returned
    unchanged, with an empty notice.
    """
    head = title[:_TITLE_SCAN_CHARS]
    start = _MARK_START.match(head).end()  # type: ignore[union-attr]
    urgency = _URGENCY_MARKS.match(head, start) or _load_urgency_words().match(head, start)
    start = _MARK_START.match(head, urgency.end()).end() if urgency else start  # type: ignore[union-attr]
    for rule in _load_rules():
        rest = _split_capital_mark(rule, title, start)
        if rest is None:
            rest = _split_mixed_case_mark(rule, title, start)
        if rest is None:
            continue
        rest = _remove_mark(title, title.rfind(rest))
        if rule.notice is Notice.ADVISORY and (withdrawal := find_notice(title[start:])) in WITHDRAWAL_NOTICES:
            return withdrawal, rest
        return rule.notice, rest
    if trailing := _TRAILING_LEAD_MARK.search(title, max(0, len(title) - 40)):
        return Notice.WRITETHRU if trailing["whole"] else Notice.LEAD, title[: trailing.start()].strip() or title
    if not urgency:
        return "", title
    rest = _remove_mark(title, urgency.end())
    return (Notice.REFILE if _REPEAT_MARK.search(urgency.group()) else ""), rest


def find_notice(paragraph: str) -> str:
    """Return the notice of a desk's note above the text; empty if the paragraph is not one."""
    return _load_matcher("text").find_reason(fold_paragraph(paragraph), 1)


def find_end_notice(paragraph: str) -> str:
    """Return the notice of a line below the text (``This story has been corrected to show ...``); empty if none."""
    return _load_matcher("end").find_reason(fold_paragraph(paragraph), 1)
