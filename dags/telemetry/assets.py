"""The assets that announce new articles and stories, and the counts in their events."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from typing import Any

from airflow.sdk import Asset, Metadata

ARTICLES = Asset(name="copydesk/articles", uri="copydesk://articles")
STORIES = Asset(name="copydesk/stories", uri="copydesk://stories")
ASSET_EVENT_COUNTS = {
    ARTICLES: ("new_articles", "articles", "refused"),
    STORIES: ("new_articles", "articles", "stories"),
}
"""The counts of a run in the events of each asset; docs/monitoring.md describes them."""


def emit_asset_events(
    summary: Mapping[str, Any], assets: Iterable[Asset] = tuple(ASSET_EVENT_COUNTS)
) -> Generator[Metadata, None, Mapping[str, Any]]:
    """Yield one event per asset from a task.

    Args:
        summary: The counts of the run by name; a missing count is 0.
        assets: The outlets of the task.

    Returns:
        The summary, as the task's return value.
    """
    for asset in assets:
        yield Metadata(asset, extra={name: summary.get(name, 0) for name in ASSET_EVENT_COUNTS[asset]})
    return summary
