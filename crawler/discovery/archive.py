"""Dated archives: the addresses of the sitemaps of all days that a window touches."""

from __future__ import annotations

import re
from datetime import UTC, date, timedelta, tzinfo

from copydesk.pipeline.core.records import Window

MAX_DAYS = 366
_STRFTIME_PLACEHOLDER = re.compile(r"\{([^{}]*%[^{}]*)\}")


def list_archive_urls(pattern: str, window: Window, zone: tzinfo) -> list[str]:
    """The archive's addresses for a half-open window, earliest first, each once.

    A day is the wire's or UTC's: both are asked where they differ, since archives follow either. ``pattern`` holds
    ``strftime`` codes in braces, such as ``{%Y-%m-%d}``. At most ``MAX_DAYS`` days, the latest ones.
    """
    last = window.end - timedelta(microseconds=1)
    days = set()
    for where in (UTC, zone):
        day = window.start.astimezone(where).date()
        end = last.astimezone(where).date()
        day = max(day, end - timedelta(days=MAX_DAYS - 1))
        while day <= end:
            days.add(day)
            day += timedelta(days=1)
    return list(dict.fromkeys(_format_url(pattern, day) for day in sorted(days)))


def _format_url(pattern: str, day: date) -> str:
    return _STRFTIME_PLACEHOLDER.sub(lambda match: day.strftime(match.group(1)), pattern)
