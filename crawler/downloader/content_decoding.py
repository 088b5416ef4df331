"""Content encodings undone: all layers of one answer under one cap, and a stream that is cut short is no page.

Scrapy's own middleware caps every layer by itself and hands on what it got of a broken stream.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Self, cast

import brotli  # type: ignore[import-untyped]
from scrapy.downloadermiddlewares.retry import get_retry_request
from scrapy.responsetypes import responsetypes

from copydesk.crawler.accounting.outcomes import RequestDeferred, RequestRejected

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
_CHUNK_BYTES = 65536


class TruncatedBodyError(Exception):
    """The stream ends before its end, or is no such stream."""


def decode(body: bytes, encodings: list[str], max_bytes: int) -> bytes:
    """The body with its encodings undone, the last one applied first.

    ``cap`` bounds the bytes that all layers together give.

    Raises:
        Refused: "too large", or "encoding" for one that is not known or too many of them.
        TruncatedBodyError: a layer can't be read to its end.
    """
    layers = [name for name in encodings if name not in {"", "identity"}]
    if len(layers) > MAX_LAYERS or any(name not in _DECODERS for name in layers):
        raise RequestRejected("encoding")
    left = max_bytes
    for name in reversed(layers):
        parts: list[bytes] = []
        try:
            for chunk in _DECODERS[name](body):
                left -= len(chunk)
                if left < 0:
                    raise RequestRejected("too large")
                parts.append(chunk)
        except (zlib.error, zstd.ZstdError, brotli.error, EOFError) as error:
            raise TruncatedBodyError(name) from error
        body = b"".join(parts)
    return body


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
            # Another gzip member may follow; anything else behind the end is not ours.
            if wbits != 31 or not body.startswith(b"\x1f\x8b"):
                return

    return read


def _decode_deflate(body: bytes) -> Iterator[bytes]:
    # "deflate" means zlib's wrapper, but some servers send the bare stream.
    wrapped = len(body) >= 2 and body[0] & 0x0F == 8 and (body[0] << 8 | body[1]) % 31 == 0
    return _make_zlib_decoder(15 if wrapped else -15)(body)


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


class DecodingMiddleware:
    """Undoes the content encoding of every answer; in Scrapy's place for it."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._max_bytes = crawler.settings.getint("DOWNLOAD_MAXSIZE")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        request.headers.setdefault(b"Accept-Encoding", ACCEPT_ENCODING)

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """Raises ``Refused`` or ``Failed``; a stream that is cut short is asked for again first."""
        encodings = b",".join(response.headers.getlist(b"Content-Encoding")).decode("latin-1").lower()
        if not encodings or not response.body:
            return response
        try:
            cap = request.meta.get("download_maxsize", self._max_bytes)
            body = decode(response.body, [name.strip() for name in encodings.split(",")], cap)
        except TruncatedBodyError:
            retry = get_retry_request(request, spider=cast("Spider", self._crawler.spider), reason="body cut short")
            if retry is None:
                raise RequestDeferred("body cut short") from None
            return retry
        headers = response.headers.copy()
        del headers[b"Content-Encoding"]
        kind = responsetypes.from_args(headers=headers, url=response.url, body=body)
        return response.replace(cls=kind, headers=headers, body=body)
