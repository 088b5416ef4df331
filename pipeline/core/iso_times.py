"""Times in the form of most data, which need neither tokens nor the tables of `core.times`."""

from __future__ import annotations

import re
from datetime import datetime

# A sitemap may have 50,000 of them, and a corpus millions. From 2050 on a year may be Nepali.
_ISO = re.compile(
    r"((?:19[0-9]|20[0-4])[0-9]-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?)(?:[.,][0-9]{1,9})?"
    r"(Z|[-+](?:0[0-9]|1[01]):(?:00|15|30|45))$"
)


def parse_iso_time(text: str) -> tuple[datetime, bool] | None:
    """Parse a time with its offset in the extended format of ISO 8601.

    Returns:
        The time, aware and without a fraction of a second, and whether it has seconds; None if the text has another
        form, or needs a closer look.
    """
    match = _ISO.match(text)
    if match is None or (not match[2] and "T" not in text):
        return None
    try:
        return datetime.fromisoformat(match[1] + match[3]), match[2] is not None
    except ValueError:
        return None
