"""The prolog of an XML document, before its root element: the place to declare entities, for bombs or to read files."""

from __future__ import annotations

import re

from copydesk.crawler.discovery.entry import FeedError

EMPTY_BODY = "empty response"
_WHITESPACE = b" \t\r\n"
_HTML = re.compile(rb"<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>]", re.IGNORECASE)
_ROOT_ELEMENT = re.compile(rb"<(?:[A-Za-z][\w.-]{0,40}:)?([A-Za-z][\w.-]{0,40})")


def check_prolog(body: bytes) -> str:
    """Check the start of a document before an XML parser sees it.

    Returns:
        The local name of the root element, lower case.

    Raises:
        FeedError: The body is empty, an HTML page or not XML, or it declares XML entities. Feeds do not need them.
    """
    # Remove NULs, so that UTF-16 and UTF-32 can't hide a declaration.
    text = body.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe" + _WHITESPACE)
    if not text:
        raise FeedError(EMPTY_BODY)
    prolog, root = _split_prolog(text)
    if b"<!ENTITY" in prolog.upper():
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
