"""Canonical URLs, so that every article has exactly one, and the keys derived from them."""

from __future__ import annotations

import hashlib
import re
from fnmatch import fnmatchcase
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from w3lib.url import canonicalize_url

from copydesk.pipeline.core.source import Identity

TRACKING_PARAMETERS = (
    "utm_*", "fbclid", "gclid", "dclid", "msclkid", "yclid", "mc_cid", "mc_eid", "igshid", "cmpid", "cmp", "ocid",
    "ref", "ref_src", "referrer", "maca", "wt_mc", "wt_zmc", "xtor", "at_medium", "at_campaign", "at_*", "ns_*",
    "smid", "smtyp", "partner", "taid", "social", "_ga", "_gl", "spm",
)  # fmt: skip


def canonicalize(url: str, identity: Identity | None = None) -> str:
    """Return the canonical form of a URL.

    The fragment, tracking parameters and the default port are removed, the host is lower-cased and the query sorted.

    Args:
        url: The URL as found.
        identity: The wire's own rules. If its ``id_pattern`` matches, the result is ``scheme://host/id/<identity>``, so
            that all URLs of the article have the same canonical form.
    """
    parts = urlsplit(url.strip())
    scheme = parts.scheme.lower()
    host = (parts.hostname or "").lower().rstrip(".")
    if ":" in host:
        host = f"[{host}]"
    try:
        port = parts.port
    except ValueError:
        port = None
    if port and not (scheme == "http" and port == 80) and not (scheme == "https" and port == 443):
        host = f"{host}:{port}"
    if identity and identity.id_pattern:
        match = re.search(identity.id_pattern, url)
        if match and match.group(1):
            # The wire's own id stays when the site changes its scheme or drops "www.".
            scheme, host = ("https" if scheme == "http" and not parts.port else scheme), host.removeprefix("www.")
            return f"{scheme}://{host}/id/{quote(match.group(1), safe='')}"
    ignored = (*TRACKING_PARAMETERS, *(identity.strip_query if identity else ()))
    query = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if not any(fnmatchcase(name.lower(), pattern.lower()) for pattern in ignored)
    ]
    return str(canonicalize_url(urlunsplit((scheme, host, parts.path or "/", urlencode(query), ""))))


def hash_url(canonical_url: str) -> bytes:
    """Return the SHA-256 hash of a canonical URL: a key of 32 bytes, however long the URL is."""
    return hashlib.sha256(canonical_url.encode("utf-8", "surrogateescape")).digest()
