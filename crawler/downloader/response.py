"""Reading responses: their headers, and whether they are HTML pages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from copydesk.pipeline.core.page_form import find_rejection

if TYPE_CHECKING:
    from scrapy.http import Response
    from twisted.python.failure import Failure


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
    return find_rejection(response.status, get_media_type(response), response.body)


def get_media_type(response: Response) -> str:
    """Return the media type in the Content-Type header, lower case; the first one if there are several."""
    return re.split("[;,]", get_header(response, b"Content-Type"))[0].strip().lower()
