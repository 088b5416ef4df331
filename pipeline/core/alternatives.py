"""Regular expressions that match any of several patterns or words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache


def join_patterns(patterns: Iterable[str]) -> str:
    """Return the pattern of any of some patterns, in their order; of none, one that never matches."""
    return "|".join(f"(?:{pattern})" for pattern in patterns) or "(?!)"


def join_words(words: Iterable[str]) -> str:
    """Return the pattern of any of some words, the longest first."""
    return "|".join(map(re.escape, sorted(words, key=lambda word: (-len(word), word))))


@cache
def compile_cached(pattern: str) -> re.Pattern[str]:
    """Return a compiled pattern. The cache is unbounded; that of ``re`` drops patterns after some hundreds."""
    return re.compile(pattern)
