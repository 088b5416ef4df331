"""Report the stories that saved searches have found for the first time, through the configured notifier."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from copydesk.dags.alerts.event_webhooks import find_pages_url
from copydesk.dags.alerts.notify import notify
from copydesk.pipeline.core.errors import BadSettings

if TYPE_CHECKING:
    from airflow.sdk import Context

    from copydesk.pipeline.core.settings import Settings

logger = logging.getLogger(__name__)


def log_and_notify_searches(context: Context, settings: Settings) -> None:
    """Evaluate the saved searches, and report each story that one of them has found for the first time.

    Errors are logged and never fail the task. What was found before an error is reported nevertheless, because no other
    run finds it again.
    """
    from copydesk.pipeline.runs.search_alerts import find_alerts

    found: list[dict[str, str]] = []
    try:
        base = find_pages_url()
        for alert in find_alerts(settings):
            message = f"{alert.title} ({base}story?id={alert.story_id})"
            found.append({"wire": f"saved search {alert.search}", "kind": "search", "message": message})
            logger.info("%s: %s", found[-1]["wire"], message)
    except Exception as error:  # noqa: BLE001 - whatever fails here, the run itself is good
        logger.error("The saved searches failed: %s", error)  # noqa: TRY400 - the message is sufficient
    try:
        notify(context, settings, found)
    except BadSettings as error:
        logger.error("%s", error)  # noqa: TRY400 - the message is sufficient
