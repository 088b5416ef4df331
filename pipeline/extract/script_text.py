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
_OTHER_TYPE = re.compile(
    r"image|photo|picture|video|audio|media|embed|gallery|advert|(?:^|[^a-z])ads?(?:$|[^a-z])|promo|related|recirc"
    r"|newsletter|caption|byline|author|social|tweet|iframe|script|style|divider|teaser|button|form|widget|tags?$|menu"
    r"|correction|podcast|poll|readmore|interstitial|recommend",
    re.IGNORECASE,
)
_INLINE_TYPE = re.compile(
    r"(?:.*-)?(?:text|span|link|hyperlink|a|strong|em|b|i|u|bold|italic|entity|mark|fragment|code|sub|sup|inline\w{0,10}|small)",
    re.IGNORECASE,
)
_BLOCK_TYPE = re.compile(
    r"(?:.*[-_])?(?:p|paragraph|para|h[1-6]|heading|header|subhead\w{0,4}|li|list-?item|block|blockquote|quote|pullquote)",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[^\W\d_]\S* \S|[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]{4}")
_SENTENCE_END = re.compile(r"[.!?\u2026\u3002\uff01\uff1f\u061f\u0964][\"'\u201d\u2019\u00bb\u300d)]{0,2}$")
_MARKUP = re.compile(r"<(?:p|br|h[2-6]|div|li)\b", re.IGNORECASE)
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
        if _MARKUP.search(value) or "&lt;p" in value:
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
    if _OTHER_TYPE.search(kind):
        return [], ""
    paragraphs: list[str] = []
    run = ""
    for key in _TEXT_KEYS if isinstance(value, dict) else ():
        if isinstance(value.get(key), (str, list, dict)):
            paragraphs, run = _read(value[key], depth + 1)
            if paragraphs or run.strip():
                break
    if (
        kind
        and run
        and (_BLOCK_TYPE.fullmatch(kind) or not _INLINE_TYPE.fullmatch(kind))
        and (text := normalize_line(run))
    ):
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
