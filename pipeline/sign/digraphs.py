"""One spelling for letters that desks without them write as two: "Müller" and "Mueller" in German texts.

The same letters have other substitutes in other languages: a Swedish or Turkish "ö" becomes "o", as everywhere else. So
they are spelled out only in texts of a language that does it, which its most frequent words show (``digraphs.toml``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from copydesk.pipeline.core.data_files import read_toml

MIN_PERCENT = 4
"""Percentage of a text's words that are listed: news in the language has at least twice it, other news at most half."""
_SAMPLE_CHARS = 2_000
"""Characters from the beginning of a text that are counted."""
_WORD = re.compile(r"[^\W\d_]+")
_DATA_PATH = Path(__file__).with_suffix(".toml")


@dataclass(frozen=True, slots=True)
class _Spelling:
    """How one language spells letters out."""

    letters: re.Pattern[str]
    """Matches a text with any of them."""
    table: dict[int, str]
    words: frozenset[str]


@cache
def _load_spellings() -> tuple[_Spelling, ...]:
    spellings = []
    for language in read_toml(_DATA_PATH).values():
        pairs: dict[str, str] = language["letters"]
        table = str.maketrans(pairs | {letter.upper(): pair.capitalize() for letter, pair in pairs.items()})
        letters = re.compile(f"[{''.join(map(chr, table))}]")
        spellings.append(_Spelling(letters, table, frozenset(language["words"])))
    return tuple(spellings)


def spell_out_letters(text: str, context: str = "") -> str:
    """Return a text with the letters of its language spelled out as two, in time linear in its length.

    Args:
        text: Composed (NFC or NFKC).
        context: More text in the same language, for a headline or another short text.
    """
    if text.isascii():
        return text
    for spelling in _load_spellings():
        sample = f"{text[:_SAMPLE_CHARS]} {context[:_SAMPLE_CHARS]}"
        if spelling.letters.search(text) and _is_in_language(sample, spelling):
            text = text.translate(spelling.table)
    return text


def spell_both_ways(word: str) -> set[str]:
    """Return a word as it is, and with its letters spelled out in each language that does it."""
    return {word, *(word.translate(spelling.table) for spelling in _load_spellings())}


def _is_in_language(sample: str, spelling: _Spelling) -> bool:
    words = _WORD.findall(sample.lower())
    return 100 * sum(word in spelling.words for word in words) >= max(100, MIN_PERCENT * len(words))
