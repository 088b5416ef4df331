"""Decide whether a page shows an article whole or only its beginning (``truncation.toml``).

Any of these signs is enough:

- The page's data say that the article is not free, and its text is short, or far shorter than they declare.
- A paywall's words stand right below a text that is short or breaks off.
- An invitation to subscribe stands below a text that ends with an ellipsis.

A short and whole text is not truncated. ``page_end`` also detects pages with bytes that end in their text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from copydesk.pipeline.core.alternatives import join_patterns
from copydesk.pipeline.core.data_files import read_toml
from copydesk.pipeline.core.regex_prefilter import build_literal_prefilter, find_required_literal
from copydesk.pipeline.core.text import count_words
from copydesk.pipeline.extract.quoted import strip_quotations, strip_quotations_by_line

_DATA_PATH = Path(__file__).with_name("truncation.toml")
# A stub has one to three paragraphs. Metered pages have the whole text, and the same words below it.
_MAX_STUB_WORDS = 200
# An article that is not free and has fewer words is not whole, unless the page declares its length.
_MAX_TEASER_WORDS = 120
# A text with less than this part of its declared length is not whole.
_MIN_LENGTH_SHARE = 0.6
# A paywall begins at most so many blocks below the text.
MAX_PAYWALL_DISTANCE_BLOCKS = 6
# Words are counted in at most so many characters of a block.
_COUNTED_CHARS = 20_000
# A paywall has at most so many words, with what is printed below it.
_MAX_PAYWALL_WORDS = 60
_MAX_PAYWALL_LINE_CHARS = 300
# Lines that are looked up together: all words of a book at once take several times the memory of its text.
_LINES_AT_ONCE = 200
# In an alphabetic script no paywall line is shorter.
_MIN_PAYWALL_LINE_CHARS = 10
_ELLIPSIS_END = re.compile(r"(?:\u2026|\.\.\.|\[\.\.\.\]|\[\u2026\]|\(\.\.\.\)|\(\u2026\))\W{0,3}$")
_SENTENCE_END = re.compile(r"[.!?\u3002\uff01\uff1f\u061f\u06d4\u0964]\W{0,4}$")
# Except in Thai, Lao, Burmese and Khmer, which do not write a mark at a sentence's end.
_MID_SENTENCE_END = re.compile(r"(?:[^\W\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]|[,;\u2013\u2014\uff0c\u3001\u060c-])$")
_QUOTES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u201c": '"', "\u201d": '"', "\u00a0": " "})


@cache
def _load_patterns() -> dict[str, tuple[tuple[str, re.Pattern[str]], ...]]:
    """Return the patterns of each kind, each with the literal that a match requires; those without one are joined."""
    compiled = {}
    for name in ("wall", "subscribe", "more"):
        rows = read_toml(_DATA_PATH)[name]
        filtered = [(literal, re.compile(row)) for row in rows if (literal := find_required_literal(row))]
        others = [row for row in rows if not find_required_literal(row)]
        if others:
            filtered.append(("", re.compile(join_patterns(others))))
        compiled[name] = tuple(filtered)
    return compiled


def patterns() -> list[re.Pattern[str]]:
    """Return every pattern in use, for timing tests."""
    return [
        *(regex for kind in _load_patterns().values() for _, regex in kind),
        _ELLIPSIS_END,
        _SENTENCE_END,
        _MID_SENTENCE_END,
    ]


def _matches(name: str, text: str) -> bool:
    """Return whether a line matches a pattern of a kind."""
    text = text[:_MAX_PAYWALL_LINE_CHARS].casefold()
    if name != "more" and not _load_prefilter()(text):
        return False
    text = text if text.isascii() else text.translate(_QUOTES)
    if name != "more" and not may_contain_paywall(text):
        return False
    return any(literal in text and regex.search(text) for literal, regex in _load_patterns()[name])


@cache
def _load_prefilter() -> Callable[[str], bool]:
    """Return a quick test for words without which no paywall or invitation matches."""
    return build_literal_prefilter(read_toml(_DATA_PATH)["words"])


def may_contain_paywall(markup: str) -> bool:
    """Return whether markup contains any word without which no paywall or invitation matches; a quick test."""
    folded = markup.casefold()
    return any(map(folded.__contains__, read_toml(_DATA_PATH)["words"]))


def _may_contain_paywalls(lines: Sequence[str]) -> bool:
    """Return whether any line may be a paywall's; a quick test of many lines at once."""
    short = [line for line in lines if len(line) <= _MAX_PAYWALL_LINE_CHARS]
    batches = (short[start : start + _LINES_AT_ONCE] for start in range(0, len(short), _LINES_AT_ONCE))
    return any(_load_prefilter()(strip_quotations_by_line("\n".join(batch)).casefold()) for batch in batches)


def is_paywall_line(text: str) -> bool:
    """Return whether a line says that the rest of the text is for those who pay or sign in."""
    if len(text) > _MAX_PAYWALL_LINE_CHARS or (len(text) < _MIN_PAYWALL_LINE_CHARS and text.isascii()):
        return False
    return count_words(text) <= 45 and _matches("wall", strip_quotations(text))


def _count_words(paragraphs: Sequence[str]) -> int:
    """Return the number of words, counting at most 20,000 characters of each paragraph: more do not matter."""
    return sum(count_words(text[:_COUNTED_CHARS]) for text in paragraphs)


def ends_with_ellipsis(paragraphs: Sequence[str]) -> bool:
    """Return whether the last paragraph ends with an ellipsis, as teasers do."""
    return bool(paragraphs) and _ELLIPSIS_END.search(paragraphs[-1][-20:]) is not None


def ends_mid_sentence(text: str) -> bool:
    """Return whether a text ends with a letter, a digit or a comma, in a script that writes end marks."""
    return _MID_SENTENCE_END.search(text[-2:]) is not None


def may_be_truncated(paragraphs: Sequence[str], *, is_free: bool | None) -> bool:
    """Return whether the blocks below a text must be checked: it is short, ends with an ellipsis, or is not free."""
    return is_free is False or ends_with_ellipsis(paragraphs) or _count_words(paragraphs) < _MAX_STUB_WORDS


def is_truncated(
    paragraphs: Sequence[str], below: Sequence[str], *, is_free: bool | None = None, declared_word_count: int = 0
) -> bool:
    """Return whether ``paragraphs`` are only an article's beginning.

    Args:
        paragraphs: The text that the page shows.
        below: Blocks that the page prints after it, in order.
        is_free: Whether the page's data say that the article is free; None if they do not say.
        declared_word_count: Length that the page's data declare, in words; 0 if none.
    """
    words = _count_words(paragraphs)
    if not words:
        return False
    if is_free is False:
        if declared_word_count:
            return words < declared_word_count * _MIN_LENGTH_SHARE
        if words < _MAX_TEASER_WORDS:
            return True
    has_ellipsis = ends_with_ellipsis(paragraphs)
    is_complete = _SENTENCE_END.search(paragraphs[-1][-20:]) is not None and not has_ellipsis
    near = below[:MAX_PAYWALL_DISTANCE_BLOCKS]
    if (
        _may_contain_paywalls(near)
        and any(is_paywall_line(text) for text in near)
        and (not is_complete or words < _MAX_STUB_WORDS)
    ):
        return True
    if has_ellipsis and words < _MAX_STUB_WORDS * 2:
        return any(
            count_words(text[:_MAX_PAYWALL_LINE_CHARS]) <= 45 and _matches("subscribe", text) for text in near
        ) and not any(_matches("more", text) for text in (*near, paragraphs[-1][-60:]))
    return False


def split_paywall(paragraphs: Sequence[str]) -> tuple[list[str], list[str]]:
    """Split a text into the article and the paywall at its end, which begins with its first paywall line.

    Only the last paragraphs are searched; the paywall is never longer than what remains.
    """
    sizes = [count_words(text[:_COUNTED_CHARS]) for text in paragraphs]
    before, rest = 0, sum(sizes)
    last: list[int] = []
    for at, size in enumerate(sizes):
        if at and rest <= max(_MAX_PAYWALL_WORDS, before):
            last.append(at)
        before += size
        rest -= size
    starts = (
        (at for at in last if is_paywall_line(paragraphs[at]))
        if _may_contain_paywalls([paragraphs[at] for at in last])
        else ()
    )
    start = next(iter(starts), len(paragraphs))
    return list(paragraphs[:start]), list(paragraphs[start:])
