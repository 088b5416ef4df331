"""What is wrong with a file is reported in few lines, and reading it is bounded."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import pytest

from copydesk.pipeline.cli.dedup_lines import MAX_REPORTED_LINES
from copydesk.pipeline.core.errors import BadInput
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.offline import file_rows, input_stream
from copydesk.pipeline.offline.documents import InvalidLine
from tests.unit.test_dedup_inputs import ROWS, Run, make_runner, read, write_parquet

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


@pytest.fixture
def run() -> Run:
    return make_runner()


UNSUPPORTED = {
    b"PK\x03\x04rest": "a ZIP archive or a spreadsheet",
    b"%PDF-1.7": "PDF",
    b"SQLite format 3\0": "an SQLite database",
    b"ARROW1\0\0": "Arrow IPC",
    b"\xff\xfei\0d\0": "UTF-16",
    b"<html><body>": "HTML or XML",
    b"abc\0def": "binary",
    b"Some words in a row\nand more of them\n" * 50: "not recognized",
    b"nr;wann\n1;2\n" * 50: "not recognized",
    b'[{"id": 1, "text": "Rain"}, {"id": 2, ': "broken or incomplete",
    b'[{"id": 1}, nonsense]': "broken or incomplete",
    b"[" * 100_000: "nested too deeply",
    b"PAR1 and then nothing": "its Parquet is broken",
    gzip.compress(b'{"id": 1}' * 900)[:-20]: "ended before",
    zstd.compress(b'{"id": 1}\n' * 900)[:-20]: "ended before",
    gzip.compress(b'{"id": 1}\n' * 900)[:-4] + b"xxxx": "CRC|Incorrect length",
    b"id,text\n1,Stra\xdfe\n": "not UTF-8",
}  # fmt: skip


@pytest.mark.parametrize("data", UNSUPPORTED, ids=list(UNSUPPORTED.values()))
def test_unsupported_input_is_one_error(run: Run, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    result = run(path, "-o", tmp_path / "out")
    assert isinstance(result.exception, BadInput), result.output
    with pytest.raises(BadInput, match=UNSUPPORTED[data]):
        raise result.exception
    assert result.exception.message.startswith(f"Cannot read {path}: ")
    assert result.exception.remedy
    assert len(result.stderr.splitlines()) <= 1
    assert not (tmp_path / "out").exists()


def test_parquet_without_pyarrow(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x").write_bytes(write_parquet(ROWS))
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    result = run(tmp_path / "x")
    assert isinstance(result.exception, BadInput)
    assert "copydesk[parquet]" in result.exception.remedy


def test_rows_of_a_table_that_do_not_fit(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    filler = "".join(f"f{number},{'x' * 90},z\n" for number in range(1_000)).encode()
    path.write_bytes(b'id,text,title\n1,Rain\n2,Snow,x,y\n\n3,"Two\nlines",z\n' + filler + b"4,Hail \xff,z\n5,,\n")
    found = read(path)
    assert [str(one) for one in found if isinstance(one, InvalidLine)] == [
        f"{path}:3: the row has 4 cells, the header 3.", f"{path}:1007: the line is not UTF-8.",
    ]  # fmt: skip
    kept = [one for one in found if isinstance(one, Document) and not one.id.startswith("f")]
    assert kept == [Document("1", "", "Rain"), Document("3", "z", "Two\nlines"), Document("5", "", "")]


def test_few_lines_are_reported(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b'{"id": 1, "text": "Rain"}\n' + b"nonsense\n" * 500)
    result = run(path)
    assert result.exit_code == 65
    lines = result.stderr.splitlines()
    assert len(lines) == MAX_REPORTED_LINES + 2
    assert lines[-2:] == [
        "480 more lines are not listed.",
        "Skipped 500 invalid lines (see above); the rest was processed.",
    ]


def test_endless_line_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (input_stream, file_rows):
        monkeypatch.setattr(module, "MAX_LINE_BYTES", 200_000)
    monkeypatch.setattr(input_stream, "MAX_SKIPPED_BYTES", 400_000)
    path = tmp_path / "x"
    long = b'{"id": 2, "text": "' + b"a" * 300_000 + b'"}\n'
    path.write_bytes(b'{"id": 1, "text": "x"}\n' + long + b'{"id": 3, "text": "x"}\n')
    first, invalid, last = read(path)
    assert isinstance(invalid, InvalidLine)
    assert (invalid.line_number, isinstance(first, Document), isinstance(last, Document)) == (2, True, True)
    path.write_bytes(b'{"id": 1, "text": "x"}\n{"id": 2, "text": "' + b"a" * 3_000_000)
    assert len(read(path)) == 2
    path.write_bytes(b"id,text\n1," + b"a" * 3_000_000)
    with pytest.raises(BadInput, match="line 2 is longer than"):
        read(path)
    path.write_bytes(b'[{"id": 1, "text": "' + b"a" * 3_000_000)
    with pytest.raises(BadInput, match="value is longer than"):
        read(path)


def test_endless_file_is_rejected(run: Run) -> None:
    result = run("/dev/zero")
    assert isinstance(result.exception, BadInput)
    assert "it is binary" in result.exception.message
