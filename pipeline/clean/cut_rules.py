"""The cleaning rules as data (``rules.toml``), read once, with their version.

Every pattern looks at a bounded piece of a paragraph, so that no text, however long or odd, can make one slow.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from copydesk.pipeline.core.regex_prefilter import find_first_chars, find_required_literal, find_required_literals
from copydesk.pipeline.core.text import count_words

# Characters of a paragraph that a pattern is shown.
REACH = 400
_DIGITS = frozenset("0123456789")
_LETTER = re.compile(r"\w")
_WORDS = re.compile(r"\w{2,20}")
# Characters of the longest paragraph that anything is cut from inside.
INSIDE = 100_000
# Words at which a band of lengths ends: of a band only the kinds are asked that may be longer than the one before it.
BANDS = (16, 45)
_QUOTES = (
    ("\u2018", "'"),
    ("\u2019", "'"),
    ("\u201b", "'"),
    ("\u201c", '"'),
    ("\u201d", '"'),
    ("\u201e", '"'),
    ("\u00a0", " "),
    ("\u0130", "i"),
)


def fold(text: str) -> str:
    """What patterns see of a paragraph: its first ``REACH`` characters, case-folded, with straight quotes."""
    text = text[:REACH]
    if not text.isascii():
        for mark, plain in _QUOTES:
            text = text.replace(mark, plain)
    return text.casefold()


@dataclass(frozen=True, slots=True)
class Pattern:
    """Regular expressions that are only ever shown the first ``REACH`` characters of a paragraph.

    ``nears`` those that match at its start, ``near`` all of them in one; ``far`` those that may match anywhere, each
    with what it needs (once with each, where one of several will do); ``spares`` the sentences that they leave alone:
    "statements", "inner" ones, "reports", or none. They are compiled when first used: most pages need few of them.
    """

    nears: tuple[str, ...]
    near: str
    far: tuple[tuple[str, str], ...]
    reason: str
    words: int
    where: str = "any"
    spares: str = ""

    @property
    def regexes(self) -> list[re.Pattern[str]]:
        """All of them, compiled."""
        return [compile_once(pattern) for pattern in (self.near, *(pattern for _, pattern in self.far))]

    def matches(self, paragraph: str) -> bool:
        """Whether the paragraph begins like one of this kind and is no longer than such are."""
        return self.sees(fold(paragraph), count_words(paragraph[: REACH * 8]))

    def sees(self, folded: str, words: int) -> bool:
        """As ``matches``, for a paragraph already folded and counted."""
        return words <= self.words and (compile_once(self.near).match(folded) is not None or self.sees_far(folded))

    def sees_far(self, folded: str) -> bool:
        """Whether one of the patterns that may match anywhere does."""
        return any(need in folded and compile_once(pattern).match(folded) for need, pattern in self.far)


@dataclass(frozen=True, slots=True, eq=False)
class Sieve:
    """Kinds of lines, asked all at once: most paragraphs are of none.

    A paragraph is shown to one expression, joined of those patterns that may begin with its first letter and are of its
    length: trying kind after kind took many times as long, and joining all for every length as long to compile as
    a hundred pages to clean.
    """

    kinds: tuple[Pattern, ...]
    far: tuple[Pattern, ...]
    most: int
    openings: tuple[tuple[str, int, frozenset[str] | None], ...]
    needs: tuple[str, ...]

    @classmethod
    def of(cls, kinds: Iterable[Pattern]) -> Sieve:
        kinds = tuple(kinds)
        openings = [(near, kind.words, find_first_chars(near)) for kind in kinds for near in kind.nears]
        needs = dict.fromkeys(need for kind in kinds for need, _ in kind.far)
        far = tuple(kind for kind in kinds if kind.far)
        return cls(kinds, far, max(kind.words for kind in kinds), tuple(openings), tuple(needs))

    def find(self, folded: str, words: int, spared: Collection[str] = ()) -> str:
        """The reason of the first kind that a paragraph is of, or empty; kinds whose ``spares`` is ``spared`` are not
        asked.
        """
        if words > self.most or not folded:
            return ""
        band = bisect_left(BANDS, words)
        first = _LETTER.search(folded)
        letter = first.group() if first else ""
        # Digits of other scripts are digits to a pattern too: where one is the first, any pattern may match.
        known = letter.isalpha() or letter in _DIGITS
        signed = first is None or first.start() > 0
        if _join_for(self, letter if known else "", BANDS[band - 1] if band else 0, signed).match(folded):
            seen = (kind for kind in self.kinds if kind.sees(folded, words))
        elif any(map(folded.__contains__, self.needs)):
            seen = (kind for kind in self.far if words <= kind.words and kind.sees_far(folded))
        else:
            return ""
        return next((kind.reason for kind in seen if kind.spares not in spared), "")

    @property
    def regexes(self) -> list[re.Pattern[str]]:
        """What it asks first, for each length; those for single letters hold a part of the same patterns. Compiled."""
        return [_join_for(self, "", shortest, signed=True) for shortest in (0, *BANDS)]

    def pick(self, letter: str, shortest: int, signed: bool) -> list[str]:
        """The patterns that a paragraph of more than ``shortest`` words may match whose first letter is this one,
        ``signed`` where signs stand before it; all of them where the letter is empty.
        """
        begins = {letter, ""} if signed else {letter}
        return [
            near
            for near, words, openings in self.openings
            if words > shortest and (not letter or openings is None or not begins.isdisjoint(openings))
        ]


@lru_cache(maxsize=2000)  # more letters than any alphabet has; of Han ones those that begin no pattern share one
def _join_for(sieve: Sieve, letter: str, shortest: int, signed: bool) -> re.Pattern[str]:
    return compile_once(_join(sieve.pick(letter, shortest, signed)))


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules of one version; ``lines``, ``tails`` and ``insides`` as in the file, ``places`` the lines that hold
    at the head, in the middle and at the tail of a text, those that hold anywhere first; ``told`` the words for saying
    something.
    """

    version: str
    lines: tuple[Pattern, ...]
    places: Mapping[str, Sieve]
    tails: Sieve
    insides: tuple[tuple[re.Pattern[str], str], ...]
    needs: tuple[str, ...]
    told: frozenset[str]

    def find_line(self, folded: str, words: int, place: str, spared: Collection[str] = ()) -> str:
        """The reason why a whole paragraph is cut, or empty; ``place`` is head, middle or tail, ``spared`` what the
        paragraph is that some rules leave alone: of "statements", "inner" and "reports".
        """
        return self.places[place].find(folded, words, spared)

    def may_hold_insides(self, text: str) -> bool:
        """Whether some patterns may match inside any paragraph of a text; a quick look."""
        return any(map(text.casefold().__contains__, self.needs))

    def pick_insides(self, text: str) -> list[tuple[re.Pattern[str], str]]:
        """The patterns that may match inside a paragraph: those that find in it what they need; none where it is longer
        than ``INSIDE``.
        """
        if len(text) > INSIDE:
            return []
        folded = text.casefold()
        return [inside for need, inside in zip(self.needs, self.insides, strict=True) if need in folded]

    def is_told(self, folded: str) -> bool:
        """Whether a paragraph tells that somebody says something."""
        return not self.told.isdisjoint(_WORDS.findall(folded))

    def find_tail(self, folded: str, words: int) -> str:
        """The reason why a paragraph and all after it are cut, or empty."""
        return self.tails.find(folded, words)


def _join(patterns: Iterable[str]) -> str:
    """Patterns as one; where there is none, what never matches."""
    return "|".join(f"(?:{pattern})" for pattern in patterns) or "(?!)"


@cache
def compile_once(pattern: str) -> re.Pattern[str]:
    """Compile, and remember: ``re`` itself forgets after some hundreds."""
    return re.compile(pattern)


def fill_parts(pattern: str, parts: Mapping[str, str]) -> str:
    """A pattern with the names in angle brackets (``<PLACE>``) replaced by the parts, nested ones too."""
    for _ in range(4):
        if "<" not in pattern:
            break
        pattern = re.sub(r"<([A-Z]+)>", lambda match: parts[match[1]], pattern)
    return pattern


def compile_parts(entry: Mapping[str, str], parts: Mapping[str, str]) -> re.Pattern[str]:
    """Compile an entry's ``pattern`` with the parts filled in; ``case = "ignore"`` in the entry: capitals do not
    matter.
    """
    pattern = fill_parts(entry["pattern"], parts)
    return re.compile(pattern, re.IGNORECASE if entry.get("case") == "ignore" else 0)


def _read_patterns(entries: list[dict[str, Any]], parts: Mapping[str, str]) -> tuple[Pattern, ...]:
    return tuple(
        read_pattern({**entry, "patterns": [fill_parts(pattern, parts) for pattern in entry["patterns"]]})
        for entry in entries
    )


def read_pattern(entry: Mapping[str, Any]) -> Pattern:
    """One entry of a file of rules: its patterns, reason, words and, where it has them, the other fields."""
    far = {
        pattern: needs
        for pattern in entry["patterns"]
        if find_first_chars(pattern) is None and (needs := find_required_literals(pattern))
    }
    near = [pattern for pattern in entry["patterns"] if pattern not in far]
    return Pattern(
        tuple(near),
        _join(near),
        tuple((need, pattern) for pattern, needs in far.items() for need in needs),
        entry["reason"],
        int(entry["words"]),
        entry.get("where", "any"),
        entry.get("spares", ""),
    )


@cache
def load_rules() -> Rules:
    """The rules in use."""
    data = tomllib.loads((Path(__file__).parent / "rules.toml").read_text(encoding="utf-8"))
    lines = _read_patterns(data["line"], data["parts"])
    return Rules(
        version=data["version"],
        lines=lines,
        places={
            place: Sieve.of(
                sorted((one for one in lines if one.where in {"any", place}), key=lambda one: one.where != "any")
            )
            for place in ("head", "middle", "tail")
        },
        tails=Sieve.of(_read_patterns(data["tail"], data["parts"])),
        insides=tuple(
            (re.compile(pattern, re.IGNORECASE), entry["reason"])
            for entry in data["inside"]
            for pattern in entry["patterns"]
        ),
        needs=tuple(
            find_required_literal(pattern).casefold() for entry in data["inside"] for pattern in entry["patterns"]
        ),
        told=frozenset(data["told"]["words"]),
    )


def patterns() -> list[re.Pattern[str]]:
    """Every pattern in use, for testing their speed."""
    rules = load_rules()
    found = [_WORDS, *(regex for kind in (*rules.lines, *rules.tails.kinds) for regex in kind.regexes)]
    found += [regex for sieve in (rules.tails, *rules.places.values()) for regex in sieve.regexes]
    return [*found, *(regex for regex, _ in rules.insides)]


@cache
def compile_boilerplate(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    """A source's own patterns of whole paragraphs, whatever their case."""
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)
