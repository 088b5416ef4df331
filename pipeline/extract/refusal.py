"""Decide whether a page is an article, and if not, what it is (``refusals.toml``)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from copydesk.pipeline.core.alternatives import compile_cached, join_patterns
from copydesk.pipeline.core.data_files import read_toml
from copydesk.pipeline.core.regex_prefilter import find_required_literal
from copydesk.pipeline.core.text import count_words
from copydesk.pipeline.extract.block import Block
from copydesk.pipeline.extract.quoted import strip_quotations

# A longer body is an article, whatever the page says around it; unless the body itself is what such pages say: its
# title says nothing else, or its beginning matches in _MIN_INSISTENCE_MATCHES different ways.
_MIN_ARTICLE_WORDS = 120
_MIN_INSISTENCE_MATCHES = 3
# Teasers that a page offers in place of a missing article have at most so many words.
_MAX_TEASERS_WORDS = 240
# Paragraphs at the beginning of a body that may still be the page's own message, above the teasers.
_OPENING_PARAGRAPHS = 4
# A page's message is in its first so many characters.
_HEAD_CHARS = 1500
# A body with fewer words is short; one with fewer than _SCRAPS_WORDS is next to nothing, and the text around it
# decides.
SHORT_BODY_WORDS = 60
_SCRAPS_WORDS = 8
_ERROR_REASON = "error_page"
# Between a title and the site's name.
_SITE_NAME_SEPARATOR = re.compile(r"\s[|\u2013\u2014\u00b7-]\s|\s?[|\uff5c_]\s?")
_WORD = re.compile(r"\w")
# A place and an agency or a dash, as only wire copy begins.
_DATELINE = re.compile(
    r"[^()\uff08\uff09.!?]{0,60}\([^()]{2,40}\)\s{0,2}[\u2013\u2014-]"
    r"|[A-Z][A-Z .'-]{2,40}(?:, [\w .]{2,30})?,? ?(?:[\u2013\u2014]|--?) "
    r"|.{0,40}[\u96fb\u7535](?:[)\s(\uff08\uff09]|$)"
)
# Between the formulas of a title.
_SEPARATOR_CHARS = " -:.,!|\u2013\u2014\u3002\uff01\uff0c\u3001\u060c"
# Characters of the same meaning as another, mapped to it; the dotted capital I folds to two characters.
_PLAIN_CHARS = str.maketrans({"\u2019": "'", "\u2018": "'", "\u00a0": " ", "\u0130": "i"})

_PatternRows = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _RefusalKind:
    """One kind of page that is not an article. Patterns are compiled when first used: most pages need few of them."""

    reason: str
    """Reason code."""
    title_patterns: _PatternRows
    """Patterns of its titles."""
    text_patterns: _PatternRows
    """Patterns of its text."""
    title_formula: str
    """All title patterns in one, in their order: the first alternative that matches consumes its words."""


def _filter_rows(rows: list[str]) -> _PatternRows:
    """Return patterns, each with the literal that a match requires; those without one are joined into one pattern."""
    filtered = [(literal, row) for row in rows if (literal := find_required_literal(row))]
    others = [row for row in rows if not find_required_literal(row)]
    return (*filtered, ("", join_patterns(others))) if others else tuple(filtered)


@cache
def _load_refusal_kinds() -> tuple[tuple[_RefusalKind, ...], _PatternRows]:
    """Return the kinds of pages, and the headings of what they offer instead."""
    data = read_toml(Path(__file__).with_name("refusals.toml"))
    kinds = (
        _RefusalKind(
            entry["reason"],
            _filter_rows(entry["title"]),
            _filter_rows(entry["text"]),
            join_patterns(entry["title"]),
        )
        for entry in data["page"]
    )
    return tuple(kinds), _filter_rows(data["instead"]["patterns"])


def patterns() -> list[re.Pattern[str]]:
    """Return every pattern in use, for timing tests."""
    kinds, instead = _load_refusal_kinds()
    rows = (*(row for kind in kinds for row in (*kind.title_patterns, *kind.text_patterns)), *instead)
    used = [*(pattern for _, pattern in rows), *(kind.title_formula for kind in kinds)]
    return [*map(compile_cached, used), _SITE_NAME_SEPARATOR]


def _fold(text: str) -> str:
    """Return the text case-folded, with plain quotes and blanks."""
    return (text if text.isascii() else text.translate(_PLAIN_CHARS)).casefold()


def _fold_unquoted(text: str) -> str:
    """Return the beginning of a text, folded, without quotations."""
    return _fold(strip_quotations(text[:_HEAD_CHARS]))


def _find_matches(rows: _PatternRows, text: str) -> Iterator[re.Match[str]]:
    """Yield all matches, pattern by pattern."""
    for literal, pattern in rows:
        if literal in text:
            yield from compile_cached(pattern).finditer(text)


def _matches_any(rows: _PatternRows, text: str) -> bool:
    """Return whether any pattern matches a text."""
    return next(_find_matches(rows, text), None) is not None


def _is_formula(title: str, kind: _RefusalKind) -> bool:
    """Return whether a folded title, with or without the site's name, consists only of the formulas of such pages."""
    formula = compile_cached(kind.title_formula)
    for part in (title, _SITE_NAME_SEPARATOR.split(title, maxsplit=1)[0]):
        rest = formula.sub("", part).strip(_SEPARATOR_CHARS)
        if rest != part.strip(_SEPARATOR_CHARS) and _WORD.search(formula.sub("", rest)) is None:
            return True
    return False


def is_error_title(title: str) -> bool:
    """Return whether a title is nothing but the name of an error page, such as "404 Not Found"."""
    folded = _fold(title[:300])
    return any(_is_formula(folded, kind) for kind in _load_refusal_kinds()[0] if kind.reason == _ERROR_REASON)


def is_error_text(text: str) -> bool:
    """Return whether a text begins with the message of an error page."""
    folded = _fold_unquoted(text)
    return any(
        _matches_any(kind.text_patterns, folded) for kind in _load_refusal_kinds()[0] if kind.reason == _ERROR_REASON
    )


def _find_insistence(title: str, body: str) -> str:
    """Return why a long folded body is not an article (a consent manager's text, an error's advice); else empty."""
    for kind in _load_refusal_kinds()[0]:
        matches = {match.group() for match in _find_matches(kind.text_patterns, body)}
        if len(matches) >= _MIN_INSISTENCE_MATCHES or (matches and _is_formula(title, kind)):
            return kind.reason
    return ""


def _offers_other_stories(kind: _RefusalKind, head: str, paragraphs: tuple[str, ...]) -> bool:
    """Return whether a page says what it is, and its body is other stories offered under a heading.

    Args:
        kind: The kind of page to test for.
        head: The page's first text, folded.
        paragraphs: The body that was extracted.
    """
    if not _matches_any(kind.text_patterns, head):
        return False
    instead = _load_refusal_kinds()[1]
    opening = map(_fold_unquoted, paragraphs[:_OPENING_PARAGRAPHS])
    first = next(
        (text for text in opening if not _matches_any(kind.text_patterns, text) and not _matches_any(instead, text)), ""
    )
    before = head.partition(first)[0] if first else head
    message_end = min((match.end() for match in _find_matches(kind.text_patterns, before)), default=None)
    return message_end is not None and _matches_any(instead, before[message_end:])


def read_beginning(blocks: Iterable[Block]) -> str:
    """Return the beginning of what a reader sees: what decides whether a page is an article."""
    shown: list[str] = []
    size = 0
    for block in blocks:
        if block.zone != "hidden":
            shown.append(block.text)
            size += len(block.text) + 1
            if size > _HEAD_CHARS:
                break
    return " ".join(shown)


def find_refusal_reason(
    title: str, paragraphs: tuple[str, ...], page_text: str, status: int, *, is_declared_article: bool = False
) -> str:
    """Return why a page is not an article (``error_page``, ``login_wall``, ...); empty if it is one.

    A page with a whole body is an article, even under an error banner or with an error status, unless all of it is what
    such pages say and nothing indicates an article. Teasers that a page offers in place of a missing article are not a
    body. A short body is judged by its text, or by a title that is nothing but an error's; a dateline or the page's
    data indicate an article. Quotations are ignored.

    Args:
        title: The headline.
        paragraphs: The extracted body.
        page_text: The text that a reader sees, at least its beginning (``read_beginning``).
        status: HTTP status.
        is_declared_article: Whether the page's data call it an article or give it a publication time.
    """
    words = sum(count_words(paragraph) for paragraph in paragraphs)
    has_dateline = bool(paragraphs) and _DATELINE.match(paragraphs[0][:160]) is not None
    folded_title = _fold(title[:300])
    if words > _MAX_TEASERS_WORDS or (words > _MIN_ARTICLE_WORDS and (has_dateline or is_declared_article)):
        return (
            ""
            if has_dateline or is_declared_article
            else _find_insistence(folded_title, _fold_unquoted(" ".join(paragraphs)))
        )
    if not page_text.strip() and not title:
        return "empty"
    body, head = _fold_unquoted(" ".join(paragraphs)), _fold_unquoted(page_text)
    if words and not (has_dateline or is_declared_article):
        for kind in _load_refusal_kinds()[0]:
            # Complete pages also print consent notices and login forms, above their menu and text.
            title_suffices = kind.reason == _ERROR_REASON or _is_formula(folded_title, kind)
            if title_suffices and _offers_other_stories(kind, head, paragraphs):
                return kind.reason
    if words > _MIN_ARTICLE_WORDS:
        return _find_insistence(folded_title, body)
    for kind in _load_refusal_kinds()[0]:
        title_matches = _matches_any(kind.title_patterns, folded_title)
        is_formula = title_matches and _is_formula(folded_title, kind)
        # An article's own page may consist of nothing but its paywall, or a notice that the text will follow.
        is_supported = has_dateline or (is_declared_article and kind.reason not in {"login_wall", "no_article"})
        # A headline about such a page has a text about it: one that is not short must match in more than one way.
        decides = is_formula or (not is_supported and (title_matches or words < SHORT_BODY_WORDS))
        matches = {match.group() for match in _find_matches(kind.text_patterns, body)} if decides else set()
        text_matches = bool(matches) if is_formula or words < SHORT_BODY_WORDS else len(matches) > 1
        if is_formula and (
            text_matches or (not has_dateline and (words < SHORT_BODY_WORDS or _matches_any(kind.text_patterns, head)))
        ):
            return kind.reason
        if text_matches and not is_supported:
            return kind.reason
        if (
            words < (SHORT_BODY_WORDS // 3 if title_matches else _SCRAPS_WORDS)
            and not (words and (has_dateline or is_declared_article))
            and _matches_any(kind.text_patterns, head)
        ):
            return kind.reason
    if status >= 400:
        return _ERROR_REASON
    return "" if words else "no_article"
