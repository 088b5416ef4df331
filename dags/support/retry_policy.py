"""What every task of ours has in common: who owns it, who tries again, and how often."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule

RETRY_POLICY = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            exception="copydesk.pipeline.core.errors.Permanent",
            action=RetryAction.FAIL,
            reason="A person has to act first.",
        ),
        # No delay of its own: a rule's would take the place of the back-off below.
        RetryRule(
            exception="copydesk.pipeline.core.errors.Transient", action=RetryAction.RETRY, reason="It may work later."
        ),
    ]
)

LIVE_CRAWL_TIMEOUT = timedelta(minutes=14)
"""How long a crawl of the hour that has just ended may take: every wire's stories wait for the slowest one.

One that is cut short there is not tried again: the next hour goes on from where it got to."""

CRAWL_TIMEOUT = timedelta(minutes=30)
"""How long a try of any other crawl may take: all of them together end well before ``RUN_TIMEOUT``."""

RUN_TIMEOUT = timedelta(hours=3)
"""How long a run may take; Airflow then skips what has not ended."""

DEFAULT_ARGS: dict[str, Any] = {
    "owner": "copydesk",
    "retries": 3,
    "retry_delay": timedelta(seconds=10),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=10),
    "retry_policy": RETRY_POLICY,
    "execution_timeout": timedelta(minutes=50),
}
