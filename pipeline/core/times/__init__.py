"""Times: one parser for feeds, sitemaps, pages, files and the command line. Pure: no clock, no network."""

from __future__ import annotations

from copydesk.pipeline.core.times.find import find_times, is_time_line
from copydesk.pipeline.core.times.locale import DayOrder
from copydesk.pipeline.core.times.parse import parse_time
from copydesk.pipeline.core.times.parsed_time import FoundTime, Label, ParsedTime, Precision
from copydesk.pipeline.core.times.user_time import parse_absolute_time, parse_user_span, parse_user_time

__all__ = [
    "DayOrder",
    "FoundTime",
    "Label",
    "ParsedTime",
    "Precision",
    "find_times",
    "is_time_line",
    "parse_absolute_time",
    "parse_time",
    "parse_user_span",
    "parse_user_time",
]
