"""Detect a text's language: from what page and source declare, checked against the text."""

from __future__ import annotations

import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable
from functools import cache
from itertools import filterfalse
from pathlib import Path

from copydesk.pipeline.process.limits import exclude_from_limits

_LANGUAGE_CODE = re.compile(r"^[A-Za-z]{2,3}(?=$|[-_])")
_WORD = re.compile(r"[^\W\d_]+")
# From this length on the text is more reliable than the declaration.
_MIN_DETECTION_CHARS = 200
# Characters in which stopwords are counted, and those that the classifier reads; more do not change the result.
_STOPWORD_SAMPLE_CHARS = 800
_CLASSIFIER_SAMPLE_CHARS = 3000
# A text in a language consists of its stopwords to at least this part.
_MIN_STOPWORD_SHARE = 0.12


def parse_language_code(value: str) -> str:
    """Return ``pt`` for ``pt-BR``, ``en`` for ``en_US``; empty for anything that is not a language tag."""
    match = _LANGUAGE_CODE.match(value.strip())
    return match.group().lower() if match else ""


def detect_language(declared: str, text: str, default: str = "") -> str:
    """Return the two-letter code of a text's language; empty if unknown.

    A text of at least 200 characters decides itself. A shorter one has the declared language, else the source's. If
    page and source do not contradict each other and the text's stopwords confirm them, the classifier (py3langid, slow
    to load and to run) is skipped.

    Args:
        declared: Language tag that the page declares.
        text: The article's text.
        default: Two-letter code of the source's language.
    """
    declared_code = parse_language_code(declared)
    if len(text) >= _MIN_DETECTION_CHARS:
        claimed = {declared_code, default} - {""}
        if len(claimed) == 1 and _has_stopwords_of(text[:_STOPWORD_SAMPLE_CHARS], *claimed):
            return claimed.pop()
        return _classify(text[:_CLASSIFIER_SAMPLE_CHARS])
    if declared_code or default:
        return declared_code or default
    return _classify(text) if len(text) >= 20 else ""


def _has_stopwords_of(text: str, language: str) -> bool:
    """Return whether a text has enough stopwords of a language, and more than of any other."""
    pieces = text.casefold().split()
    # Fast path: most pieces between blanks are words as they stand.
    words = [*filter(str.isalpha, pieces), *_WORD.findall(" ".join(filterfalse(str.isalpha, pieces)))]
    counts: defaultdict[str, int] = defaultdict(int)
    for codes, times in Counter(filter(None, map(_load_stopwords().get, words))).items():
        for code in codes:
            counts[code] += times
    own = counts.pop(language, 0)
    return own > 0 and own >= len(words) * _MIN_STOPWORD_SHARE and own > max(counts.values(), default=0)


@cache
def _load_stopwords() -> dict[str, tuple[str, ...]]:
    """Return the languages of each stopword."""
    data = tomllib.loads((Path(__file__).parent / "languages.toml").read_text(encoding="utf-8"))
    codes: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    for code, words in data.items():
        for word in set(words):
            codes[word] += (code,)
    return dict(codes)


@cache
def _load_classifier() -> Callable[[str], tuple[str, float]]:
    """Load py3langid's model; once per process, outside the page's limits."""
    with exclude_from_limits():
        import py3langid

        py3langid.classify("")  # loads the model
    classify: Callable[[str], tuple[str, float]] = py3langid.classify
    return classify


def _classify(text: str) -> str:
    """Return the most likely language of a text."""
    return str(_load_classifier()(text)[0])
