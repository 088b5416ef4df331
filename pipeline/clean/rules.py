"""The cleaning rules as data (``rules.toml``), read once, with their version.

Every pattern looks at a bounded piece of a paragraph, so that no text, however long or odd, can make one slow.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.text import count_words

# Characters of a paragraph that a pattern is shown.
REACH = 400
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
    """A regular expression that is only ever shown the first ``REACH`` characters of a paragraph."""

    regex: re.Pattern[str]
    reason: str
    words: int
    where: str = "any"

    def matches(self, paragraph: str) -> bool:
        """Whether the paragraph begins like one of this kind and is no longer than such are."""
        return count_words(paragraph[: REACH * 8]) <= self.words and self.regex.match(fold(paragraph)) is not None


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules of one version; ``lines``, ``tails`` and ``insides`` as in the file, ``places`` the lines that hold at
    the head, the middle and the tail of a text.
    """

    version: str
    lines: tuple[Pattern, ...]
    places: Mapping[str, tuple[Pattern, ...]]
    tails: tuple[Pattern, ...]
    insides: tuple[tuple[re.Pattern[str], str], ...]
    needs: tuple[str, ...]

    def find_line(self, folded: str, words: int, place: str) -> str:
        """The reason why a whole paragraph is cut, or empty; ``place`` is head, middle or tail."""
        for pattern in self.places[place]:
            if words <= pattern.words and pattern.regex.match(folded):
                return pattern.reason
        return ""

    def pick_insides(self, text: str) -> tuple[tuple[re.Pattern[str], str], ...]:
        """The patterns that may match inside a paragraph; none where it lacks all that they need."""
        folded = text.casefold()
        return self.insides if any(need in folded for need in self.needs) else ()

    def find_tail(self, folded: str, words: int) -> str:
        """The reason why a paragraph and all after it are cut, or empty."""
        for pattern in self.tails:
            if words <= pattern.words and pattern.regex.match(folded):
                return pattern.reason
        return ""


def _join(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


def compile_parts(entry: Mapping[str, str], parts: Mapping[str, str]) -> re.Pattern[str]:
    """Compile an entry's ``pattern``, the names in angle brackets (``<PLACE>``) replaced by the parts, nested ones too.

    ``case = "ignore"`` in the entry: capitals do not matter.
    """
    pattern = entry["pattern"]
    for _ in range(4):
        pattern = re.sub(r"<([A-Z]+)>", lambda match: parts[match[1]], pattern)
    return re.compile(pattern, re.IGNORECASE if entry.get("case") == "ignore" else 0)


def _read_patterns(entries: list[dict[str, Any]]) -> tuple[Pattern, ...]:
    return tuple(
        Pattern(_join(entry["patterns"]), entry["reason"], int(entry["words"]), entry.get("where", "any"))
        for entry in entries
    )


@cache
def load_rules() -> Rules:
    """The rules in use."""
    data = tomllib.loads((Path(__file__).parent / "rules.toml").read_text(encoding="utf-8"))
    lines = _read_patterns(data["line"])
    return Rules(
        version=data["version"],
        lines=lines,
        places={
            place: tuple(pattern for pattern in lines if pattern.where in {"any", place})
            for place in ("head", "middle", "tail")
        },
        tails=_read_patterns(data["tail"]),
        insides=tuple(
            (re.compile(pattern, re.IGNORECASE), entry["reason"])
            for entry in data["inside"]
            for pattern in entry["patterns"]
        ),
        needs=tuple(need for entry in data["inside"] for need in entry["needs"]),
    )


@cache
def compile_boilerplate(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    """A source's own patterns of whole paragraphs, whatever their case."""
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)
