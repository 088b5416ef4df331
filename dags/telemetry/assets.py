"""The assets that announce new articles and stories."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from typing import Any

from airflow.sdk import Asset, Metadata

from copydesk.dags.telemetry.event_counts import ARTICLES_NAME, EVENT_COUNTS, STORIES_NAME

ARTICLES = Asset(name=ARTICLES_NAME, uri="copydesk://articles")
STORIES = Asset(name=STORIES_NAME, uri="copydesk://stories")


def emit_asset_events(
    summary: Mapping[str, Any], assets: Iterable[Asset] = (ARTICLES, STORIES)
) -> Generator[Metadata, None, Mapping[str, Any]]:
    """Yield one event per asset from a task.

    Args:
        summary: The counts of the run by name; a missing count is 0.
        assets: The outlets of the task.

    Returns:
        The summary, as the task's return value.
    """
    for asset in assets:
        yield Metadata(asset, extra={name: summary.get(name, 0) for name in EVENT_COUNTS[asset.name]})
    return summary
