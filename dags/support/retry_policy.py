"""The default arguments of all tasks: owner, retries and timeouts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule

RETRY_POLICY = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            exception="copydesk.pipeline.core.errors.Permanent",
            action=RetryAction.FAIL,
            reason="A retry cannot help; see the error message for what to do.",
        ),
        # Without a delay: a rule's delay would replace the exponential backoff below.
        RetryRule(
            exception="copydesk.pipeline.core.errors.Transient",
            action=RetryAction.RETRY,
            reason="A retry may succeed.",
        ),
    ]
)

LIVE_CRAWL_TIMEOUT = timedelta(minutes=14)
"""Time limit of a live crawl. It is short because the stories of all wires wait for the slowest one.

A live crawl that times out is not retried; the next hour continues where it stopped."""

CRAWL_TIMEOUT = timedelta(minutes=30)
"""Time limit per attempt of any other crawl: all attempts together end well before ``RUN_TIMEOUT``."""

RUN_TIMEOUT = timedelta(hours=3)
"""Time limit of a run; Airflow then skips the tasks that have not finished."""

DEFAULT_ARGS: dict[str, Any] = {
    "owner": "copydesk",
    "retries": 3,
    "retry_delay": timedelta(seconds=10),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=10),
    "retry_policy": RETRY_POLICY,
    "execution_timeout": timedelta(minutes=50),
}
"""The default arguments of every DAG: four attempts within minutes, with exponential backoff."""
