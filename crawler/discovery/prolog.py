"""The prolog of an XML document, before its root element: the place to declare entities, for bombs or to read files."""

from __future__ import annotations

import re

from copydesk.crawler.discovery.entry import FeedError

EMPTY_BODY = "empty response"
_WHITESPACE = b" \t\r\n"
_HTML = re.compile(rb"<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>]", re.IGNORECASE)
_ROOT_ELEMENT = re.compile(rb"<(?:[A-Za-z][\w.-]{0,40}:)?([A-Za-z][\w.-]{0,40})")
_DOCUMENT_START = re.compile(
    rb"<\?xml\s|<(?:[A-Za-z][\w.-]{0,40}:)?(?:rss|feed|rdf|channel|urlset|sitemapindex)[\s>]", re.IGNORECASE
)
_MAX_PREAMBLE_BYTES = 64 * 1024
"""Bytes before the document that are skipped. A page of PHP notices has a few thousand."""
_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)
_CHARACTER_ENTITY = re.compile(
    rb"<!ENTITY\s{1,20}[A-Za-z][\w.-]{0,40}\s{1,20}(?:\"(?:&\#(?:\d{1,7}|x[0-9A-F]{1,6});|[^\"&%<]{0,8})\""
    rb"|'(?:&\#(?:\d{1,7}|x[0-9A-F]{1,6});|[^'&%<]{0,8})')\s{0,20}>",
    re.IGNORECASE,
)
"""The declaration of an entity that stands for one character, such as ``nbsp``. It cannot grow, and reads no file."""


def skip_preamble(body: bytes) -> bytes:
    """Return the document without text in front of it, such as a warning that PHP prints.

    A document in UTF-16 or UTF-32, and one that starts as XML should, is returned as it is.
    """
    start = body[:4].lstrip(b"\xef\xbb\xbf" + _WHITESPACE)
    if b"\0" in body[:4] or start.startswith(b"<?xml") or not start:
        return body
    match = _DOCUMENT_START.search(body, 0, _MAX_PREAMBLE_BYTES)
    if match is None or _HTML.search(body, 0, match.start()) or b"<!" in body[: match.start()]:
        return body  # a comment or a DOCTYPE in front of the root element belongs to the document
    return body[match.start() :]


def check_prolog(body: bytes) -> str:
    """Check the start of a document before an XML parser sees it.

    Returns:
        The local name of the root element, lower case.

    Raises:
        FeedError: The body is empty, an HTML page or not XML, or it declares XML entities other than single characters.
            Feeds do not need them.
    """
    # Remove NULs, so that UTF-16 and UTF-32 can't hide a declaration.
    text = body.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe" + _WHITESPACE)
    if not text:
        raise FeedError(EMPTY_BODY)
    prolog, root = _split_prolog(text)
    if _ENTITY.search(_CHARACTER_ENTITY.sub(b"", prolog)):
        raise FeedError("declares XML entities")
    if _HTML.match(root) or _HTML.search(prolog):
        raise FeedError("HTML page")
    name = _ROOT_ELEMENT.match(root)
    if not name:
        raise FeedError("not XML")
    return name.group(1).decode("ascii").lower()


def _split_prolog(text: bytes) -> tuple[bytes, bytes]:
    """Return the declarations of the prolog, and the document from the root element on, in linear time."""
    declarations: list[bytes] = []
    position = 0
    while position < len(text):
        if text.startswith(b"<!--", position):
            end = text.find(b"-->", position)
            position = len(text) if end < 0 else end + 3
        elif text.startswith(b"<?", position):
            end = text.find(b"?>", position)
            position = len(text) if end < 0 else end + 2
        elif text.startswith(b"<!", position):
            end = _skip_doctype(text, position)
            declarations.append(text[position:end])
            position = end
        elif text[position] in _WHITESPACE:
            position += 1
        else:
            break
    return b"".join(declarations), text[position:]


def _skip_doctype(text: bytes, position: int) -> int:
    """Return the end of the declaration at ``position``, including an internal subset in brackets."""
    close = text.find(b">", position)
    bracket = text.find(b"[", position)
    if bracket < 0 or 0 <= close < bracket:
        return len(text) if close < 0 else close + 1
    end = text.find(b"]", bracket)
    close = text.find(b">", end) if end >= 0 else -1
    return len(text) if close < 0 else close + 1


def list_entities(body: bytes) -> dict[bytes, bytes]:
    """Return the entities that a document declares, as references or characters; see ``check_prolog``."""
    declarations, _ = _split_prolog(body.removeprefix(b"\xef\xbb\xbf"))
    found = {}
    for match in _CHARACTER_ENTITY.finditer(declarations):
        name, value = match.group().split(None, 2)[1:]
        found[name] = value.rstrip(b"> \t\r\n")[1:-1]
    return found
