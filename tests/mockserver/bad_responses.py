"""A catalogue of bad responses and of servers that misbehave."""

from __future__ import annotations

import gzip
import ssl
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from threading import Event

import brotli
from backports import zstd
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.mockserver.site import MockRequest, MockResponse

HTML = {"Content-Type": "text/html; charset=utf-8"}
BOMB_BYTES = 64 * 1024 * 1024


def compression_bomb(encoding: str) -> MockResponse:
    """Return 64 MiB of zeros compressed to a few KB: "gzip", "deflate", "br", "zstd", or nested as in "gzip, gzip"."""
    body = bytes(BOMB_BYTES)
    compress: dict[str, Callable[[bytes], bytes]] = {
        "gzip": lambda data: gzip.compress(data, 6, mtime=0),
        "deflate": lambda data: zlib.compress(data, 6),
        "br": lambda data: brotli.compress(data, quality=1),
        "zstd": zstd.compress,
    }
    for name in (part.strip() for part in encoding.split(",")):
        body = compress[name](body)
    return MockResponse(body, headers=HTML | {"Content-Encoding": encoding})


def endless_body(closing: Event, every: float = 0.2) -> MockResponse:
    """Return a body that arrives byte by byte and never ends."""

    def stream() -> Iterator[bytes]:
        while not closing.wait(every):
            yield b"x"

    return MockResponse(headers=HTML, stream=stream, length=-1)


def oversized_body() -> MockResponse:
    """Return a body that is too large, without a Content-Length."""

    def stream() -> Iterator[bytes]:
        for _ in range(64):
            yield b"x" * (1 << 20)

    return MockResponse(headers=HTML, stream=stream, length=-1)


def oversized_content_length() -> MockResponse:
    return MockResponse(b"x", headers=HTML, length=1 << 30)


def truncated_body() -> MockResponse:
    """Return fewer bytes than the Content-Length states."""
    return MockResponse(b"<html><p>Half a", headers=HTML, length=1000)


def truncated_gzip() -> MockResponse:
    whole = gzip.compress(b"<html><p>" + b"All of it, word for word. " * 500, mtime=0)
    return MockResponse(whole[: len(whole) // 2], headers=HTML | {"Content-Encoding": "gzip"})


def unknown_encoding() -> MockResponse:
    return MockResponse(b"\x00\x01", headers=HTML | {"Content-Encoding": "dcb"})


def redirect(location: str, status: int = 302) -> MockResponse:
    return MockResponse(status=status, headers={"Location": location})


def busy_then(response: MockResponse, times: int, retry_after: str, status: int = 429):  # type: ignore[no-untyped-def]
    """Return a handler that answers ``times`` requests with Retry-After, and then with the response."""
    remaining = [times]

    def serve(_: MockRequest) -> MockResponse:
        if remaining[0]:
            remaining[0] -= 1
            return MockResponse(b"later", status, {"Retry-After": retry_after, **HTML})
        return response

    return serve


def slow(response: MockResponse, seconds: float):  # type: ignore[no-untyped-def]
    def serve(_: MockRequest) -> MockResponse:
        time.sleep(seconds)
        return response

    return serve


def self_signed_certificate(folder: Path) -> ssl.SSLContext:
    """Return a TLS context with a self-signed certificate for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "own.pem"
    pem.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate.public_bytes(Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


BILLION_LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + ']><rss version="2.0"><channel><title>&j;</title><item><link>http://127.0.0.1/&j;</link></item></channel></rss>'
)


def xxe_feed(path: str) -> str:
    """Return a feed with a local file as an external entity (XXE)."""
    return (
        f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "file://{path}">]>'
        '<rss version="2.0"><channel><item><title>&x;</title><link>http://127.0.0.1/&x;</link></item></channel></rss>'
    )
