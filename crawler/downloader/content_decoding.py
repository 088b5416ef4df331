"""Content decoding: one size limit for all layers of a response, and an error for a truncated stream.

Scrapy's own middleware limits each layer by itself, and passes on what it could decode of a truncated stream.
"""

from __future__ import annotations

import re
import sys
import zlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Self, cast

import brotli
from scrapy.downloadermiddlewares.retry import get_retry_request
from scrapy.responsetypes import responsetypes

from copydesk.crawler.accounting.outcomes import TRUNCATED_BODY_REASON, RequestDeferred, RequestRejected

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from scrapy import Request, Spider
    from scrapy.crawler import Crawler
    from scrapy.http import Response

ACCEPT_ENCODING = b"gzip, deflate, br, zstd"
MAX_LAYERS = 4
_GZIP_MAGIC = b"\x1f\x8b"
_CHUNK_BYTES = 65536
_SNIFFED_BYTES = 1024
_CONTROL_CHARACTER = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
"""Bytes that text does not have. Escape is allowed: ISO-2022-JP has it."""


class TruncatedBodyError(Exception):
    """A compressed stream is incomplete or invalid."""


def parse_encodings(header: str) -> list[str]:
    """Return the names in a Content-Encoding header, lower case, without quotes and parameters.

    ``identity`` and empty names are left out.
    """
    names = [name.partition(";")[0].strip().strip("\"'") for name in header.lower().split(",")]
    return [name for name in names if name not in {"", "identity"}]


def decode(body: bytes, encodings: list[str], max_bytes: int) -> bytes:
    """Return a body with its content encodings removed.

    Servers name encodings that do not exist (``none``, ``utf-8``), or name one twice. A body that is text already stays
    as it is.

    Args:
        body: The body as received.
        encodings: Names as in ``Content-Encoding``, lower case, in the order in which they were applied.
        max_bytes: The limit for the decoded sizes of all layers together.

    Raises:
        RequestRejected: "too large", or "encoding" for an unknown encoding or too many layers.
        TruncatedBodyError: A layer is incomplete or invalid.
    """
    layers = [name for name in encodings if name not in {"", "identity"}]
    if len(layers) > MAX_LAYERS:
        raise RequestRejected("encoding")
    bytes_left, was_decoded = max_bytes, False
    for name in reversed(layers):
        if name not in _DECODERS:
            if not is_text(body):
                raise RequestRejected("encoding")
            continue
        chunks: list[bytes] = []
        try:
            for chunk in _DECODERS[name](body):
                bytes_left -= len(chunk)
                if bytes_left < 0:
                    raise RequestRejected("too large")
                chunks.append(chunk)
        except (zlib.error, zstd.ZstdError, brotli.error, EOFError) as error:
            if was_decoded and not any(chunks) and is_text(body):
                continue  # named twice, applied once
            raise TruncatedBodyError(name) from error
        body, was_decoded = b"".join(chunks), True
    return body


def is_text(body: bytes) -> bool:
    """Return whether a body starts as text: in UTF-16 with a byte order mark, or without control characters."""
    start = body[:_SNIFFED_BYTES]
    return start.startswith((b"\xff\xfe", b"\xfe\xff")) or not _CONTROL_CHARACTER.search(start)


def _make_zlib_decoder(wbits: int) -> Callable[[bytes], Iterator[bytes]]:
    def read(body: bytes) -> Iterator[bytes]:
        while True:
            decoder = zlib.decompressobj(wbits)
            rest = body
            while not decoder.eof:
                chunk = decoder.decompress(rest, _CHUNK_BYTES)
                rest = decoder.unconsumed_tail
                yield chunk
                if not chunk and not rest and not decoder.eof:
                    raise EOFError
            body = decoder.unused_data
            # Another gzip member may follow. Anything else after the end is padding.
            if wbits != 31 or not body.startswith(b"\x1f\x8b"):
                return

    return read


def _decode_deflate(body: bytes) -> Iterator[bytes]:
    # "deflate" means a zlib stream (RFC 9110), but some servers send a raw deflate stream.
    has_zlib_header = len(body) >= 2 and body[0] & 0x0F == 8 and (body[0] << 8 | body[1]) % 31 == 0
    return _make_zlib_decoder(15 if has_zlib_header else -15)(body)


def _decode_brotli(body: bytes) -> Iterator[bytes]:
    decoder = brotli.Decompressor()
    chunk = decoder.process(body, output_buffer_limit=_CHUNK_BYTES)
    while True:
        yield chunk
        if decoder.is_finished():
            return
        chunk = decoder.process(b"", output_buffer_limit=_CHUNK_BYTES)
        if not chunk and not decoder.is_finished():
            raise EOFError


def _decode_zstd(body: bytes) -> Iterator[bytes]:
    while body:
        decoder: Any = zstd.ZstdDecompressor()
        rest = body
        while not decoder.eof:
            chunk = decoder.decompress(rest, _CHUNK_BYTES)
            rest = b""
            yield chunk
            if not chunk and decoder.needs_input:
                raise EOFError
        body = decoder.unused_data


_DECODERS: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "gzip": _make_zlib_decoder(31),
    "x-gzip": _make_zlib_decoder(31),
    "deflate": _decode_deflate,
    "br": _decode_brotli,
    "zstd": _decode_zstd,
}


def is_labelled_as_text(response: Response) -> bool:
    """Return whether the Content-Type header names text, which a compressed file is not."""
    return (response.headers.get(b"Content-Type") or b"").lower().startswith(b"text/")


class DecodingMiddleware:
    """Downloader middleware that decodes every response, in place of Scrapy's own."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._max_bytes = crawler.settings.getint("DOWNLOAD_MAXSIZE")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Set ``Accept-Encoding``."""
        request.headers.setdefault(b"Accept-Encoding", ACCEPT_ENCODING)

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """Return the decoded response, or a retry of the request if the response was truncated.

        Raises:
            RequestRejected: The response is too large, or has an unknown encoding.
            RequestDeferred: The response was truncated, and there are no retries left.
        """
        encodings = parse_encodings(b",".join(response.headers.getlist(b"Content-Encoding")).decode("latin-1"))
        if not encodings and response.body.startswith(_GZIP_MAGIC) and is_labelled_as_text(response):
            encodings = ["gzip"]
        if not encodings or not response.body:
            return response
        try:
            max_bytes = request.meta.get("download_maxsize", self._max_bytes)
            body = decode(response.body, encodings, max_bytes)
        except TruncatedBodyError:
            spider = cast("Spider", self._crawler.spider)
            retry = get_retry_request(request, spider=spider, reason=TRUNCATED_BODY_REASON)
            if retry is None:
                raise RequestDeferred(TRUNCATED_BODY_REASON) from None
            return retry
        headers = response.headers.copy()
        headers.pop(b"Content-Encoding", None)
        response_class = responsetypes.from_args(headers=headers, url=response.url, body=body)
        return response.replace(cls=response_class, headers=headers, body=body)
