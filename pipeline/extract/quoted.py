"""What stands in quotation marks is somebody else's word: a page speaks of itself without them."""

from __future__ import annotations

import re

_OPENS = '["\u201c\u201e\u00ab\u00bb\u300c\u300e]'
_CLOSES = '["\u201c\u201d\u00ab\u00bb\u300d\u300f]'
_MARKS = '"\u201c-\u201e\u00ab\u00bb\u300c-\u300f'
_QUOTED = re.compile(f"{_OPENS}[^{_MARKS}]{{1,160}}{_CLOSES}")
_QUOTED_IN_LINE = re.compile(f"{_OPENS}[^{_MARKS}\\n]{{1,160}}{_CLOSES}")


def cut_quoted(text: str) -> str:
    """The text without its quotations of up to 160 characters."""
    return _QUOTED.sub("", text)


def cut_quoted_lines(text: str) -> str:
    """As ``cut_quoted`` of each line; no quotation goes on in the next."""
    return _QUOTED_IN_LINE.sub("", text)
