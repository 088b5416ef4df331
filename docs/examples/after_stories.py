"""Example of a DAG that runs after Copydesk updated stories, and receives the counts."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from airflow.sdk import Asset, dag, get_current_context, task

STORIES = Asset(name="copydesk/stories", uri="copydesk://stories")


@dag(
    dag_id="after_stories",
    schedule=[STORIES],
    start_date=datetime(2020, 1, 1, tzinfo=UTC),
    catchup=False,
    tags=["example"],
    doc_md="Runs after each hour of `newswire`; query `copydesk.v_stories` for the stories themselves.",
)
def after_stories() -> None:
    @task
    def count() -> dict[str, int]:
        events = get_current_context()["triggering_asset_events"][STORIES]
        # One run may receive the events of several hours if these follow each other faster than this DAG runs.
        found = {"runs": len(events), "new_articles": sum(event.extra["new_articles"] for event in events)}
        logging.getLogger(__name__).info("%(runs)s runs brought %(new_articles)s new articles", found)
        return found

    count()


after_stories()
