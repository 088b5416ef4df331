"""Hook of MkDocs: a link to a file of the repository outside docs/ becomes its path, for the site does not have it."""

from __future__ import annotations

import re
from typing import Any

_OUTSIDE = re.compile(r"\[([^\]]*)\]\((?:\.\./)+([^)#\s]+)(?:#[^)\s]*)?\)")


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Return the page's text with such links as code."""
    depth = page.file.src_uri.count("/")

    def replace(match: re.Match[str]) -> str:
        ups = match.group().count("../")
        if ups <= depth:
            return match.group()
        text, path = match[1], match[2]
        return f"`{path}`" if text.strip("`") in path else f"{text} (`{path}`)"

    return _OUTSIDE.sub(replace, markdown)
