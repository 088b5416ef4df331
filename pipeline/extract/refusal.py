"""Whether a page is an article at all, and if not, what it is."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pipeline.text import count_words

# A body of more words than this is an article, whatever the page says around it; unless it is itself what such pages
# say: its title nothing else, or its beginning of this kind in so many ways.
_ENOUGH_WORDS = 120
_INSISTING = 3
# The first characters of a page that are searched for what it says of itself.
_HEAD = 1500
# Of fewer words than this a body is short, and of fewer than these it is next to nothing: what is around it speaks.
SHORT = 60
_SCRAPS = 8
_ERROR = "error_page"
# Where a title's own words end and the site's name begins.
_SITE = re.compile(r"\s[|\u2013\u2014\u00b7-]\s")
_WORD = re.compile(r"\w")
# A place and an agency or a dash, as only a wire's text begins.
_DATELINE = re.compile(
    r"[^()\uff08\uff09.!?]{0,60}\([^()]{2,40}\)\s{0,2}[\u2013\u2014-]"
    r"|[A-Z][A-Z .'-]{2,40}(?:, [\w .]{2,30})?,? ?(?:[\u2013\u2014]|--?) "
    r"|.{0,40}[\u96fb\u7535](?:[)\s(\uff08\uff09]|$)"
)


@dataclass(frozen=True, slots=True)
class _Kind:
    reason: str
    title: re.Pattern[str]
    text: re.Pattern[str]


@cache
def _kinds() -> tuple[_Kind, ...]:
    data = tomllib.loads((Path(__file__).parent / "refusals.toml").read_text(encoding="utf-8"))
    return tuple(
        _Kind(
            entry["reason"],
            re.compile("|".join(f"(?:{pattern})" for pattern in entry["title"])),
            re.compile("|".join(f"(?:{pattern})" for pattern in entry["text"])),
        )
        for entry in data["page"]
    )


def patterns() -> list[re.Pattern[str]]:
    """Every pattern in use, for testing their speed."""
    return [pattern for kind in _kinds() for pattern in (kind.title, kind.text)]


def _is_formula(title: str, pattern: re.Pattern[str]) -> bool:
    """Whether a folded title, or what of it stands before the site's name, is nothing but what such pages say."""
    return any(
        pattern.search(part) is not None and _WORD.search(pattern.sub("", pattern.sub("", part).strip())) is None
        for part in (title, _SITE.split(title, maxsplit=1)[0])
    )


def is_error(title: str) -> bool:
    """Whether a title is nothing but what an error's page is called: "404 Not Found"."""
    folded = title[:300].casefold()
    return any(_is_formula(folded, kind.title) for kind in _kinds() if kind.reason == _ERROR)


def says_error(text: str) -> bool:
    """Whether a text says, where it begins, what an error's page tells its reader."""
    folded = text[:_HEAD].casefold()
    return any(kind.text.search(folded) is not None for kind in _kinds() if kind.reason == _ERROR)


def _find_insistence(title: str, body: str) -> str:
    """The reason why a long body, folded, is no article's: a consent manager's text, an error's advice; or empty."""
    for kind in _kinds():
        said = {match.group() for match in kind.text.finditer(body)}
        if len(said) >= _INSISTING or (said and _is_formula(title, kind.title)):
            return kind.reason
    return ""


def find_refusal(title: str, paragraphs: tuple[str, ...], page_text: str, status: int, *, is_told: bool = False) -> str:
    """The reason why a page is no article, or empty.

    ``page_text`` is all that a reader sees; ``is_told`` whether the page's data call it an article or give it a time.
    A page with a whole body is kept, even under an error banner or with an error's status, unless all of it is what
    such pages say and nothing speaks for it. A short one is judged by its
    text, or by a title that is nothing but an error's; a dateline, or what the data tell, speaks for it.
    """
    words = sum(count_words(paragraph) for paragraph in paragraphs)
    dated = bool(paragraphs) and _DATELINE.match(paragraphs[0][:160]) is not None
    folded_title = title[:300].casefold()
    body = " ".join(paragraphs)[:_HEAD].casefold()
    if words > _ENOUGH_WORDS:
        return "" if dated or is_told else _find_insistence(folded_title, body)
    if not page_text.strip() and not title:
        return "empty"
    head = page_text[:_HEAD].casefold()
    for kind in _kinds():
        named = kind.title.search(folded_title) is not None
        formula = named and _is_formula(folded_title, kind.title)
        says = (named or words < SHORT) and kind.text.search(body) is not None
        if formula and (says or (not dated and (words < SHORT or kind.text.search(head)))):
            return kind.reason
        # An article's own page may hold nothing but its wall, or the promise that its text is on its way.
        spoken_for = dated or (is_told and kind.reason not in {"login_wall", "no_article"})
        if says and not spoken_for:
            return kind.reason
        if words < (SHORT // 3 if named else _SCRAPS) and not (words and (dated or is_told)) and kind.text.search(head):
            return kind.reason
    if status >= 400:
        return _ERROR
    return "" if words else "no_article"
