"""Read markup that a page prints escaped, as text with tags in it, as the markup that it was meant to be."""

from __future__ import annotations

import re

from copydesk.pipeline.core.text import normalize_line

_TAG = re.compile(r"</?([A-Za-z][A-Za-z0-9]{0,9})(?:[ /][^<>]{0,2000})?>")
# Elements that text is written with, and those of them that end a paragraph. Others may be what the text is about.
_INLINE_TAGS = frozenset({"a", "b", "i", "u", "em", "strong", "span"})
_BLOCK_TAGS = frozenset({"p", "br", "div", "ul", "ol", "li", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6"})


def _read_tag(match: re.Match[str]) -> str:
    """Return what a tag stands for: nothing, a new line, or itself if no text is written with it."""
    name = match[1].lower()
    return "" if name in _INLINE_TAGS else "\n" if name in _BLOCK_TAGS else match.group()


def split_escaped_markup(text: str) -> list[str]:
    """Return the paragraphs of a text that may contain tags, without them; none if it consists of tags."""
    return [line for piece in _TAG.sub(_read_tag, text).split("\n") if (line := normalize_line(piece))]
