"""The routes of the API about wires and the quarantine."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Path, Request

from copydesk.dags.support.airflow_settings import load_settings
from copydesk.dags.ui.api_models import ListOf
from copydesk.dags.ui.api_paging import After, Limit, make_list
from copydesk.dags.ui.api_wire_models import (
    QuarantineList,
    QuarantineRow,
    RefusalRow,
    SettingRow,
    StoredPage,
    Wire,
    WireRow,
)
from copydesk.dags.ui.page_input import read_page_input
from copydesk.dags.ui.parameters import Text, parse_row_id
from copydesk.dags.ui.wire_pages import load_listed_sources
from copydesk.pipeline.core.configured_sources import find_configured_source
from copydesk.pipeline.core.errors import NotFound
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.source_settings import list_effective_settings
from copydesk.pipeline.db import read_transaction
from copydesk.pipeline.runs.wire_health import ALL_RUNS, LOSSES_SINCE, WireHealth, read_health
from copydesk.pipeline.store.quarantined_pages import read_quarantined
from copydesk.pipeline.views.paging import ListPage, decode_position, make_page
from copydesk.pipeline.views.quarantine_list import ROWS_PER_PAGE, count_reasons, list_quarantine
from copydesk.pipeline.views.wire_queries import count_refusals


def send_wires(request: Request, after: After = "", limit: Limit = ROWS_PER_PAGE) -> ListOf[WireRow]:
    """List the configured wires by name, with how each of them does."""
    settings = load_settings()
    position = decode_position(after, (str,))
    sources = load_listed_sources(settings).sources
    rest = sorted(name for name in sources if not position.key or name > position.key[0])
    chosen = [sources[name] for name in rest[:limit]]
    with read_transaction(settings) as connection:
        health = read_health(connection, chosen, datetime.now(UTC))
    rows = [_make_row(source, health[source.name]) for source in chosen]
    page: ListPage[WireRow] = make_page(rows, len(rest), position, (rows[-1].wire,) if rows else ())
    return make_list(request, WireRow, page)


def send_wire(name: Annotated[str, Path(max_length=200)]) -> Wire:
    """Send one wire: how it does, what it refused and why, and its settings."""
    settings, now = load_settings(), datetime.now(UTC)
    try:
        source = find_configured_source(name, settings)
    except NotFound:
        raise NotFound("No source file has this name.", "Use a name from the list of wires.") from None
    with read_transaction(settings) as connection:
        health = read_health(connection, [source], now, ALL_RUNS)[source.name]
        refusals = count_refusals(connection, source.name, now - LOSSES_SINCE)
    return Wire(
        **dict(_make_row(source, health)),
        settings=[SettingRow(name=label, value=value) for label, value in list_effective_settings(source)],
        refusals=[RefusalRow.model_validate(one) for one in refusals],
    )


def send_quarantine(
    request: Request, wire: Text = "", reason: Text = "", after: After = "", limit: Limit = ROWS_PER_PAGE
) -> QuarantineList:
    """List the pages in quarantine, of one wire or for one reason, the latest first."""
    wire, reason = wire.strip(), reason.strip()
    with read_transaction(load_settings()) as connection:
        found = list_quarantine(connection, wire or None, reason or None, after, limit)
        reasons = count_reasons(connection, wire or None)
    answer = make_list(request, QuarantineRow, found)
    return QuarantineList(items=answer.items, total=answer.total, next=answer.next, reasons=reasons)


def send_quarantined(quarantine_id: Annotated[str, Path(max_length=40)]) -> StoredPage:
    """Send one page in quarantine: why it could not be read, and the beginning of what was fetched, as text."""
    number = parse_row_id(quarantine_id)
    if number is None:
        raise NotFound("No page in quarantine has this ID.", "Use an ID from the list.")
    settings = load_settings()
    with read_transaction(settings) as connection:
        found = read_quarantined(connection, number)
        shown = read_page_input(connection, None if found.is_body_deleted else found.page_id, settings)
    values = {name: getattr(found, name) for name in StoredPage.model_fields if hasattr(found, name)}
    return StoredPage(**values, text=shown.text, text_is_cut=shown.is_cut, text_error=shown.error)


def _make_row(source: Source, health: WireHealth) -> WireRow:
    activity, host = health.activity, health.host
    return WireRow(
        wire=source.name, title=source.title, state=health.state, reason=health.reason,
        last_good_crawl=activity.last_good_crawl, last_crawl=activity.last_crawl,
        recent_articles=activity.recent_articles, usual_articles=activity.usual,
        latest_article=activity.latest_article, tried=activity.tried, refused=activity.refused,
        failed=activity.failed, quarantined=activity.quarantined, failures_in_a_row=health.failures_in_a_row,
        failing_since=health.failing_since, next_poll_at=health.next_poll_at, host=host.host,
        host_paused_until=host.paused_until, quarantine=dict(health.quarantine),
    )  # fmt: skip
