"""Passwords and tokens in URLs, masked before a URL is printed, logged or stored."""

from __future__ import annotations

import re

MASK = "***"

_USERINFO = re.compile(r"(\bhttps?://)[^/\s?#@\"'<>]{1,400}@", re.IGNORECASE)
_SECRET_PARAMETER = re.compile(
    r"([?&;](?:[\w.%-]{0,40}(?:token|secret|passw(?:or)?d|passphrase|pwd|api[_-]?key|access[_-]?key|subscription[_-]?key|"
    r"auth(?:key|orization)?|signature|credential|jwt|hmac)|key|sig|pass|pw)=)[^&\s#\"'<>]+",
    re.IGNORECASE,
)
"""Query parameters by their name. What is secret in a path cannot be recognized."""


def mask_secrets(text: str) -> str:
    """Return a text with the credentials and secret parameters of all URLs in it replaced by ``***``."""
    text = mask_credentials(text)
    return _SECRET_PARAMETER.sub(rf"\1{MASK}", text) if "=" in text else text


def mask_credentials(text: str) -> str:
    """Return a text with user names and passwords of all URLs in it replaced; parameters may identify an article."""
    return _USERINFO.sub(rf"\1{MASK}@", text) if "@" in text else text
