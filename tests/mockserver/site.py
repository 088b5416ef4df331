"""A loopback site with a response per path. It records its requests, so that tests can inspect them."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

Headers = dict[str, str]


@dataclass(frozen=True)
class MockRequest:
    """A received request; ``at`` is monotonic seconds."""

    path: str
    headers: Headers
    at: float


@dataclass(frozen=True)
class MockResponse:
    """The response of a path. ``stream`` yields the body in pieces; ``length`` overrides the Content-Length (-1: none,
    so that the end of the connection is the end of the body).
    """

    body: bytes = b""
    status: int = 200
    headers: Headers = field(default_factory=dict)
    stream: Callable[[], Iterator[bytes]] | None = None
    length: int | None = None

    @classmethod
    def page(cls, text: str, **headers: str) -> Self:
        return cls(text.encode(), headers={"Content-Type": "text/html; charset=utf-8"} | headers)

    @classmethod
    def xml(cls, text: str | bytes, **headers: str) -> Self:
        body = text.encode() if isinstance(text, str) else text
        return cls(body, headers={"Content-Type": "application/xml"} | headers)


class MockSite:
    """A site on a port of 127.0.0.1. ``paths`` maps a path to a response or to a function of the request."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._scheme = "https" if tls else "http"
        self.paths: dict[str, MockResponse | Callable[[MockRequest], MockResponse]] = {}
        self.requests: list[MockRequest] = []
        self.closing = threading.Event()
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site._serve(self)

            def log_message(self, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, request: object, client_address: object) -> None:
                pass  # crawlers hang up on these servers on purpose

        self._server = Server(("127.0.0.1", 0), Handler)
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.port}"

    def requests_for(self, path: str) -> list[MockRequest]:
        """Return the requests for this path, in order."""
        return [seen for seen in self.requests if seen.path == path]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        seen = MockRequest(
            handler.path, {name.lower(): value for name, value in handler.headers.items()}, time.monotonic()
        )
        self.requests.append(seen)
        response = self.paths.get(handler.path, MockResponse(b"not here", 404, {"Content-Type": "text/plain"}))
        response = response(seen) if callable(response) else response
        handler.send_response(response.status)
        for name, value in response.headers.items():
            handler.send_header(name.replace("_", "-"), value)
        length = len(response.body) if response.length is None else response.length
        if length >= 0:
            handler.send_header("Content-Length", str(length))
        else:
            handler.send_header("Connection", "close")
        handler.end_headers()
        try:
            for piece in response.stream() if response.stream else [response.body]:
                handler.wfile.write(piece)
                handler.wfile.flush()
        except OSError:
            pass
        if response.stream is not None or length != len(response.body):
            handler.close_connection = True
