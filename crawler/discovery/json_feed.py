"""JSON Feed, versions 1 and 1.1 (jsonfeed.org)."""

from __future__ import annotations

import json
from typing import Any

from copydesk.crawler.discovery.entry import FeedError

MAX_JSON_BYTES = 4 * 1024 * 1024
"""Bytes of a JSON feed. In memory, JSON takes up to 25 times its size."""
_VERSION = "jsonfeed.org/version/"


def is_json(body: bytes) -> bool:
    """Return whether a document is a JSON object rather than XML."""
    return body[:64].removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")


def read_json_items(body: bytes) -> list[dict[str, Any]]:
    """Return the items of a JSON feed.

    Raises:
        FeedError: The body is not JSON, too large, or JSON of another kind.
    """
    if len(body) > MAX_JSON_BYTES:
        raise FeedError("too large")
    try:
        feed = json.loads(body.decode("utf-8-sig", "replace"), strict=False)
    except (ValueError, RecursionError) as error:
        raise FeedError("invalid JSON") from error
    if not isinstance(feed, dict) or _VERSION not in str(feed.get("version"))[:100]:
        raise FeedError("JSON, but not JSON Feed")
    items = feed.get("items")
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def get_text(item: dict[str, Any], *names: str) -> str:
    """Return the first value among the names that is a text or a number; empty if there is none."""
    for name in names:
        value = item.get(name)
        if isinstance(value, str | int | float) and not isinstance(value, bool) and str(value).strip():
            return str(value)
    return ""
