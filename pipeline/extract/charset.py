"""Decode a page's bytes: try charsets in a fixed order, and report which one was chosen and why.

The order follows the HTML standard (encoding sniffing): BOM, HTTP header, meta element. Then come UTF-8 and a guess.
Two declarations are ignored, although browsers follow them: a legacy charset of bytes that are valid UTF-8, as archives
leave it when they convert pages, and UTF-16 of bytes that are ASCII.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

import cchardet
from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding

from copydesk.pipeline.core.charset_names import resolve_charset

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ASCII = bytes(range(128))
# HTML standard, prescan: a declaration that could be read as ASCII cannot truthfully say UTF-16.
_WIDE_CHARSET = re.compile(r"^utf[-_]?(16|32)", re.IGNORECASE)
# In UTF-16 and UTF-32 every character of the markup has a zero byte; so many bytes of a page contain some markup.
_WIDE_SCAN_BYTES = 4096
# Text in a legacy charset forms valid UTF-8 by accident in about one of twelve pairs of letters (GBK, the likeliest);
# in four pairs in a row, in one text of 20,000. In Latin letters a single pair is never text: it reads "\u00c3\u00a9".
_MIN_UTF8_CHARS = 4
_LATIN_CHARSETS = frozenset({"iso8859-1", "cp1252", "latin-1", "iso8859-15", "ascii"})
# Share of broken characters of UTF-8 text that was cut or damaged.
_MAX_BROKEN_UTF8_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class Decoded:
    """A page's text, and how it was decoded."""

    text: str
    """The decoded text."""
    charset: str
    """Name of the charset used."""
    chosen_by: str
    """Where the charset came from: bom, http, meta, utf-8, guess or fallback."""
    replacement_count: int
    """Number of characters that could not be decoded and were replaced by U+FFFD."""


def _list_candidate_charsets(body: bytes, charset: str | None, content_type: str) -> Iterator[tuple[str, str]]:
    """Yield (charset, origin) in the order in which they are tried."""
    declared = resolve_charset(charset or http_content_type_encoding(content_type))
    if declared and not (_WIDE_CHARSET.match(declared) and b"\0" not in body[:_WIDE_SCAN_BYTES]):
        yield declared, "http"
    meta = resolve_charset(html_body_declared_encoding(body[:4096]))
    if meta and not _WIDE_CHARSET.match(meta):
        yield meta, "meta"
    yield "utf-8", "utf-8"


def _decode_as(body: bytes, charset: str) -> tuple[str, int] | None:
    """Return the text and its number of replacements; None for a charset that cannot be used."""
    try:
        return body.decode(charset), 0
    except UnicodeDecodeError:
        text = body.decode(charset, errors="replace")
        return text, text.count("\ufffd")
    except (LookupError, UnicodeError):
        return None


def _decode_mislabelled_utf8(body: bytes, charset: str) -> tuple[str, int] | None:
    """Return the text of bytes that are UTF-8 although they are declared to be in a legacy charset; None if not."""
    if body.isascii():
        return None
    text, broken_count = _decode_as(body, "utf-8") or ("", 0)
    special = len(text) - len(text.encode("ascii", "ignore")) - broken_count
    min_count = 1 if charset.lower() in _LATIN_CHARSETS else _MIN_UTF8_CHARS
    return (text, broken_count) if special >= min_count and broken_count <= special * _MAX_BROKEN_UTF8_SHARE else None


def _is_mislabelled_utf8(decoded: Decoded) -> bool:
    """Return whether a page that declares UTF-8 is in another charset: no special character of it is valid UTF-8."""
    special = len(decoded.text) - len(decoded.text.encode("ascii", "ignore"))
    return decoded.charset == "utf-8" and decoded.replacement_count > 2 and special == decoded.replacement_count


def decode(body: bytes, charset: str | None = None, content_type: str = "") -> Decoded:
    """Decode a page's bytes: by BOM, HTTP header, meta element, as UTF-8 if valid, else by a guess.

    Valid UTF-8 with letters that no legacy charset writes is UTF-8, whatever is declared. A declared
    charset that leaves more than one character in a hundred undecoded is skipped. If no candidate fits, the one with
    the fewest replacements is used. Never raises.

    Args:
        body: The page's bytes, decompressed.
        charset: The charset from the HTTP header, if it was parsed before.
        content_type: The Content-Type header, read if ``charset`` is None.
    """
    for mark, name in _BOMS:
        if body.startswith(mark):
            text = body[len(mark) :].decode(name, errors="replace")
            return Decoded(text, name, "bom", text.count("\ufffd"))
    best: Decoded | None = None
    for name, chosen_by in _list_candidate_charsets(body, charset, content_type):
        if name != "utf-8" and not _WIDE_CHARSET.match(name) and (utf8 := _decode_mislabelled_utf8(body, name)):
            return Decoded(utf8[0], "utf-8", "utf-8", utf8[1])
        result = _decode_as(body, name)
        if result is None:
            continue
        decoded = Decoded(result[0], name, chosen_by, result[1])
        if decoded.replacement_count == 0:
            return decoded
        # Undeclared UTF-8 must be valid throughout; a declared charset may have a few broken bytes.
        is_acceptable = decoded.replacement_count * 100 <= len(decoded.text) and not _is_mislabelled_utf8(decoded)
        if chosen_by != "utf-8" and is_acceptable:
            return decoded
        if best is None or decoded.replacement_count < best.replacement_count:
            best = decoded
    guess = cchardet.detect(body[:200_000]).get("encoding")
    if len(body.translate(None, _ASCII)) * 50 < len(body) and best is not None and best.chosen_by != "utf-8":
        # Few special characters among Latin letters, in a page with a wrong declaration: too little for a guess.
        guess = "cp1252"
    if guess and (result := _decode_as(body, guess)) and (best is None or result[1] < best.replacement_count):
        best = Decoded(result[0], guess.lower(), "guess", result[1])
    if best is not None and best.replacement_count * 20 <= len(best.text):
        return best
    # Mixed or damaged beyond a guess: keep at least what is ASCII.
    return best or Decoded(body.decode("utf-8", errors="replace"), "utf-8", "fallback", body.count(b"\xff"))
