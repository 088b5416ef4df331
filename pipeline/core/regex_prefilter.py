r"""Derive from a regular expression what every match must contain or begin with, to skip searches that cannot match.

A pattern that may match anywhere (``.{0,300}\bphoto: ``) is tried at every character. Testing whether a text contains
"photo: " at all costs next to nothing. RE2's FilteredRE2 and PostgreSQL's pg_trgm use the same idea.

The functions are conservative: they pass over what they do not understand, so a filter never excludes a match. They do
not support the verbose flag.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

_MIN_LITERAL_CHARS = 3  # characters; a shorter literal is in almost any text
_MIN_ALTERNATIVE_CHARS = 5  # characters; several shorter ones, such as months, are in many texts
_RARE_CHARS = frozenset("()[]|")
_PLAIN_PUNCTUATION = frozenset(" '-/:")
_OPTIONAL_QUANTIFIERS = frozenset("?*{")
_CODE_POINT_ESCAPES = frozenset("xuUN")  # after a backslash: a character by its number or name
# Elements at the beginning that restrict no first letter or digit, and quantifiers that make an element optional.
_SKIPPABLE_PREFIX = re.compile(r"\\W\{0,\d\}|\\W\?|\\s\?|\\b|\\\(\?|\\\[\?| \?|\(\?!\)")
_OPTIONAL_QUANTIFIER = re.compile(r"[?*]|\{0,|\{,")


def find_required_literal(pattern: str) -> str:
    """Return the longest run of plain characters that every match of a pattern contains; empty if there is none.

    What is in groups or classes, or after a backslash, is not considered. A run has at least three characters, unless
    it contains a rare one.
    """
    runs = [""]
    depth, at = 0, 0
    while at < len(pattern):
        char = pattern[at]
        if char == "\\":
            at += 1
            if pattern[at : at + 1].isdigit() or pattern[at : at + 1] in _CODE_POINT_ESCAPES:
                return ""
            char = pattern[at : at + 1] if pattern[at : at + 1] in _RARE_CHARS else ""
        elif char == "[":
            at = _find_class_end(pattern, at)
            char = ""
        elif char in "()":
            depth += 1 if char == "(" else -1
            char = ""
        elif char == "|":
            if depth == 0:
                return ""
            char = ""
        elif char == "{":
            at = max(at, pattern.find("}", at))
        at += 1
        is_required = depth == 0 and pattern[at : at + 1] not in _OPTIONAL_QUANTIFIERS
        if (
            is_required
            and char
            and (char.isalpha() or char in _PLAIN_PUNCTUATION or char in _RARE_CHARS or not char.isascii())
        ):
            runs[-1] += char
        elif runs[-1]:
            runs.append("")
    longest = max(runs, key=len)
    if len(longest) >= _MIN_LITERAL_CHARS:
        return longest
    # A shorter run is worth searching for if it has a non-ASCII character or a bracket, which few texts contain.
    return next((run for run in runs if not run.isascii() or not _RARE_CHARS.isdisjoint(run)), "")


def find_required_literals(pattern: str) -> tuple[str, ...]:
    r"""Return runs of plain characters of which every match of a pattern contains at least one; empty if none.

    This is ``find_required_literal``, or, if that finds none, one literal per alternative of a group
    (``.{0,80}\b(?:page|story) is gone``), each at least five characters long.
    """
    if literal := find_required_literal(pattern):
        return (literal,)
    found: list[tuple[str, ...]] = []
    at = 0 if len(_split_alternatives(pattern)) == 1 else len(pattern)
    while at < len(pattern):
        char = pattern[at]
        if char == "[":
            at = _find_class_end(pattern, at)
        elif char == "(" and (end := _find_group_end(pattern, at)) is not None:
            literals = (
                tuple(map(find_required_literal, _split_alternatives(pattern[at + 3 : end])))
                if pattern.startswith("(?:", at)
                else ()
            )
            is_long = literals and min(map(len, literals)) >= _MIN_ALTERNATIVE_CHARS
            if is_long and pattern[end + 1 : end + 2] not in _OPTIONAL_QUANTIFIERS:
                found.append(literals)
            at = end
        at += 2 if char == "\\" else 1
    return max(found, key=lambda literals: min(map(len, literals)), default=())


def build_literal_prefilter(literals: Iterable[str]) -> Callable[[str], bool]:
    """Return a quick test whether a text may contain any of some literals; False means that it contains none.

    It tests words, each only once, because texts repeat the same few thousand words. Of a literal with blanks, the
    longest word is searched.
    """
    parts = tuple({max(literal.split(), key=len) for literal in literals})

    @lru_cache(maxsize=8192)
    def matches_any_part(word: str) -> bool:
        return any(map(word.__contains__, parts))

    def may_contain(text: str) -> bool:
        return any(map(matches_any_part, text.split()))

    return may_contain


def find_first_chars(pattern: str) -> frozenset[str] | None:
    """Return the letters and ASCII digits that a match may begin with; None if they cannot be determined.

    Other characters before the first letter or digit are ignored. The set contains an empty string if a match may begin
    with some other character that is required.
    """
    found, skipped = _scan_first_chars(pattern)
    return None if found is None or skipped else frozenset(found)


def _scan_first_chars(pattern: str) -> tuple[set[str] | None, bool]:
    """Return what a match may begin with, None if unknown; and whether the whole pattern is optional."""
    parts = _split_alternatives(pattern)
    if len(parts) > 1:
        return _union_alternatives([_scan_first_chars(part) for part in parts])
    found: set[str] = set()
    at = 0
    while at < len(pattern):
        if prefix := _SKIPPABLE_PREFIX.match(pattern, at):
            at = prefix.end()
            continue
        char, is_required = pattern[at], True
        if pattern.startswith("(?:", at) and (end := _find_group_end(pattern, at)) is not None:
            group, is_required = _scan_first_chars(pattern[at + 3 : end])
            if group is None:
                return None, False
            found |= group
            at, is_required = end + 1, not is_required
        elif pattern.startswith(r"\d", at):
            found.update("0123456789")
            at += 2
        elif char == "\\" and pattern[at + 1 : at + 2] in set("()[]{}.*+?/-"):
            # A required punctuation character: a match does not begin with a letter here.
            found.add("")
            at += 2
        elif char.isalnum() or char in " #\"'-–—":
            found.add(char if char.isalnum() else "")
            at += 1
        else:
            return None, False
        is_optional = _OPTIONAL_QUANTIFIER.match(pattern, at) is not None
        if is_required and not is_optional:
            return found, False
        at = _skip_quantifier(pattern, at)
    return found, True


def _union_alternatives(parts: list[tuple[set[str] | None, bool]]) -> tuple[set[str] | None, bool]:
    """Return the union of the alternatives' results, None if one is unknown; and whether any is optional."""
    sets = [found for found, _ in parts if found is not None]
    return (set().union(*sets) if len(sets) == len(parts) else None), any(skipped for _, skipped in parts)


def _skip_quantifier(pattern: str, at: int) -> int:
    """Return the index after a quantifier at ``at``, or ``at`` if there is none."""
    if pattern[at : at + 1] == "{":
        return pattern.find("}", at) + 1
    return at + (pattern[at : at + 1] in {"?", "*"})


def _find_group_end(pattern: str, start: int) -> int | None:
    """Return the index at which the group that opens at ``start`` closes; None if it does not."""
    depth, at = 0, start
    while at < len(pattern):
        char = pattern[at]
        if char == "\\":
            at += 1
        elif char == "[":
            at = _find_class_end(pattern, at)
        elif char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if depth == 0:
                return at
        at += 1
    return None


def _find_class_end(pattern: str, at: int) -> int:
    """Return the index at which the class that opens at ``at`` closes; a bracket at its start is part of it."""
    at += 1 + (pattern[at + 1 : at + 2] == "^")
    at += pattern[at : at + 1] == "]"
    while at < len(pattern) and pattern[at] != "]":
        at += 2 if pattern[at] == "\\" else 1
    return at


def _split_alternatives(pattern: str) -> list[str]:
    """Return the alternatives at the outermost level of a pattern."""
    parts, depth, at, start = [], 0, 0, 0
    while at < len(pattern):
        char = pattern[at]
        if char == "\\":
            at += 1
        elif char == "[":
            at = _find_class_end(pattern, at)
        elif char in "()":
            depth += 1 if char == "(" else -1
        elif char == "|" and depth == 0:
            parts.append(pattern[start:at])
            start = at + 1
        at += 1
    return [*parts, pattern[start:]]
