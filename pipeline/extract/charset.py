"""From bytes to text: one fixed order, and the choice is told."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

import cchardet
from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, resolve_encoding

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ASCII = bytes(range(128))
# A declared UTF-16 in a page whose declaration was read as ASCII can't be true (HTML standard, prescan).
_IMPOSSIBLE = re.compile(r"^utf-?(16|32)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Decoded:
    """``text`` of the page; ``charset`` it was read in; ``chosen_by`` bom, http, meta, utf-8, guess or fallback;
    ``replaced`` how many characters could not be read and stand as U+FFFD.
    """

    text: str
    charset: str
    chosen_by: str
    replaced: int


def _candidates(body: bytes, charset: str | None, content_type: str) -> Iterator[tuple[str, str]]:
    declared = resolve_encoding(charset) if charset else http_content_type_encoding(content_type)
    if declared:
        yield declared, "http"
    meta = html_body_declared_encoding(body[:4096])
    if meta and not _IMPOSSIBLE.match(meta):
        yield meta, "meta"
    yield "utf-8", "utf-8"


def _read(body: bytes, charset: str) -> tuple[str, int] | None:
    try:
        return body.decode(charset), 0
    except UnicodeDecodeError:
        text = body.decode(charset, errors="replace")
        return text, text.count("\ufffd")
    except LookupError:
        return None


def _is_other(decoded: Decoded) -> bool:
    """Whether a page that calls itself UTF-8 is in some other charset: not one of its special characters is UTF-8."""
    special = len(decoded.text) - len(decoded.text.encode("ascii", "ignore"))
    return decoded.charset == "utf-8" and decoded.replaced > 2 and special == decoded.replaced


def decode(body: bytes, charset: str | None = None, content_type: str = "") -> Decoded:
    """Read a page's bytes: BOM, then the HTTP header, the page's own meta, UTF-8 where it fits, then a guess.

    A declaration that leaves more than one character in a hundred unread is passed over in favour of the next; where
    none fits, the best of them is taken with replacements counted. Never raises.
    """
    for mark, name in _BOMS:
        if body.startswith(mark):
            text = body[len(mark) :].decode(name, errors="replace")
            return Decoded(text, name, "bom", text.count("\ufffd"))
    best: Decoded | None = None
    for name, chosen_by in _candidates(body, charset, content_type):
        read = _read(body, name)
        if read is None:
            continue
        decoded = Decoded(read[0], name, chosen_by, read[1])
        if decoded.replaced == 0:
            return decoded
        # UTF-8 that nobody declared must fit wholly; a declared charset may have a few broken bytes.
        few = decoded.replaced * 100 <= len(decoded.text) and not _is_other(decoded)
        if chosen_by != "utf-8" and few:
            return decoded
        if best is None or decoded.replaced < best.replaced:
            best = decoded
    guess = cchardet.detect(body[:200_000]).get("encoding")
    if len(body.translate(None, _ASCII)) * 50 < len(body) and best is not None and best.chosen_by != "utf-8":
        # A few special characters among Latin letters, in a page that mistakes itself for UTF-8: nothing to guess from.
        guess = "cp1252"
    if guess and (read := _read(body, guess)) and (best is None or read[1] < best.replaced):
        best = Decoded(read[0], guess.lower(), "guess", read[1])
    if best is not None and best.replaced * 20 <= len(best.text):
        return best
    # Mixed or damaged beyond a guess: what is ASCII survives.
    return best or Decoded(body.decode("utf-8", errors="replace"), "utf-8", "fallback", body.count(b"\xff"))
