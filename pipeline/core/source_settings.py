"""The settings of a wire in words: what its file says, and the defaults for what it does not say."""

from __future__ import annotations

from collections.abc import Iterable

from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.source_values import format_every
from copydesk.pipeline.core.url_secrets import mask_secrets


def list_effective_settings(source: Source) -> Iterable[tuple[str, str]]:
    """Yield labels and values, without secrets in URLs; a value with several parts has one per line."""
    for label, value in _list_settings(source):
        yield label, mask_secrets(value)


def _list_settings(source: Source) -> Iterable[tuple[str, str]]:
    discovery = source.discovery
    yield "home", source.home
    if source.kind:
        yield "kind", source.kind.value
    if source.country:
        yield "country", source.country
    yield "language", source.language or "-"
    yield "time zone", source.timezone or "-"
    if source.day_order:
        yield "order of day and month", source.day_order.value
    yield "enabled", "yes" if source.enabled else "no"
    yield "polled every", format_every(source.every)
    for label, urls in (("feeds", discovery.feeds), ("sitemaps", discovery.sitemaps)):
        yield label, "\n".join(map(str, urls)) or "-"
    yield "lists", "\n".join(one.url for one in discovery.lists) or "-"
    yield "archive", discovery.archive or "-"
    if source.status and source.evidence:
        note = f" ({source.evidence.note.rstrip('.')})" if source.evidence.note else ""
        yield "status", f"{source.status}: {source.evidence.kind} of {source.evidence.date}{note}"
    if source.terms.licence:
        yield "licence", source.terms.licence
    if source.terms.robots:
        yield "robots", source.terms.robots
    politeness = source.politeness
    yield "politeness", f"{politeness.delay:g} s between requests, {politeness.concurrency} at a time"
    yield "page rules", str(len(source.page)) if source.page else "none: the generic extractor reads its pages"
