"""Read the paragraphs of a text that JSON data describe piece by piece: nested objects of paragraphs, links, marks."""

from __future__ import annotations

import re
from typing import Any

from copydesk.pipeline.core.text import normalize_line
from copydesk.pipeline.extract.json_ld import parse_body_text

# Properties that name what an object is; that contain its text, in the order in which they are tried.
_TYPE_KEYS = ("type", "_type", "nodeType", "kind", "__typename", "component", "tag", "blockName")
_TEXT_KEYS = (
    "text", "value", "html", "content", "children", "body", "paragraph", "copy", "markup", "richText", "model", "data",
    "blocks", "items", "elements", "nodes", "contents", "spans", "runs", "props", "fields", "attributes",
)  # fmt: skip
# Parts of the names of pieces that are not text, and whole words of them.
_OTHER_KINDS = (
    "image", "photo", "picture", "video", "audio", "media", "embed", "gallery", "advert", "promo", "related", "recirc",
    "newsletter", "caption", "byline", "author", "social", "tweet", "iframe", "script", "style", "divider", "teaser",
    "button", "form", "widget", "menu", "correction", "podcast", "poll", "readmore", "interstitial", "recommend",
)  # fmt: skip
_OTHER_WORDS = frozenset({"ad", "ads", "tag", "tags"})
# Last words of the kinds of pieces that go on in a paragraph; other kinds are one.
_INLINE_TYPES = frozenset({
    "text", "span", "link", "hyperlink", "a", "strong", "em", "b", "i", "u", "bold", "italic", "entity", "mark",
    "fragment", "code", "sub", "sup", "inline", "small",
})  # fmt: skip
_MAX_KIND_CHARS = 80
_KIND_SEPARATOR = re.compile(r"[-_/:]")
_SENTENCE = re.compile(r"[^\W\d_][,;:]? \S|[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]{4}")
_SENTENCE_END = re.compile(r"[.!?\u2026\u3002\uff01\uff1f\u061f\u0964][\"'\u201d\u2019\u00bb\u300d)]{0,2}$")
_MARKUP = ("<p>", "<p ", "<br", "<h2", "<h3", "<h4", "<div", "<li", "&lt;p")
# Longer runs of ASCII letters are identifiers, except in addresses.
_LONG_WORD = re.compile(r"(?<![\w/.:%-])[A-Za-z0-9_-]{41}")
_MIN_SENTENCE_SHARE = 0.7
_MAX_DEPTH = 40


def read_pieces(value: Any) -> list[str]:
    """Return the paragraphs of a string of text or markup, or of a list of pieces."""
    paragraphs, run = _read(value, 0)
    if text := normalize_line(run):
        paragraphs = [*paragraphs, text]
    return [text for text in paragraphs if _SENTENCE.search(text) or len(text) > 1]


def is_prose(paragraphs: list[str]) -> bool:
    """Return whether most of a text is sentences: not identifiers, addresses or labels."""
    total = sum(map(len, paragraphs))
    sentences = sum(
        len(text)
        for text in paragraphs
        if _SENTENCE_END.search(text[-6:]) and _LONG_WORD.search(text) is None and _SENTENCE.search(text)
    )
    return sentences >= total * _MIN_SENTENCE_SHARE


def _read(value: Any, depth: int) -> tuple[list[str], str]:
    """Return the whole paragraphs in a value, and the text after them that may go on in the next value."""
    if depth > _MAX_DEPTH:
        return [], ""
    if isinstance(value, str):
        if any(mark in value for mark in _MARKUP):
            return parse_body_text(value).split("\n"), ""
        return [], parse_body_text(value) if "<" in value else value
    if isinstance(value, list):
        if len(value) == 4 and value[0] == "$" and isinstance(value[1], str):
            return _read_typed(value[1], value[3], depth)
        return _read_list(value, depth)
    return _read_object(value, depth) if isinstance(value, dict) else ([], "")


def _read_object(value: dict[str, Any], depth: int) -> tuple[list[str], str]:
    kind = next((value[key] for key in _TYPE_KEYS if isinstance(value.get(key), str)), "")
    return _read_typed(kind, value, depth)


def _read_typed(kind: str, value: Any, depth: int) -> tuple[list[str], str]:
    """Return what ``_read`` does for an object of a kind; a block ends the paragraph before it and its own."""
    name = kind[:_MAX_KIND_CHARS].lower()
    words = _KIND_SEPARATOR.split(name)
    if any(word in name for word in _OTHER_KINDS) or not _OTHER_WORDS.isdisjoint(words):
        return [], ""
    paragraphs: list[str] = []
    run = ""
    for key in _TEXT_KEYS if isinstance(value, dict) else ():
        if isinstance(value.get(key), (str, list, dict)):
            paragraphs, run = _read(value[key], depth + 1)
            if paragraphs or run.strip():
                break
    is_block = bool(kind) and words[-1] not in _INLINE_TYPES
    if is_block and (text := normalize_line(run)):
        return [*paragraphs, text], ""
    return paragraphs, run


def _read_list(value: list[Any], depth: int) -> tuple[list[str], str]:
    paragraphs: list[str] = []
    run = ""
    for item in value:
        whole, rest = _read(item, depth + 1)
        # Text that goes on is written with blanks at its ends; whole sentences without are paragraphs.
        is_new = bool(whole) or (_SENTENCE_END.search(run) and rest[:1].strip() != "")
        if is_new and (text := normalize_line(run)):
            paragraphs.append(text)
            run = ""
        paragraphs += whole
        run += rest
    return paragraphs, run
