"""What language a text is in: the page's own word, checked against the text."""

from __future__ import annotations

import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable
from functools import cache
from itertools import filterfalse
from pathlib import Path

from copydesk.pipeline.process.limits import off_the_clock

_CODE = re.compile(r"^[A-Za-z]{2,3}(?=$|[-_])")
_WORD = re.compile(r"[^\W\d_]+")
# So many characters and the text itself is the better witness.
_ENOUGH = 200
# Characters in which a language's commonest words are counted.
_GLANCE = 800
_SAMPLE = 3000
# A text of a language has so many of its commonest words, and a neighbour's text has fewer than its own.
_SHARE = 0.12


def read_code(value: str) -> str:
    """``pt-BR`` or ``en_US`` as ``pt`` or ``en``; empty for anything else."""
    match = _CODE.match(value.strip())
    return match.group().lower() if match else ""


def find_language(declared: str, text: str, default: str = "") -> str:
    """The two-letter code. A long text decides itself; a short one is what the page declares, else the source's.

    Where page and source do not gainsay each other, and the text's commonest words bear out what they say, it stands:
    the classifier, slow to load and to ask, is for the others.
    """
    told = read_code(declared)
    if len(text) >= _ENOUGH:
        said = {told, default} - {""}
        if len(said) == 1 and _sounds_like(text[:_GLANCE], *said):
            return said.pop()
        return _classify(text[:_SAMPLE])
    if told or default:
        return told or default
    return _classify(text) if len(text) >= 20 else ""


def _sounds_like(text: str, language: str) -> bool:
    pieces = text.casefold().split()
    # Most pieces between blanks are words as they stand.
    words = [*filter(str.isalpha, pieces), *_WORD.findall(" ".join(filterfalse(str.isalpha, pieces)))]
    counts: defaultdict[str, int] = defaultdict(int)
    for codes, times in Counter(filter(None, map(_read_commonest().get, words))).items():
        for code in codes:
            counts[code] += times
    own = counts.pop(language, 0)
    return own > 0 and own >= len(words) * _SHARE and own > max(counts.values(), default=0)


@cache
def _read_commonest() -> dict[str, tuple[str, ...]]:
    """Each of the words with the languages that it is common in."""
    data = tomllib.loads((Path(__file__).parent / "languages.toml").read_text(encoding="utf-8"))
    codes: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    for code, words in data.items():
        for word in set(words):
            codes[word] += (code,)
    return dict(codes)


@cache
def _load_classifier() -> Callable[[str], tuple[str, float]]:
    with off_the_clock():
        import py3langid

        py3langid.classify("")  # reads the model
    classify: Callable[[str], tuple[str, float]] = py3langid.classify
    return classify


def _classify(text: str) -> str:
    return str(_load_classifier()(text)[0])
