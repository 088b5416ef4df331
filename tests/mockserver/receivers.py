"""Receivers on loopback: an SMTP server, a StatsD server and an OpenTelemetry collector (HTTP)."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import StreamRequestHandler, ThreadingTCPServer

MAX_DATAGRAM_BYTES = 65_535


@dataclass
class MailServer:
    """The mails that arrived at a port."""

    port: int
    messages: list[EmailMessage] = field(default_factory=list)

    def read(self, subject: str) -> list[str]:
        """Return the texts of the mails with that subject, in order of arrival."""
        found = [message.get_body(("html", "plain")) for message in self.messages if message["subject"] == subject]
        return [body.get_content().strip() for body in found if body is not None]


@contextmanager
def running_mail_server() -> Iterator[MailServer]:
    """Run an SMTP server that accepts every mail."""

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            self.reply("220 ready")
            for line in self.rfile:
                match line[:4].strip().upper():
                    case b"DATA":
                        self.reply("354 send the message")
                        mail_server.messages.append(self.read_message())
                        self.reply("250 OK")
                    case b"QUIT":
                        return self.reply("221 bye")
                    case _:
                        self.reply("250 OK")
            return None

        def read_message(self) -> EmailMessage:
            text = b"".join(line.removeprefix(b".") for line in iter(self.rfile.readline, b".\r\n"))
            return message_from_bytes(text, policy=policy.default)

        def reply(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

    with ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        mail_server = MailServer(server.server_address[1])
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield mail_server
        server.shutdown()


@dataclass
class StatsdServer:
    """The received metrics as StatsD lines: `name:value|kind`."""

    port: int
    lines: list[str] = field(default_factory=list)

    def has(self, name: str) -> bool:
        """Return whether a metric of that name was received."""
        return any(line.startswith(f"{name}:") for line in self.lines)


@contextmanager
def running_statsd_server() -> Iterator[StatsdServer]:
    """Yield a server that reads metrics as fast as they arrive, so that the kernel drops none."""

    def read() -> None:
        while datagram := listener.recv(MAX_DATAGRAM_BYTES):
            statsd.lines.extend(datagram.decode().splitlines())

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        statsd = StatsdServer(listener.getsockname()[1])
        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        yield statsd
        listener.sendto(b"", listener.getsockname())  # ends the reader
        reader.join()


@dataclass
class OtlpCollector:
    """The last value of each metric by its attributes; histograms have none."""

    port: int
    values: dict[str, dict[tuple[tuple[str, str], ...], int | None]] = field(default_factory=dict)

    def record(self, body: bytes) -> None:
        """Record the metrics of an export request."""
        from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

        for resource in ExportMetricsServiceRequest.FromString(body).resource_metrics:
            for metric in (one for scope in resource.scope_metrics for one in scope.metrics):
                for point in getattr(metric, metric.WhichOneof("data") or "").data_points:
                    attributes = tuple(sorted((one.key, one.value.string_value) for one in point.attributes))
                    self.values.setdefault(metric.name, {})[attributes] = getattr(point, "as_int", None)


@contextmanager
def running_otlp_collector() -> Iterator[OtlpCollector]:
    """Run a collector that accepts every export."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            collector.record(gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collector = OtlpCollector(server.server_address[1])
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield collector
        server.shutdown()
