"""Whether a page is an article at all, and if not, what it is."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from copydesk.pipeline.core.regex_prefilter import find_required_literal
from copydesk.pipeline.core.text import count_words
from copydesk.pipeline.extract.quoted import cut_quoted

# A body of more words than this is an article, whatever the page says around it; unless it is itself what such pages
# say: its title nothing else, or its beginning of this kind in so many ways.
_ENOUGH_WORDS = 120
_INSISTING = 3
# Of no more words are the teasers that a page offers instead of what it hasn't got.
_TEASERS = 240
# Paragraphs of a body that may be the page's own speech above these.
_OPENING = 4
# The first characters of a page that are searched for what it says of itself.
_HEAD = 1500
# Of fewer words than this a body is short, and of fewer than these it is next to nothing: what is around it speaks.
SHORT = 60
_SCRAPS = 8
_ERROR = "error_page"
# Where a title's own words end and the site's name begins.
_SITE = re.compile(r"\s[|\u2013\u2014\u00b7-]\s|\s?[|\uff5c_]\s?")
_WORD = re.compile(r"\w")
# A place and an agency or a dash, as only a wire's text begins.
_DATELINE = re.compile(
    r"[^()\uff08\uff09.!?]{0,60}\([^()]{2,40}\)\s{0,2}[\u2013\u2014-]"
    r"|[A-Z][A-Z .'-]{2,40}(?:, [\w .]{2,30})?,? ?(?:[\u2013\u2014]|--?) "
    r"|.{0,40}[\u96fb\u7535](?:[)\s(\uff08\uff09]|$)"
)
# What stands between a title's formulas.
_SIGNS = " -:.,!|\u2013\u2014\u3002\uff01\uff0c\u3001\u060c"
# Letters that are told apart by nothing but a mark of their spelling, and signs of one meaning.
_PLAIN = str.maketrans({"\u2019": "'", "\u2018": "'", "\u00a0": " ", "\u0130": "i"})

_Rows = tuple[tuple[str, re.Pattern[str]], ...]


@dataclass(frozen=True, slots=True)
class _Kind:
    """``formula`` is all that titles of this kind say, in one: the row that begins first takes its words."""

    reason: str
    title: _Rows
    text: _Rows
    formula: re.Pattern[str]


def _join(rows: list[str]) -> str:
    return "|".join(f"(?:{row})" for row in rows)


def _compile(rows: list[str]) -> _Rows:
    """The patterns, each with what a text needs for it to match; those that need nothing are one."""
    needy = [(need, re.compile(row)) for row in rows if (need := find_required_literal(row))]
    others = [row for row in rows if not find_required_literal(row)]
    return (*needy, ("", re.compile(_join(others)))) if others else tuple(needy)


@cache
def _read_data() -> tuple[tuple[_Kind, ...], _Rows]:
    """The kinds of pages, and the headings of what they offer instead."""
    data = tomllib.loads((Path(__file__).parent / "refusals.toml").read_text(encoding="utf-8"))
    kinds = (
        _Kind(entry["reason"], _compile(entry["title"]), _compile(entry["text"]), re.compile(_join(entry["title"])))
        for entry in data["page"]
    )
    return tuple(kinds), _compile(data["instead"]["patterns"])


def patterns() -> list[re.Pattern[str]]:
    """Every pattern in use, for testing their speed."""
    kinds, instead = _read_data()
    rows = (*(row for kind in kinds for row in (*kind.title, *kind.text)), *instead)
    return [*(pattern for _, pattern in rows), *(kind.formula for kind in kinds), _SITE]


def _fold(text: str) -> str:
    return (text if text.isascii() else text.translate(_PLAIN)).casefold()


def _fold_said(text: str) -> str:
    """The beginning of a text, folded, without what stands in quotation marks."""
    return _fold(cut_quoted(text[:_HEAD]))


def _find(rows: _Rows, text: str) -> Iterator[re.Match[str]]:
    """All matches, pattern by pattern."""
    for need, pattern in rows:
        if need in text:
            yield from pattern.finditer(text)


def _says(rows: _Rows, text: str) -> bool:
    return next(_find(rows, text), None) is not None


def _is_formula(title: str, kind: _Kind) -> bool:
    """Whether a folded title, or what of it stands before the site's name, is nothing but what such pages say."""
    for part in (title, _SITE.split(title, maxsplit=1)[0]):
        rest = kind.formula.sub("", part).strip(_SIGNS)
        if rest != part.strip(_SIGNS) and _WORD.search(kind.formula.sub("", rest)) is None:
            return True
    return False


def is_error(title: str) -> bool:
    """Whether a title is nothing but what an error's page is called: "404 Not Found"."""
    folded = _fold(title[:300])
    return any(_is_formula(folded, kind) for kind in _read_data()[0] if kind.reason == _ERROR)


def says_error(text: str) -> bool:
    """Whether a text says, where it begins, what an error's page tells its reader."""
    folded = _fold_said(text)
    return any(_says(kind.text, folded) for kind in _read_data()[0] if kind.reason == _ERROR)


def _find_insistence(title: str, body: str) -> str:
    """The reason why a long body, folded, is no article's: a consent manager's text, an error's advice; or empty."""
    for kind in _read_data()[0]:
        said = {match.group() for match in _find(kind.text, body)}
        if len(said) >= _INSISTING or (said and _is_formula(title, kind)):
            return kind.reason
    return ""


def _offers_instead(kind: _Kind, head: str, paragraphs: tuple[str, ...]) -> bool:
    """Whether a page says of itself what it is, and offers, under their heading, other stories, which are its body.

    ``head`` is the page's first text, folded.
    """
    if not _says(kind.text, head):
        return False
    instead = _read_data()[1]
    opening = map(_fold_said, paragraphs[:_OPENING])
    first = next((text for text in opening if not _says(kind.text, text) and not _says(instead, text)), "")
    before = head.partition(first)[0] if first else head
    said = min((match.end() for match in _find(kind.text, before)), default=None)
    return said is not None and _says(instead, before[said:])


def find_refusal(title: str, paragraphs: tuple[str, ...], page_text: str, status: int, *, is_told: bool = False) -> str:
    """The reason why a page is no article, or empty.

    ``page_text`` is all that a reader sees; ``is_told`` whether the page's data call it an article or give it a time.
    A page with a whole body is kept, even under an error banner or with an error's status, unless all of it is what
    such pages say and nothing speaks for it; teasers that a page offers instead of what it hasn't got are none. A short
    one is judged by its text, or by a title that is nothing but an error's; a dateline, or what the data tell, speaks
    for it. What stands in quotation marks counts for nothing.
    """
    words = sum(count_words(paragraph) for paragraph in paragraphs)
    dated = bool(paragraphs) and _DATELINE.match(paragraphs[0][:160]) is not None
    folded_title = _fold(title[:300])
    if words > _TEASERS or (words > _ENOUGH_WORDS and (dated or is_told)):
        return "" if dated or is_told else _find_insistence(folded_title, _fold_said(" ".join(paragraphs)))
    if not page_text.strip() and not title:
        return "empty"
    body, head = _fold_said(" ".join(paragraphs)), _fold_said(page_text)
    if words and not (dated or is_told):
        for kind in _read_data()[0]:
            # Whole pages print what asks for consent, and a form to sign in, above their menu and their text.
            sure = kind.reason == _ERROR or _is_formula(folded_title, kind)
            if sure and _offers_instead(kind, head, paragraphs):
                return kind.reason
    if words > _ENOUGH_WORDS:
        return _find_insistence(folded_title, body)
    for kind in _read_data()[0]:
        named = _says(kind.title, folded_title)
        formula = named and _is_formula(folded_title, kind)
        # An article's own page may hold nothing but its wall, or the promise that its text is on its way.
        spoken_for = dated or (is_told and kind.reason not in {"login_wall", "no_article"})
        # A headline that speaks of such a page has a text that does: one that is not short must be little else.
        decides = formula or (not spoken_for and (named or words < SHORT))
        said = {match.group() for match in _find(kind.text, body)} if decides else set()
        says = bool(said) if formula or words < SHORT else len(said) > 1
        if formula and (says or (not dated and (words < SHORT or _says(kind.text, head)))):
            return kind.reason
        if says and not spoken_for:
            return kind.reason
        if words < (SHORT // 3 if named else _SCRAPS) and not (words and (dated or is_told)) and _says(kind.text, head):
            return kind.reason
    if status >= 400:
        return _ERROR
    return "" if words else "no_article"
