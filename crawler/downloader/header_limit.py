"""A limit for the header of a response. Scrapy and Twisted limit the body only, and keep every header they receive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy.core.downloader.handlers.http11 import (
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _LenientHTTPClientParser,
)
from twisted.python.failure import Failure
from twisted.web._newclient import HEADER, STATUS

if TYPE_CHECKING:
    from twisted.internet.interfaces import IAddress

MAX_HEADER_BYTES = 256 * 1024
"""Bytes of a response before its body, interim responses included: the limit of Chrome. Common servers send at most
64 KiB. Part of the body may be counted, up to one read from the socket (64 KiB)."""


class ResponseHeaderTooLarge(Exception):  # noqa: N818
    """A server sent more than ``MAX_HEADER_BYTES`` before the body."""


class _LongLineParser(_LenientHTTPClientParser):
    """Parses header lines of any length. Twisted's limit for one line is 16 KiB, and some policies are longer."""

    MAX_LENGTH = 2 * MAX_HEADER_BYTES


class LimitedProtocol(_LenientHTTP11ClientProtocol):
    """Scrapy's HTTP/1.1 client, which ends the connection when the header is too large."""

    _header_bytes = 0

    def request(self, request: Any) -> Any:
        """Send a request on this connection."""
        self._header_bytes = 0
        response = super().request(request)
        parser: Any = self._parser
        parser.__class__ = _LongLineParser  # as Scrapy does it: Twisted has no other way to set the parser
        return response

    def dataReceived(self, bytes: bytes) -> None:  # noqa: A002, N802 - Twisted's names
        """Pass on what was received, unless it is too much."""
        parser: Any = self._parser
        if parser is not None and getattr(parser, "state", None) in {STATUS, HEADER}:
            self._header_bytes += len(bytes)
            if self._header_bytes > MAX_HEADER_BYTES:
                transport: Any = self.transport
                self._giveUp(Failure(ResponseHeaderTooLarge()))  # type: ignore[no-untyped-call]
                transport.abortConnection()
                return
        super().dataReceived(bytes)  # type: ignore[no-untyped-call]


class LimitedFactory(_LenientHTTP11ClientFactory):
    """Builds ``LimitedProtocol``."""

    def buildProtocol(self, addr: IAddress | None) -> LimitedProtocol:  # noqa: ARG002, N802 - Twisted's names
        """Return the protocol of a new connection."""
        return LimitedProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]


def is_header_too_large(error: BaseException) -> bool:
    """Return whether a download failed because of the limit."""
    failures = getattr(error.__cause__, "reasons", ())
    return any(isinstance(getattr(failure, "value", None), ResponseHeaderTooLarge) for failure in failures)
