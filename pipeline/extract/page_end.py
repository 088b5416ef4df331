"""Decide how the visible part of an article ends: complete, at a paywall, or cut off where the page's bytes end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape
from itertools import islice

from selectolax.lexbor import LexborNode

from copydesk.pipeline.core.records import DroppedText
from copydesk.pipeline.core.text import count_words, normalize_line
from copydesk.pipeline.extract.blocks import Block, read_blocks
from copydesk.pipeline.extract.structured_data import Structured
from copydesk.pipeline.extract.truncation import (
    MAX_PAYWALL_DISTANCE_BLOCKS,
    ends_mid_sentence,
    is_truncated,
    may_be_truncated,
    may_contain_paywall,
    split_paywall,
)

_SCRIPT_OR_STYLE = re.compile(r"<(?i:script|style)\b[^<]*(?:<(?!/)[^<]*)*")
_INLINE_TAG = re.compile(r"</?(?i:a|b|em|font|i|mark|small|span|strong|u)\b[^<>]*>")
_TAG = re.compile(r"<[^<>]*>")
# A tag that the end of the page cuts off.
_UNFINISHED_TAG = re.compile(r"<[^<>]*$")
# HTML allows a page to omit these; hardly any does.
_CLOSING_TAG = re.compile(r"</(?i:body|html)\b")
# Nearly all pages close their markup within the last so many characters.
_PAGE_END_CHARS = 100
_HIDDEN_ZONES = frozenset({"hidden", "overlay"})
# Fewer words are a mark below the text, not the start of a sentence.
_MIN_SENTENCE_WORDS = 3
_PAYWALL_REASON = "paywall"
# Words above a paywall that are an article's beginning; with fewer the page is only the wall.
_MIN_STUB_WORDS = 8
# Characters of the last paragraph that are searched in the markup: enough to find it, few enough not to span tags.
_LAST_WORDS_CHARS = 24
# Characters of markup below the text in which a paywall stands.
_BELOW_SCAN_CHARS = 4_000


def _find_blocks_below(blocks: list[Block], paragraphs: Sequence[str], dropped: tuple[DroppedText, ...]) -> list[str]:
    """Return what the page prints after the text: the blocks below its last paragraph, with those cut as paywall."""
    last = normalize_line(paragraphs[-1])
    at = max((number for number, block in enumerate(blocks) if block.text == last), default=None)
    if at is None:
        return [piece.text for piece in dropped if piece.reason == _PAYWALL_REASON]
    return _list_texts_below(blocks[at + 1 : at + 20])


def _list_texts_below(blocks: list[Block]) -> list[str]:
    """Return the texts of blocks that may be a paywall."""
    return [block.text for block in blocks if block.zone not in {"caption", "share", "tags"}]


def _find_lines_below_in_markup(html: str, paragraphs: Sequence[str]) -> list[str] | None:
    """Return what ``_find_blocks_below`` does, at most six lines, from the markup after the last paragraph alone.

    Saves parsing blocks of a page that needs them for nothing else. None if the last paragraph's end is not in the
    markup literally.
    """
    last = paragraphs[-1][-_LAST_WORDS_CHARS:]
    at = html.rfind(last)
    while at >= 0 and html.rfind("<script", 0, at) > html.rfind("</script", 0, at):
        at = html.rfind(last, 0, at)  # inside a script: structured data repeat the text
    if at < 0:
        return None
    markup = html[at + len(last) : at + len(last) + _BELOW_SCAN_CHARS]
    if not may_contain_paywall(markup):
        return []
    pieces = _TAG.split(_INLINE_TAG.sub("", _SCRIPT_OR_STYLE.sub("<p>", markup)))
    lines = (normalize_line(unescape(piece)) for piece in pieces if not piece.isspace())
    return list(islice(filter(None, lines), MAX_PAYWALL_DISTANCE_BLOCKS))


def _read_last_words(html: str) -> str:
    """Return the unfinished words at which a page's bytes end; empty if the page is complete."""
    if _CLOSING_TAG.search(html, max(0, len(html) - _PAGE_END_CHARS)):
        return ""
    markup = _INLINE_TAG.sub("", _UNFINISHED_TAG.sub("", html[-_BELOW_SCAN_CHARS:]))
    words = normalize_line(unescape(markup[markup.rfind(">") + 1 :]))
    return words if words and ends_mid_sentence(words) and not _CLOSING_TAG.search(html) else ""


def _breaks_off_in_text(html: str, body: LexborNode, blocks: list[Block], paragraphs: Sequence[str]) -> bool:
    """Return whether the page's bytes end in the article's last paragraph or in the one after it."""
    last_words = _read_last_words(html)
    if not last_words:
        return False
    ends = [block for block in blocks or read_blocks(body) if block.zone not in _HIDDEN_ZONES][-2:]
    if not ends or not ends[-1].text.endswith(last_words) or count_words(ends[-1].text) < _MIN_SENTENCE_WORDS:
        return False
    last_paragraph = normalize_line(paragraphs[-1])
    is_next = (
        ends[0].ancestor_ids[:-1] == ends[-1].ancestor_ids[:-1] and not ends[-1].zone and not ends[-1].linked_chars
    )
    return last_paragraph == ends[-1].text or (last_paragraph == ends[0].text and is_next)


def is_cut_off(
    html: str,
    body: LexborNode | None,
    blocks: list[Block],
    paragraphs: Sequence[str],
    dropped: tuple[DroppedText, ...],
    data: Structured,
) -> bool:
    """Return whether a page shows only the beginning of its article.

    Args:
        html: The page's text.
        body: Its body element; None if it has none.
        blocks: The body's blocks if they were read, else empty.
        paragraphs: The article's paragraphs.
        dropped: What was cut from them.
        data: The page's structured data.
    """
    if body is None or not paragraphs:
        return False
    if _breaks_off_in_text(html, body, blocks, paragraphs):
        return True
    if not may_be_truncated(paragraphs, is_free=data.is_free):
        return False
    paywall = [piece.text for piece in dropped if piece.reason == _PAYWALL_REASON]
    below = paywall or (None if blocks else _find_lines_below_in_markup(html, paragraphs))
    if below is None:
        below = _find_blocks_below(blocks or read_blocks(body), paragraphs, dropped)
    return is_truncated(paragraphs, below, is_free=data.is_free, declared_word_count=data.declared_word_count)


def cut_paywall(paragraphs: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[DroppedText, ...]]:
    """Return the text without the paywall's lines at its end, and these; unchanged if too little would be left."""
    kept, paywall = split_paywall(paragraphs)
    if not paywall or sum(map(count_words, kept)) < _MIN_STUB_WORDS:
        return paragraphs, ()
    return tuple(kept), tuple(DroppedText(_PAYWALL_REASON, text) for text in paywall)
