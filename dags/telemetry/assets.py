"""The assets that say there is something new to read, and the counts that their events carry."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any

from airflow.sdk import Asset, Metadata

ARTICLES = Asset(name="copydesk/articles", uri="copydesk://articles")
STORIES = Asset(name="copydesk/stories", uri="copydesk://stories")
ASSET_EVENT_COUNTS = {
    ARTICLES: ("new_articles", "articles", "refused"),
    STORIES: ("new_articles", "articles", "stories"),
}
"""Which of a run's counts each asset's events carry; docs/monitoring.md says what they mean."""


def emit_asset_events(summary: Mapping[str, Any]) -> Generator[Metadata, None, Mapping[str, Any]]:
    """What a task yields to tell of both; a count that there is not is 0. Returns the summary."""
    for asset, names in ASSET_EVENT_COUNTS.items():
        yield Metadata(asset, extra={name: summary.get(name, 0) for name in names})
    return summary
