"""The assets that say there is something new to read, and the counts that their events carry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from airflow.sdk import Asset, Metadata

ARTICLES = Asset(name="copydesk/articles", uri="copydesk://articles")
STORIES = Asset(name="copydesk/stories", uri="copydesk://stories")
CARRIED = {ARTICLES: ("new_articles", "articles", "refused"), STORIES: ("new_articles", "articles", "stories")}
"""Which of a run's counts each asset's events carry; docs/monitoring.md says what they mean."""


def emit(summary: Mapping[str, Any], *assets: Asset) -> Iterator[Metadata]:
    """What a task yields to tell of its assets; of all of them, where none is named."""
    for asset in assets or CARRIED:
        yield Metadata(asset, extra={name: summary.get(name, 0) for name in CARRIED[asset]})
