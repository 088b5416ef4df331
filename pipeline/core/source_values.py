"""Checks of single values in a source file; each returns the value, or raises ``ValueError`` with what is wrong."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from copydesk.pipeline.core.url_secrets import mask_secrets


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
