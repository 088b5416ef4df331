"""Whether a response is an HTML page."""

from __future__ import annotations

import re

OK_STATUSES = frozenset({200, 203})

_HTML_CONTENT_TYPES = ("text/html", "application/xhtml+xml")
_BOM = b"\xef\xbb\xbf"
_HTML_START = re.compile(rb"<(?:!doctype\s+html|(?:[a-z]{1,10}:)?(?:html|head|body))[\s>/]", re.IGNORECASE)
_BINARY_MAGIC = (
    b"%PDF-",
    b"\x89PNG",
    b"GIF8",
    b"\xff\xd8\xff",
    b"PK\x03\x04",
    b"RIFF",
    b"\x1f\x8b",
    b"\x28\xb5\x2f\xfd",
)
"""The first bytes of files that servers send as HTML by mistake: PDF, images, archives."""
_MAX_SNIFFED_BYTES = 2048


def find_rejection(status: int, media_type: str, body: bytes) -> str:
    """Return why a response is not an HTML page; empty if it is one.

    The type counts if it is that of HTML, however it is written. Under any other one, a page counts if it starts as
    only HTML does: servers send pages as XML, as plain text and as unknown bytes.

    Args:
        status: The HTTP status.
        media_type: The media type without parameters, in lower case; empty if unknown.
        body: The body without content encoding.

    Returns:
        ``http`` and a status other than success, ``empty`` or ``content type``.
    """
    if status not in OK_STATUSES:
        return f"http {status}"
    start = body.removeprefix(_BOM).lstrip()[:64]
    if not start:
        return "empty"
    if media_type in _HTML_CONTENT_TYPES or (not media_type and start.startswith(b"<")):
        return "" if not body.startswith(_BINARY_MAGIC) else "content type"
    return "" if is_html(body) else "content type"


def is_html(body: bytes) -> bool:
    """Return whether a body starts as an HTML or XHTML page, after declarations and comments."""
    start = body[:_MAX_SNIFFED_BYTES]
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        start = start.replace(b"\0", b"")[2:]
    start = start.removeprefix(_BOM).lstrip()
    while start.startswith((b"<?", b"<!--")):
        _, found, start = start.partition(b"-->" if start.startswith(b"<!--") else b"?>")
        if not found:
            return False
        start = start.lstrip()
    return bool(_HTML_START.match(start))
