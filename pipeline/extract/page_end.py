"""How what a page shows of an article ends: whole, at a wall, or in the midst, where the page's bytes do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape
from itertools import islice

from selectolax.lexbor import LexborNode

from copydesk.pipeline.core.records import Dropped
from copydesk.pipeline.core.text import count_words, normalize_line
from copydesk.pipeline.extract.blocks import Block, read_blocks
from copydesk.pipeline.extract.structured_data import Structured
from copydesk.pipeline.extract.truncation import (
    NEAR,
    ends_amid,
    is_truncated,
    may_be_truncated,
    may_hold_wall,
    split_wall,
)

_SILENT = re.compile(r"<(?i:script|style)\b[^<]*(?:<(?!/)[^<]*)*")
_INLINE = re.compile(r"</?(?i:a|b|em|font|i|mark|small|span|strong|u)\b[^<>]*>")
_TAG = re.compile(r"<[^<>]*>")
# A tag in the midst of which the bytes end; and the end of the markup, that may be left out but rarely is.
_UNFINISHED = re.compile(r"<[^<>]*$")
_CLOSED = re.compile(r"</(?i:body|html)\b")
# Characters at the end of a page among which nearly all close their markup.
_END = 100
_UNSEEN = frozenset({"hidden", "overlay"})
# Fewer words than these are a mark below a text, not a sentence begun.
_SOME_WORDS = 3
_WALL = "paywall"
# Above a wall's words so many others are an article's beginning; with fewer the page is the wall.
_STUB = 8
# Characters of the last paragraph that are looked for, and of the markup below that a wall stands in.
_LAST_WORDS = 24
_BELOW = 4_000


def _find_below(blocks: list[Block], paragraphs: Sequence[str], dropped: tuple[Dropped, ...]) -> list[str]:
    """What the page prints after the text: the blocks below the last paragraph, what was cut there among them."""
    last = normalize_line(paragraphs[-1])
    at = max((number for number, block in enumerate(blocks) if block.text == last), default=None)
    if at is None:
        return [piece.text for piece in dropped if piece.reason == _WALL]
    return _pick_below(blocks[at + 1 : at + 20])


def _pick_below(blocks: list[Block]) -> list[str]:
    return [block.text for block in blocks if block.zone not in {"caption", "share", "tags"}]


def _read_below(html: str, paragraphs: Sequence[str]) -> list[str] | None:
    """As ``_find_below``, from the markup after the last paragraph's last words alone, for a page whose other blocks
    nobody needs; None where these words do not stand there as they are.
    """
    last = paragraphs[-1][-_LAST_WORDS:]
    at = html.rfind(last)
    while at >= 0 and html.rfind("<script", 0, at) > html.rfind("</script", 0, at):
        at = html.rfind(last, 0, at)  # the page's data repeat its text
    if at < 0:
        return None
    markup = html[at + len(last) : at + len(last) + _BELOW]
    if not may_hold_wall(markup):
        return []
    pieces = _TAG.split(_INLINE.sub("", _SILENT.sub("<p>", markup)))
    lines = (normalize_line(unescape(piece)) for piece in pieces if not piece.isspace())
    return list(islice(filter(None, lines), NEAR))


def _read_last_words(html: str) -> str:
    """The words amid which a page's bytes end: text that no tag closes, in markup that is not closed; else empty."""
    if _CLOSED.search(html, max(0, len(html) - _END)):
        return ""
    markup = _INLINE.sub("", _UNFINISHED.sub("", html[-_BELOW:]))
    words = normalize_line(unescape(markup[markup.rfind(">") + 1 :]))
    return words if words and ends_amid(words) and not _CLOSED.search(html) else ""


def _ends_amid_text(html: str, body: LexborNode, blocks: list[Block], paragraphs: Sequence[str]) -> bool:
    """Whether a page's bytes break off in the midst of the article: in its last paragraph, or in the one after it."""
    last = _read_last_words(html)
    if not last:
        return False
    ends = [block for block in blocks or read_blocks(body) if block.zone not in _UNSEEN][-2:]
    if not ends or not ends[-1].text.endswith(last) or count_words(ends[-1].text) < _SOME_WORDS:
        return False
    told = normalize_line(paragraphs[-1])
    beside = ends[0].path[:-1] == ends[-1].path[:-1] and not ends[-1].zone and not ends[-1].linked
    return told == ends[-1].text or (told == ends[0].text and beside)


def is_cut_off(
    html: str,
    body: LexborNode | None,
    blocks: list[Block],
    paragraphs: Sequence[str],
    dropped: tuple[Dropped, ...],
    data: Structured,
) -> bool:
    """Whether a page shows only the beginning of its article. ``blocks`` are its own, if they have been read."""
    if body is None or not paragraphs:
        return False
    if _ends_amid_text(html, body, blocks, paragraphs):
        return True
    if not may_be_truncated(paragraphs, free=data.is_free):
        return False
    walled = [piece.text for piece in dropped if piece.reason == _WALL]
    below = walled or (None if blocks else _read_below(html, paragraphs))
    if below is None:
        below = _find_below(blocks or read_blocks(body), paragraphs, dropped)
    return is_truncated(paragraphs, below, free=data.is_free, length=data.length)


def cut_wall(paragraphs: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[Dropped, ...]]:
    """The text without the wall's lines at its end, where that leaves a beginning of an article."""
    kept, walled = split_wall(paragraphs)
    if not walled or sum(map(count_words, kept)) < _STUB:
        return paragraphs, ()
    return tuple(kept), tuple(Dropped(_WALL, text) for text in walled)
