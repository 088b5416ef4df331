"""What a desk writes before a title about its own copy: "CORRECTED -", "UPDATE 2-", "EIL:", "RECTIFICATIF -"."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from copydesk.pipeline.core.records import WITHDRAWAL_NOTICES

# A mark ends at a dash, a colon or a bracket: "Update on ..." and "Lead prices ..." are titles.
_MARK = r"[\[(*\s]{{0,8}}(?P<mark>{})(?P<end>[\])*\s]{{0,8}}[-–—:/\])]{{1,8}}\s*)"
# Most titles have none of these near their beginning, and need no further look.
_ENDS = re.compile(r"[^-–—:/\])]{0,48}[-–—:/\])]")

MAX_MARKS = 4
"""Marks before one title that are taken off; more are no desk's."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """``notice`` one of ``Notice`` or empty; for the rest see the head of ``notices.toml``."""

    notice: str
    pattern: re.Pattern[str]
    capitals: bool
    apart: bool
    whole: bool

    def match(self, title: str) -> int:
        """Where the title goes on after this mark; 0 where it does not begin with it."""
        match = self.pattern.match(title)
        if not match or match.end() == len(title):
            return 0
        mark, joined = match["mark"], match["end"] == "-"
        if self.capitals and not mark.isupper():
            return 0
        if self.whole and not mark.isupper() and title[match.end()].islower():
            return 0
        # "UPDATE 2-Ferry" and "FLASH-Ferry" begin with marks, "Update-Pflicht" and "FLASH-FLOOD KILLS" with words.
        if joined and not mark[-1].isdigit() and (not mark.isupper() or (self.apart and title.isupper())):
            return 0
        return match.end()


@cache
def _load_rules() -> tuple[_Rule, ...]:
    text = files("copydesk.pipeline.sign").joinpath("notices.toml").read_text(encoding="utf-8")
    return tuple(
        _Rule(
            entry["notice"],
            re.compile(_MARK.format("|".join(entry["patterns"])), re.IGNORECASE),
            entry.get("capitals", False),
            entry.get("apart", False),
            entry.get("whole", False),
        )
        for entry in tomllib.loads(text)["notice"]
    )


def split_title(title: str) -> tuple[str, str]:
    """The notice that a title begins with (one of ``Notice``, or empty) and the title without it.

    Of several marks the first tells, but a kill always does. Marks that only say how urgent the copy is ("EIL:",
    "FLASH -") are taken off as well.
    """
    found = ""
    rest = title
    for _ in range(MAX_MARKS):
        if not _ENDS.match(rest):
            break
        for rule in _load_rules():
            if end := rule.match(rest):
                if not found or rule.notice in WITHDRAWAL_NOTICES:
                    found = rule.notice
                rest = rest[end:]
                break
        else:
            break
    return found, rest
