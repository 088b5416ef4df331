"""Recognize pages that only send the browser elsewhere: by a meta refresh, or by a script that changes the location."""

from __future__ import annotations

import re
from urllib.parse import urldefrag, urljoin

from selectolax.lexbor import LexborHTMLParser

# A page that shows itself for longer is read first; news pages reload themselves after minutes.
_MAX_DELAY_SECONDS = 10
_MAX_REFRESH_CHARS = 2_000
_LOCATION = re.compile(
    r"\blocation(?:\.href)?\s{0,5}=\s{0,5}[\"'`]([^\"'`\s]{1,2000})[\"'`]"
    r"|\blocation\.(?:replace|assign)\s{0,5}\(\s{0,5}[\"'`]([^\"'`\s]{1,2000})[\"'`]"
)
# Longer scripts do more than send a browser elsewhere.
_MAX_SCRIPT_CHARS = 3_000
_MAX_SCRIPTS = 5


def is_redirect_stub(tree: LexborHTMLParser, url: str) -> bool:
    """Return whether a page sends the browser to another URL; whether it has a text besides is for the caller to check.

    Args:
        tree: The parsed page.
        url: Its URL. A page that sends the browser to itself reloads.
    """
    for node in tree.css("meta[http-equiv][content]"):
        attributes = node.attributes
        if (attributes.get("http-equiv") or "").strip().lower() != "refresh":
            continue
        delay, target = _parse_refresh(attributes.get("content") or "")
        if target and delay <= _MAX_DELAY_SECONDS and _is_other_page(target, url):
            return True
    scripts = tree.css("script:not([src])")
    if len(scripts) > _MAX_SCRIPTS:
        return False
    texts = [text for node in scripts if len(text := node.text()) <= _MAX_SCRIPT_CHARS]
    targets = (match[1] or match[2] for text in texts for match in _LOCATION.finditer(text))
    return any(_is_other_page(target, url) for target in targets)


def _parse_refresh(content: str) -> tuple[float, str]:
    """Return the delay in seconds and the target of a meta refresh, such as ``0; url='/new'``; empty if it has none."""
    delay, _, target = content[:_MAX_REFRESH_CHARS].replace(",", ";", 1).partition(";")
    target = target.strip()
    if target[:3].lower() == "url":
        target = target[3:].lstrip().removeprefix("=")
    try:
        return float(delay.strip() or 0), target.strip("\"' ")
    except ValueError:
        return 0, ""


def _is_other_page(target: str, url: str) -> bool:
    """Return whether a target, absolute or relative, is another page than ``url``."""
    try:
        return urldefrag(urljoin(url, target)).url != urldefrag(url).url
    except ValueError:
        return False
