"""Detect a text's language: from what page and source declare, checked against the text."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable
from functools import cache
from itertools import filterfalse
from pathlib import Path

from copydesk.pipeline.core.data_files import read_toml
from copydesk.pipeline.process.limits import exclude_from_limits

_LANGUAGE_CODE = re.compile(r"^[A-Za-z]{2,3}(?=$|[-_])")
_WORD = re.compile(r"[^\W\d_]+")
# From this length on the text is more reliable than the declaration. In scripts with a character for a word or syllable
# a quarter says as much.
_MIN_DETECTION_CHARS = 200
_CHARS_PER_SIGN = 4
# A text of fewer letters says nothing about its script; nor does one of several in equal parts.
_MIN_SCRIPT_LETTERS = 8
_MIN_SCRIPT_SHARE = 0.6
# Japanese mixes kana with Han: this part of its letters is kana even in headlines.
_MIN_KANA_SHARE = 0.1
# Stopwords of another language that a short text needs, if it has none of the declared one.
_MIN_FOREIGN_STOPWORDS = 4
# Characters in which stopwords are counted, and those that the classifier reads; more do not change the result.
_STOPWORD_SAMPLE_CHARS = 800
_CLASSIFIER_SAMPLE_CHARS = 3000
_MIN_CLASSIFIER_CHARS = 20
# A text in a language consists of its stopwords to at least this part.
_MIN_STOPWORD_SHARE = 0.12
# Letters of each script (Unicode blocks), and the languages written in it. Latin has too many to list.
_SCRIPTS = {
    "latin": ("A-Za-z\u00c0-\u024f\u1e00-\u1eff",),
    "kana": ("\u3041-\u30ff", "ja"),
    "han": ("\u3400-\u4dbf\u4e00-\u9fff", "zh", "ja"),
    "hangul": ("\uac00-\ud7a3\u1100-\u11ff", "ko"),
    "thai": ("\u0e01-\u0e4e", "th"),
    "greek": ("\u0370-\u03ff\u1f00-\u1fff", "el"),
    "hebrew": ("\u05d0-\u05ea", "he", "yi", "iw"),
    "arabic": ("\u0620-\u064a\u066e-\u06d3\u06fa-\u06ff", "ar", "fa", "ur", "ps", "ug", "ku", "sd", "ckb"),
    "cyrillic": (
        "\u0400-\u052f", "ru", "uk", "bg", "sr", "mk", "be", "kk", "ky", "mn", "tg", "tt", "uz", "ba", "cv", "bs", "sh",
    ),
    "devanagari": ("\u0900-\u097f", "hi", "mr", "ne", "sa"),
    "bengali": ("\u0980-\u09ff", "bn", "as"),
    "tamil": ("\u0b80-\u0bff", "ta"),
    "telugu": ("\u0c00-\u0c7f", "te"),
    "gujarati": ("\u0a80-\u0aff", "gu"),
    "gurmukhi": ("\u0a00-\u0a7f", "pa"),
    "kannada": ("\u0c80-\u0cff", "kn"),
    "malayalam": ("\u0d00-\u0d7f", "ml"),
    "sinhala": ("\u0d80-\u0dff", "si"),
    "georgian": ("\u10a0-\u10ff", "ka"),
    "armenian": ("\u0530-\u058f", "hy"),
    "khmer": ("\u1780-\u17ff", "km"),
    "lao": ("\u0e81-\u0edf", "lo"),
    "burmese": ("\u1000-\u109f", "my"),
    "ethiopic": ("\u1200-\u137f", "am", "ti"),
}  # fmt: skip
_SIGN_SCRIPTS = frozenset({"kana", "han", "hangul"})
# Languages that are written in Latin letters too.
_ALSO_LATIN = frozenset({"sr", "uz", "kk", "bs", "sh", "ku", "tt", "mn", "az", "tg"})


def parse_language_code(value: str) -> str:
    """Return ``pt`` for ``pt-BR``, ``en`` for ``en_US``; empty for anything that is not a language tag."""
    match = _LANGUAGE_CODE.match(value.strip())
    return match.group().lower() if match else ""


def detect_language(declared: str, text: str, default: str = "") -> str:
    """Return the two-letter code of a text's language; empty if unknown.

    The text decides by its script whatever its length, and from 200 characters on (50 of Han, kana or Hangul) by its
    words. A shorter one has the declared language, else the source's, unless it consists of another one's words. If
    page and source do not contradict each other and the text's stopwords confirm them, the classifier (py3langid, slow
    to load and to run) is skipped.

    Args:
        declared: Language tag that the page declares.
        text: The article's text.
        default: Two-letter code of the source's language.
    """
    claims = [code for code in dict.fromkeys((parse_language_code(declared), default)) if code]
    script, possible = _find_script(text[:_STOPWORD_SAMPLE_CHARS])
    if len(possible) == 1:
        return possible[0]
    if possible:
        claims = [code for code in claims if code in possible]
    elif script == "latin":
        claims = [code for code in claims if code not in _load_other_scripts()]
    if len(text) * (_CHARS_PER_SIGN if script in _SIGN_SCRIPTS else 1) >= _MIN_DETECTION_CHARS:
        if len(claims) == 1 and _has_stopwords_of(text[:_STOPWORD_SAMPLE_CHARS], *claims):
            return claims[0]
        found = _classify(text[:_CLASSIFIER_SAMPLE_CHARS])
        return found if not possible or found in possible else [*claims, *possible][0]
    if claims:
        return claims[0] if _may_be_in(text, claims[0]) else _classify(text)
    found = _classify(text) if len(text) >= _MIN_CLASSIFIER_CHARS else ""
    return found if not possible or found in possible else possible[0]


def _find_script(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the script of most letters of a text and the languages written in it.

    Both are empty without enough letters; of Latin letters the languages are left open.
    """
    if text.isascii():
        return "latin", ()
    scripts = _load_scripts()
    counts = {name: len(pattern.findall(text)) for name, (pattern, _) in scripts.items()}
    total = sum(counts.values())
    if counts["kana"] >= total * _MIN_KANA_SHARE:
        counts["kana"] += counts.pop("han")
    name, most = max(counts.items(), key=lambda pair: pair[1])
    if most < _MIN_SCRIPT_LETTERS or most < total * _MIN_SCRIPT_SHARE:
        return "", ()
    return name, scripts[name][1]


@cache
def _load_scripts() -> dict[str, tuple[re.Pattern[str], tuple[str, ...]]]:
    """Return the pattern of a letter of each script, and the codes of its languages, the commonest first."""
    return {name: (re.compile(f"[{letters}]"), tuple(codes)) for name, (letters, *codes) in _SCRIPTS.items()}


@cache
def _load_other_scripts() -> frozenset[str]:
    """Return the languages that are not written in Latin letters."""
    return frozenset(code for _, codes in _load_scripts().values() for code in codes) - _ALSO_LATIN


def _count_stopwords(text: str) -> tuple[defaultdict[str, int], int]:
    """Return how many stopwords of each language a text has, and its number of words."""
    pieces = text.casefold().split()
    # Fast path: most pieces between blanks are words as they stand.
    words = [*filter(str.isalpha, pieces), *_WORD.findall(" ".join(filterfalse(str.isalpha, pieces)))]
    counts: defaultdict[str, int] = defaultdict(int)
    for codes, times in Counter(filter(None, map(_load_stopwords().get, words))).items():
        for code in codes:
            counts[code] += times
    return counts, len(words)


def _may_be_in(text: str, language: str) -> bool:
    """Return whether a short text may be in a language: it has a stopword of it, or hardly any of another."""
    counts, _ = _count_stopwords(text[:_STOPWORD_SAMPLE_CHARS])
    return counts[language] > 0 or max(counts.values(), default=0) < _MIN_FOREIGN_STOPWORDS


def _has_stopwords_of(text: str, language: str) -> bool:
    """Return whether a text has enough stopwords of a language, and more than of any other."""
    counts, words = _count_stopwords(text)
    own = counts.pop(language, 0)
    return own > 0 and own >= words * _MIN_STOPWORD_SHARE and own > max(counts.values(), default=0)


@cache
def _load_stopwords() -> dict[str, tuple[str, ...]]:
    """Return the languages of each stopword."""
    data = read_toml(Path(__file__).with_name("languages.toml"))
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
