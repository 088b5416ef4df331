"""What a desk writes before a title about its own copy: "CORRECTED -", "UPDATE 2-", "RPT-"."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

from pipeline.records import Notice

_MARK = r"[\[(*\s]*(?:{})[\])*\s]*[-–—:/\])]+\s*"

MAX_MARKS = 4
"""Marks before one title that are taken off; more are no desk's."""


@cache
def _load_patterns() -> tuple[tuple[Notice, re.Pattern[str]], ...]:
    text = files("pipeline.sign").joinpath("notices.toml").read_text(encoding="utf-8")
    return tuple(
        # A mark ends at a dash, a colon or a bracket: "Update on ..." and "Lead prices ..." are titles.
        (Notice(entry["notice"]), re.compile(_MARK.format("|".join(entry["patterns"])), re.IGNORECASE))
        for entry in tomllib.loads(text)["notice"]
    )


def split_title(title: str) -> tuple[str, str]:
    """The notice that a title begins with (one of ``Notice``, or empty) and the title without it."""
    found = ""
    rest = title
    for _ in range(MAX_MARKS):
        for notice, pattern in _load_patterns():
            match = pattern.match(rest)
            if match and match.end() < len(rest):
                found, rest = found or notice.value, rest[match.end() :]
                break
        else:
            break
    return found, rest
