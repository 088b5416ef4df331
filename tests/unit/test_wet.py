"""WET files as a stream of records: an error affects one record and is reported."""

from __future__ import annotations

import gzip
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.pipeline.offline.wet import WetRecord, is_wet, read_records

LIMIT = 100_000
TEXTS = [f"The ferry of pier {number} leaves at {number % 12} sharp.\nNobody waits.\n" * 20 for number in range(6)]


def write_record(
    body: bytes, number: int, *, kind: str = "conversion", length: int | None = None, more: str = ""
) -> bytes:
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: http://h.example/{number}\r\n"
        f"WARC-Date: 2026-03-0{number + 1}T10:00:00Z\r\nWARC-Record-ID: <urn:uuid:mark-{number}>\r\n{more}"
        f"Content-Type: text/plain\r\nContent-Length: {len(body) if length is None else length}\r\n\r\n"
    )
    return head.encode() + body + b"\r\n\r\n"


def write_records() -> list[bytes]:
    info = write_record(b"software: our own pen\r\n", 0, kind="warcinfo").replace(b"mark-0", b"info")
    language = "WARC-Identified-Content-Language: deu,eng\r\n"
    return [info, *(write_record(text.encode(), at, more=language if at == 1 else "") for at, text in enumerate(TEXTS))]


def join_members(records: list[bytes]) -> bytes:
    return b"".join(gzip.compress(record) for record in records)


def join_one_member(records: list[bytes]) -> bytes:
    return gzip.compress(b"".join(records))


PACKINGS: dict[str, Callable[[list[bytes]], bytes]] = {
    "plain": b"".join,
    "a member a record": join_members,
    "one member": join_one_member,
}


@pytest.fixture
def read(tmp_path: Path) -> Callable[[bytes], list[WetRecord]]:
    def read(data: bytes) -> list[WetRecord]:
        path = tmp_path / "x.warc.wet.gz"
        path.write_bytes(data)
        return list(read_records(path, LIMIT))

    return read


Read = Callable[[bytes], list[WetRecord]]


@pytest.mark.parametrize("packing", PACKINGS)
def test_every_conversion_record_is_read_whole(read: Read, packing: str) -> None:
    records = read(PACKINGS[packing](write_records()))
    assert [record.body.decode() for record in records] == TEXTS
    assert [record.record_id for record in records] == [f"mark-{number}" for number in range(6)]
    assert records[1] == WetRecord(
        "mark-1",
        "http://h.example/1",
        datetime(2026, 3, 2, 10, tzinfo=UTC),
        "de",
        TEXTS[1].encode(),
        bytes_read=records[1].bytes_read,
    )
    assert not any(record.reason for record in records)
    assert records[2].language == ""


BREAKS: dict[str, Callable[[bytes], bytes]] = {
    "too short a length": lambda record: record.replace(b"Content-Length: 1", b"Content-Length: "),
    "too long a length": lambda record: record.replace(b"Content-Length: 1", b"Content-Length: 2"),
    "a length beyond the limit": lambda record: record.replace(b"Content-Length: 1", b"Content-Length: 99999999"),
    "no length": lambda record: record.replace(b"Content-Length", b"Content-Girth"),
    "a length in words": lambda record: record.replace(b"Content-Length: ", b"Content-Length: about "),
    "no end of the head": lambda record: b"WARC/1.0\r\n" + b"X-Y: z\r\n" * 20_000,
    "a head of one line": lambda record: b"WARC/1.0 " + b"x" * 200_000 + b"\r\n\r\n",
    "something else": lambda record: b"<html>\r\n" * 3000 + b"\r\n",
    "no type": lambda record: record.replace(b"WARC-Type", b"WARC-Tape"),
}


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("broken", BREAKS)
def test_broken_record_is_reported_and_the_rest_read(read: Read, packing: str, broken: str) -> None:
    records = write_records()
    assert BREAKS[broken](records[3]) != records[3]
    records[3] = BREAKS[broken](records[3])
    found = read(PACKINGS[packing](records))
    assert [record.body.decode() for record in found if not record.reason] == [*TEXTS[:2], *TEXTS[3:]]
    assert [record.reason.partition(":")[0] for record in found if record.reason] == [
        "too_large" if "limit" in broken else "broken_record"
    ]
    assert found[2].reason


@pytest.mark.parametrize("at", [0, 3, 12, 60, 150, -20, -6, -1])
def test_damaged_gzip_member_is_reported_and_the_rest_read(read: Read, at: int) -> None:
    members = [gzip.compress(record) for record in write_records()]
    damaged = bytearray(members[3])
    damaged[at] ^= 0x55
    members[3] = bytes(damaged)
    found = read(b"".join(members))
    whole = [record.body.decode() for record in found if not record.reason]
    assert whole == [*TEXTS[:2], *TEXTS[3:]]
    assert len([record for record in found if record.reason]) == 1


@pytest.mark.parametrize("packing", PACKINGS)
def test_truncated_file_is_reported(read: Read, packing: str) -> None:
    data = PACKINGS[packing](write_records())
    *whole, last = read(data[: len(data) - 40])
    assert [record.body.decode() for record in whole] == TEXTS[: len(whole)]
    assert len(whole) == 5 or packing == "one member"
    assert last.reason == "broken_record: truncated"


@pytest.mark.parametrize("data", [b"", b"\r\n\r\n", b"\x1f\x8b", gzip.compress(b"", mtime=0), write_records()[0]])
def test_file_without_records_is_reported(read: Read, data: bytes) -> None:
    records = read(data)
    assert len(records) == 1
    assert records[0].reason.startswith(("unreadable", "broken_record"))


def test_record_without_headers_is_still_read(read: Read) -> None:
    body = b"The tower clock is wound on Mondays."
    bare = b"WARC/1.1\nwarc-type:conversion\nWARC-Date: soon\ncontent-length: %d\n\n%b\n\n" % (len(body), body)
    assert read(bare) == [WetRecord("1", body=body, bytes_read=len(bare))]


@given(st.data())
def test_reading_damaged_files_ends_with_a_report(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Bytes are changed, removed or inserted anywhere: whole records are as written, and there is a result."""
    packing = data.draw(st.sampled_from(sorted(PACKINGS)))
    body = bytearray(PACKINGS[packing](write_records()))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 60))] = data.draw(st.binary(max_size=60))
    path = tmp_path_factory.mktemp("wet") / "x.wet"
    path.write_bytes(body)
    records = list(read_records(path, LIMIT))
    assert records
    if packing == "a member a record":
        assert {record.body.decode() for record in records if not record.reason} <= set(TEXTS)


def test_files_are_streamed_with_bounded_memory(tmp_path: Path) -> None:
    """20 MB of records, and one of 30 MB: only a few are in memory at any time."""

    def write() -> Iterator[bytes]:
        body = b"A line of the log of the lighthouse, as long as any other.\n" * 1600
        yield from (write_record(body, 1) for _ in range(200))
        yield write_record(body * 320, 2)
        yield write_record(b"The last.", 3)

    path = tmp_path / "x.warc.wet.gz"
    with path.open("wb") as file:
        for record in write():
            file.write(gzip.compress(record, 1))
    tracemalloc.start()
    try:
        reasons = [record.reason for record in read_records(path, LIMIT)]
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert reasons == [""] * 200 + [f"too_large: more than {LIMIT} bytes", ""]
    assert most < 4 * 1024 * 1024


@pytest.mark.parametrize(
    ("name", "wet"), [("a.warc.wet.gz", True), ("a.wet", True), ("A.WARC.WET", True), ("a.warc.gz", False)]
)
def test_wet_files_are_recognized_by_name(name: str, wet: bool) -> None:
    assert is_wet(Path(name)) is wet
