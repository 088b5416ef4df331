"""Whether a page shows an article whole or only its beginning (``truncation.toml``).

The signs, each of them enough: the page's data call the article not free and its text is short, or far shorter than
the length they give; a wall's words stand right below a text that is short or breaks off; an invitation to subscribe
or to read on stands below a text that breaks off with an ellipsis. A text that is short and whole is not truncated.
That a page's bytes break off in the midst of its text the chain sees, which has the markup.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from copydesk.pipeline.core.regex_prefilter import build_literal_prefilter, find_required_literal
from copydesk.pipeline.core.text import count_words
from copydesk.pipeline.extract.quoted import cut_quoted, cut_quoted_lines

# A stub is a paragraph or three. Metered pages hold the whole text, and say the same of it.
_STUB_WORDS = 200
# Of an article that is not free so few words are no whole one, save where the page says how long it is.
_TEASER_WORDS = 120
# A text of less than this part of the length that the page gives is not whole.
_WHOLE = 0.6
# How many blocks below the text a wall begins, and how much of a block is read.
NEAR = 6
_COUNTED = 20_000
# A wall's own words, with what is printed below it.
_WALL_WORDS = 60
_REACH = 300
# No wall in letters of an alphabet says it in fewer characters.
_LEAST = 10
_BROKEN = re.compile(r"(?:\u2026|\.\.\.|\[\.\.\.\]|\[\u2026\]|\(\.\.\.\)|\(\u2026\))\W{0,3}$")
_ENDED = re.compile(r"[.!?\u3002\uff01\uff1f\u061f\u06d4\u0964]\W{0,4}$")
# Thai and its neighbours write no mark at a sentence's end.
_AMID = re.compile(r"(?:[^\W\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]|[,;\u2013\u2014\uff0c\u3001\u060c-])$")
_QUOTES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u201c": '"', "\u201d": '"', "\u00a0": " "})


@cache
def _read_data() -> dict[str, list[str]]:
    return tomllib.loads((Path(__file__).parent / "truncation.toml").read_text(encoding="utf-8"))


@cache
def _read_patterns() -> dict[str, tuple[tuple[str, re.Pattern[str]], ...]]:
    """Of each kind the patterns, with what a text needs for them to match; those that need nothing are one."""
    found = {}
    for name in ("wall", "subscribe", "more"):
        rows = _read_data()[name]
        needy = [(need, re.compile(row)) for row in rows if (need := find_required_literal(row))]
        others = [row for row in rows if not find_required_literal(row)]
        if others:
            needy.append(("", re.compile("|".join(f"(?:{row})" for row in others))))
        found[name] = tuple(needy)
    return found


def patterns() -> list[re.Pattern[str]]:
    """Every pattern in use, for testing their speed."""
    return [*(regex for kind in _read_patterns().values() for _, regex in kind), _BROKEN, _ENDED, _AMID]


def _says(name: str, text: str) -> bool:
    text = text[:_REACH].casefold()
    if name != "more" and not _screen()(text):
        return False
    text = text if text.isascii() else text.translate(_QUOTES)
    if name != "more" and not may_hold_wall(text):
        return False
    return any(need in text and regex.search(text) for need, regex in _read_patterns()[name])


@cache
def _screen() -> Callable[[str], bool]:
    return build_literal_prefilter(_read_data()["words"])


def may_hold_wall(markup: str) -> bool:
    """Whether some markup holds any of the words that no wall and no invitation does without; a quick look."""
    folded = markup.casefold()
    return any(map(folded.__contains__, _read_data()["words"]))


def _may_be_walls(lines: Sequence[str]) -> bool:
    """Whether any of some lines may be a wall's; a quick look at all of them at once."""
    text = "\n".join([line for line in lines if len(line) <= _REACH])
    return _screen()(cut_quoted_lines(text).casefold())


def is_wall(text: str) -> bool:
    """Whether a line says that the rest of the text is for those who pay or sign in."""
    if len(text) > _REACH or (len(text) < _LEAST and text.isascii()):
        return False
    return count_words(text) <= 45 and _says("wall", cut_quoted(text))


def _count(paragraphs: Sequence[str]) -> int:
    """Words, of a paragraph at most those of its first 20,000 characters: more make no difference."""
    return sum(count_words(text[:_COUNTED]) for text in paragraphs)


def breaks_off(paragraphs: Sequence[str]) -> bool:
    """Whether a text ends with an ellipsis, as teasers do."""
    return bool(paragraphs) and _BROKEN.search(paragraphs[-1][-20:]) is not None


def ends_amid(text: str) -> bool:
    """Whether a text ends amid a sentence: with a letter, a figure or a comma, in a script that writes end marks."""
    return _AMID.search(text[-2:]) is not None


def may_be_truncated(paragraphs: Sequence[str], *, free: bool | None) -> bool:
    """Whether it is worth looking at what stands below a text: it is short, or breaks off, or is not free."""
    return free is False or breaks_off(paragraphs) or _count(paragraphs) < _STUB_WORDS


def is_truncated(paragraphs: Sequence[str], below: Sequence[str], *, free: bool | None = None, length: int = 0) -> bool:
    """Whether ``paragraphs`` are only an article's beginning.

    ``below`` are the blocks that the page prints after them, in order; ``free`` and ``length`` (words) what the page's
    data say of the article, None and 0 where they say nothing.
    """
    words = _count(paragraphs)
    if not words:
        return False
    if free is False:
        if length:
            return words < length * _WHOLE
        if words < _TEASER_WORDS:
            return True
    broken = breaks_off(paragraphs)
    whole = _ENDED.search(paragraphs[-1][-20:]) is not None and not broken
    near = below[:NEAR]
    if _may_be_walls(near) and any(is_wall(text) for text in near) and (not whole or words < _STUB_WORDS):
        return True
    if broken and words < _STUB_WORDS * 2:
        return any(count_words(text[:_REACH]) <= 45 and _says("subscribe", text) for text in near) and not any(
            _says("more", text) for text in (*near, paragraphs[-1][-60:])
        )
    return False


def split_wall(paragraphs: Sequence[str]) -> tuple[list[str], list[str]]:
    """The text, and the paragraphs at its end that are a wall's: those from the first wall's line on.

    A wall is looked for only among the last paragraphs, and never takes more than it leaves.
    """
    sizes = [count_words(text[:_COUNTED]) for text in paragraphs]
    before, rest = 0, sum(sizes)
    last: list[int] = []
    for at, size in enumerate(sizes):
        if at and rest <= max(_WALL_WORDS, before):
            last.append(at)
        before += size
        rest -= size
    walls = (at for at in last if is_wall(paragraphs[at])) if _may_be_walls([paragraphs[at] for at in last]) else ()
    wall = next(iter(walls), len(paragraphs))
    return list(paragraphs[:wall]), list(paragraphs[wall:])
