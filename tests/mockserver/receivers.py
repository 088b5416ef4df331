"""Those to whom others send on loopback: a mailbox (SMTP), a meter (StatsD), a collector (OpenTelemetry by HTTP)."""

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

LONGEST = 65_535


@dataclass
class Mailbox:
    """What came by mail at a port."""

    port: int
    mails: list[EmailMessage] = field(default_factory=list)

    def read(self, subject: str) -> list[str]:
        """The texts of the mails of that subject, in their order."""
        found = [mail.get_body(("html", "plain")) for mail in self.mails if mail["subject"] == subject]
        return [body.get_content().strip() for body in found if body is not None]


@contextmanager
def open_mailbox() -> Iterator[Mailbox]:
    """Whoever asks may leave a mail."""

    class Clerk(StreamRequestHandler):
        def handle(self) -> None:
            self.say("220 here")
            for line in self.rfile:
                match line[:4].strip().upper():
                    case b"DATA":
                        self.say("354 go on")
                        mailbox.mails.append(self.take())
                        self.say("250 taken")
                    case b"QUIT":
                        return self.say("221 good-bye")
                    case _:
                        self.say("250 well")
            return None

        def take(self) -> EmailMessage:
            text = b"".join(line.removeprefix(b".") for line in iter(self.rfile.readline, b".\r\n"))
            return message_from_bytes(text, policy=policy.default)

        def say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

    with ThreadingTCPServer(("127.0.0.1", 0), Clerk) as server:
        server.daemon_threads = True
        mailbox = Mailbox(server.server_address[1])
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield mailbox
        server.shutdown()


@dataclass
class Meter:
    """What was measured, as lines of StatsD's: `name:value|kind`."""

    port: int
    lines: list[str] = field(default_factory=list)

    def has(self, name: str) -> bool:
        """Return whether a metric of that name was received."""
        return any(line.startswith(f"{name}:") for line in self.lines)


@contextmanager
def open_meter() -> Iterator[Meter]:
    """Yield a meter that reads metrics as fast as they arrive, so that the kernel drops none."""

    def read() -> None:
        while told := listener.recv(LONGEST):
            meter.lines.extend(told.decode().splitlines())

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        meter = Meter(listener.getsockname()[1])
        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        yield meter
        listener.sendto(b"", listener.getsockname())  # the end
        reader.join()


@dataclass
class Collector:
    """What was measured: of each metric the last value by its attributes, of a histogram none."""

    port: int
    values: dict[str, dict[tuple[tuple[str, str], ...], int | None]] = field(default_factory=dict)

    def take(self, body: bytes) -> None:
        """Keep what a request exports."""
        from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

        for resource in ExportMetricsServiceRequest.FromString(body).resource_metrics:
            for metric in (one for scope in resource.scope_metrics for one in scope.metrics):
                for point in getattr(metric, metric.WhichOneof("data") or "").data_points:
                    attributes = tuple(sorted((one.key, one.value.string_value) for one in point.attributes))
                    self.values.setdefault(metric.name, {})[attributes] = getattr(point, "as_int", None)


@contextmanager
def open_collector() -> Iterator[Collector]:
    """Whoever asks may export."""

    class Clerk(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            collector.take(gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *asked: object) -> None:
            """It says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Clerk) as server:
        collector = Collector(server.server_address[1])
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield collector
        server.shutdown()
