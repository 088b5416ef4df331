"""Dated archives: the URLs of the sitemaps of all days in a window."""

from __future__ import annotations

import re
from datetime import UTC, date, timedelta, tzinfo

from copydesk.pipeline.core.records import Window

_STRFTIME_PLACEHOLDER = re.compile(r"\{([^{}]*%[^{}]*)\}")


def list_archive_urls(pattern: str, window: Window, zone: tzinfo) -> list[str]:
    """List the URLs of an archive for a window, earliest first, without duplicates.

    Days are those of the wire's time zone and those of UTC, since archives use either.

    Args:
        pattern: A URL with ``strftime`` codes in braces, such as ``{%Y-%m-%d}``.
        window: The window.
        zone: The wire's time zone.
    """
    last = window.end - timedelta(microseconds=1)
    days = set()
    for day_zone in (UTC, zone):
        day = window.start.astimezone(day_zone).date()
        end = last.astimezone(day_zone).date()
        while day <= end:
            days.add(day)
            day += timedelta(days=1)
    return list(dict.fromkeys(_format_url(pattern, day) for day in sorted(days)))


def _format_url(pattern: str, day: date) -> str:
    return _STRFTIME_PLACEHOLDER.sub(lambda match: day.strftime(match.group(1)), pattern)
