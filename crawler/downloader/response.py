"""Reading responses: their headers, and whether they are HTML pages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scrapy.http import Response
    from twisted.python.failure import Failure

_HTML_CONTENT_TYPES = ("text/html", "application/xhtml+xml")
_BOM = b"\xef\xbb\xbf"
_HTML_START = re.compile(rb"<(?:!doctype\s+html|(?:[a-z]{1,10}:)?(?:html|head|body))[\s>/]", re.IGNORECASE)
_BINARY_MAGIC = (b"%PDF-", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"PK\x03\x04", b"RIFF", b"\x1f\x8b")
"""The first bytes of files that servers send as HTML by mistake: PDF, images, archives."""
_MAX_SNIFFED_BYTES = 2048


def get_header(response: Response, name: bytes) -> str:
    """Return the value of a header, stripped; empty if the response does not have it."""
    return (response.headers.get(name) or b"").decode("latin-1").strip()


def get_failure_status(failure: Failure) -> int | None:
    """Return the HTTP status of a failed request; None if the server did not respond."""
    response = getattr(failure.value, "response", None)
    return getattr(response, "status", None)


def conditional_headers(etag: str | None, last_modified: str | None) -> dict[str, str]:
    """Return the headers of a request for a response only if it has changed."""
    headers = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    return {name: value for name, value in headers.items() if value}


def rejection_reason(response: Response) -> str:
    """Return why a response is not an HTML page; empty if it is one.

    The type counts if it is that of HTML, however it is written. Under any other one, a page counts if it starts as
    only HTML does: servers send pages as XML, as plain text and as unknown bytes.

    Returns:
        ``http`` and a status other than success, ``empty`` or ``content type``.
    """
    if response.status not in {200, 203}:
        return f"http {response.status}"
    start = response.body.removeprefix(_BOM).lstrip()[:64]
    if not start:
        return "empty"
    content_type = get_media_type(response)
    if content_type in _HTML_CONTENT_TYPES or (not content_type and start.startswith(b"<")):
        return "" if not response.body.startswith(_BINARY_MAGIC) else "content type"
    return "" if is_html(response.body) else "content type"


def get_media_type(response: Response) -> str:
    """Return the media type in the Content-Type header, lower case; the first one if there are several."""
    return re.split("[;,]", get_header(response, b"Content-Type"))[0].strip().lower()


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
