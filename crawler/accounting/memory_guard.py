"""The memory limit of the spider's process. Every input has a limit of its own; this one is for what they miss."""

from __future__ import annotations

import asyncio
import resource
from typing import TYPE_CHECKING, Self

from scrapy import signals

from copydesk.crawler.accounting.shutdown import Shutdown
from copydesk.crawler.crawl_session import get_session
from copydesk.crawler.extensions import get_extension_or_raise
from copydesk.pipeline.core.errors import Transient

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

MEMORY_REASON = "memory"
"""The finish reason of a crawl that reached the limit."""
CHECK_SECONDS = 0.5
HARD_LIMIT_FACTOR = 2
"""The kernel refuses memory beyond this multiple of the limit. In between, the crawl stops by itself."""
_MIB = 1024 * 1024
_THREADS_BYTES = 512 * _MIB
"""What the stacks of the process's threads may take: 8 MiB each, of which they use little."""
_RESIDENT_FIELD, _DATA_FIELD = 1, 5  # of /proc/self/statm, in pages; see proc(5)


class MemoryGuard:
    """Scrapy extension that stops a crawl of which the process has grown by ``COPYDESK_MEGABYTES``.

    URLs without an outcome are recorded as interrupted, so the next run requests them again.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._limit_bytes = crawler.settings.getint("COPYDESK_MEGABYTES") * _MIB
        self._base_bytes = 0
        self._task: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        guard = cls(crawler)
        crawler.signals.connect(guard.start, signal=signals.spider_opened)
        crawler.signals.connect(guard.stop, signal=signals.spider_closed)
        return guard

    def start(self) -> None:
        """Start checking, unless the limit is 0."""
        if self._limit_bytes:
            self._base_bytes = measure_resident_bytes()
            self._task = asyncio.ensure_future(self._check_periodically())

    def stop(self) -> None:
        """Stop checking."""
        if self._task is not None:
            self._task.cancel()

    async def _check_periodically(self) -> None:
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            if measure_resident_bytes() - self._base_bytes > self._limit_bytes:
                name = get_session(self._crawler).source.name
                error = Transient(
                    f"{name}: the crawl was stopped because its process grew by more than "
                    f"{self._limit_bytes // _MIB} MiB.",
                    "Fetched pages are kept, and the next run requests the rest; if it happens again, report the feed "
                    "or raise COPYDESK_CRAWL_MEGABYTES.",
                )
                get_extension_or_raise(self._crawler, Shutdown).request_stop(MEMORY_REASON, error)
                return


def measure_resident_bytes() -> int:
    """Return the resident memory of this process; 0 where the kernel does not show it."""
    return _read_statm(_RESIDENT_FIELD)


def limit_process_memory(megabytes: int) -> None:
    """Let the kernel refuse this process memory beyond ``HARD_LIMIT_FACTOR`` times a limit, for good.

    Args:
        megabytes: The limit in MiB, on top of what the process uses now (0: none).
    """
    used = _read_statm(_DATA_FIELD)
    if megabytes and used:
        limit = used + _THREADS_BYTES + HARD_LIMIT_FACTOR * megabytes * _MIB
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))


def _read_statm(field: int) -> int:
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123 - read twice a second
            return int(statm.read().split()[field]) * resource.getpagesize()
    except OSError:
        return 0
