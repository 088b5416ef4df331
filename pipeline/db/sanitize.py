"""Text from the network as PostgreSQL can store it."""

from __future__ import annotations

MAX_HEADER_CHARS = 1000
"""An entity tag or a content type that is longer is of no use, and may be meant to do harm."""


def sanitize_for_postgres(text: str) -> str:
    """Return the text without what PostgreSQL or UTF-8 can't store: NULs and lone surrogates become U+FFFD."""
    return text.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def sanitize_header(value: str | None) -> str | None:
    """Return a header's value without control characters, at most ``MAX_HEADER_CHARS`` characters."""
    if value is None:
        return None
    return "".join(char for char in sanitize_for_postgres(value) if char.isprintable())[:MAX_HEADER_CHARS]
