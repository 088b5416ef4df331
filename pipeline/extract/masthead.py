"""Parse what is printed between headline and text of a text dump: the times, and the byline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from copydesk.pipeline.core.byline import parse_byline
from copydesk.pipeline.core.times import ParsedTime
from copydesk.pipeline.extract.dates import TimeReader
from copydesk.pipeline.extract.printed_times import read_printed_times


@dataclass(frozen=True, slots=True)
class Masthead:
    """What is printed above the text."""

    published: ParsedTime | None = None
    """Time of publication; None if not printed."""
    modified: ParsedTime | None = None
    """Time of last change; None if not printed."""
    byline: str = ""
    """Names of the authors; empty if not printed."""


def parse_masthead(lines: Sequence[str], reader: TimeReader) -> Masthead:
    """Parse times and byline from the lines above a text.

    Args:
        lines: Nearest line first.
        reader: The page's reader of times.
    """
    times = read_printed_times(lines, reader)
    byline = next((names for line in lines if (names := _parse_byline(line, dated=bool(reader.find(line))))), "")
    return Masthead(times.published, times.modified, byline)


def _parse_byline(line: str, *, dated: bool) -> str:
    """Return the names in a byline; empty if the line is not one.

    Args:
        line: A line above the text.
        dated: Whether the line contains a time. A bare name next to it is then the author's.
    """
    found = parse_byline(line)
    is_byline = found.is_whole(line) or (dated and found.segments > 1 and found.has_full_name and not found.rest)
    return ", ".join(found.people) if is_byline else ""
