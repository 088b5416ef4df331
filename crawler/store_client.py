"""The keeper: all database work of a spider, in one thread of its own, so that the event loop never waits for it."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Concatenate, ParamSpec, TypeVar

import psycopg
from psycopg import Connection

from copydesk.pipeline.core.errors import DatabaseUnreachable, Permanent
from copydesk.pipeline.db import Row

P = ParamSpec("P")
T = TypeVar("T")

MAX_ATTEMPTS = 4
FIRST_RETRY_DELAY_SECONDS = 0.2  # seconds, doubled each time, with jitter


class StoreClient:
    """Runs functions of the page store on one connection, one after another.

    Work that was broken off (lost connection, deadlock, serialisation) is done again: every function of the store may
    be done twice.
    """

    def __init__(self, connect: Callable[[], Connection[Row]]) -> None:
        self._connect = connect
        self._connection: Connection[Row] | None = None
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")

    async def call(
        self, function: Callable[Concatenate[Connection[Row], P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """The result of ``work(connection, ...)``.

        Raises:
            DatabaseUnreachable: the database is gone and stays so.
            Permanent: it refuses the work: not migrated, read only, no rights.
        """
        return await asyncio.get_running_loop().run_in_executor(
            self._executor, lambda: self.run(function, *args, **kwargs)
        )

    def run(self, function: Callable[Concatenate[Connection[Row], P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As ``call``, waiting for it; for use while the event loop does not run."""
        wait = FIRST_RETRY_DELAY_SECONDS
        for left in reversed(range(MAX_ATTEMPTS)):
            try:
                if self._connection is None or self._connection.closed:
                    self._connection = self._connect()
                return function(self._connection, *args, **kwargs)
            except (psycopg.OperationalError, DatabaseUnreachable) as error:
                self._close_connection()
                if not left:
                    reason = " ".join(str(error).split()).removesuffix(".")
                    raise DatabaseUnreachable(
                        f"The database broke off: {reason}.", "Check that it runs; the run may be tried again."
                    ) from error
                time.sleep(wait * random.uniform(0.5, 1.5))  # noqa: S311 - jitter
                wait *= 2
            except psycopg.DataError:
                raise  # one page's fault, not the database's
            except psycopg.Error as error:
                self._close_connection()
                reason = " ".join(str(error).split()).removesuffix(".")
                raise Permanent(
                    f"The database refused the crawler: {reason}.", "Run `copydesk db migrate` and check its rights."
                ) from error
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Wait for what is under way, then let go of the connection."""
        self._executor.shutdown(wait=True)
        self._close_connection()

    def _close_connection(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
