"""The files that ``copydesk clean`` reads: pages, and tables with a page in each row."""

from __future__ import annotations

import gzip
import io
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.wire_finder import WireFinder
from copydesk.pipeline.offline.fields import PAGE_FIELDS, FieldMap
from copydesk.pipeline.offline.saved_pages import SavedFile, SavedPage, read_pages

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PAGE = "<!doctype html><html><body><h1>Ferry sails</h1><p>The ferry sails again, it wurde später.</p></body></html>"
TEXT = "Ferry sails\n\nThe ferry sails again after the storm.\n"
ROWS: list[dict[str, Any]] = [
    {"id": "a", "url": "https://wire.example/a", "html": PAGE, "fetched_at": "2026-03-01T10:00:00Z"},
    {"id": "b", "url": "https://www.other.example/b", "html": TEXT, "fetched_at": None},
]


def read(path: Path | str, *choices: str, limit: int = 100_000) -> list[SavedPage]:
    saved = SavedFile(str(path), Path(path), "")
    discovery = {"feeds": ["https://other.example/rss"]}
    other = Source.model_validate(
        {"name": "other", "title": "Other", "home": "https://other.example", "discovery": discovery}
    )
    return list(read_pages([saved], limit, WireFinder({"other": other}), FieldMap.parse(PAGE_FIELDS, choices)))


def write_parquet(items: list[dict[str, Any]]) -> bytes:
    data = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(items), data)
    return data.getvalue()


def write_csv(items: list[dict[str, Any]]) -> bytes:
    lines = [";".join(items[0])]
    lines += [";".join('"' + str(cell or "").replace('"', '""') + '"' for cell in item.values()) for item in items]
    return "\r\n".join(lines).encode("utf-8-sig")


FORMATS: dict[str, Callable[[list[dict[str, Any]]], bytes]] = {
    "json lines": lambda items: "\n".join(map(json.dumps, items)).encode(),
    "json": lambda items: json.dumps(items, indent=1).encode(),
    "json object": lambda items: json.dumps({"pages": items}).encode(),
    "csv": write_csv,
    "parquet": write_parquet,
}


@pytest.mark.parametrize("compress", [bytes, gzip.compress, zstd.compress])
@pytest.mark.parametrize("name", FORMATS)
def test_each_row_may_contain_a_page(tmp_path: Path, name: str, compress: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "pages"
    path.write_bytes(compress(FORMATS[name](ROWS)))
    first, second = read(path)
    assert (first.name, first.url, first.reason) == (f"{path}#a", "https://wire.example/a", "")
    assert first.fetched_at == datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert first.page is not None
    assert second.page is not None
    assert (first.page.body, first.page.content_type) == (PAGE.encode(), "text/html")
    assert (second.page.body, second.page.content_type) == (TEXT.encode(), "text/plain")
    assert (first.page.wire, second.page.wire) == ("", "other")
    assert second.fetched_at is None


@pytest.mark.parametrize("body", ["html", "text", "content", "raw_html", "Body"])
def test_usual_names(tmp_path: Path, body: str) -> None:
    path = tmp_path / "pages"
    path.write_text(json.dumps({"link": "https://wire.example/a", body: PAGE}))
    (found,) = read(path)
    assert found.page is not None
    assert (found.name, found.url, found.page.body) == (f"{path}#1", "https://wire.example/a", PAGE.encode())


def test_columns_of_any_name(tmp_path: Path) -> None:
    path = tmp_path / "pages"
    path.write_text(json.dumps({"nr": 7, "html": "no", "seite": PAGE}))
    (found,) = read(path, "id=nr", "html=seite")
    assert found.page is not None
    assert (found.name, found.page.body) == (f"{path}#7", PAGE.encode())


def test_bytes_in_a_table_keep_their_charset_open(tmp_path: Path) -> None:
    path = tmp_path / "pages"
    path.write_bytes(write_parquet([{"url": "u", "html": PAGE.encode("latin-1")}]))
    (found,) = read(path)
    assert found.page is not None
    assert (found.page.body, found.page.charset) == (PAGE.encode("latin-1"), None)


def test_rows_that_cannot_be_read_are_reported_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "pages"
    lines = [
        json.dumps({"url": "u", "html": PAGE}),
        "nonsense",
        json.dumps({"url": "u"}),
        json.dumps({"html": "x" * 999}),
    ]
    path.write_text("\n".join(lines))
    found = read(path, limit=500)
    assert [page.reason for page in found] == [
        "",
        "unreadable: the line is not JSON: Expecting value at column 1",
        "unreadable: no page in the columns url",
        "too_large: more than 500 bytes",
    ]
    assert [page.name for page in found] == [f"{path}#{number}" for number in range(1, 5)]


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("x.parquet", b"nothing", "its Parquet|not recognized"),
        ("x.html.gz", PAGE.encode(), "not compressed, as its name says"),
        ("x.csv", b"PK\x03\x04", "a ZIP archive"),
        ("x.jsonl", b"", "the file contains no page"),
        ("x.html.gz", gzip.compress(PAGE.encode() * 99)[:-30], "ended before"),
        ("x.html.zst", zstd.compress(PAGE.encode() * 99)[:-5], "ended before"),
    ],
)
def test_unreadable_file_is_one_line(tmp_path: Path, name: str, data: bytes, reason: str) -> None:
    (tmp_path / name).write_bytes(data)
    (found,) = read(tmp_path / name)
    assert found.page is None
    assert found.reason.startswith("unreadable: ")
    assert any(part in found.reason for part in reason.split("|"))


@pytest.mark.parametrize("name", ["page", "page.html", "page.html.gz", "page.zst"])
@pytest.mark.parametrize("compress", [gzip.compress, zstd.compress])
def test_compression_is_recognized_by_content(tmp_path: Path, name: str, compress: Callable[[bytes], bytes]) -> None:
    (tmp_path / name).write_bytes(compress(PAGE.encode()))
    (found,) = read(tmp_path / name)
    assert found.page is not None
    assert (found.page.body, found.page.content_type) == (PAGE.encode(), "text/html")


@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz", "a.txt.zst"])
def test_plain_text(tmp_path: Path, name: str) -> None:
    text = 'Text, url and more\n[Photo] The ferry sails again, "at last".\n'
    (tmp_path / name).write_bytes(zstd.compress(text.encode()))
    (found,) = read(tmp_path / name)
    assert found.page is not None
    assert (found.page.body, found.page.content_type) == (text.encode(), "text/plain")


@pytest.mark.parametrize("data", [PAGE.encode(), gzip.compress(PAGE.encode()), FORMATS["json lines"](ROWS)])
def test_standard_input(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    first = read("-")[0]
    assert first.page is not None
    assert (first.page.body, first.page.content_type) == (PAGE.encode(), "text/html")
