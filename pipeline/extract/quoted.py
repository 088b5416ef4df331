"""What stands in quotation marks is somebody else's word: a page speaks of itself without them."""

from __future__ import annotations

import re

_QUOTED = re.compile(
    '["\u201c\u201e\u00ab\u00bb\u300c\u300e][^"\u201c-\u201e\u00ab\u00bb\u300c-\u300f]{1,160}["\u201c\u201d\u00ab\u00bb\u300d\u300f]'
)


def cut_quoted(text: str) -> str:
    """The text without its quotations of up to 160 characters."""
    return _QUOTED.sub("", text)
