"""One article, one address: canonical URLs and the keys made of them."""

from __future__ import annotations

import hashlib
import re
from fnmatch import fnmatchcase
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit
from uuid import UUID

from w3lib.url import canonicalize_url

from copydesk.pipeline.core.source import Identity

TRACKING_PARAMETERS = (
    "utm_*", "fbclid", "gclid", "dclid", "msclkid", "yclid", "mc_cid", "mc_eid", "igshid", "cmpid", "cmp", "ocid",
    "ref", "ref_src", "referrer", "maca", "wt_mc", "wt_zmc", "xtor", "at_medium", "at_campaign", "at_*", "ns_*",
    "smid", "smtyp", "partner", "taid", "social", "_ga", "_gl", "spm",
)  # fmt: skip


def canonicalize(url: str, identity: Identity | None = None) -> str:
    """The address without what does not tell articles apart: fragment, tracking parameters, default port, case of
    the host; the remaining query sorted. With an ``id_pattern`` that matches, ``scheme://host/id/<identity>``, so that
    every form of the address is one.
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
            # A wire's own name for the article outlives its scheme and its "www.".
            scheme, host = ("https" if scheme == "http" and not parts.port else scheme), host.removeprefix("www.")
            return f"{scheme}://{host}/id/{quote(match.group(1), safe='')}"
    noise = (*TRACKING_PARAMETERS, *(identity.strip_query if identity else ()))
    query = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if not any(fnmatchcase(name.lower(), pattern.lower()) for pattern in noise)
    ]
    return str(canonicalize_url(urlunsplit((scheme, host, parts.path or "/", urlencode(query), ""))))


def hash_url(canonical_url: str) -> bytes:
    """SHA-256 of a canonical address: the key, whatever the address's length (32 bytes)."""
    return hashlib.sha256(canonical_url.encode("utf-8", "surrogateescape")).digest()


def make_article_id(canonical_url: str) -> UUID:
    """The article's id, intrinsic to its canonical address."""
    return UUID(bytes=hash_url(canonical_url)[:16])
