"""One spelling for letters that desks without them write as two, or without marks: "Müller", "Mueller" and "Muller".

Marks are left out in every text (``sign.alphabet``). In texts of a language that writes two letters instead, which its
most frequent words show, the second letter is left out as well. It goes wherever the two letters are, because nothing
shows that they are one letter in "Aerzte" and two in "Bauer"; all spellings of a text lose the same letters by this.
Other languages write the same letters without marks only: a Swedish or Turkish "ö" is an "o".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from copydesk.pipeline.core.data_files import read_toml

MIN_PERCENT = 6
"""Percentage of a text's words that are listed: news in the language has 8 % or more, other news at most 2 %."""
_SAMPLE_CHARS = 2_000
"""Characters from the beginning of a text that are counted."""
_MARKER_CHARS = 300
"""Characters of these in which markers are searched: 50 words, of which 10 are listed."""
_WORD = re.compile(r"[^\W\d_]+")
_DATA_PATH = Path(__file__).with_suffix(".toml")


@dataclass(frozen=True, slots=True)
class _Spelling:
    """How one language writes letters as two."""

    markers: tuple[str, ...]
    """Words with blanks around them, one of which nearly every text has: they are searched before words are counted."""
    words: frozenset[str]
    """Frequent words, in lower case."""
    second_letter: re.Pattern[str]
    """Matches the second of two letters for one."""


@cache
def _load_spellings() -> tuple[_Spelling, ...]:
    return tuple(
        _Spelling(
            tuple(f" {word} " for word in language["markers"]),
            frozenset(language["words"]),
            re.compile("|".join(f"(?<={pair[0]}){pair[1]}" for pair in language["pairs"]), re.IGNORECASE),
        )
        for language in read_toml(_DATA_PATH).values()
    )


def unify_digraphs(text: str, context: str = "") -> str:
    """Return a text of a language that writes letters as two without the second of them, in linear time.

    Args:
        text: The text.
        context: More text in the same language, for a headline or another short text.
    """
    beginning = f" {text[:_MARKER_CHARS]} {context[:_MARKER_CHARS]} ".lower()
    for spelling in _load_spellings():
        # Danish has the German marker "der" as well: what one language's words do not confirm, another's may.
        if any(marker in beginning for marker in spelling.markers):
            sample = f"{text[:_SAMPLE_CHARS]} {context[:_SAMPLE_CHARS]}".lower()
            if _is_in_language(sample, spelling):
                return spelling.second_letter.sub("", text)
    return text


def list_spellings(word: str) -> set[str]:
    """Return a word as it is, and as ``unify_digraphs`` would return it in a text of each language."""
    return {word, *(spelling.second_letter.sub("", word) for spelling in _load_spellings())}


def _is_in_language(sample: str, spelling: _Spelling) -> bool:
    words = _WORD.findall(sample)
    return 100 * sum(word in spelling.words for word in words) >= MIN_PERCENT * len(words)
