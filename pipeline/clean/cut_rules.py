"""Load the cleaning rules (``rules.toml``): which lines and pieces are cut from a text, and why."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from copydesk.pipeline.clean.text_rules import RuleMatcher, TextRule, expand_placeholders, parse_rule
from copydesk.pipeline.core.data_files import read_toml
from copydesk.pipeline.core.regex_prefilter import find_required_literal

_WORDS = re.compile(r"\w{2,20}")
# Nothing is cut from inside a longer paragraph (in characters).
MAX_INLINE_CHARS = 100_000


@dataclass(frozen=True, slots=True)
class Rules:
    """All cleaning rules of one version."""

    version: str
    """Version in ``rules.toml``; stored with each article."""
    lines: tuple[TextRule, ...]
    """Rules for whole paragraphs."""
    matchers_by_position: Mapping[str, RuleMatcher]
    """Matchers for ``head``, ``middle`` and ``tail`` of a text; rules for any position come first."""
    tail_matcher: RuleMatcher
    """Matcher for paragraphs from which on all is cut."""
    inline_patterns: tuple[tuple[re.Pattern[str], str], ...]
    """(pattern, reason) of pieces cut from inside a paragraph."""
    inline_literals: tuple[str, ...]
    """Per inline pattern the literal that a match requires, case-folded."""
    speech_verbs: frozenset[str]
    """Verbs with which somebody says something."""

    def find_line_reason(self, folded: str, words: int, position: str, exempt: Collection[str] = ()) -> str:
        """Return why a whole paragraph is cut; empty if it is not.

        Args:
            folded: The paragraph, from ``fold_paragraph``.
            words: Its number of words.
            position: ``head``, ``middle`` or ``tail``.
            exempt: What the paragraph is of ``statements``, ``inner`` and ``reports``, which some rules exempt.
        """
        return self.matchers_by_position[position].find_reason(folded, words, exempt)

    def may_match_inline(self, text: str) -> bool:
        """Return whether a pattern may match inside any paragraph of a text; a quick test."""
        return any(map(text.casefold().__contains__, self.inline_literals))

    def select_inline_patterns(self, text: str) -> list[tuple[re.Pattern[str], str]]:
        """Return the patterns that may match inside a paragraph: those with their literal in it.

        None if the paragraph is longer than ``MAX_INLINE_CHARS``.
        """
        if len(text) > MAX_INLINE_CHARS:
            return []
        folded = text.casefold()
        return [
            pattern
            for literal, pattern in zip(self.inline_literals, self.inline_patterns, strict=True)
            if literal in folded
        ]

    def reports_speech(self, folded: str) -> bool:
        """Return whether a paragraph reports that somebody says something."""
        return not self.speech_verbs.isdisjoint(_WORDS.findall(folded))

    def find_tail_reason(self, folded: str, words: int) -> str:
        """Return why a paragraph and all after it are cut; empty if they are not."""
        return self.tail_matcher.find_reason(folded, words)


def _parse_rules(entries: list[dict[str, Any]], parts: Mapping[str, str]) -> tuple[TextRule, ...]:
    """Parse entries of ``rules.toml``, with their placeholders replaced."""
    return tuple(
        parse_rule({**entry, "patterns": [expand_placeholders(pattern, parts) for pattern in entry["patterns"]]})
        for entry in entries
    )


@cache
def load_rules() -> Rules:
    """Load the rules of ``rules.toml``; once per process."""
    data = read_toml(Path(__file__).with_name("rules.toml"))
    lines = _parse_rules(data["line"], data["parts"])
    return Rules(
        version=data["version"],
        lines=lines,
        matchers_by_position={
            position: RuleMatcher.from_rules(
                sorted(
                    (rule for rule in lines if rule.position in {"any", position}),
                    key=lambda rule: rule.position != "any",
                )
            )
            for position in ("head", "middle", "tail")
        },
        tail_matcher=RuleMatcher.from_rules(_parse_rules(data["tail"], data["parts"])),
        inline_patterns=tuple(
            (re.compile(pattern, re.IGNORECASE), entry["reason"])
            for entry in data["inside"]
            for pattern in entry["patterns"]
        ),
        inline_literals=tuple(
            find_required_literal(pattern).casefold() for entry in data["inside"] for pattern in entry["patterns"]
        ),
        speech_verbs=frozenset(data["told"]["words"]),
    )


def patterns() -> list[re.Pattern[str]]:
    """Return every pattern in use, for timing tests."""
    rules = load_rules()
    regexes = [_WORDS, *(regex for rule in (*rules.lines, *rules.tail_matcher.rules) for regex in rule.regexes)]
    regexes += [
        regex for matcher in (rules.tail_matcher, *rules.matchers_by_position.values()) for regex in matcher.regexes
    ]
    return [*regexes, *(regex for regex, _ in rules.inline_patterns)]


@cache
def compile_boilerplate(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    """Compile a source's own patterns of whole paragraphs, ignoring case."""
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)
