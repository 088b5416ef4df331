"""Write WARC files with pages of an invented newspaper, as a news archive has them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

START = datetime(2019, 3, 1, tzinfo=UTC)
STEP = timedelta(minutes=10)
"""Time between two captures."""

_SYLLABLES = [first + last for first in "bdfgklmnprstv" for last in ("a", "en", "i", "or", "u")]


def make_page(number: int, seed: int = 7) -> bytes:
    """Return a page with an article of its own."""
    draw = random.Random(f"{seed} {number}")
    words = ["".join(draw.choices(_SYLLABLES, k=draw.randint(1, 3))) for _ in range(260)]
    paragraphs = [" ".join(words[at : at + 40]).capitalize() + "." for at in range(0, 240, 40)]
    published = get_time(number).isoformat()
    title = " ".join(words[240:248]).capitalize()
    return (
        f'<html lang="en"><head><title>{title}</title>'
        f'<meta property="article:published_time" content="{published}"></head>'
        f"<body><article><h1>{title}</h1>{''.join(f'<p>{text}</p>' for text in paragraphs)}</article></body></html>"
    ).encode()


def get_time(number: int) -> datetime:
    """Return when a page was captured."""
    return START + number * STEP


class _Writer(WARCWriter):  # type: ignore[misc]
    _create_temp_file = staticmethod(BytesIO)  # warcio does not close its temporary files


class ArchiveWriter:
    """Writes requests and responses."""

    def __init__(self, path: Path, *, compress: bool = True) -> None:
        self._file = path.open("wb")
        self._writer = _Writer(self._file, gzip=compress)
        self._writer.write_record(self._writer.create_warcinfo_record(path.name, {"software": "a test"}))

    def __enter__(self) -> ArchiveWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(
        self,
        url: str,
        body: bytes,
        at: datetime,
        *,
        status: str = "200 OK",
        content_type: str = "text/html; charset=utf-8",
        headers: Sequence[tuple[str, str]] = (),
        kind: str = "response",
    ) -> None:
        """Add a response, after its request."""
        date = {"WARC-Date": at.strftime("%Y-%m-%dT%H:%M:%SZ")}
        request = StatusAndHeaders("GET / HTTP/1.1", [("Host", "gazette.example")], is_http_request=True)
        self._writer.write_record(
            self._writer.create_warc_record(url, "request", BytesIO(b""), http_headers=request, warc_headers_dict=date)
        )
        response = StatusAndHeaders(status, [("Content-Type", content_type), *headers], protocol="HTTP/1.1")
        self._writer.write_record(
            self._writer.create_warc_record(
                url, kind, BytesIO(body), http_headers=response, warc_headers_dict=date.copy()
            )
        )

    def add_raw(self, data: bytes) -> None:
        """Add garbage between two records."""
        self._file.write(data)


def write_archive(path: Path, numbers: range, *, compress: bool = True) -> None:
    """Write a file with the pages of these numbers."""
    with ArchiveWriter(path, compress=compress) as archive:
        for number in numbers:
            archive.add(f"https://gazette.example/news/{number}", make_page(number), get_time(number))
