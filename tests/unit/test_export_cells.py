"""No cell of an exported CSV file is a formula, whatever separator a spreadsheet reads it with."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest

from copydesk.pipeline.views.exports import ExportFormat, format_cell, format_lines

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


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_no_cell_is_a_formula_for_any_separator(text: str, separator: str) -> None:
    row = {"id": "a1", "title": text, "body": f"Ferries sail again. {text}", "more": [text]}
    lines = "".join(format_lines(iter([row]), ExportFormat.CSV))
    for cells in csv.reader(io.StringIO(lines, newline=""), delimiter=separator):
        assert [cell for cell in cells if FORMULA.match(cell.strip())] == []


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_is_a_formula_if_quotes_are_not_understood(text: str) -> None:
    lines = "".join(format_lines(iter([{"id": "a1", "title": text}]), ExportFormat.CSV))
    for cell in re.split("[;|\t\r\n]", lines):
        assert not FORMULA.match(cell.strip(' "'))


@pytest.mark.parametrize(
    "text", ["", "Ferries sail again", "A 5-4 win; the score was 2-1", "Rates: 2.5% - 3%", "mail@wire.example", "'=1"]
)
def test_ordinary_text_is_unchanged(text: str) -> None:
    assert format_cell(text) == text


def test_numbers_are_unchanged() -> None:
    assert [format_cell(-5), format_cell(-0.5), format_cell(timedelta(hours=-1)), format_cell(None)] == [
        "-5", "-0.5", "-3600.0", "",
    ]  # fmt: skip
