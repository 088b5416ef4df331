"""WARC files as a stream of pages: decoded, bounded, and with a reason for each that cannot be read."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import brotli
import pytest

from copydesk.pipeline.offline.warc import read_responses
from tests.web_archive import START, ArchiveWriter, get_time, make_page, write_archive

LIMIT = 100_000
URL = "https://gazette.example/news/1"


def read(path: Path, skip: int = 0) -> list[tuple[str, bytes, str]]:
    parsed = [(found.url, *found.parse(LIMIT)) for found in read_responses(path, LIMIT, skip)]
    return [(url, page.body if page else b"", reason) for url, page, reason in parsed]


def chunk(body: bytes) -> bytes:
    parts = [body[at : at + 700] for at in range(0, len(body), 700)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


ENCODINGS: dict[str, tuple[Callable[[bytes], bytes], list[tuple[str, str]]]] = {
    "none": (bytes, []),
    "gzip": (gzip.compress, [("Content-Encoding", "gzip")]),
    "deflate": (zlib.compress, [("Content-Encoding", "deflate")]),
    "brotli": (brotli.compress, [("Content-Encoding", "br")]),
    "chunks": (chunk, [("Transfer-Encoding", "chunked")]),
    "gzip in chunks": (
        lambda body: chunk(gzip.compress(body)),
        [("Content-Encoding", "gzip"), ("Transfer-Encoding", "chunked")],
    ),
    "decoded, with the headers kept": (bytes, [("Content-Encoding", "gzip"), ("Transfer-Encoding", "chunked")]),
    "chunks joined, with the header kept": (
        gzip.compress,
        [("Content-Encoding", "gzip"), ("Transfer-Encoding", "chunked")],
    ),
}


@pytest.mark.parametrize("name", ENCODINGS)
def test_page_is_decoded(tmp_path: Path, name: str) -> None:
    encode, headers = ENCODINGS[name]
    path = tmp_path / "a.warc.gz"
    with ArchiveWriter(path) as archive:
        archive.add(URL, encode(make_page(1)), START, headers=[*headers, ("ETag", '"x"')])
    (found,) = read_responses(path, LIMIT)
    page, reason = found.parse(LIMIT)
    assert (page is not None, reason) == (True, "")
    assert page is not None
    assert page.body == make_page(1)
    assert (page.url, page.fetched_at, page.status, page.etag) == (URL, START, 200, '"x"')
    assert (page.content_type, page.charset) == ("text/html", "utf-8")


REFUSED: dict[str, tuple[bytes, dict[str, str], str]] = {
    "status": (b"<html>gone</html>", {"status": "404 Not Found"}, "http 404"),
    "redirect": (b"", {"status": "301 Moved"}, "http 301"),
    "image": (b"\x89PNG....", {"content_type": "image/png"}, "content type"),
    "no bytes": (b"", {}, "empty"),
    "earlier copy": (b"", {"kind": "revisit"}, "revisit"),
    "too large": (b"<html>" + b"x" * (LIMIT + 1), {}, f"too_large: more than {LIMIT} bytes"),
    "too large to be read": (
        b"<html>" + b"x" * (LIMIT + (2 << 20)),
        {},
        f"too_large: more than {LIMIT + (1 << 20)} bytes",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_record_without_a_page_has_a_reason(tmp_path: Path, name: str) -> None:
    body, options, reason = REFUSED[name]
    path = tmp_path / "a.warc.gz"
    with ArchiveWriter(path) as archive:
        archive.add(URL, body, START, **options)  # type: ignore[arg-type]
        archive.add(f"{URL}2", make_page(2), START)
    assert read(path) == [(URL, b"", reason), (f"{URL}2", make_page(2), "")]


def test_small_response_that_expands_is_too_large(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    with ArchiveWriter(path) as archive:
        archive.add(URL, gzip.compress(bytes(30_000_000)), START, headers=[("Content-Encoding", "gzip")])
    assert read(path) == [(URL, b"", f"too_large: more than {LIMIT} bytes")]


def test_damaged_response_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    body = bytearray(gzip.compress(make_page(1)))
    body[200:300] = bytes(100)
    with ArchiveWriter(path) as archive:
        archive.add(URL, bytes(body), START, headers=[("Content-Encoding", "gzip")])
    ((_, _, reason),) = read(path)
    assert reason.startswith("broken_record: ")


@pytest.mark.parametrize("compress", [True, False])
def test_reading_continues_after_a_damaged_record(tmp_path: Path, compress: bool) -> None:
    path = tmp_path / "a.warc"
    with ArchiveWriter(path, compress=compress) as archive:
        archive.add(URL, make_page(1), START)
        archive.add_raw(b"\x1f\x8b\x08\x00 no member" if compress else b"no record\r\n")
        archive.add(f"{URL}2", make_page(2), START)
    found = read(path)
    assert [(url, body) for url, body, reason in found if not reason] == [
        (URL, make_page(1)),
        (f"{URL}2", make_page(2)),
    ]


def test_reading_continues_after_any_record(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    write_archive(path, range(20))
    numbers = [found.number for found in read_responses(path, LIMIT)]
    assert len(numbers) == 20
    for at, number in enumerate(numbers, 1):
        assert read(path, number) == [
            (f"https://gazette.example/news/{left}", make_page(left), "") for left in range(at, 20)
        ]


def test_time_of_capture_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.warc"
    write_archive(path, range(3), compress=False)
    assert [found.fetched_at for found in read_responses(path, LIMIT)] == [get_time(number) for number in range(3)]
    assert get_time(1) == datetime(2019, 3, 1, 0, 10, tzinfo=UTC)
