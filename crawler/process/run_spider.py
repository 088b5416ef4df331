"""One spider in a process of its own.

    python -m copydesk.crawler.process.run_spider --wire NAME --run-id ID --start T --end T --stats FILE

Its log is JSON lines on standard error, its result the stats file. The exit status is 0 when the stats were written
and the crawl came to its end; whether it was a good one, ``accounting.crawl_result`` judges.
"""

from __future__ import annotations

import argparse
import ctypes
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from copydesk.crawler.accounting.crawl_stats import FINISHED, CrawlStats, ErrorInfo
from copydesk.crawler.crawl_job import CrawlJob
from copydesk.crawler.discovery.selection import DiscoveryMode, resolve_mode
from copydesk.crawler.process.json_log import configure_logging
from copydesk.pipeline.core.errors import BadWindow, CopydeskError, Permanent
from copydesk.pipeline.core.records import Window
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.core.source_files import find_source

PR_SET_PDEATHSIG = 1
HARD_EXIT_SECONDS = 8.0  # seconds after which a spider that was told to end is ended, should anything hang

logger = logging.getLogger("copydesk.crawler.process.run_spider")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one spider; returns the process's exit status."""
    arguments = _parse_arguments(argv)
    _exit_with_parent(arguments.parent)
    configure_logging(arguments.log_level)
    try:
        job = _make_job(arguments)
        return _crawl(job, arguments.seconds, arguments.progress)
    except CopydeskError as error:
        logger.error("%s", error)  # noqa: TRY400 - a known error is told by its sentence
        trouble = ErrorInfo(type(error).__name__, error.message, error.remedy)
        stats = CrawlStats(arguments.wire, arguments.run_id, "not started", error=trouble)
        if arguments.stats:
            stats.write(arguments.stats)
        return error.exit_code


def run_forked(argv: Sequence[str]) -> int:
    """As ``main``, for a fork of a process that has read settings of its own."""
    load_settings.cache_clear()
    status = main(argv)
    logging.shutdown()
    return status


def _parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="copydesk.crawler.process.run_spider", description=__doc__)
    parser.add_argument("--wire", required=True)
    parser.add_argument("--run-id", required=True)
    parser.add_argument("--start", required=True, type=_parse_time, help="start of the window, ISO 8601 with a zone")
    parser.add_argument("--end", required=True, type=_parse_time, help="its end, not part of it")
    parser.add_argument("--mode", choices=["crawl", *DiscoveryMode], default=DiscoveryMode.AUTO.value)
    parser.add_argument("--known-since", type=_parse_time, help="how old an item not known yet may be (else any age)")
    parser.add_argument("--stats", type=Path, help="the file that the result is written to")
    parser.add_argument("--seconds", type=float, default=0.0, help="end after so long (0: never)")
    parser.add_argument("--progress", type=float, default=5.0, help="seconds between two lines of progress (0: none)")
    parser.add_argument("--log-level", choices=["DEBUG", "INFO", "WARNING", "ERROR"], default="INFO")
    parser.add_argument("--dry-run", action="store_true", help="read the feeds only; no database, no pages")
    parser.add_argument("--parent", type=int, default=0, help="the process id that this one must not outlive")
    return parser.parse_args(argv)


def _parse_time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no ISO 8601 time") from None
    if time.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} names no zone")
    return time.astimezone(UTC)


def _make_job(arguments: argparse.Namespace) -> CrawlJob:
    if not arguments.start < arguments.end:
        raise BadWindow("The window is empty: its start is not before its end.", "Give --start before --end.")
    window = Window(arguments.start, arguments.end)
    source = find_source(arguments.wire, load_settings().source_folders)
    mode = resolve_mode(DiscoveryMode(arguments.mode), window, source, datetime.now(UTC))
    return CrawlJob(source, arguments.run_id, window, mode, arguments.known_since, arguments.stats, arguments.dry_run)


def _crawl(job: CrawlJob, timeout_seconds: float, progress_seconds: float) -> int:
    from copydesk.pipeline.db.locks import HOST_LOCK_TIMEOUT_SECONDS, host_lock

    if job.dry_run:
        return _run_spider(job, timeout_seconds, progress_seconds)
    began = time.monotonic()
    # An unreachable database is told here, before anything is fetched.
    with host_lock(
        load_settings(), job.source.host, min(HOST_LOCK_TIMEOUT_SECONDS, timeout_seconds or HOST_LOCK_TIMEOUT_SECONDS)
    ):
        # What was spent waiting is no longer there to crawl in: who set the limit counts from the process's start.
        left = max(timeout_seconds - (time.monotonic() - began), 1.0) if timeout_seconds else 0.0
        return _run_spider(job, left, progress_seconds)


def _run_spider(job: CrawlJob, timeout_seconds: float, progress_seconds: float) -> int:
    from scrapy.crawler import AsyncCrawlerProcess

    from copydesk.crawler.accounting.shutdown import Shutdown
    from copydesk.crawler.scrapy_settings import make_settings
    from copydesk.crawler.spiders.wire import WireSpider
    from copydesk.crawler.store_client import StoreClient
    from copydesk.pipeline.db import connect

    store = StoreClient(lambda: connect(load_settings(), autocommit=True))
    process = AsyncCrawlerProcess(make_settings(job.source, load_settings(), timeout_seconds, progress_seconds))
    crawler = process.create_crawler(WireSpider)
    process.crawl(crawler, job=job, store=store)

    def stop(*_: object) -> None:
        from twisted.internet import reactor

        exit_timer = threading.Timer(HARD_EXIT_SECONDS, os._exit, [75])
        exit_timer.daemon = True
        exit_timer.start()
        shutdown = crawler.get_extension(Shutdown)
        if shutdown is not None:
            reactor.callFromThread(shutdown.request_stop, "interrupted")

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    process.start(install_signal_handlers=False)
    store.close()
    reason = crawler.stats.get_value("finish_reason")
    if job.stats_path is not None and not job.stats_path.exists():
        raise Permanent(f"The spider ended without its stats: {reason}.", "Read its log.")
    return 0 if reason == FINISHED else 75


def _exit_with_parent(parent: int) -> None:
    """End when the parent ends, also by ``kill -9``; the kernel sees to it (Linux; elsewhere nothing is done)."""
    if not parent or not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(75)  # it was gone before we could ask


if __name__ == "__main__":
    status = main()
    logging.shutdown()
    os._exit(status)  # a thread that is stuck in a hostile feed would keep the process
