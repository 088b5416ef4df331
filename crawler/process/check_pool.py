"""Dry runs of many wires: several hosts at a time, the wires of a host one after the other with its delay between them.

The workers are forks of this process with everything loaded, so that a wire costs a fork and not a new interpreter.
If forking is not possible, threads start an interpreter per wire.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import IO
from urllib.parse import urlsplit

from copydesk.crawler.accounting.crawl_stats import CrawlStats, ErrorInfo
from copydesk.crawler.process.spider_preload import can_fork, preload_spider
from copydesk.crawler.process.spider_process import run_spider
from copydesk.pipeline.core.ids import CLI_DAG_ID
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.process.fork import ForkedProcess, prevent_library_threads

DEFAULT_WORKERS = 16
"""Hosts that are asked at a time: a worker spends nearly all of its time waiting for an answer or a delay."""
WIRE_SECONDS = 90.0
"""Seconds for one wire. Its feeds, with a delay of ten seconds between two, take less."""

READ_BYTES = 1 << 20

OnResult = Callable[[str, CrawlStats], None]


@dataclass(frozen=True, slots=True)
class DryRun:
    """What to check."""

    start: datetime
    """The start of the window (aware)."""
    end: datetime
    """Its end, exclusive."""

    def run(self, wire: str) -> CrawlStats:
        """Read the feeds of one wire as a child process."""
        run_id = f"check__{wire}__{self.end:%Y-%m-%dT%H:%M:%SZ}"
        return run_spider(
            wire, CLI_DAG_ID, run_id, self.start, self.end, known_since=self.start, dry_run=True,
            timeout_seconds=WIRE_SECONDS,
        )  # fmt: skip


def group_by_host(sources: Iterable[Source]) -> list[list[Source]]:
    """Return the sources in groups that have no host in common, the largest group first."""
    groups: list[tuple[set[str], list[Source]]] = []
    for source in sources:
        hosts, members = list_hosts(source), [source]
        separate = []
        for other_hosts, others in groups:
            if hosts & other_hosts:
                hosts, members = hosts | other_hosts, others + members
            else:
                separate.append((other_hosts, others))
        groups = [*separate, (hosts, members)]
    return sorted((members for _, members in groups), key=len, reverse=True)


def list_hosts(source: Source) -> set[str]:
    """Return host and port of each URL that a check of a wire requests."""
    discovery = source.discovery
    urls = [source.home, *discovery.feeds, *discovery.sitemaps, *(page.url for page in discovery.lists)]
    urls += [discovery.archive] if discovery.archive else []
    return {urlsplit(url).netloc.rpartition("@")[2].lower() for url in urls}


def run_checks(
    groups: Sequence[Sequence[Source]], dry_run: DryRun, on_result: OnResult, workers: int = DEFAULT_WORKERS
) -> None:
    """Check the wires of all groups.

    Args:
        groups: Sources by host; see ``group_by_host``.
        dry_run: The window.
        on_result: Called in this thread with the name and the stats of each wire, in any order.
        workers: The maximum number of groups at a time.
    """
    if not groups:
        return
    prevent_library_threads()
    preload_spider()
    if can_fork():
        _ForkPool(dry_run, on_result).run(groups, workers)
        return
    with ThreadPoolExecutor(min(workers, 2 * (os.cpu_count() or 1)), thread_name_prefix="check") as threads:
        for future in as_completed([threads.submit(_collect_group, group, dry_run) for group in groups]):
            for name, stats in future.result():
                on_result(name, stats)


def _collect_group(group: Sequence[Source], dry_run: DryRun) -> list[tuple[str, CrawlStats]]:
    return list(_check_group([(source.name, source.politeness.delay) for source in group], dry_run))


def _check_group(group: Sequence[tuple[str, float]], dry_run: DryRun) -> Iterator[tuple[str, CrawlStats]]:
    """Yield the stats of wires that share a host, with its delay between them.

    Args:
        group: Names and delays, in seconds.
        dry_run: The window.
    """
    for number, (name, delay) in enumerate(group):
        stats = dry_run.run(name)
        yield name, stats
        if number + 1 < len(group):
            time.sleep(max([delay, group[number + 1][1], *(feed.delay for feed in stats.feeds)]))


@dataclass
class _Worker:
    process: ForkedProcess
    pending: list[str] = field(default_factory=list)
    """The wires of its group without a result."""
    buffer: bytes = b""
    """What was read of an incomplete line."""


class _ForkPool:
    """Workers that are forks of this process. Each reads groups from its standard input and writes results."""

    def __init__(self, dry_run: DryRun, on_result: OnResult) -> None:
        self._dry_run, self._on_result = dry_run, on_result
        self._waiting: deque[list[tuple[str, float]]] = deque()
        self._selector = selectors.DefaultSelector()
        self._workers: dict[int, _Worker] = {}

    def run(self, groups: Sequence[Sequence[Source]], workers: int) -> None:
        """Check all groups. On any exception, end all workers."""
        self._waiting.extend([[(source.name, source.politeness.delay) for source in group] for group in groups])
        try:
            for _ in range(min(workers, len(groups))):
                self._start_worker()
            while self._workers:
                for key, _ in self._selector.select():
                    self._read_results(key.fd)
        finally:
            for worker in self._workers.values():
                worker.process.send_signal(signal.SIGTERM)
            for worker in self._workers.values():
                worker.process.wait()

    def _start_worker(self) -> None:
        process = ForkedProcess(
            partial(_work, self._dry_run), "copydesk wires check", piped=frozenset({0, 1}), inherited=frozenset({2})
        )
        worker = _Worker(process)
        output = _get_stream(process.stdout).fileno()
        self._workers[output] = worker
        self._selector.register(output, selectors.EVENT_READ)
        self._send_group(worker)

    def _send_group(self, worker: _Worker) -> None:
        """Send the next group to a worker; without one, close its input, so that it exits."""
        stream = _get_stream(worker.process.stdin)
        if not self._waiting:
            stream.close()
            return
        group = self._waiting.popleft()
        worker.pending.extend(name for name, _ in group)
        stream.write(json.dumps(group).encode() + b"\n")

    def _read_results(self, output: int) -> None:
        worker = self._workers[output]
        data = os.read(output, READ_BYTES)
        if not data:
            self._end_worker(output)
            return
        *lines, worker.buffer = (worker.buffer + data).split(b"\n")
        for line in lines:
            stats = CrawlStats.from_dict(json.loads(line))
            worker.pending.remove(stats.wire)
            self._on_result(stats.wire, stats)
        if lines and not worker.pending:
            self._send_group(worker)

    def _end_worker(self, output: int) -> None:
        self._selector.unregister(output)
        worker = self._workers.pop(output)
        code = worker.process.wait()
        for name in worker.pending:  # the worker died
            error = ErrorInfo("Transient", f"The check of {name} ended with status {code}.", "Check it again.")
            self._on_result(name, CrawlStats(name, "", "killed", error=error))
        if worker.pending and self._waiting:
            self._start_worker()


def _get_stream(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise RuntimeError("a worker without pipes")
    return stream


def _work(dry_run: DryRun) -> int:
    """Check the groups that standard input lists, one per line; write the stats of each wire as a line of JSON."""
    for line in sys.stdin:
        for _, stats in _check_group([(name, delay) for name, delay in json.loads(line)], dry_run):
            sys.stdout.write(json.dumps(stats.to_dict()) + "\n")
            sys.stdout.flush()
    return 0
