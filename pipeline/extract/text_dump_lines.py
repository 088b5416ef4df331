"""One line of a text dump: how much it reads like running text, and what it says of itself (``text_dump.toml``)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from copydesk.pipeline.core.text import count_words

# Characters of a line that a pattern is shown; longer lines are none of what is looked for.
REACH = 200
_QUOTES = str.maketrans("\u2018\u2019\u201c\u201d\u201e\u00a0", '\'\'""" ')
_SENTENCE_END = re.compile(
    r"[.!?\u2026\u3002\uff01\uff1f\u061f\u06d4\u0964][\"'\u2019\u201d\u201c\u00bb\u00ab\u300d)\]]{0,3}$"
)
_INNER_END = re.compile(r"[^\W\d_]{2}[.!?\u061f\u3002\uff01\uff1f] ?[^\W\d_]")
_THAI = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
_WORD = re.compile(r"[^\W\d_]+")

# Words of a sentence; of a line that is running text whatever its end; the most that one line counts.
SENTENCE = 6
RUNNING = 20
_MOST = 60
# What a line costs: one that is short; an error's banner; the site's own talk.
_SHORT = -6
_BANNER = -15
_CONSENT = -40


@dataclass(frozen=True, slots=True)
class Line:
    """``weight`` for or against being text; ``kind`` what it says of itself: banner, consent, menu, a heading's."""

    text: str
    words: int
    weight: float
    kind: str
    sentence: bool


@cache
def _compile() -> dict[str, re.Pattern[str]]:
    data = tomllib.loads((Path(__file__).parent / "text_dump.toml").read_text(encoding="utf-8"))
    kinds = {name: entry["patterns"] for name, entry in data.items() if name != "below"} | data["below"]
    compiled = {name: re.compile(_join(patterns)) for name, patterns in kinds.items() if name != "banner"}
    pieces, advice = _join(data["banner"]["opening"] + kinds["banner"]), _join(data["banner"]["advice"])
    banner = rf"\W{{0,5}}(?:(?:{pieces})(?:\W{{1,5}}|$|(?<=[\u3040-\u9fff]))){{1,4}}(?:{advice})?"
    return {"banner": re.compile(banner), **compiled}


def _join(patterns: Sequence[str]) -> str:
    return "|".join(f"(?:{pattern})" for pattern in patterns)


NOTICES = ("banner", "consent", "menu")
BELOW = ("most_popular", "related", "comments", "newsletter", "footer")


def patterns() -> list[re.Pattern[str]]:
    """Every pattern in use, for testing their speed."""
    return [*_compile().values(), _SENTENCE_END, _INNER_END, _THAI, _WORD]


def is_kind(kind: str, text: str) -> bool:
    """Whether a line is one of a kind that ``text_dump.toml`` names."""
    return len(text) <= REACH and _compile()[kind].fullmatch(text.translate(_QUOTES).casefold()) is not None


def is_masthead(text: str) -> bool:
    """Whether a line is of what stands between a headline and its text."""
    return is_kind("masthead", text) or is_kind("label", text)


def _find_kind(text: str, words: int) -> str:
    if words > 30:
        return ""
    for kind in NOTICES:
        if is_kind(kind, text):
            return kind
    return next((kind for kind in BELOW if words <= 8 and is_kind(kind, text)), "")


def is_listing(text: str) -> bool:
    """Whether a long line without an end reads like a row of names: hardly a word of it is small."""
    words = _WORD.findall(text[:1000])
    small = sum(word[0].islower() for word in words)
    return bool(words) and words[0][0].isupper() and small * 2 < len(words)


def read_line(text: str) -> Line:
    """Weigh one line."""
    words = count_words(text)
    kind = _find_kind(text, words)
    ended = _SENTENCE_END.search(text, max(0, len(text) - 8)) is not None
    sentence = ended and words >= SENTENCE
    if kind == "consent":
        weight = float(_CONSENT)
    elif kind == "banner":
        weight = float(_BANNER)
    elif kind:
        weight = float(_SHORT)
    elif sentence:
        weight = float(min(words, _MOST))
    elif words >= RUNNING and not is_listing(text):
        # A paragraph that ends in a colon or is cut short; else headlines in a row, save where no points are written.
        whole = text.endswith((":", ",", "\u2014")) or _INNER_END.search(text) or _THAI.search(text[:REACH])
        weight = min(words, _MOST) / (2 if whole else 8)
    elif ended and words >= 3:
        weight = 2.0
    else:
        weight = float(_SHORT)
    return Line(text, words, weight, kind, sentence)
