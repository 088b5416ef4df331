"""Propose a wire's time zone from its language and country, and from the offset of the times that it prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from copydesk.pipeline.core.data_files import read_toml
from copydesk.pipeline.core.records import Page
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.extract.extraction import extract

STEP = timedelta(minutes=15)
"""Offsets of time zones are multiples of it."""
TOLERANCE = timedelta(minutes=4)
"""How far a printed time and the feed's may be apart: desks publish a little later than they write."""
AHEAD = timedelta(hours=15)
"""A clock east of UTC, read as UTC, is in the future: pages are read as if they were fetched later."""
MAX_OFFSET = timedelta(hours=14)


@cache
def _load_zones() -> dict[str, dict[str, list[str]]]:
    return read_toml(Path(__file__).with_name("zone_guesses.toml"))


def list_zones(language: str, country: str) -> list[str]:
    """Return the likely time zones of a site, the likeliest first.

    Args:
        language: Two-letter code.
        country: Two-letter code of the country, in any case; empty if unknown.
    """
    zones = _load_zones()
    return list(dict.fromkeys((*zones["countries"].get(country.lower(), ()), *zones["languages"].get(language, ()))))


def guess_zone(pages: Sequence[Page], source: Source, country: str) -> tuple[str, bool]:
    """Return a wire's time zone, and whether its pages show it.

    Args:
        pages: Articles, with the times that their feed gives.
        source: The wire, with its language.
        country: The country of the site, if known.
    """
    zones = list_zones(source.language, country)
    observed = _observe_offset(pages, source)
    if observed is not None:
        offset, at = observed
        fitting = [zone for zone in zones if at.astimezone(ZoneInfo(zone)).utcoffset() == offset]
        if not offset and (not country or zones[:1] != fitting[:1]):
            return "UTC", True  # many pages state their times in UTC, wherever the site is
        if fitting:
            return fitting[0], True
        hours = int(offset.total_seconds() // 3600)
        if offset == timedelta(hours=hours):
            return f"Etc/GMT{-hours:+d}", True
    is_certain = bool(country) and len(zones) >= 1
    return (zones[0] if zones and is_certain else "UTC"), False


def _observe_offset(pages: Sequence[Page], source: Source) -> tuple[timedelta, datetime] | None:
    """Return the offset from UTC of the clock that pages show, and a time when it applied; None if they disagree."""
    in_utc = source.model_copy(update={"timezone": "UTC", "page": ()})
    offsets: list[timedelta] = []
    at = next((page.published_hint for page in pages if page.published_hint), None)
    for page in pages:
        time = page.published_hint
        found = extract(replace(page, fetched_at=page.fetched_at + AHEAD), in_utc)
        if found.published_at is None or found.published_offset is None or time is None:
            continue
        shift = found.published_at - time
        steps = round(shift / STEP)
        if abs(shift - steps * STEP) > TOLERANCE or abs(shift) > MAX_OFFSET:
            continue
        offsets.append(steps * STEP if steps else found.published_offset)
    if at is None or not offsets or len(set(offsets)) > 1 or (len(offsets) < 2 and len(pages) > 1):
        return None
    return offsets[0], at
