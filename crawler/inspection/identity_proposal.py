"""Propose when two URLs of a site are the same article, from the URLs that it lists. Never merges two of them. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import parse_qsl, urlsplit

from copydesk.pipeline.core.source import Identity
from copydesk.pipeline.core.urls import canonicalize, list_ignored_parameters

MIN_URLS = 8
"""Listed articles from which on the form of their ids is taken for granted."""
MIN_MATCHED_SHARE = 0.9
MIN_PARAMETER_URLS = 3
_END = r"(?:[/?#]|$)"
_SUFFIX_END = r"(?:\.[a-z]{2,5})?(?:[/?#]|$)"
_DATE = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])")
_SHAPES = (
    rf"[/_.-]([0-9a-f]{{8}}-[0-9a-f]{{4}}-[0-9a-f]{{4}}-[0-9a-f]{{4}}-[0-9a-f]{{12}}){_SUFFIX_END}",
    rf"[/_.-]([0-9a-f]{{32}}){_SUFFIX_END}",
    rf"[/_.-]([0-9a-f]{{20,40}}){_SUFFIX_END}",
    rf"[/_.-](\d{{DIGITS}}){_SUFFIX_END}",
    r"/(\d{DIGITS})(?:[-_/?#]|$)",
    rf"-(id[0-9a-z]{{1,12}}){_SUFFIX_END}",
    rf"[/_.-]([a-z]{{1,4}}[-_]?\d{{DIGITS}}){_SUFFIX_END}",
    r"[?&](?:id|artid|articleid|newsid|nid|aid|no|idx)=([0-9A-Za-z-]{3,40})(?:[&#]|$)",
    rf"[/_.-]([0-9a-z]{{8,16}}){_SUFFIX_END}",
)
"""Forms of ids at the end or the beginning of a part of the path, or in the query. ``DIGITS`` is how many there are."""
_MIN_DIGITS = 5
_MAX_DIGITS = 16
_HAS_DIGIT_AND_LETTER = re.compile(r"(?=.*\d)(?=.*[a-z])")


def propose_identity(urls: Sequence[str], canonical_urls: Mapping[str, str] | None = None) -> Identity:
    """Return identity rules for a site.

    Args:
        urls: The URLs of its articles, as feeds and sitemaps list them.
        canonical_urls: The canonical URL that a page declares, by the listed URL.
    """
    unique = list(dict.fromkeys(urls))
    stripped = tuple(_list_useless_parameters(unique, canonical_urls or {}))
    identity = Identity(strip_query=stripped)
    if _merges(unique, identity):
        identity = Identity()
    for pattern in _list_patterns(unique, identity):
        with_pattern = Identity(strip_query=identity.strip_query, id_pattern=pattern)
        if not _merges(unique, with_pattern):
            return with_pattern
    return identity


def _merges(urls: Sequence[str], identity: Identity) -> bool:
    """Return whether rules give two articles one canonical URL: two URLs that differ in more than a useless query."""
    plain = Identity(strip_query=identity.strip_query)
    by_key: defaultdict[str, set[str]] = defaultdict(set)
    for url in urls:
        by_key[canonicalize(url, identity)].add(canonicalize(url, plain) if identity.id_pattern else urlsplit(url).path)
    return any(len(found) > 1 for found in by_key.values())


def _list_patterns(urls: Sequence[str], plain: Identity) -> Iterator[str]:
    """Yield the patterns that give nearly every URL an id of its own."""
    if len(urls) < MIN_URLS:
        return
    articles = {canonicalize(url, plain) for url in urls}
    for shape in _SHAPES:
        for pattern in _fill_in(shape, urls):
            ids = [match[1] for url in urls if (match := re.search(pattern, url))]
            is_random = shape is not _SHAPES[-1] or all(map(_HAS_DIGIT_AND_LETTER.search, ids))
            is_date = bool(ids) and all(_DATE.fullmatch(found) for found in ids)
            if len(ids) < MIN_MATCHED_SHARE * len(urls) or is_date or not is_random:
                continue
            if len(set(ids)) >= MIN_MATCHED_SHARE * len(articles):
                yield pattern


def _fill_in(shape: str, urls: Sequence[str]) -> Iterator[str]:
    """Yield the shape with the numbers of digits that the listed ids have."""
    if "DIGITS" not in shape:
        yield shape
        return
    open_shape = shape.replace("DIGITS", f"{_MIN_DIGITS},{_MAX_DIGITS}")
    lengths = {sum(map(str.isdigit, match[1])) for url in urls if (match := re.search(open_shape, url))}
    if lengths:
        shortest, longest = min(lengths), max(lengths)
        digits = str(shortest) if shortest == longest and shortest >= 2 * _MIN_DIGITS else f"{shortest},{longest + 1}"
        yield shape.replace("DIGITS", digits)


def _list_useless_parameters(urls: Sequence[str], canonical_urls: Mapping[str, str]) -> Iterator[str]:
    """Yield the query parameters with one value in all URLs, and those that pages leave out of their canonical URL."""
    values: defaultdict[str, list[str]] = defaultdict(list)
    for url in urls:
        ignored = list_ignored_parameters(url)
        for name, value in parse_qsl(urlsplit(url).query, keep_blank_values=True):
            if name.lower() not in ignored.tracking and name.lower() not in ignored.doubtful:
                values[name].append(value)
    for name, found in values.items():
        paths = {urlsplit(url).path for url in urls if _has_parameter(url, name)}
        is_constant = len(found) >= MIN_PARAMETER_URLS and len(set(found)) == 1 and len(paths) == len(found)
        declared = [(url, own) for url, own in canonical_urls.items() if _has_parameter(url, name) and own]
        is_left_out = len(declared) > 1 and all(
            urlsplit(own).path == urlsplit(url).path and not _has_parameter(own, name) for url, own in declared
        )
        if is_constant or is_left_out:
            yield name


def _has_parameter(url: str, name: str) -> bool:
    return any(found == name for found, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True))
