"""What a text must hold, or begin with, for a pattern to match: looked at first, it spares the search in vain.

A pattern that may match anywhere (``.{0,300}\\bphoto: ``) costs a try at every character; asking whether a text holds
"photo: " at all costs next to nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

_MIN_LITERAL_CHARS = 3  # a shorter piece is in almost any text
_MIN_ALTERNATIVE_CHARS = 5  # several shorter ones, such as months, are in many
_RARE_CHARS = frozenset("()[]|")
_PLAIN_PUNCTUATION = frozenset(" '-/:")
_OPTIONAL_QUANTIFIERS = frozenset("?*{")
_CODE_POINT_ESCAPES = frozenset("xuUN")  # a backslash and these: a character by its number or name
# What a match may begin with and be none the more for it; and what makes the piece before it one that may be left out.
_SKIPPABLE_PREFIX = re.compile(r"\\W\{0,\d\}|\\W\?|\\s\?|\\b|\\\(\?|\\\[\?| \?|\(\?!\)")
_OPTIONAL_QUANTIFIER = re.compile(r"[?*]|\{0,|\{,")


def find_required_literal(pattern: str) -> str:
    """The longest run of plain characters that every match of a regular expression holds; empty where none is sure.

    Cautious: what stands in groups or classes, or after a backslash, is passed over. For expressions without the
    verbose flag.
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
        sure = depth == 0 and pattern[at : at + 1] not in _OPTIONAL_QUANTIFIERS
        if (
            sure
            and char
            and (char.isalpha() or char in _PLAIN_PUNCTUATION or char in _RARE_CHARS or not char.isascii())
        ):
            runs[-1] += char
        elif runs[-1]:
            runs.append("")
    longest = max(runs, key=len)
    if len(longest) >= _MIN_LITERAL_CHARS:
        return longest
    # A sign, or a letter that few texts have, is worth looking for by itself.
    return next((run for run in runs if not run.isascii() or not _RARE_CHARS.isdisjoint(run)), "")


def find_required_literals(pattern: str) -> tuple[str, ...]:
    """The runs of plain characters of which every match of a regular expression holds one; empty where none is sure.

    Where ``find_required_literal`` finds none, they are those of a group's alternatives (``.{0,80}\\b(?:page|story) is gone``).
    """
    if need := find_required_literal(pattern):
        return (need,)
    found: list[tuple[str, ...]] = []
    at = 0 if len(_split_alternatives(pattern)) == 1 else len(pattern)
    while at < len(pattern):
        char = pattern[at]
        if char == "[":
            at = _find_class_end(pattern, at)
        elif char == "(" and (end := _find_group_end(pattern, at)) is not None:
            needs = (
                tuple(map(find_required_literal, _split_alternatives(pattern[at + 3 : end])))
                if pattern.startswith("(?:", at)
                else ()
            )
            long = needs and min(map(len, needs)) >= _MIN_ALTERNATIVE_CHARS
            if long and pattern[end + 1 : end + 2] not in _OPTIONAL_QUANTIFIERS:
                found.append(needs)
            at = end
        at += 2 if char == "\\" else 1
    return max(found, key=lambda needs: min(map(len, needs)), default=())


def build_literal_prefilter(literals: Iterable[str]) -> Callable[[str], bool]:
    """A quick look whether a text holds any of some pieces: where it says no, none of them is there.

    It looks at words, each of them once, since texts use the same few thousand over and over: of a piece with blanks
    the longest part must be in one of them.
    """
    parts = tuple({max(need.split(), key=len) for need in literals})

    @lru_cache(maxsize=8192)
    def matches_any_part(word: str) -> bool:
        return any(map(word.__contains__, parts))

    def may_contain(text: str) -> bool:
        return any(map(matches_any_part, text.split()))

    return may_contain


def find_first_chars(pattern: str) -> frozenset[str] | None:
    """The letters and ASCII digits that a match of a regular expression may begin with, if with any, and the empty
    string where it may begin with some sign of its own; None where that can't be told.

    What the pattern may take before, if it is neither letter nor digit, counts as left out. Cautious, as ``find_required_literal``.
    """
    found, skipped = _scan_first_chars(pattern)
    return None if found is None or skipped else frozenset(found)


def _scan_first_chars(pattern: str) -> tuple[set[str] | None, bool]:
    """What a match may begin with, None where that can't be told; and whether all of the pattern may be left out."""
    parts = _split_alternatives(pattern)
    if len(parts) > 1:
        return _union_alternatives([_scan_first_chars(part) for part in parts])
    found: set[str] = set()
    at = 0
    while at < len(pattern):
        if nothing := _SKIPPABLE_PREFIX.match(pattern, at):
            at = nothing.end()
            continue
        char, inside = pattern[at], True
        if pattern.startswith("(?:", at) and (end := _find_group_end(pattern, at)) is not None:
            group, inside = _scan_first_chars(pattern[at + 3 : end])
            if group is None:
                return None, False
            found |= group
            at, inside = end + 1, not inside
        elif pattern.startswith(r"\d", at):
            found.update("0123456789")
            at += 2
        elif char == "\\" and pattern[at + 1 : at + 2] in set("()[]{}.*+?/-"):
            # A sign that must be there: with a letter nothing begins here.
            found.add("")
            at += 2
        elif char.isalnum() or char in " #\"'-–—":
            found.add(char if char.isalnum() else "")
            at += 1
        else:
            return None, False
        left_out = _OPTIONAL_QUANTIFIER.match(pattern, at) is not None
        if inside and not left_out:
            return found, False
        at = _skip_quantifier(pattern, at)
    return found, True


def _union_alternatives(parts: list[tuple[set[str] | None, bool]]) -> tuple[set[str] | None, bool]:
    sets = [found for found, _ in parts if found is not None]
    return (set().union(*sets) if len(sets) == len(parts) else None), any(skipped for _, skipped in parts)


def _skip_quantifier(pattern: str, at: int) -> int:
    if pattern[at : at + 1] == "{":
        return pattern.find("}", at) + 1
    return at + (pattern[at : at + 1] in {"?", "*"})


def _find_group_end(pattern: str, start: int) -> int | None:
    """Where the group that opens at ``start`` closes."""
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
    """Where the class that opens at ``at`` closes; a bracket that comes first is one of the class."""
    at += 1 + (pattern[at + 1 : at + 2] == "^")
    at += pattern[at : at + 1] == "]"
    while at < len(pattern) and pattern[at] != "]":
        at += 2 if pattern[at] == "\\" else 1
    return at


def _split_alternatives(pattern: str) -> list[str]:
    """The alternatives of a pattern, at its outermost level."""
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
