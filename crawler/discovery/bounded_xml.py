"""Bounds for XML from the network, so that no parser sees more markup than it can read in a few seconds.

All functions take linear time. They leave documents in UTF-16 and UTF-32 alone, which no wire is known to send; the
limits of bytes apply to them too.
"""

from __future__ import annotations

import re
from html.entities import html5

MAX_TEXT_BYTES = 16 * 1024
"""Bytes of a text or a tag. URLs and titles are far shorter; only texts of articles are longer, which are not read."""
MAX_MARKUP = 100_000
"""Tags of a document. A feed of 1,000 entries has about 30,000."""
MAX_SITEMAP_MARKUP = 1_000_000
"""Tags of a sitemap. The 50,000 entries that the protocol allows have about 700,000 with news, images and dates."""

_TAG = re.compile(rb"<[^<]*")
_CDATA_START, _CDATA_END = b"<![CDATA[", b"]]>"
_AMPERSAND = re.compile(
    rb"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});)(?:([A-Za-z][A-Za-z0-9]{0,30});)?"
)


def is_wide(body: bytes) -> bool:
    """Return whether a document is in UTF-16 or UTF-32: two of its first four bytes show it."""
    return b"\0" in body[:4] or body.startswith((b"\xff\xfe", b"\xfe\xff"))


def bound_markup(body: bytes, max_markup: int = MAX_MARKUP) -> tuple[bytes, bool]:
    """Return a document without its long texts, and without what follows the first ``max_markup`` tags.

    Returns:
        The document, and whether its end was cut off.
    """
    if is_wide(body):
        return body, False
    body = _drop_long_cdata(body)
    kept: list[bytes] = []
    start, was_cut = 0, False
    for number, match in enumerate(_TAG.finditer(body)):
        if number >= max_markup:
            kept.append(body[start : match.start()])
            start, was_cut = len(body), True
            break
        if match.end() - match.start() > MAX_TEXT_BYTES:
            kept.append(body[start : match.start()])
            tag_end = body.find(b">", match.start(), match.start() + MAX_TEXT_BYTES)
            kept.append(body[match.start() : tag_end + 1])
            start = match.end()
    if not kept:
        return body, False
    kept.append(body[start:])
    return b"".join(kept), was_cut


def escape_ampersands(body: bytes, entities: dict[bytes, bytes]) -> bytes:
    """Return a document in which every ``&`` outside of CDATA belongs to a reference that XML knows.

    HTML's entities become character references, and an ``&`` that starts no reference becomes ``&amp;``.

    Args:
        body: The document.
        entities: Entities that the document itself declares, with their values, which are one character each.
    """
    if is_wide(body) or b"&" not in body:
        return body

    def escape(match: re.Match[bytes]) -> bytes:
        name = match.group(1)
        if name is None:
            return b"&amp;"
        value = entities.get(name)
        if value is not None:
            return value
        text = html5.get(name.decode("ascii") + ";")
        if text is None:
            return b"&amp;" + name + b";"
        return "".join(f"&#{ord(char)};" for char in text).encode("ascii")

    parts: list[bytes] = []
    position = 0
    while position < len(body):
        start = body.find(_CDATA_START, position)
        end = body.find(_CDATA_END, start) if start >= 0 else -1
        if end < 0:
            start = end = len(body)
        parts.append(_AMPERSAND.sub(escape, body[position:start]))
        parts.append(body[start:end])
        position = end
    return b"".join(parts)


def _drop_long_cdata(body: bytes) -> bytes:
    parts: list[bytes] = []
    position = 0
    search = 0
    while (start := body.find(_CDATA_START, search)) >= 0:
        end = body.find(_CDATA_END, start)
        if end < 0:
            break
        end += len(_CDATA_END)
        search = end
        if end - start > MAX_TEXT_BYTES:
            parts.append(body[position:start])
            position = end
    if not parts:
        return body
    parts.append(body[position:])
    return b"".join(parts)
