"""`copydesk wires show`: one wire's settings and how it does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
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
from copydesk.pipeline.core.source_settings import list_effective_settings
from copydesk.pipeline.db import Row
from copydesk.pipeline.db.probe import query_if_available
from copydesk.pipeline.runs.cadence import format_poll_time
from copydesk.pipeline.runs.wire_health import ALL_RUNS, LOSSES_SINCE, read_health
from copydesk.pipeline.views.wire_queries import count_refusals

LABEL_CHARS = 18


def show(name: WireArgument, as_json: Json = False) -> None:
    """Show a wire's settings and its health: last good crawl, recent articles, refusals, quarantine, next poll."""
    settings = load_settings()
    source = find_configured_source(name, settings)
    path = find_source_file(name, settings.source_folders)
    now = datetime.now(UTC)
    health = query_if_available(settings, lambda connection: _describe_health(connection, source, now))
    checked = read_last_check(settings, name)
    if as_json:
        print_json([{"file": str(path), **source.model_dump(mode="json"), "health": health, "check": checked}])
        return
    typer.echo(f"{source.title} ({source.name})\n")
    for label, value in list_effective_settings(source):
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


def _describe_health(connection: Connection[Row], source: Source, now: datetime) -> dict[str, Any]:
    """Return how a wire does, as `--json` prints it."""
    health = read_health(connection, [source], now, ALL_RUNS)[source.name]
    activity = health.activity
    return {
        "state": str(health.state),
        "reason": health.reason,
        "last_good_crawl": activity.last_good_crawl,
        "last_crawl": activity.last_crawl,
        "recent_articles": activity.recent_articles,
        "usual_articles": activity.usual,
        "latest_article": activity.latest_article,
        "failures_in_a_row": health.failures_in_a_row,
        "failing_since": health.failing_since,
        "next_poll_at": health.next_poll_at,
        "refusals": [asdict(count) for count in count_refusals(connection, source.name, now - LOSSES_SINCE)],
        "quarantine": dict(health.quarantine),
    }


def _list_health(health: dict[str, Any], now: datetime) -> Iterable[tuple[str, str]]:
    yield "state", f"{health['state']}{': ' if health['reason'] else ''}{health['reason']}"
    yield "last good crawl", _format_time(health["last_good_crawl"])
    if health["last_crawl"] != health["last_good_crawl"]:
        yield "last crawl", f"{_format_time(health['last_crawl'])}, failed"
    if health["failing_since"]:
        yield "failing since", f"{_format_time(health['failing_since'])}, {health['failures_in_a_row']} times in a row"
    next_poll = health["next_poll_at"]
    yield "next poll", "-" if next_poll is None else format_poll_time(next_poll, now) if next_poll > now else "next run"
    usual = health["usual_articles"]
    yield "articles in 24 h", f"{health['recent_articles']}{'' if usual is None else f' (usually about {usual:.0f})'}"
    yield "latest article", _format_time(health["latest_article"])
    refusals = [f"{one['count']} {one['outcome']}: {one['reason'] or '-'}" for one in health["refusals"]]
    yield "refused in 7 days", "\n".join(refusals) or "none"
    yield "in quarantine", format_counts(health["quarantine"]) or "none"


def _format_time(time: datetime | None) -> str:
    return "never" if time is None else f"{time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _print_row(label: str, value: str) -> None:
    for index, line in enumerate(value.split("\n")):
        typer.echo(f"{'' if index else label:{LABEL_CHARS}}{sanitize_cell(line)}")
