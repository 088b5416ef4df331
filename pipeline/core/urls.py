"""Canonical URLs, so that every article has exactly one, and the keys derived from them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from urllib.parse import quote, unquote_plus, urlsplit, urlunsplit

from w3lib.url import canonicalize_url

from copydesk.pipeline.core.source import Identity
from copydesk.pipeline.core.tracking_parameters import (
    DOUBTFUL_NAMES,
    DOUBTFUL_PREFIXES,
    SESSION_IN_PATH,
    SESSION_NAMES,
    TRACKING_NAMES,
    TRACKING_PREFIXES,
)

MAX_URL_CHARS = 8192
"""Characters of a URL. Common servers reject longer ones."""

_SCRIPT_NAME = re.compile(r"\.(?:aspx?|php\d?|jspx?|do|cgi|pl|cfm|dll|exe|html?|action)$", re.IGNORECASE)
_MIN_SEPARATORS = 2
"""Hyphens or underscores from which on the end of a path is a title. ``press-release`` is not one."""
_ID_VALUE = re.compile(r"[a-z]{0,3}[-_.]?[0-9]{1,12}", re.IGNORECASE)
"""A number, alone or with a few letters in front. Campaigns are words, clicks longer codes."""
_MIN_ID_DIGITS = 5
"""Digits in a row from which on a number in a path is an article's. A year has four."""


@dataclass(frozen=True, slots=True)
class IgnoredParameters:
    """The query parameters of a URL that its canonical form leaves out, by name, with their raw values."""

    doubtful: dict[str, str]
    """Those with names that sites also use for articles."""
    tracking: dict[str, str]


def canonicalize(url: str, identity: Identity | None = None, kept: Collection[str] = ()) -> str:
    """Return the canonical form of a URL.

    The fragment, tracking parameters, session ids and the default port are removed, the host is lower-cased and the
    query sorted. A fragment that begins with ``!`` stands for a path and stays. Percent-escapes keep their bytes,
    whatever their charset.

    Args:
        url: The URL as found. One longer than ``MAX_URL_CHARS`` is returned as it is.
        identity: The wire's own rules. If its ``id_pattern`` matches, the result is ``scheme://host/id/<identity>``, so
            that all URLs of the article have the same canonical form.
        kept: Names of parameters, in lower case, that identify this article although their names are a tracker's.
    """
    if len(url) > MAX_URL_CHARS:
        return url
    parts = urlsplit(url.strip())
    scheme, host = parts.scheme.lower(), _get_host(parts.hostname)
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
    fragment = parts.fragment if parts.fragment.startswith("!") and parts.fragment.strip("!/") else ""
    whole = urlunsplit((scheme, host, parts.path or "/", parts.query, fragment))
    canonical = str(canonicalize_url(whole, keep_fragments=True))
    parts = urlsplit(canonical)
    path = SESSION_IN_PATH.sub("", parts.path)
    pairs, _ = _split_query(path, parts.query, identity, kept)
    canonical = urlunsplit(parts._replace(path=path, query="&".join(pairs)))
    return canonical if path == parts.path else str(canonicalize_url(canonical, keep_fragments=True))


def list_ignored_parameters(url: str, identity: Identity | None = None) -> IgnoredParameters:
    """Return what ``canonicalize`` removes from the query, except session ids and what ``strip_query`` names."""
    parts = urlsplit(url.strip() if len(url) <= MAX_URL_CHARS else "")
    return _split_query(SESSION_IN_PATH.sub("", parts.path), parts.query, identity, ())[1]


def hash_url(canonical_url: str) -> bytes:
    """Return the SHA-256 hash of a canonical URL: a key of 32 bytes, however long the URL is."""
    return hashlib.sha256(canonical_url.encode("utf-8", "surrogateescape")).digest()


def to_printable_url(url: str) -> str:
    """Return a URL as it can be shown: characters that are invisible or reorder the text are percent-encoded."""
    return "".join(char if char.isprintable() else quote(char, errors="replace") for char in url)


def _get_host(hostname: str | None) -> str:
    host = (hostname or "").lower().rstrip(".")
    return f"[{host}]" if ":" in host else host


def _split_query(
    path: str, query: str, identity: Identity | None, kept: Collection[str]
) -> tuple[list[str], IgnoredParameters]:
    """Split a query into the raw parameters that stay, and those that are ignored."""
    keep_query, strip_query = (identity.keep_query, identity.strip_query) if identity else ((), ())
    staying: list[str] = []
    uncertain: list[tuple[str, str]] = []
    numbered: list[tuple[str, str]] = []
    ignored = IgnoredParameters({}, {})
    for pair in query.split("&") if query else ():
        raw_name, _, value = pair.partition("=")
        name = unquote_plus(raw_name, errors="surrogateescape").lower()
        # "&amp;" that was escaped twice, or copied from the source of a page.
        name = re.sub(r"^(?:amp;)+", "", name)
        if not pair or (_matches(name, strip_query) and not _matches(name, keep_query)):
            continue
        if name in kept or _matches(name, keep_query):
            staying.append(pair)
        elif name in SESSION_NAMES or name.startswith("aspsessionid"):
            continue
        elif name in DOUBTFUL_NAMES or (name.startswith(DOUBTFUL_PREFIXES) and name not in TRACKING_NAMES):
            uncertain.append((name, pair))
        elif name in TRACKING_NAMES and _ID_VALUE.fullmatch(value) and _names_nothing(path):
            numbered.append((name, pair))
        elif name in TRACKING_NAMES or name.startswith(TRACKING_PREFIXES):
            ignored.tracking[name] = value
        else:
            staying.append(pair)
    if not uncertain and not numbered:
        return staying, ignored
    has_identity = _identifies_article(path) or any(_has_digit(pair.partition("=")[2]) for pair in staying)
    # Without anything else that identifies an article, a number does: "story.do?ito=55".
    doubtful_staying = set() if has_identity else {pair for _, pair in numbered}
    ignored.tracking.update((name, pair.partition("=")[2]) for name, pair in numbered if has_identity)
    for name, pair in uncertain:
        value = pair.partition("=")[2]
        if not has_identity or (value.isdigit() and not _identifies_article(path)):
            doubtful_staying.add(pair)
        else:
            ignored.doubtful[name] = value
    if doubtful_staying:
        all_staying = doubtful_staying.union(staying)
        staying = [pair for pair in query.split("&") if pair in all_staying]  # in the order of the query
    return staying, ignored


def _identifies_article(path: str) -> bool:
    """Return whether a path looks as if it identified an article: by a number or a title, not only a script's name."""
    if re.search(rf"\d{{{_MIN_ID_DIGITS}}}", path):
        return True
    name = path.rstrip("/").rpartition("/")[2]
    stem = _SCRIPT_NAME.sub("", name)
    if len(re.findall("[-_]", stem)) >= _MIN_SEPARATORS or "%" in stem:
        return True
    return stem == name and _has_digit(stem)


def _names_nothing(path: str) -> bool:
    """Return whether a path ends in one word that may be a program's or a section's: ``story.do``, ``view``."""
    name = path.rstrip("/").rpartition("/")[2]
    return not _identifies_article(path) and not re.search("[-_]", _SCRIPT_NAME.sub("", name))


def _has_digit(text: str) -> bool:
    return any(char.isdigit() for char in text)


@lru_cache(maxsize=256)
def _compile_patterns(patterns: tuple[str, ...]) -> tuple[frozenset[str], tuple[str, ...], tuple[str, ...]]:
    """Return the exact names, the prefixes and the other wildcards among patterns, in lower case."""
    lowered = [pattern.lower() for pattern in patterns]
    wild = [pattern for pattern in lowered if re.search(r"[*?\[]", pattern)]
    prefixes = [pattern[:-1] for pattern in wild if not re.search(r"[*?\[]", pattern[:-1]) and pattern.endswith("*")]
    others = [pattern for pattern in wild if pattern[:-1] not in prefixes]
    return frozenset(lowered) - frozenset(wild), tuple(prefixes), tuple(others)


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    if not patterns:
        return False
    exact, prefixes, others = _compile_patterns(patterns)
    return name in exact or name.startswith(prefixes) or any(fnmatchcase(name, pattern) for pattern in others)
