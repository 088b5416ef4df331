"""docs/cli.md is up to date, and every option has a name for its value."""

from __future__ import annotations

import re

from copydesk.pipeline.cli.reference import PAGE_PATH, render_page


def test_page_is_up_to_date() -> None:
    assert PAGE_PATH.read_text("utf-8") == render_page(), "run `make docs`"


def test_every_value_of_an_option_has_a_name() -> None:
    """It is in capitals, or lists the choices; typer would show the type of the value."""
    values = re.findall(r"^\| `(?:-\w, )?--[\w-]+(?:, --?[\w-]+)* ([^- `][^`]*)`", render_page(), re.MULTILINE)
    assert len(values) > 20
    assert [value for value in values if not re.match(r"[A-Z]|\w+\\\|", value)] == []
