"""The lock of a host: a row with a lease, so that it works across processes, machines and connection poolers.

A session's advisory lock would need one server connection for as long as the crawl takes, which a pooler in
transaction mode does not give. A lease needs one short transaction now and then, and frees the host by itself if its
holder was killed. See Gray and Cheriton, "Leases: an efficient fault-tolerant mechanism" (SOSP 1989).
"""

from __future__ import annotations

import os
import random
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import LiteralString

import psycopg

from copydesk.pipeline.core.errors import CopydeskError, HostBusy, HostLeaseLost, Permanent
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.db import queries
from copydesk.pipeline.db.connection import transaction

HOST_LOCK_TIMEOUT_SECONDS = 900.0
"""How long a crawl waits for another of the same host to end."""

LEASE_SECONDS = 60.0
"""How long the host of a killed crawl stays locked: no longer than Airflow takes to notice a killed task, and long
enough for a server to restart or fail over meanwhile without ending the crawls."""

RENEWALS_PER_LEASE = 4
"""Three of four renewals may fail before the lease is in danger."""

STOP_MARGIN_SHARE = 1 / 6
"""The share of the lease that is left when an unrenewed crawl is stopped: 10 s, in which it ends or is ended by force
(``run_spider.HARD_EXIT_SECONDS``)."""

RETRY_SECONDS = 2.0
"""How soon a renewal that failed is repeated."""

MIN_POLL_SECONDS, MAX_POLL_SECONDS = 0.1, 2.0
"""How often a waiting crawl asks again: at first soon, then seldom enough for hundreds of them."""

OnLost = Callable[[CopydeskError], object]


@contextmanager
def host_lock(
    settings: Settings,
    host: str,
    timeout_seconds: float = HOST_LOCK_TIMEOUT_SECONDS,
    *,
    lease_seconds: float = LEASE_SECONDS,
) -> Iterator[HostLease]:
    """Be the only crawl of a host, so that schedule and backfill together stay polite.

    Args:
        settings: They name the database.
        host: Name and port.
        timeout_seconds: How long to wait for another crawl of the host.
        lease_seconds: How long the host stays locked if this process is killed.

    Raises:
        HostBusy: Another crawl of the host took longer than the timeout.
        DatabaseUnreachable: The database does not answer.
        Permanent: The database rejects the lease: not migrated, read-only, or permissions are missing.
    """
    lease = HostLease(settings, host, lease_seconds)
    lease.acquire(timeout_seconds)
    try:
        yield lease
    finally:
        lease.release()


class HostLease:
    """The lease of one host. Two threads serve it: one renews it, one watches that it was renewed in time.

    The thread that watches does not use the database: a statement may hang for longer than the lease lasts.
    """

    def __init__(self, settings: Settings, host: str, lease_seconds: float = LEASE_SECONDS) -> None:
        self._settings = settings
        self._host = host
        self._lease_seconds = lease_seconds
        self._values = {
            "host": host,
            "holder": f"{socket.gethostname()} {os.getpid()} {secrets.token_hex(8)}",
            "lease": timedelta(seconds=lease_seconds),
        }
        self._released = threading.Event()
        self._state = threading.Lock()
        self._stop_at = 0.0
        self._failure: CopydeskError | None = None
        self._lost: CopydeskError | None = None
        self._on_lost: OnLost | None = None

    def acquire(self, timeout_seconds: float) -> None:
        """Wait for the lease, then keep it until ``release``; see ``host_lock``."""
        deadline = time.monotonic() + timeout_seconds
        poll_seconds = MIN_POLL_SECONDS
        while not self.try_acquire():
            left = deadline - time.monotonic()
            if left <= 0:
                raise HostBusy(
                    f"{self._host} has been crawled by another run for more than {timeout_seconds:.0f} s.",
                    "The crawl is tried again later.",
                )
            time.sleep(min(left, poll_seconds * random.uniform(0.5, 1.5)))  # noqa: S311 - jitter
            poll_seconds = min(2 * poll_seconds, MAX_POLL_SECONDS)

    def try_acquire(self) -> bool:
        """Return whether the lease was free. If so, it is kept until ``release``."""
        if not self._execute(queries.locks.acquire_host_lease):
            return False
        for target in (self._renew_until_released, self._watch_until_released):
            threading.Thread(target=target, name=f"lease-{target.__name__.split('_')[1]}", daemon=True).start()
        return True

    def on_lost(self, callback: OnLost) -> None:
        """Have a function called, once and in another thread, if the lease can't be relied on any more: at the latest
        when a sixth of it is left, so that the crawl can end before another one begins."""
        with self._state:
            self._on_lost = callback
            lost = self._lost
        if lost is not None:
            callback(lost)

    def release(self) -> None:
        """Free the host. If the database is gone, the lease expires by itself."""
        self._released.set()
        with suppress(CopydeskError, psycopg.Error):
            self._execute(queries.locks.release_host_lease)

    def _execute(self, query: LiteralString) -> bool:
        """Run one of the statements; whether it found its row."""
        began = time.monotonic()
        try:
            with transaction(self._settings) as connection:
                found = connection.execute(query, self._values).rowcount == 1
        except psycopg.Error as error:
            reason = " ".join(str(error).split()).removesuffix(".")
            raise Permanent(
                f"The database rejected the lease of {self._host}: {reason}.",
                "Run `copydesk db migrate`, and check the database user's permissions.",
            ) from error
        if found:
            # Counted from before the statement: the database set the end of the lease later than that.
            self._stop_at = began + self._lease_seconds * (1 - STOP_MARGIN_SHARE)
        return found

    def _renew_until_released(self) -> None:
        interval = self._lease_seconds / RENEWALS_PER_LEASE
        pause = interval
        while not self._released.wait(pause):
            try:
                found = self._execute(queries.locks.renew_host_lease)
            except CopydeskError as error:
                self._failure = error
                pause = min(RETRY_SECONDS, interval)
                continue
            if not found:
                self._lose(
                    HostLeaseLost(
                        f"Another run has taken over {self._host}: this process did not renew its lease in time.",
                        "It can be run again.",
                    )
                )
                return
            self._failure = None
            pause = interval

    def _watch_until_released(self) -> None:
        while (left := self._stop_at - time.monotonic()) > 0:
            if self._released.wait(left):
                return
        reason = f": {self._failure}" if self._failure else "."
        self._lose(
            HostLeaseLost(f"The lease of {self._host} could not be renewed{reason}", "Check that the database runs.")
        )

    def _lose(self, error: CopydeskError) -> None:
        with self._state:
            if self._lost is not None or self._released.is_set():
                return
            self._lost = error
            callback = self._on_lost
        if callback is not None:
            callback(error)
