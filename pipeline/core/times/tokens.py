"""Split a text with a time into tokens that compare alike in every script: digits, case, width and accents folded."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from copydesk.pipeline.core.text import normalize_line

MAX_TEXT_CHARS = 500
"""Far more than any line with a time; the rest of a longer text is not read."""

# Latin, Greek and Cyrillic accents, Hebrew points, Arabic vowel signs and tatweel, Indic nukta.
_ACCENTS = re.compile(
    "[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u093c\u09bc\u0a3c\u200c\u200d]"
)
_LETTER_VARIANTS = str.maketrans("ıیىئكةھہەأإآٱؤ", "iيييکههههااااو")
_SIGN_VARIANTS = str.maketrans(
    "\u2010\u2011\u2012\u2212\u2019\u2018\u02bc\u00b4\u060c\u066b\u06d4\u3002\u30fb", "----''''،.۔。·".replace("،", ",")
)
# Han, Hangul and kana are single tokens: they are written without blanks. Other scripts have combining marks.
_TOKEN = re.compile(
    r"(?P<number>[0-9]+)"
    r"|(?P<zone>(?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Brazil|Canada|Chile|Etc|Europe|Indian|Mexico"
    r"|Pacific|US)/[A-Za-z]\w{1,30}(?:[-+][0-9]{1,2}|/[A-Za-z]\w{1,30})?)"
    r"|(?P<word>[\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u9fff\uac00-\ud7af\u3005\u3007]"
    r"|(?:[^\W\d_\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u9fff\uac00-\ud7af\u3005\u3007]"
    r"|[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0963\u0971-\u0dff\u0e00-\u0e4e\u0e50-\u0ede"
    r"\u1000-\u109f\u1780-\u17d3\u200c\u200d])+)"
    r"|(?P<sign>\S)"
)
# Words of adjacent elements may be printed without a blank between them: "Jane DoeMarch 5, 2026", "2:15 PMUpdated".
_CASE_BOUNDARY = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})")
_NAME_SIGNS = frozenset(".'-\u05f3\u05f4\u0970\"")
_MAX_NAME_TOKENS = 9

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Token:
    """A number, a word, a sign or an IANA zone name."""

    kind: str
    """``number``, ``word``, ``sign`` or ``zone``."""
    text: str
    """Digits in ASCII; a word folded as by ``fold``; a sign or zone as it is."""
    start: int
    """Offset in the normalized text."""
    end: int
    spaced: bool
    """Whether it is the first one or white space precedes it."""
    raw: str = ""
    """A word before folding."""


def normalize(text: str) -> str:
    """Return a text in compatibility form (NFKC) on one line, with ASCII digits and plain hyphens and apostrophes."""
    text = unicodedata.normalize("NFKC", normalize_line(text[:MAX_TEXT_CHARS])).translate(_SIGN_VARIANTS)
    return text if text.isascii() else "".join(map(_to_ascii_digit, text))


def _to_ascii_digit(char: str) -> str:
    return str(unicodedata.decimal(char)) if char.isdecimal() else char


def fold(text: str) -> str:
    """Return letters in the form that names are compared in: without case, accents and spelling variants."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", _ACCENTS.sub("", decomposed)).translate(_LETTER_VARIANTS)


def make_key(name: str) -> str:
    """Return the key of a name in a table for ``match_name``: folded, without blanks, points and hyphens."""
    folded = fold(normalize(name))
    return "".join(char for char in folded if not char.isspace() and char not in _NAME_SIGNS)


def tokenize(text: str) -> list[Token]:
    """Return the tokens of a text that ``normalize`` returned."""
    tokens: list[Token] = []
    end = -1
    for match in _TOKEN.finditer(text):
        kind, start = match.lastgroup or "", match.start()
        for raw in _CASE_BOUNDARY.split(match.group()) if kind == "word" else (match.group(),):
            folded = (fold(raw) or raw) if kind == "word" else raw
            tokens.append(Token(kind, folded, start, start + len(raw), start != end, raw))
            start = end = start + len(raw)
    return tokens


def match_name(tokens: Sequence[Token], at: int, names: Mapping[str, _Value]) -> tuple[_Value, int] | None:
    """Return the value of the longest name that begins at a token, and the position after it; None without one.

    A name may consist of several words and contain points, hyphens and apostrophes; a point right behind it is part
    of it.
    """
    key, best = "", None
    for position in range(at, min(at + _MAX_NAME_TOKENS, len(tokens))):
        token = tokens[position]
        if token.kind == "word":
            key += token.text
            if key in names:
                best = names[key], position + 1
        elif not key or token.spaced or token.text not in _NAME_SIGNS:
            break
    if best is not None and best[1] < len(tokens) and tokens[best[1]].text == "." and not tokens[best[1]].spaced:
        best = best[0], best[1] + 1
    return best
