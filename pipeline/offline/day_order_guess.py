"""Propose a wire's order of day and month from the times that its pages print."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from copydesk.pipeline.core.records import Extraction, Page
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.times import DayOrder
from copydesk.pipeline.core.times.locale import find_day_order, make_locale
from copydesk.pipeline.extract.extraction import extract

_NUMBERS = re.compile(r"(?<![0-9])([0-9]{1,2})[/-]([0-9]{1,2})[/-](?:[0-9]{4}|[0-9]{2})(?![0-9])")


def guess_day_order(pages: Sequence[Page], source: Source) -> DayOrder | None:
    """Return the order that all dates of two numbers show, if it is not the usual one of the wire's country; else None.

    A number above 12 shows it, and so does the day that the feed gives.

    Args:
        pages: Articles, with the times that their feed gives.
        source: The wire, with its language and time zone.
    """
    shown = {order for page in pages if (order := _observe_order(extract(page, source))) is not None}
    usual = find_day_order(make_locale(source.language, ZoneInfo(source.timezone)))
    return shown.pop() if len(shown) == 1 and usual not in shown else None


def _observe_order(found: Extraction) -> DayOrder | None:
    match = _NUMBERS.search(found.published_source)
    if match is None:
        return None
    first, second = int(match[1]), int(match[2])
    if first > 12 or second > 12:
        return DayOrder.DAY_FIRST if first > 12 else DayOrder.MONTH_FIRST
    if found.published_at is None or first == second:
        return None
    day = (found.published_at + (found.published_offset or timedelta())).day
    return {first: DayOrder.DAY_FIRST, second: DayOrder.MONTH_FIRST}.get(day)
