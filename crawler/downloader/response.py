"""Reading responses: their headers, and whether they are HTML pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scrapy.http import Response
    from twisted.python.failure import Failure

_HTML_CONTENT_TYPES = ("text/html", "application/xhtml+xml")
_BOM = b"\xef\xbb\xbf"


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

    Returns:
        ``http`` and a status other than success, ``empty`` or ``content type``.
    """
    if response.status not in {200, 203}:
        return f"http {response.status}"
    content_type = get_header(response, b"Content-Type").partition(";")[0].strip().lower()
    start = response.body.removeprefix(_BOM).lstrip()[:64]
    if not start:
        return "empty"
    if content_type in _HTML_CONTENT_TYPES or (not content_type and start.startswith(b"<")):
        return ""
    return "content type"
