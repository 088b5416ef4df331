"""Documents that are gzip files, as sitemaps and some feeds are."""

from __future__ import annotations

import zlib

from copydesk.crawler.discovery.entry import FeedError

GZIP_MAGIC = b"\x1f\x8b"
_GZIP_WBITS = 31
_MAX_MEMBERS = 10_000
"""Members of a gzip file that are read. A file appended to every minute gets 1,440 a day."""


def gunzip(body: bytes, max_bytes: int) -> bytes:
    """Return the decompressed body, or the body itself if it is not gzip.

    All members of a file are read (RFC 1952, 2.2). A truncated stream is not an error.

    Raises:
        FeedError: The stream is invalid, or larger than ``max_bytes`` when decompressed.
    """
    parts: list[bytes] = []
    size = members = 0
    rest = body
    while rest.startswith(GZIP_MAGIC) and members < _MAX_MEMBERS:
        decoder = zlib.decompressobj(wbits=_GZIP_WBITS)
        try:
            part = decoder.decompress(rest, max_bytes - size + 1)
        except zlib.error as error:
            if parts:
                break  # what follows the first member is not gzip after all
            raise FeedError("invalid gzip") from error
        size += len(part)
        if size > max_bytes:
            raise FeedError("too large")
        parts.append(part)
        rest = decoder.unused_data.lstrip(b"\0")  # members may be padded
        members += 1
    return b"".join(parts) if members else body
