"""Database access of a crawl: in a thread of its own, so that the event loop never waits for it."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Concatenate, ParamSpec, TypeVar

import psycopg
from psycopg import Connection

from copydesk.pipeline.core.errors import DatabaseUnreachable, Permanent, TooManyConnections, Transient
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.db import Row, transaction

P = ParamSpec("P")
T = TypeVar("T")

MAX_ATTEMPTS = 4
FIRST_RETRY_DELAY_SECONDS = 0.2
"""Doubled after each attempt, with jitter: about 1.4 s in total. A longer outage ends the crawl, which is retried."""


class StoreClient:
    """Calls functions of the page store one after the other, each in a transaction of its own.

    It retries a call after a lost connection, a deadlock or a serialization failure. So every function that it calls
    must be idempotent: a commit may have succeeded although its answer was lost.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")

    async def call(
        self, function: Callable[Concatenate[Connection[Row], P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Return the result of ``function(connection, *args, **kwargs)``.

        Raises:
            DatabaseUnreachable: All attempts failed.
            Permanent: The database rejects the call: it is not migrated, read-only, or permissions are missing.
        """
        return await asyncio.get_running_loop().run_in_executor(
            self._executor, lambda: self._run(function, *args, **kwargs)
        )

    def close(self) -> None:
        """Wait for the current call."""
        self._executor.shutdown(wait=True)

    def _run(self, function: Callable[Concatenate[Connection[Row], P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        delay = FIRST_RETRY_DELAY_SECONDS
        for attempts_left in reversed(range(MAX_ATTEMPTS)):
            try:
                with transaction(self._settings) as connection:
                    return function(connection, *args, **kwargs)
            except Transient as error:
                if isinstance(error, TooManyConnections) and not attempts_left:
                    raise
                if not attempts_left:
                    raise DatabaseUnreachable(
                        f"The connection to the database failed: {error.message}",
                        "Check that it is running, then run the crawl again.",
                    ) from error
                time.sleep(delay * random.uniform(0.5, 1.5))  # noqa: S311 - jitter
                delay *= 2
            except psycopg.DataError:
                raise  # the fault of one page, not of the database
            except psycopg.Error as error:
                reason = " ".join(str(error).split()).removesuffix(".")
                raise Permanent(
                    f"The database rejected a query of the crawler: {reason}.",
                    "Run `copydesk db migrate`, and check the database user's permissions.",
                ) from error
        raise AssertionError("unreachable")
