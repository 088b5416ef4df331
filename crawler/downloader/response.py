"""Answers: what a response's headers say, and whether it is a page at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scrapy.http import Response
    from twisted.python.failure import Failure

_HTML_CONTENT_TYPES = ("text/html", "application/xhtml+xml")
_BOM = b"\xef\xbb\xbf"


def get_header(response: Response, name: bytes) -> str:
    """The header's value, empty where there is none."""
    return (response.headers.get(name) or b"").decode("latin-1").strip()


def get_failure_status(failure: Failure) -> int | None:
    """The HTTP status of the answer that a failure is about, if there was one."""
    response = getattr(failure.value, "response", None)
    return getattr(response, "status", None)


def conditional_headers(etag: str | None, last_modified: str | None) -> dict[str, str]:
    """The headers that ask for an answer only if it has changed."""
    found = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    return {name: value for name, value in found.items() if value}


def rejection_reason(response: Response) -> str:
    """Why an answer that claims success is no page: a status, "empty" or "content type". Empty where it is one."""
    if response.status not in {200, 203}:
        return f"http {response.status}"
    content_type = get_header(response, b"Content-Type").partition(";")[0].strip().lower()
    start = response.body.removeprefix(_BOM).lstrip()[:64]
    if not start:
        return "empty"
    if content_type in _HTML_CONTENT_TYPES or (not content_type and start.startswith(b"<")):
        return ""
    return "content type"
