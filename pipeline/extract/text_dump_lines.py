"""Weigh the lines of a text dump: how much each reads like running text, and of which kind it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from copydesk.pipeline.core.alternatives import join_patterns
from copydesk.pipeline.core.data_files import read_toml
from copydesk.pipeline.core.text import count_words

# Longer lines are of no kind.
PATTERN_MAX_CHARS = 200
_QUOTES = str.maketrans("\u2018\u2019\u201c\u201d\u201e\u00a0", '\'\'""" ')
_SENTENCE_END = re.compile(
    r"[.!?\u2026\u3002\uff01\uff1f\u061f\u06d4\u0964][\"'\u2019\u201d\u201c\u00bb\u00ab\u300d)\]]{0,3}$"
)
_INNER_END = re.compile(r"[^\W\d_]{2}[.!?\u061f\u3002\uff01\uff1f] ?[^\W\d_]")
_THAI = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
_WORD = re.compile(r"[^\W\d_]+")

# Words that make a line with an end mark a sentence, and any line running text; the most that one line weighs.
MIN_SENTENCE_WORDS = 6
MIN_RUNNING_WORDS = 20
_MAX_LINE_WEIGHT = 60
# Weights of lines that are not text: a short line, an error banner, a consent notice.
_SHORT_LINE_WEIGHT = -6
_BANNER_WEIGHT = -15
_CONSENT_WEIGHT = -40


@dataclass(frozen=True, slots=True)
class DumpLine:
    """A line with its weight."""

    text: str
    """The normalized line."""
    word_count: int
    """Number of its words."""
    weight: float
    """Positive if it reads like running text; in words, more or less."""
    kind: str
    """One of ``NOISE_KINDS`` or ``BELOW_TEXT_KINDS``; empty if none."""
    is_sentence: bool
    """Whether it ends like a sentence and is long enough for one."""


@cache
def _load_patterns() -> dict[str, re.Pattern[str]]:
    """Return the patterns of each kind of line; once per process."""
    data = read_toml(Path(__file__).with_name("text_dump.toml"))
    kinds = {name: entry["patterns"] for name, entry in data.items() if name != "below"} | data["below"]
    compiled = {name: re.compile(join_patterns(patterns)) for name, patterns in kinds.items() if name != "banner"}
    pieces, advice = (
        join_patterns(data["banner"]["opening"] + kinds["banner"]),
        join_patterns(data["banner"]["advice"]),
    )
    banner = rf"\W{{0,5}}(?:(?:{pieces})(?:\W{{1,5}}|$|(?<=[\u3040-\u9fff]))){{1,4}}(?:{advice})?"
    return {"banner": re.compile(banner), **compiled}


NOISE_KINDS = ("banner", "consent", "menu")
BELOW_TEXT_KINDS = ("most_popular", "related", "comments", "newsletter", "footer")


def patterns() -> list[re.Pattern[str]]:
    """Return every pattern in use, for timing tests."""
    return [*_load_patterns().values(), _SENTENCE_END, _INNER_END, _THAI, _WORD]


def matches_kind(kind: str, text: str) -> bool:
    """Return whether a line is of a kind that ``text_dump.toml`` defines."""
    return (
        len(text) <= PATTERN_MAX_CHARS
        and _load_patterns()[kind].fullmatch(text.translate(_QUOTES).casefold()) is not None
    )


def is_masthead_line(text: str) -> bool:
    """Return whether a line belongs between headline and text."""
    return matches_kind("masthead", text) or matches_kind("label", text)


def _classify_line(text: str, words: int) -> str:
    """Return the kind of a line of so many words; empty if none."""
    if words > 30:
        return ""
    for kind in NOISE_KINDS:
        if matches_kind(kind, text):
            return kind
    return next((kind for kind in BELOW_TEXT_KINDS if words <= 8 and matches_kind(kind, text)), "")


def is_name_list(text: str) -> bool:
    """Return whether a long line without an end mark is a row of headlines or names: few words are in lower case."""
    words = _WORD.findall(text[:1000])
    small = sum(word[0].islower() for word in words)
    return bool(words) and words[0][0].isupper() and small * 2 < len(words)


def weigh_line(text: str) -> DumpLine:
    """Return a line with its kind and weight."""
    words = count_words(text)
    kind = _classify_line(text, words)
    ended = _SENTENCE_END.search(text, max(0, len(text) - 8)) is not None
    sentence = ended and words >= MIN_SENTENCE_WORDS
    if kind == "consent":
        weight = float(_CONSENT_WEIGHT)
    elif kind == "banner":
        weight = float(_BANNER_WEIGHT)
    elif kind:
        weight = float(_SHORT_LINE_WEIGHT)
    elif sentence:
        weight = float(min(words, _MAX_LINE_WEIGHT))
    elif words >= MIN_RUNNING_WORDS and not is_name_list(text):
        # Half weight for a paragraph that ends in a colon or is cut off. Without an end mark inside it is probably a
        # row of headlines, except in scripts without end marks.
        is_paragraph = (
            text.endswith((":", ",", "\u2014")) or _INNER_END.search(text) or _THAI.search(text[:PATTERN_MAX_CHARS])
        )
        weight = min(words, _MAX_LINE_WEIGHT) / (2 if is_paragraph else 8)
    elif ended and words >= 3:
        weight = 2.0
    else:
        weight = float(_SHORT_LINE_WEIGHT)
    return DumpLine(text, words, weight, kind, sentence)
