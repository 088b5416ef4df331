"""Runs one spider in this process.

    python -m copydesk.crawler.process.run_spider --wire NAME --dag-id ID --run-id ID --start T --end T --stats FILE

It logs JSON lines to standard error and writes its result to the stats file. The exit status is 0 if the stats were
written and the crawl was not cut short. Whether the crawl succeeded is decided from the stats, by
``accounting.crawl_result``.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from copydesk.crawler.accounting.crawl_stats import FINISHED, CrawlStats, ErrorInfo
from copydesk.crawler.crawl_job import CRAWL_STRATEGIES, CrawlJob, resolve_strategy
from copydesk.crawler.process.json_log import configure_logging
from copydesk.pipeline.core.errors import BadWindow, CopydeskError, Permanent, Transient
from copydesk.pipeline.core.settings import Settings, load_settings
from copydesk.pipeline.core.source_files import find_source
from copydesk.pipeline.core.strategy import WireStrategy
from copydesk.pipeline.core.windows import make_window, parse_window_time
from copydesk.pipeline.core.wire_login import load_wire_login
from copydesk.pipeline.process.parent_exit import request_signal_on_parent_exit

if TYPE_CHECKING:
    from copydesk.pipeline.db.locks import HostLease

HARD_EXIT_SECONDS = 8.0
"""Seconds after a signal after which the process exits, even if something hangs."""
AUTO = "auto"
"""The value of ``--strategy`` that decides by the window."""
DRY_RUN_LOCK_SECONDS = 60.0
"""How long a dry run waits for a crawl of the same host: somebody waits for its result."""

logger = logging.getLogger("copydesk.crawler.process.run_spider")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one spider and return the exit status of the process."""
    arguments = _parse_arguments(argv)
    _exit_with_parent(arguments.parent)
    configure_logging(arguments.log_level)
    try:
        settings = load_settings()
        return _crawl(settings, _make_job(arguments, settings), arguments.seconds, arguments.progress)
    except CopydeskError as error:
        logger.error("The crawl failed: %s", error)  # noqa: TRY400 - an expected error needs no traceback
        stats = CrawlStats(arguments.wire, arguments.run_id, "not started", error=ErrorInfo.from_error(error))
        if arguments.stats:
            stats.write(arguments.stats)
        return error.exit_code


def run_forked(argv: Sequence[str]) -> int:
    """Run ``main`` in a fork; settings that the parent has loaded are loaded again."""
    load_settings.cache_clear()
    status = main(argv)
    logging.shutdown()
    return status


def _parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="copydesk.crawler.process.run_spider", description="Run one spider in this process."
    )
    parser.add_argument("--wire", required=True, help="name of the wire")
    parser.add_argument("--dag-id", required=True, help="ID of the DAG")
    parser.add_argument("--run-id", required=True, help="ID of the run")
    parser.add_argument("--start", required=True, type=_parse_time, help="start of the window, ISO 8601 with a zone")
    parser.add_argument("--end", required=True, type=_parse_time, help="end of the window, exclusive")
    parser.add_argument("--strategy", choices=[AUTO, *CRAWL_STRATEGIES], default=AUTO, help="what to crawl")
    parser.add_argument("--known-since", type=_parse_time, help="skip unknown items older than this (default: none)")
    parser.add_argument("--listed-since", type=_parse_time, help="the same for sitemaps and archives only")
    parser.add_argument("--covered-until", type=_parse_time, help="end of what earlier crawls have covered")
    parser.add_argument("--stats", type=Path, help="file to write the result to")
    parser.add_argument("--seconds", type=float, default=0.0, help="stop after so many seconds (0: never)")
    parser.add_argument("--progress", type=float, default=5.0, help="seconds between lines of progress (0: none)")
    parser.add_argument("--log-level", choices=["DEBUG", "INFO", "WARNING", "ERROR"], default="INFO")
    parser.add_argument("--dry-run", action="store_true", help="read the feeds only: no database, no pages")
    parser.add_argument("--inspect", type=Path, help="folder with the request of an inspection: no database, no crawl")
    parser.add_argument("--parent", type=int, default=0, help="process ID of the parent; exit when it exits")
    return parser.parse_args(argv)


def _parse_time(text: str) -> datetime:
    try:
        if datetime.fromisoformat(text).tzinfo is None:
            raise argparse.ArgumentTypeError(f"{text!r} has no time zone")
        return parse_window_time(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"invalid time {text!r}; expected ISO 8601") from None
    except BadWindow as error:
        raise argparse.ArgumentTypeError(error.message) from None


def _make_job(arguments: argparse.Namespace, settings: Settings) -> CrawlJob:
    window = make_window(arguments.start, arguments.end)
    source = find_source(arguments.wire, settings.source_folders)
    requested = None if arguments.strategy == AUTO else WireStrategy(arguments.strategy)
    strategy = resolve_strategy(source, window, datetime.now(UTC), requested)
    return CrawlJob(
        source, arguments.dag_id, arguments.run_id, window, strategy, known_since=arguments.known_since,
        listed_since=arguments.listed_since, covered_until=arguments.covered_until, stats_path=arguments.stats,
        dry_run=arguments.dry_run or arguments.inspect is not None, inspection_folder=arguments.inspect,
        login=load_wire_login(source),
    )  # fmt: skip


def _crawl(settings: Settings, job: CrawlJob, timeout_seconds: float, progress_seconds: float) -> int:
    from copydesk.crawler.downloader.user_agent import require_contact
    from copydesk.pipeline.db.locks import HOST_LOCK_TIMEOUT_SECONDS, host_lock

    require_contact(job.source, settings)
    if job.dry_run and not _has_database(settings):
        return _run_spider(settings, job, timeout_seconds, progress_seconds, uses_database=False)
    started = time.monotonic()
    limit_seconds = DRY_RUN_LOCK_SECONDS if job.dry_run else HOST_LOCK_TIMEOUT_SECONDS
    wait_seconds = min(limit_seconds, timeout_seconds or limit_seconds)
    # This also fails early if the database is unreachable, before anything is fetched.
    with host_lock(settings, job.source.host, wait_seconds) as lease:
        # The wait for the lock counts: the caller's limit starts with the process.
        seconds_left = max(timeout_seconds - (time.monotonic() - started), 1.0) if timeout_seconds else 0.0
        return _run_spider(settings, job, seconds_left, progress_seconds, lease)


def _has_database(settings: Settings) -> bool:
    """Return whether a dry run can observe and record what applies to the host in all crawls."""
    from copydesk.pipeline.db.probe import is_writable

    return is_writable(settings)


def _run_spider(
    settings: Settings,
    job: CrawlJob,
    timeout_seconds: float,
    progress_seconds: float,
    lease: HostLease | None = None,
    *,
    uses_database: bool = True,
) -> int:
    from scrapy.crawler import AsyncCrawlerProcess

    from copydesk.crawler.accounting.memory_guard import limit_process_memory
    from copydesk.crawler.accounting.shutdown import LEASE_LOST, Shutdown
    from copydesk.crawler.crawl_session import CrawlClock, CrawlSession
    from copydesk.crawler.inspection.spider import InspectionSpider
    from copydesk.crawler.scrapy_settings import make_settings
    from copydesk.crawler.spiders.wire import WireSpider
    from copydesk.crawler.store_client import StoreClient

    store = StoreClient(settings)
    session = CrawlSession(job, store, CrawlClock(job.window.end), settings, uses_database)
    process = AsyncCrawlerProcess(make_settings(session, settings, timeout_seconds, progress_seconds))
    crawler = process.create_crawler(InspectionSpider if job.inspection_folder else WireSpider)
    process.crawl(crawler)
    limit_process_memory(settings.crawl_megabytes)

    def stop(reason: str, error: CopydeskError | None = None) -> None:
        from twisted.internet import reactor

        exit_timer = threading.Timer(HARD_EXIT_SECONDS, os._exit, [Transient.exit_code])
        exit_timer.daemon = True
        exit_timer.start()
        shutdown = crawler.get_extension(Shutdown)
        if shutdown is not None:
            reactor.callFromThread(shutdown.request_stop, reason, error)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop("interrupted"))
    if lease is not None:
        lease.on_lost(lambda error: stop(LEASE_LOST, error))
    process.start(install_signal_handlers=False)
    store.close()
    reason = crawler.stats.get_value("finish_reason")
    if job.stats_path is not None and not job.stats_path.exists():
        raise Permanent(f"The spider exited without writing its stats ({reason}).", "Check its log.")
    return 0 if reason == FINISHED else Transient.exit_code


def _exit_with_parent(parent: int) -> None:
    """Exit when the parent exits, even after ``kill -9``.

    Args:
        parent: The parent's process ID; 0: do nothing.
    """
    if parent and not request_signal_on_parent_exit(parent, signal.SIGTERM):
        sys.exit(Transient.exit_code)


if __name__ == "__main__":
    status = main()
    logging.shutdown()
    os._exit(status)  # do not wait for a thread that parses a hostile feed
