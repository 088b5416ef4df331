"""Rules for kinds of lines, from TOML entries: compile their patterns, and match many rules at once.

Every pattern sees only a bounded piece of a paragraph, so that no text, however long or unusual, makes one slow.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from copydesk.pipeline.core.alternatives import compile_cached, join_patterns
from copydesk.pipeline.core.regex_prefilter import find_first_chars, find_required_literals
from copydesk.pipeline.core.text import count_words

# Characters of a paragraph that a pattern sees.
PATTERN_SCAN_CHARS = 400
_DIGITS = frozenset("0123456789")
_LETTER = re.compile(r"\w")
# Upper bounds of length bands, in words. For a paragraph in a band, only rules that allow more words than the band
# below are tried.
LENGTH_BANDS_WORDS = (16, 45)
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


def fold_paragraph(text: str) -> str:
    """Return what patterns see of a paragraph: its first 400 characters, case-folded, with straight quotes."""
    text = text[:PATTERN_SCAN_CHARS]
    if not text.isascii():
        for mark, plain in _QUOTES:
            text = text.replace(mark, plain)
    return text.casefold()


@dataclass(frozen=True, slots=True)
class TextRule:
    """Regular expressions for one kind of line, matched against the first ``PATTERN_SCAN_CHARS`` characters.

    They are compiled when first used: most pages need few of them.
    """

    anchored: tuple[str, ...]
    """Patterns that match at the start of a paragraph."""
    anchored_union: str
    """All of these joined into one."""
    unanchored: tuple[tuple[str, str], ...]
    """Patterns that may match anywhere, as (required literal, pattern); one entry per alternative literal."""
    reason: str
    """Reason code of what is cut."""
    max_words: int
    """Words of the longest paragraph that matches."""
    position: str = "any"
    """``head``, ``middle``, ``tail`` or ``any``."""
    exempts: str = ""
    """Sentences that do not match: ``statements``, ``inner``, ``reports``, or empty for none."""

    @property
    def regexes(self) -> list[re.Pattern[str]]:
        """Return all patterns, compiled."""
        return [
            compile_cached(pattern) for pattern in (self.anchored_union, *(pattern for _, pattern in self.unanchored))
        ]

    def matches(self, paragraph: str) -> bool:
        """Return whether a paragraph is of this kind."""
        return self.matches_folded(fold_paragraph(paragraph), count_words(paragraph[: PATTERN_SCAN_CHARS * 8]))

    def matches_folded(self, folded: str, words: int) -> bool:
        """Return what ``matches`` does, for a paragraph already folded and counted."""
        return words <= self.max_words and (
            compile_cached(self.anchored_union).match(folded) is not None or self.matches_unanchored(folded)
        )

    def matches_unanchored(self, folded: str) -> bool:
        """Return whether one of the patterns that may match anywhere does."""
        return any(literal in folded and compile_cached(pattern).match(folded) for literal, pattern in self.unanchored)


@dataclass(frozen=True, slots=True, eq=False)
class RuleMatcher:
    """Several rules, matched at once, since most paragraphs match none.

    A paragraph is matched against one expression, joined from the patterns that may begin with its first letter and
    allow its length. Trying rule after rule takes many times as long; joining all patterns for every length takes as
    long to compile as a hundred pages to clean.
    """

    rules: tuple[TextRule, ...]
    """All rules, in order of precedence."""
    unanchored_rules: tuple[TextRule, ...]
    """Those with patterns that may match anywhere."""
    max_words: int
    """Words of the longest paragraph that matches any rule."""
    first_chars: tuple[tuple[str, int, frozenset[str] | None], ...]
    """Per anchored pattern: the pattern, its rule's ``max_words``, and its possible first characters."""
    required_literals: tuple[str, ...]
    """Literals of which a paragraph must contain one for an unanchored pattern to match."""

    @classmethod
    def from_rules(cls, rules: Iterable[TextRule]) -> RuleMatcher:
        """Prepare a matcher for rules in order of precedence."""
        rules = tuple(rules)
        first_chars = [
            (pattern, rule.max_words, find_first_chars(pattern)) for rule in rules for pattern in rule.anchored
        ]
        literals = dict.fromkeys(literal for rule in rules for literal, _ in rule.unanchored)
        unanchored = tuple(rule for rule in rules if rule.unanchored)
        return cls(rules, unanchored, max(rule.max_words for rule in rules), tuple(first_chars), tuple(literals))

    def find_reason(self, folded: str, words: int, exempt: Collection[str] = ()) -> str:
        """Return the reason of the first rule that matches a paragraph; empty if none does.

        Args:
            folded: The paragraph, from ``fold_paragraph``.
            words: Its number of words.
            exempt: Kinds of sentences that the paragraph is; rules that exempt one of them are skipped.
        """
        if words > self.max_words or not folded:
            return ""
        band = bisect_left(LENGTH_BANDS_WORDS, words)
        first = _LETTER.search(folded)
        letter = first.group() if first else ""
        # To a pattern digits of all scripts are digits: if another script's comes first, any pattern may match.
        is_known = letter.isalpha() or letter in _DIGITS
        after_sign = first is None or first.start() > 0
        if _compile_selected(
            self, letter if is_known else "", LENGTH_BANDS_WORDS[band - 1] if band else 0, after_sign
        ).match(folded):
            matching = (rule for rule in self.rules if rule.matches_folded(folded, words))
        elif any(map(folded.__contains__, self.required_literals)):
            matching = (
                rule for rule in self.unanchored_rules if words <= rule.max_words and rule.matches_unanchored(folded)
            )
        else:
            return ""
        return next((rule.reason for rule in matching if rule.exempts not in exempt), "")

    @property
    def regexes(self) -> list[re.Pattern[str]]:
        """Return the joined expression per length band; those for single letters consist of the same patterns."""
        return [_compile_selected(self, "", min_words, after_sign=True) for min_words in (0, *LENGTH_BANDS_WORDS)]

    def select_patterns(self, letter: str, min_words: int, after_sign: bool) -> list[str]:
        """Return the anchored patterns that a paragraph may match.

        Args:
            letter: First letter or digit of the paragraph; empty for any.
            min_words: The paragraph has more words than this.
            after_sign: Whether other characters stand before the letter.
        """
        wanted = {letter, ""} if after_sign else {letter}
        return [
            pattern
            for pattern, max_words, first_chars in self.first_chars
            if max_words > min_words and (not letter or first_chars is None or not wanted.isdisjoint(first_chars))
        ]


@lru_cache(maxsize=2000)  # more than the letters of any alphabet; Han characters that begin no pattern share an entry
def _compile_selected(matcher: RuleMatcher, letter: str, min_words: int, after_sign: bool) -> re.Pattern[str]:
    """Compile the patterns of ``RuleMatcher.select_patterns`` into one."""
    return compile_cached(join_patterns(matcher.select_patterns(letter, min_words, after_sign)))


def expand_placeholders(pattern: str, parts: Mapping[str, str]) -> str:
    """Return a pattern with its placeholders (``<PLACE>``) replaced by the parts, also nested ones."""
    for _ in range(4):
        if "<" not in pattern:
            break
        pattern = re.sub(r"<([A-Z]+)>", lambda match: parts[match[1]], pattern)
    return pattern


def compile_entry(entry: Mapping[str, str], parts: Mapping[str, str]) -> re.Pattern[str]:
    """Compile an entry's ``pattern`` with its placeholders replaced, ignoring case if it has ``case = "ignore"``."""
    pattern = expand_placeholders(entry["pattern"], parts)
    return re.compile(pattern, re.IGNORECASE if entry.get("case") == "ignore" else 0)


def parse_rule(entry: Mapping[str, Any]) -> TextRule:
    """Parse one entry of a rules file: ``patterns``, ``reason``, ``words``, and optionally ``where`` and ``spares``."""
    unanchored = {
        pattern: literals
        for pattern in entry["patterns"]
        if find_first_chars(pattern) is None and (literals := find_required_literals(pattern))
    }
    anchored = [pattern for pattern in entry["patterns"] if pattern not in unanchored]
    return TextRule(
        tuple(anchored),
        join_patterns(anchored),
        tuple((literal, pattern) for pattern, literals in unanchored.items() for literal in literals),
        entry["reason"],
        int(entry["words"]),
        entry.get("where", "any"),
        entry.get("spares", ""),
    )
