"""The pages about wires: how all of them do and who copies whom, and one wire with its settings and latest pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import HTMLResponse

from copydesk.dags.support.airflow_settings import load_settings
from copydesk.dags.ui.charts import draw_volume
from copydesk.dags.ui.rendering import render
from copydesk.pipeline.core.configured_sources import find_configured_source, load_configured_sources
from copydesk.pipeline.core.errors import NotFound
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.core.source_files import LoadResult, list_source_files
from copydesk.pipeline.core.source_settings import list_effective_settings
from copydesk.pipeline.db import read_transaction
from copydesk.pipeline.runs.wire_health import ALL_RUNS, LOSSES_SINCE, HealthState, read_health
from copydesk.pipeline.views.volume import list_volume
from copydesk.pipeline.views.wire_queries import Copying, count_refusals, list_copying, list_latest_pages

COPYING_SINCE = timedelta(days=7)
MAX_COPYING_STORIES = 2000
"""How many stories the matrix is made of; more would take longer than a page may."""

MAX_MATRIX_WIRES = 25
"""Number of rows and columns of the matrix: those with the most stories."""

LATEST_PAGES = 20

_ORDER = list(HealthState)
_URGENT = (HealthState.FAILING, HealthState.LAYOUT_CHANGED)
_HEAT_STEPS = 4


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """How often the column's wire had a story of the row's; ``heat`` is the step of its color."""

    stories: int
    delay: timedelta
    heat: int


@dataclass(frozen=True, slots=True)
class CopyMatrix:
    """Who copies whom: ``cells`` by source and outlet, of the wires with the most stories."""

    sources: Sequence[str]
    outlets: Sequence[str]
    cells: dict[tuple[str, str], MatrixCell]


def show_wires() -> HTMLResponse:
    """Show how every configured wire does, those with problems first, and who copies whom."""
    settings = load_settings()
    now = datetime.now(UTC)
    loaded = load_listed_sources(settings)
    with read_transaction(settings) as connection:
        health = read_health(connection, loaded.sources.values(), now)
        copying = list_copying(connection, now - COPYING_SINCE, MAX_COPYING_STORIES)
    rows = sorted(health.values(), key=lambda one: (one.state not in _URGENT, _ORDER.index(one.state), one.wire))
    states = {state: sum(one.state is state for one in rows) for state in HealthState}
    return render(
        "wires", rows=rows, errors=loaded.errors, now=now, sources=loaded.sources, states=states,
        matrix=make_matrix(copying), max_stories=MAX_COPYING_STORIES,
    )  # fmt: skip


def show_wire(name: Annotated[str, Query(max_length=200)]) -> HTMLResponse:
    """Show one wire: how it does, its volume, what it refused and why, its latest pages, and its settings."""
    settings = load_settings()
    now = datetime.now(UTC)
    try:
        source = find_configured_source(name, settings)
    except NotFound:
        raise NotFound("No source file has this name.", "The page Wires lists the configured wires.") from None
    with read_transaction(settings) as connection:
        health = read_health(connection, [source], now, ALL_RUNS)[source.name]
        volume = list_volume(connection, now, source.name)
        refusals = count_refusals(connection, source.name, now - LOSSES_SINCE)
        latest = list_latest_pages(connection, source.name, LATEST_PAGES)
        copying = list_copying(connection, now - COPYING_SINCE, MAX_COPYING_STORIES)
    return render(
        "wire", source=source, health=health, now=now, refusals=refusals, latest=latest,
        settings=list(list_effective_settings(source)), max_stories=MAX_COPYING_STORIES,
        copied_from=[one for one in copying if one.outlet == name][:10],
        copied_by=[one for one in copying if one.source == name][:10],
        volume=draw_volume(volume) if any(hour.articles or hour.usual for hour in volume) else None,
    )  # fmt: skip


def make_matrix(copying: Sequence[Copying]) -> CopyMatrix:
    """Return the matrix of the wires with the most stories, those with the most first."""
    sources, outlets = (_rank(copying, side) for side in ("source", "outlet"))
    most = max((one.stories for one in copying), default=1)
    cells = {
        (one.source, one.outlet): MatrixCell(
            one.stories, timedelta(seconds=one.median_seconds), 1 + (one.stories * _HEAT_STEPS - 1) // most
        )
        for one in copying
        if one.source in sources and one.outlet in outlets
    }
    return CopyMatrix(sources, outlets, cells)


def _rank(copying: Sequence[Copying], side: str) -> list[str]:
    totals: dict[str, int] = {}
    for one in copying:
        wire: str = getattr(one, side)
        totals[wire] = totals.get(wire, 0) + one.stories
    return sorted(totals, key=lambda wire: (-totals[wire], wire))[:MAX_MATRIX_WIRES]


def load_listed_sources(settings: Settings) -> LoadResult:
    """Return the configured sources; their files are read again only after one of them has changed."""
    paths = list_source_files(settings.source_folders).values()
    files = tuple((path, path.stat().st_mtime_ns) for path in paths)
    key = (settings.wires.enabled, settings.wires.disabled, files)
    if _loaded.get("key") != key:
        _loaded.update(key=key, result=load_configured_sources(settings))
    result: LoadResult = _loaded["result"]
    return result


_loaded: dict[str, Any] = {}
"""The sources that were read last, and the files and settings that they were read from."""
