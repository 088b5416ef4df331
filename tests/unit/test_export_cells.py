"""No cell of an exported CSV file is a formula, whatever separator a spreadsheet reads it with."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.pipeline.cli.export import choose_format
from copydesk.pipeline.console.output_file import Compression
from copydesk.pipeline.core.errors import BadInput
from copydesk.pipeline.views.exports import (
    ColumnType,
    ExportFormat,
    ExportRows,
    format_cell,
    format_csv_lines,
    unescape_cell,
)

FORMULA = re.compile(r"[=+\-@＝＋－＠]")
HOSTILE = [
    "=1+1",
    "@SUM(A1)",
    "＝1+1",
    "\t=1",
    "Lamp;=cmd",
    "Lamp; +cmd",
    'Lamp;"=cmd"',
    "Lamp|-2+3",
    "Lamp\t@cmd",
    "first\n=cmd",
    "first\r\n\n - 5",
    'quoted " first\n"=cmd"',
    "a,=cmd",
    ";=a;=b;|=c",
    "two\u2028=cmd",
]


def format_rows(*rows: dict[str, object]) -> str:
    columns = dict.fromkeys(rows[0], ColumnType.TEXT)
    return "".join(format_csv_lines(ExportRows(columns, iter([tuple(row.values()) for row in rows]))))


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_no_cell_is_a_formula_for_any_separator(text: str, separator: str) -> None:
    lines = format_rows({"id": "a1", "title": text, "body": f"Ferries sail again. {text}", "more": [text]})
    for cells in csv.reader(io.StringIO(lines, newline=""), delimiter=separator):
        assert [cell for cell in cells if FORMULA.match(cell.strip())] == []


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_is_a_formula_if_quotes_are_not_understood(text: str) -> None:
    lines = format_rows({"id": "a1", "title": text})
    for cell in re.split("[;|\t\r\n]", lines):
        assert not FORMULA.match(cell.strip(' "'))


@pytest.mark.parametrize(
    "text", ["", "Ferries sail again", "A 5-4 win; the score was 2-1", "Rates: 2.5% - 3%", "mail@wire.example", "'tis"]
)
def test_ordinary_text_is_unchanged(text: str) -> None:
    assert format_cell(text) == text


def test_numbers_are_unchanged() -> None:
    assert [format_cell(-5), format_cell(-0.5), format_cell(timedelta(hours=-1)), format_cell(None)] == [
        "-5", "-0.5", "-3600.0", "",
    ]  # fmt: skip


@given(st.text(st.sampled_from("=-@＝'\";|\t\r\n\u2028 a,"), max_size=12))
def test_escaped_cell_can_be_restored(text: str) -> None:
    escaped = format_cell(text)
    assert unescape_cell(escaped) == text
    assert not FORMULA.match(escaped)


def test_null_differs_from_empty_text() -> None:
    assert format_rows({"id": "a1", "title": None, "body": ""}) == '"id","title","body"\r\n"a1",,""\r\n'


@pytest.mark.parametrize(
    ("name", "chosen"),
    [
        ("x.csv", (ExportFormat.CSV, Compression.NONE)),
        ("X.CSV.GZ", (ExportFormat.CSV, Compression.GZIP)),
        ("x.jsonl", (ExportFormat.JSONL, Compression.NONE)),
        ("a.b/x.jsonl.zst", (ExportFormat.JSONL, Compression.ZSTD)),
        ("x.parquet", (ExportFormat.PARQUET, Compression.NONE)),
        ("-", (ExportFormat.JSONL, Compression.NONE)),
    ],
)
def test_format_is_chosen_by_extension(name: str, chosen: tuple[ExportFormat, Compression]) -> None:
    assert choose_format(name, None) == chosen


@pytest.mark.parametrize("name", ["x", "x.xlsx", "x.json", "x.gz", "x.csv.xz", ".csv"])
def test_unsupported_extension_is_an_error_that_lists_the_supported_ones(name: str) -> None:
    with pytest.raises(BadInput, match=r"is not supported\. Use \.csv, .* and \.parquet, or add --format\."):
        choose_format(name, None)
    assert choose_format("x.dat", ExportFormat.CSV) == (ExportFormat.CSV, Compression.NONE)


def test_contradictory_names_are_rejected() -> None:
    with pytest.raises(BadInput, match=r"x\.csv has the extension of a csv file"):
        choose_format("x.csv", ExportFormat.PARQUET)
    with pytest.raises(BadInput, match="already compressed"):
        choose_format("x.parquet.gz", None)
