"""The spider as a child process: started in its own session, its log relayed, and never left running."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from copydesk.crawler.accounting.crawl_stats import CrawlStats, ErrorInfo
from copydesk.crawler.process.json_log import escape_line
from copydesk.crawler.process.spider_preload import can_fork
from copydesk.pipeline.core.scratch_folder import scratch_folder
from copydesk.pipeline.core.strategy import WireStrategy
from copydesk.pipeline.core.url_secrets import mask_secrets
from copydesk.pipeline.process.fork import ForkedProcess

TERMINATE_GRACE_SECONDS = 3.0
"""Seconds between SIGTERM and SIGKILL. A killed Airflow task has five in total."""
MAX_LOG_LINE_BYTES = 1 << 20

OnLine = Callable[[int, str], None]
OnProgress = Callable[[dict[str, Any]], None]


@dataclass
class SpiderProcess:
    """One run of a wire's spider.

    The kernel sends it SIGTERM when the process or the thread that called ``run`` ends.
    """

    wire: str
    dag_id: str
    run_id: str
    start: datetime
    end: datetime
    strategy: WireStrategy | None = None
    """What to crawl: ``LIVE`` or ``ARCHIVE``. None: decide by the window."""
    known_since: datetime | None = None
    """Unknown items older than this are not fetched (aware). None: no limit."""
    listed_since: datetime | None = None
    """As ``known_since``, for the items of sitemaps and archives only."""
    covered_until: datetime | None = None
    """Until when earlier crawls have covered the wire (aware)."""
    timeout_seconds: float = 0.0
    """Seconds after which the spider stops by itself, with its stats written (0: never)."""
    progress_seconds: float = 5.0
    """Seconds between two calls of ``on_progress`` (0: never)."""
    dry_run: bool = False
    """Read the feeds only: no database, no pages."""
    inspection_folder: Path | None = None
    """Inspect an article or a site, as the request in this folder says (see ``crawler.inspection``)."""
    stats_path: Path | None = None
    """Where to write the stats. None: a temporary file."""
    env: Mapping[str, str] | None = None
    """The environment; it may contain the database's URL, which is never in the arguments. None: this process's."""

    def __post_init__(self) -> None:
        self._process: subprocess.Popen[bytes] | ForkedProcess | None = None
        self._stop_requested = False
        self._lock = threading.RLock()  # reentrant: a signal handler may call terminate() during run()

    def run(self, on_line: OnLine | None = None, on_progress: OnProgress | None = None) -> CrawlStats:
        """Run the spider until it exits, and return its stats. A failed crawl raises nothing: see its stats.

        Args:
            on_line: Called with the logging level and the text of each line of the spider's log, safe to print.
            on_progress: Called with ``{"done", "scheduled", "outcomes"}`` at intervals.
        """
        with scratch_folder("spider") as folder:
            stats = self.stats_path or folder / "stats.json"
            stats.unlink(missing_ok=True)  # must not be taken for this run's
            with self._lock:
                if self._stop_requested:
                    return self._stats_for_dead_process(-signal.SIGTERM)
                process = self._process = self._start(stats)
                self._terminate_if_requested(process)
            try:
                if process.stderr is not None:
                    _relay_log(process.stderr, on_line or _discard, on_progress or _discard)
                code = process.wait()
            except BaseException:
                self.terminate()  # Ctrl-C, or a callback that raised
                raise
            finally:
                if process.stderr is not None:
                    process.stderr.close()
            return CrawlStats.read(stats) or self._stats_for_dead_process(code)

    def terminate(self) -> None:
        """Stop the spider, from any thread or signal handler, and wait until it has exited.

        It gets SIGTERM, and its process group gets SIGKILL if it has not exited after ``TERMINATE_GRACE_SECONDS``.
        """
        with self._lock:
            is_first, self._stop_requested = not self._stop_requested, True
            process = self._process
        if process is None or process.poll() is not None:
            return
        if is_first:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(TERMINATE_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                return
            process.wait()

    def _start(self, stats: Path) -> subprocess.Popen[bytes] | ForkedProcess:
        """Start a fork if this process is preloaded, else a new interpreter."""
        arguments = self._build_arguments(stats)
        if can_fork():
            from copydesk.crawler.process.run_spider import run_forked

            title = f"copydesk spider -- {self.wire} {self.dag_id} {self.run_id}"
            return ForkedProcess(lambda: run_forked(arguments), title, piped=frozenset({2}), env=self.env)
        return subprocess.Popen(
            [sys.executable, "-m", "copydesk.crawler.process.run_spider", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=dict(self.env) if self.env is not None else None,
            start_new_session=True,
        )

    def _terminate_if_requested(self, process: subprocess.Popen[bytes] | ForkedProcess) -> None:
        """Send SIGTERM if ``terminate`` was called while the process was started."""
        if self._stop_requested:
            process.send_signal(signal.SIGTERM)

    def _build_arguments(self, stats: Path) -> list[str]:
        arguments = [
            "--wire", self.wire, "--dag-id", self.dag_id, "--run-id", self.run_id,
            "--start", self.start.isoformat(), "--end", self.end.isoformat(), "--stats", str(stats),
            "--seconds", str(self.timeout_seconds), "--progress", str(self.progress_seconds),
            "--parent", str(os.getpid()),
        ]  # fmt: skip
        if self.strategy is not None:
            arguments += ["--strategy", self.strategy.value]
        times = {
            "--known-since": self.known_since,
            "--listed-since": self.listed_since,
            "--covered-until": self.covered_until,
        }
        for option, time in times.items():
            if time is not None:
                arguments += [option, time.isoformat()]
        if self.inspection_folder is not None:
            arguments += ["--inspect", str(self.inspection_folder)]
        return [*arguments, "--dry-run"] if self.dry_run else arguments

    def _stats_for_dead_process(self, code: int) -> CrawlStats:
        cause = f"was killed by signal {-code}" if code < 0 else f"exited with status {code}"
        error = ErrorInfo("Transient", f"The spider of {self.wire} {cause} and wrote no stats.", "Check its log.")
        strategy = self.strategy.value if self.strategy is not None else ""
        return CrawlStats(self.wire, self.run_id, "killed", strategy=strategy, error=error)


def run_spider(
    wire: str,
    dag_id: str,
    run_id: str,
    start: datetime,
    end: datetime,
    *,
    on_line: OnLine | None = None,
    on_progress: OnProgress | None = None,
    **options: Any,
) -> CrawlStats:
    """Run a wire's spider as a child process and return its stats.

    Args:
        wire: The name of the wire.
        dag_id: The ID of the DAG.
        run_id: The ID of the run.
        start: The start of the window (aware).
        end: The end of the window, exclusive (aware).
        on_line: See ``SpiderProcess.run``.
        on_progress: See ``SpiderProcess.run``.
        **options: Other fields of ``SpiderProcess``.
    """
    return SpiderProcess(wire, dag_id, run_id, start, end, **options).run(on_line, on_progress)


def _relay_log(stream: IO[bytes], on_line: OnLine, on_progress: OnProgress) -> None:
    while raw := stream.readline(MAX_LOG_LINE_BYTES):
        text = raw.decode("utf-8", "replace").strip()
        try:
            line = json.loads(text)
            level, message = logging.getLevelNamesMapping()[str(line["level"]).upper()], str(line["message"])
        except (ValueError, KeyError, TypeError):
            if text:
                on_line(
                    logging.ERROR, mask_secrets(escape_line(text))
                )  # not from the spider's logger, but for example an interpreter's traceback
            continue
        if "progress" in line:
            on_progress(line["progress"])
        on_line(level, message)
        for trace_line in line.get("trace", ()):
            on_line(level, str(trace_line))


def _discard(*_: object) -> None:
    pass
