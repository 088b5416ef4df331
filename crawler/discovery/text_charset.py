"""Charsets that servers and documents name. A name from the network reaches a codec only if it is a text encoding.

Python's codecs are not all charsets: ``punycode`` takes quadratic time, ``undefined`` always raises, and
``utf-7`` hides markup.
"""

from __future__ import annotations

import codecs
import re

from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom, resolve_encoding

_TEXT_ENCODINGS = re.compile(
    r"ascii|utf-(?:8|16|32)(?:-[bl]e|-sig)?|iso8859-\d+|cp\d+|koi8-[rtu]|kz1048|ptcp154|mac-[a-z]+|tis-620|gb2312|gbk|"
    r"gb18030|hz|big5(?:hkscs)?|euc_(?:jp|jis_2004|jisx0213|kr)|shift_jis(?:_2004)?|shift_jisx0213|iso2022_\w+|johab"
)
_MAX_NAME_CHARS = 40
_XML_ENCODING = re.compile(rb"(<\?xml[^>]{0,200}?)\s+encoding\s*=\s*([\"'])([^\"'>]{0,100})\2", re.IGNORECASE)


def resolve_charset(name: str | None) -> str | None:
    """Return the codec of a charset name, as browsers read it (Latin-1 is cp1252); None if it is not a charset."""
    if not name or len(name) > _MAX_NAME_CHARS or not name.isascii() or "\0" in name:
        return None
    try:
        codec = resolve_encoding(name.strip().strip("\"'"))
        return codec if codec and _TEXT_ENCODINGS.fullmatch(codecs.lookup(codec).name) else None
    except (LookupError, ValueError):
        return None


def get_http_charset(content_type: str) -> str | None:
    """Return the charset in a Content-Type header; None if there is none, or none that exists."""
    return resolve_charset(http_content_type_encoding(content_type))


def decode_html(body: bytes, content_type: str) -> tuple[str, str]:
    """Decode an HTML page by its byte order mark, its Content-Type header or its own declaration, else as UTF-8.

    Returns:
        The text, and the name of the codec.
    """
    bom_codec, bom = read_bom(body)
    declared = resolve_charset(bom_codec) or get_http_charset(content_type)
    codec = declared or resolve_charset(html_body_declared_encoding(body)) or "utf-8"
    return body[len(bom or b"") :].decode(codec, "replace"), codec


def drop_unknown_xml_encoding(body: bytes) -> bytes:
    """Return a document without the encoding in its XML declaration, if it is not a charset."""
    match = _XML_ENCODING.match(body.removeprefix(b"\xef\xbb\xbf").lstrip()[:400])
    if match is None or resolve_charset(match.group(3).decode("latin-1")):
        return body
    return body.replace(match.group(), match.group(1), 1)
