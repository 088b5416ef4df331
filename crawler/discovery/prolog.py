"""The part of an XML document before its root element: where entity bombs and file readers are declared."""

from __future__ import annotations

import re

from copydesk.crawler.discovery.entry import FeedError

_WHITESPACE = b" \t\r\n"
_HTML = re.compile(rb"<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>]", re.IGNORECASE)
_ROOT_ELEMENT = re.compile(rb"<(?:[A-Za-z][\w.-]{0,40}:)?([A-Za-z][\w.-]{0,40})")


def check_prolog(body: bytes) -> str:
    """Refuse what can't be a feed before any parser sees it; returns the root element's local name in small letters.

    Raises:
        FeedError: empty, an HTML page, or an XML document that declares entities (no feed needs to; bombs do).
    """
    # NULs are taken out so that UTF-16 and UTF-32 can't hide a declaration.
    text = body.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe" + _WHITESPACE)
    if not text:
        raise FeedError("an empty body")
    prolog, root = _split_prolog(text)
    if b"<!ENTITY" in prolog.upper():
        raise FeedError("declares entities: refused")
    if _HTML.match(root) or _HTML.search(prolog):
        raise FeedError("an HTML page")
    name = _ROOT_ELEMENT.match(root)
    if not name:
        raise FeedError("not XML")
    return name.group(1).decode("ascii").lower()


def _split_prolog(text: bytes) -> tuple[bytes, bytes]:
    """Prolog (without comments) and the rest from the root element on; linear in the length of ``text``."""
    kept: list[bytes] = []
    at = 0
    while at < len(text):
        if text.startswith(b"<!--", at):
            end = text.find(b"-->", at)
            at = len(text) if end < 0 else end + 3
        elif text.startswith(b"<?", at):
            end = text.find(b"?>", at)
            at = len(text) if end < 0 else end + 2
        elif text.startswith(b"<!", at):
            end = _skip_doctype(text, at)
            kept.append(text[at:end])
            at = end
        elif text[at] in _WHITESPACE:
            at += 1
        else:
            break
    return b"".join(kept), text[at:]


def _skip_doctype(text: bytes, at: int) -> int:
    """Where the declaration that begins at ``at`` ends, its internal subset in brackets included."""
    close = text.find(b">", at)
    bracket = text.find(b"[", at)
    if bracket < 0 or 0 <= close < bracket:
        return len(text) if close < 0 else close + 1
    end = text.find(b"]", bracket)
    close = text.find(b">", end) if end >= 0 else -1
    return len(text) if close < 0 else close + 1
