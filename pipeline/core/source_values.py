"""Checks of single values in a source file; each returns the value, or raises ``ValueError`` with what is wrong."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import pairwise
from urllib.parse import urlsplit

from copydesk.pipeline.core.url_secrets import mask_secrets

MIN_EVERY = timedelta(minutes=5)
"""The shortest time between two polls of a wire: feeds are rarely built more often."""
MAX_EVERY = timedelta(days=1)
"""The longest time between two polls of a wire: many feeds list no more than a day."""

_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
MAX_REVISITS = 7
"""More than that would be a crawl of its own."""
MIN_REVISIT_AGE, MAX_REVISIT_AGE = timedelta(minutes=10), timedelta(days=30)

_DURATION = re.compile(r"\s*(\d{1,5})\s*([mhd])\s*", re.ASCII)


def check_pattern(value: str) -> str:
    """Check a regular expression."""
    try:
        re.compile(value)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"{value!r} is not a regular expression: {error}") from None
    return value


def check_url(value: str) -> str:
    """Check an http or https URL."""
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"{mask_secrets(value)!r} is not an http or https URL")
    try:
        _ = parts.port
    except ValueError:
        raise ValueError(f"{mask_secrets(value)!r} has an invalid port") from None
    return value


def check_language(value: str) -> str:
    """Check an ISO 639-1 code."""
    if not re.fullmatch("[a-z]{2}", value):
        raise ValueError(f"{value!r} is not a two-letter language code such as 'en' or 'ar'")
    return value


def check_selector(value: str) -> str:
    """Check a CSS selector, with or without ``@attribute``."""
    from cssselect import GenericTranslator
    from cssselect.parser import SelectorError

    try:
        GenericTranslator().css_to_xpath(re.sub(r"@[\w:-]+$", "", value))
    except SelectorError as error:
        raise ValueError(f"{value!r} is not a CSS selector: {error}") from None
    return value


def parse_every(value: object) -> timedelta:
    """Return the time between two polls of a wire, written as a number and ``m``, ``h`` or ``d``."""
    if isinstance(value, timedelta):
        every = value
    elif isinstance(value, str) and (match := _DURATION.fullmatch(value)):
        every = int(match[1]) * _UNITS[match[2]]
    else:
        raise ValueError(f"{value!r} is not a time between two polls; expected one such as '15m', '2h' or '1d'")
    if not MIN_EVERY <= every <= MAX_EVERY:
        raise ValueError(f"{value!r} is not between {format_every(MIN_EVERY)} and {format_every(MAX_EVERY)}")
    return every


def format_every(every: timedelta) -> str:
    """Return the time between two polls as a source file has it, such as ``15m``."""
    name = next(name for name in ("d", "h", "m") if not every % _UNITS[name])
    return f"{every // _UNITS[name]}{name}"


def parse_revisit(value: object) -> tuple[timedelta, ...]:
    """Return the ages at which a page is fetched again: durations such as ``8h``, ascending; empty for none."""
    if not isinstance(value, list | tuple):
        raise ValueError(f"{value!r} is not a list of ages such as ['1h', '8h', '3d']")  # noqa: TRY004 - for pydantic
    steps = tuple(_parse_age(item) for item in value)
    if len(steps) > MAX_REVISITS or any(later <= earlier for earlier, later in pairwise(steps)):
        raise ValueError(f"expected at most {MAX_REVISITS} ages in ascending order")
    return steps


def _parse_age(value: object) -> timedelta:
    if isinstance(value, timedelta):
        age = value
    elif isinstance(value, str) and (match := _DURATION.fullmatch(value)):
        age = int(match[1]) * _UNITS[match[2]]
    else:
        raise ValueError(f"{value!r} is not an age such as '30m', '8h' or '3d'")
    if not MIN_REVISIT_AGE <= age <= MAX_REVISIT_AGE:
        raise ValueError(
            f"{value!r} is not between {format_every(MIN_REVISIT_AGE)} and {format_every(MAX_REVISIT_AGE)}"
        )
    return age


def format_revisit(steps: tuple[timedelta, ...]) -> list[str]:
    """Return the ages as a source file has them."""
    return [format_every(step) for step in steps]
