"""The counts in the events of each asset; docs/monitoring.md describes them."""

from __future__ import annotations

ARTICLES_NAME = "copydesk/articles"
STORIES_NAME = "copydesk/stories"
EVENT_COUNTS = {
    ARTICLES_NAME: ("new_articles", "articles", "refused"),
    STORIES_NAME: ("new_articles", "articles", "stories"),
}
"""The counts of a run by the name of the asset."""
