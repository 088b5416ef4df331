"""Tables and JSON lines on a pipe and on a terminal: no column is squeezed out, and no character ends a line."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.pipeline.console.tables import PIPE_WIDTH_CHARS, _find_width_limit, print_json, print_table

LONG = "Ferry sails again after the storm, " * 15  # 525 characters


@pytest.mark.parametrize("columns", [None, 80, 120])
def test_long_title_does_not_squeeze_out_the_other_columns(
    columns: int | None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if columns:
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setattr("rich.console.Console.is_terminal", True)
        monkeypatch.setenv("TERM", "dumb")
    rows = [("0a1b2c3d", 1234, 56, "2026-03-01 05:00", "northgate", title) for title in (LONG, "Short", LONG)]
    print_table(["id", "copies", "wires", "published", "wire", "title"], rows, right_aligned="copies wires")
    header, *lines = capsys.readouterr().out.splitlines()
    assert header.split() == ["id", "copies", "wires", "published", "wire", "title"]
    assert len(lines) == len(rows)
    for line in lines:
        assert line.startswith("0a1b2c3d    1234     56  2026-03-01 05:00  northgate  ")
        assert len(line) <= (columns or PIPE_WIDTH_CHARS)
    assert lines[0].rstrip().endswith("…")
    assert lines[1].rstrip().endswith("Short")


def test_two_long_columns_share_the_line(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["kind", "entries", "feed", "note"], [("feed", 7, "https://wire.example/" + "a" * 900, "b" * 900)])
    _, line = capsys.readouterr().out.splitlines()
    assert line.startswith("feed  7        https://")
    assert line.count("…") == 2
    assert abs(line.index(" b") - PIPE_WIDTH_CHARS / 2) < 10


def test_table_that_fits_is_not_cut(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["title", "url"], [("x" * 118, "y" * 120)])
    assert capsys.readouterr().out.splitlines()[1] == "x" * 118 + "  " + "y" * 120
    print_table(["name"], [])
    assert capsys.readouterr().out.split() == ["name"]


@given(st.lists(st.integers(0, 2000), min_size=1, max_size=12), st.integers(1, 400))
def test_limit_makes_all_columns_fit_and_cuts_no_more_than_it_must(widths: list[int], available: int) -> None:
    limit = _find_width_limit(widths, available)
    total = sum(min(width, limit) for width in widths)
    assert total <= max(available, len(widths))
    if sum(widths) <= available:
        assert limit >= max(widths)
    elif available >= len(widths):
        assert sum(min(width, limit + 1) for width in widths) > available


@given(st.text())
def test_json_lines_are_lines_for_every_reader(text: str) -> None:
    import contextlib
    import io

    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        print_json([{"title": text, "url": "\u202e\u2028\x85\u2066"}])
    printed = output.getvalue()
    assert len(printed.splitlines()) == 1
    assert json.loads(printed) == {"title": text, "url": "\u202e\u2028\x85\u2066"}
