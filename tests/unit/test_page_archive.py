"""Records of the page archive: what was written comes back equal, and what is damaged is noticed."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from copydesk.pipeline.core.errors import BadSettings, PageArchiveUnreachable, QuarantineError
from copydesk.pipeline.core.page_archive_table import PageArchiveTable
from copydesk.pipeline.db.sanitize import sanitize_for_postgres, sanitize_header
from copydesk.pipeline.maintenance.page_archiving import find_end
from copydesk.pipeline.offline.warc import read_responses
from copydesk.pipeline.page_archive.reading import MAX_GAP_BYTES, BodyLocation, read_members
from copydesk.pipeline.page_archive.storage import ArchiveStorage, find_missing_files, open_storage
from copydesk.pipeline.page_archive.warc_records import UNSAFE_IN_URL, Capture, WarcWriter, find_fault, parse_body

AT = datetime(2026, 3, 4, 10, 30, 0, 123456, tzinfo=UTC)
PAGE = b"<html><body><p>The ferry sails.</p></body></html>"
NAME = "pages/2026/03/a.warc.gz"

headers = st.none() | st.text(max_size=30).map(sanitize_header)
captures = st.builds(
    Capture,
    url=st.text(max_size=40).map(lambda text: f"https://north.example/{sanitize_for_postgres(text)}.html"),
    fetched_at=st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    status=st.sampled_from([200, 203, 299]),
    content_type=st.sampled_from(["", "text/html", "application/xhtml+xml"]),
    charset=st.sampled_from([None, "utf-8", "windows-1251", "shift_jis"]),
    etag=headers,
    last_modified=headers,
)
bodies = st.one_of(
    st.binary(max_size=3000),
    st.text(max_size=500).map(lambda text: f"<html><p>{text}</p></html>".encode("utf-8", "replace")),
    st.sampled_from([b"", b"\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n", b"WARC/1.0\r\n\r\n", "Известия".encode("cp1251")]),
)


def write(
    folder: Path, pages: list[tuple[bytes, list[Capture]]], name: str = NAME
) -> tuple[ArchiveStorage, list[BodyLocation]]:
    """Write a file of these pages into the archive in a folder."""
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("wb") as file:
        writer = WarcWriter(file)
        locations = [BodyLocation(name, *writer.write(body, of)) for body, of in pages]
    return open_storage(folder.as_uri()), locations


def digest(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()


@given(pages=st.lists(st.tuples(bodies, st.lists(captures, min_size=1, max_size=2)), min_size=1, max_size=3))
def test_pages_come_back_equal(
    tmp_path_factory: pytest.TempPathFactory, pages: list[tuple[bytes, list[Capture]]]
) -> None:
    folder = tmp_path_factory.mktemp("archive")
    storage, locations = write(folder, pages)
    members = dict(read_members(storage, locations))
    for location, (body, _) in zip(locations, pages, strict=True):
        member = members[location]
        assert isinstance(member, bytes)
        assert parse_body(member, digest(body), len(body)) == body
        assert find_fault(member, digest(body)) == ""
        assert find_fault(member, digest(body + b"x")) != ""
    expected = [
        (UNSAFE_IN_URL.sub(lambda blank: quote(blank[0]), capture.url), capture.fetched_at.replace(microsecond=0))
        for _, of in pages
        for capture in of
    ]
    assert [(one.url, one.fetched_at) for one in read_responses(folder / NAME, 1 << 20)] == expected


def test_headers_come_back_equal(tmp_path: Path) -> None:
    capture = Capture(
        "https://north.example/é?a=ж", AT, 203, "text/html", "windows-1251", '"née"', "Wed, 04 Mar 2026 10:00:00 GMT"
    )
    other = Capture("https://north.example/2", AT)
    write(tmp_path, [(PAGE, [capture, other])])
    first, second = (one.parse(1 << 20)[0] for one in read_responses(tmp_path / NAME, 1 << 20))
    assert first is not None
    assert second is not None
    assert (first.url, first.fetched_at, first.status, first.content_type, first.charset, first.etag) == (
        capture.url, AT.replace(microsecond=0), 203, "text/html", "cp1251", '"née"',
    )  # fmt: skip
    assert first.last_modified == capture.last_modified
    assert (second.url, second.body) == (other.url, PAGE)
    (resumed,) = read_responses(tmp_path / NAME, 1 << 20, skip=1)  # an import that stopped between the two
    assert resumed.parse(1 << 20)[0] == second


def test_ten_megabytes_come_back_equal(tmp_path: Path) -> None:
    body = bytes(range(256)) * 40_000
    storage, (location,) = write(tmp_path, [(body, [Capture("https://north.example/1", AT)])])
    ((_, member),) = read_members(storage, [location])
    assert isinstance(member, bytes)
    assert parse_body(member, digest(body), len(body)) == body
    assert find_fault(member, digest(body)) == ""


@given(at=st.integers(min_value=0), bit=st.integers(min_value=0, max_value=7))
def test_damaged_record_is_never_taken_for_the_page(at: int, bit: int) -> None:
    file = BytesIO()
    WarcWriter(file).write(PAGE, [Capture("https://north.example/1", AT)])
    member = bytearray(file.getvalue())
    member[at % len(member)] ^= 1 << bit
    with suppress(QuarantineError):
        assert parse_body(bytes(member), digest(PAGE), len(PAGE)) == PAGE
    with pytest.raises(QuarantineError, match="its record is damaged") as damaged:
        parse_body(bytes(member), digest(PAGE + b"x"), len(PAGE))
    assert damaged.value.reason == "archive_unreadable"


def test_neighbours_are_read_with_one_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = [(PAGE + bytes([number]), [Capture(f"https://north.example/{number}", AT)]) for number in range(9)]
    storage, locations = write(tmp_path, pages)
    ranges: list[tuple[int, int]] = []

    def read_range(name: str, offset: int, length: int) -> bytes | None:
        ranges.append((offset, length))
        return (tmp_path / name).read_bytes()[offset : offset + length]

    monkeypatch.setattr(storage, "read_range", read_range)
    far = BodyLocation(NAME, locations[-1].offset + locations[-1].length + MAX_GAP_BYTES + 1, 10)
    found = list(read_members(storage, [far, *reversed(locations)]))
    assert [location for location, _ in found] == [*locations, far]
    assert len(ranges) == 2
    assert isinstance(found[-1][1], QuarantineError)
    assert "ends before its record" in str(found[-1][1])


def test_missing_file_and_missing_folder_are_different_errors(tmp_path: Path) -> None:
    storage, (location,) = write(tmp_path, [(PAGE, [Capture("https://north.example/1", AT)])])
    assert find_missing_files(storage, {NAME: (tmp_path / NAME).stat().st_size, "b": 1}) == ["b"]
    (tmp_path / NAME).unlink()
    ((_, error),) = read_members(storage, [location])
    assert isinstance(error, QuarantineError)
    assert f"there is no file {tmp_path.as_uri()}/{NAME}" in str(error)
    unmounted = open_storage((tmp_path / "none").as_uri())
    with pytest.raises(PageArchiveUnreachable, match="There is no folder"):
        list(read_members(unmounted, [location]))


def test_month_is_moved_some_days_after_its_end() -> None:
    assert find_end(datetime(2026, 3, 30, 23, tzinfo=UTC), 30) == datetime(2026, 2, 1, tzinfo=UTC)
    assert find_end(datetime(2026, 3, 31, tzinfo=UTC), 30) == datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize("url", ["/srv/pages", "file://pages", "s3://", "s3://key:secret@bucket/pages"])
def test_invalid_url_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="url"):
        PageArchiveTable(url=url)


def test_unusable_url_has_a_remedy() -> None:
    with pytest.raises(BadSettings, match=r"page_archive\.url is not set"):
        open_storage("")
    with pytest.raises(BadSettings, match=r"Cannot open page_archive\.url = nosuch://bucket/pages:"):
        open_storage("nosuch://bucket/pages?secret=x")
