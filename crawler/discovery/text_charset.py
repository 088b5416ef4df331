"""Charsets of feeds, sitemaps and list pages, by their headers and declarations."""

from __future__ import annotations

import re

from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom

from copydesk.pipeline.core.charset_names import resolve_charset

_XML_ENCODING = re.compile(rb"(<\?xml[^>]{0,200}?)\s+encoding\s*=\s*([\"'])([^\"'>]{0,100})\2", re.IGNORECASE)


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
