"""Remove quotations: what is quoted is somebody else's statement, not the page's about itself."""

from __future__ import annotations

import re

_OPENING_QUOTES = '["\u201c\u201e\u00ab\u00bb\u300c\u300e]'
_CLOSING_QUOTES = '["\u201c\u201d\u00ab\u00bb\u300d\u300f]'
_QUOTE_CHARS = '"\u201c-\u201e\u00ab\u00bb\u300c-\u300f'
_QUOTED = re.compile(f"{_OPENING_QUOTES}[^{_QUOTE_CHARS}]{{1,160}}{_CLOSING_QUOTES}")
_QUOTED_IN_LINE = re.compile(f"{_OPENING_QUOTES}[^{_QUOTE_CHARS}\\n]{{1,160}}{_CLOSING_QUOTES}")


def strip_quotations(text: str) -> str:
    """Return the text without its quotations of up to 160 characters."""
    return _QUOTED.sub("", text)


def strip_quotations_by_line(text: str) -> str:
    """Return the text without quotations as ``strip_quotations`` does, line by line: none extends to the next line."""
    return _QUOTED_IN_LINE.sub("", text)
