"""`copydesk wires show`: one wire's settings and how it does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import typer
from psycopg import Connection

from copydesk.pipeline.cli.wire_checks import read_last_check
from copydesk.pipeline.console.options import Json, WireArgument
from copydesk.pipeline.console.tables import format_counts, print_json, sanitize_cell
from copydesk.pipeline.core.configured_sources import find_configured_source
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.source_files import find_source_file
from copydesk.pipeline.core.source_values import format_every
from copydesk.pipeline.db import Row
from copydesk.pipeline.db.probe import query_if_available
from copydesk.pipeline.runs.cadence import compute_next_poll, format_poll_time
from copydesk.pipeline.runs.layout_drift import detect_layout_changes
from copydesk.pipeline.store.wire_polls import read_polls
from copydesk.pipeline.views.wire_queries import count_quarantined, count_refusals, read_wire_activity

RECENT = timedelta(hours=24)
REFUSALS_SINCE = timedelta(days=7)
LABEL_CHARS = 18


def show(name: WireArgument, as_json: Json = False) -> None:
    """Show a wire's settings and its health: last good crawl, recent articles, refusals, quarantine, next poll."""
    settings = load_settings()
    source = find_configured_source(name, settings)
    path = find_source_file(name, settings.source_folders)
    now = datetime.now(UTC)
    health = query_if_available(settings, lambda connection: read_health(connection, source, now))
    checked = read_last_check(settings, name)
    if as_json:
        print_json([{"file": str(path), **source.model_dump(mode="json"), "health": health, "check": checked}])
        return
    typer.echo(f"{source.title} ({source.name})\n")
    for label, value in _list_settings(source):
        _print_row(label, value)
    _print_row("file", str(path))
    if checked is not None:
        seen = f"; first seen live on {checked['verified_on']}" if checked["verified_on"] else ""
        _print_row("last check", f"{checked['state']} on {checked['checked_at'][:16].replace('T', ' ')}{seen}")
    typer.echo("")
    if health is None:
        typer.echo("No database is running, so its health is unknown. Run `copydesk up`.")
        return
    for label, value in _list_health(health, now):
        _print_row(label, value)


def read_health(connection: Connection[Row], source: Source, now: datetime) -> dict[str, Any]:
    """Return how a wire does, from its stored crawls and articles.

    Returns:
        ``state`` is ``ok``, ``failing``, ``layout changed``, ``never crawled`` or ``disabled``; ``reason`` explains it.
    """
    activity = read_wire_activity(connection, source.name, now - RECENT)
    poll = read_polls(connection, [source.name]).get(source.name)
    change = detect_layout_changes(connection, [source.name]).get(source.name) if source.page else None
    reason = ""
    if not source.enabled:
        state = "disabled"
    elif poll is not None and poll.failures:
        state, reason = "failing", poll.reason
    elif activity.last_crawl is None:
        state = "never crawled"
    elif activity.last_good_crawl is None or activity.last_good_crawl < activity.last_crawl:
        state, reason = "failing", "its last crawl failed"
    elif change is not None:
        state, reason = "layout changed", f"since {change.since:%Y-%m-%d %H:%M}"
    else:
        state = "ok"
    return {
        "state": state,
        "reason": reason,
        **asdict(activity),
        "failures_in_a_row": poll.failures if poll else 0,
        "failing_since": poll.failing_since if poll else None,
        "next_poll_at": compute_next_poll(poll, source.every) if poll and source.enabled else None,
        "refusals": [asdict(count) for count in count_refusals(connection, source.name, now - REFUSALS_SINCE)],
        "quarantine": count_quarantined(connection, source.name),
    }


def _list_settings(source: Source) -> Iterable[tuple[str, str]]:
    discovery = source.discovery
    yield "home", source.home
    if source.kind:
        yield "kind", source.kind.value
    if source.country:
        yield "country", source.country
    yield "language", source.language or "-"
    yield "time zone", source.timezone or "-"
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


def _list_health(health: dict[str, Any], now: datetime) -> Iterable[tuple[str, str]]:
    yield "state", f"{health['state']}{': ' if health['reason'] else ''}{health['reason']}"
    yield "last good crawl", _format_time(health["last_good_crawl"])
    if health["last_crawl"] != health["last_good_crawl"]:
        yield "last crawl", f"{_format_time(health['last_crawl'])}, failed"
    if health["failing_since"]:
        yield "failing since", f"{_format_time(health['failing_since'])}, {health['failures_in_a_row']} times in a row"
    next_poll = health["next_poll_at"]
    yield "next poll", "-" if next_poll is None else format_poll_time(next_poll, now) if next_poll > now else "next run"
    yield "articles in 24 h", str(health["recent_articles"])
    yield "latest article", _format_time(health["latest_article"])
    refusals = [f"{one['count']} {one['outcome']}: {one['reason'] or '-'}" for one in health["refusals"]]
    yield "refused in 7 days", "\n".join(refusals) or "none"
    yield "in quarantine", format_counts(health["quarantine"]) or "none"


def _format_time(time: datetime | None) -> str:
    return "never" if time is None else f"{time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _print_row(label: str, value: str) -> None:
    for index, line in enumerate(value.split("\n")):
        typer.echo(f"{'' if index else label:{LABEL_CHARS}}{sanitize_cell(line)}")
