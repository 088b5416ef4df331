"""The spider as a child process: started in a session of its own, listened to, ended cleanly, never left behind."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from copydesk.crawler.accounting.crawl_stats import CrawlStats, ErrorInfo
from copydesk.crawler.process.json_log import escape_line
from copydesk.crawler.process.spider_preload import can_fork
from copydesk.pipeline.process.fork import ForkedProcess

TERMINATE_GRACE_SECONDS = 3.0  # seconds between SIGTERM and SIGKILL; a killed Airflow task has five altogether
MAX_LOG_LINE_BYTES = 1 << 20

OnLine = Callable[[int, str], None]
OnProgress = Callable[[dict[str, Any]], None]


@dataclass
class SpiderProcess:
    """One run of one wire's spider. ``run`` waits for its end; ``terminate`` ends it, from any thread or handler.

    ``known_since`` bounds how old an item may be that is fetched only because it is not known yet (None: any age).
    ``seconds`` is the spider's own limit (0: none). ``env`` is its environment (None: ours); the database's address is
    in it, never in the arguments. The kernel sends it SIGTERM when the thread that called ``run`` ends with its
    process.
    """

    wire: str
    run_id: str
    start: datetime
    end: datetime
    mode: str = "auto"
    known_since: datetime | None = None
    timeout_seconds: float = 0.0
    progress_seconds: float = 5.0
    dry_run: bool = False
    stats_path: Path | None = None
    env: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        self._process: subprocess.Popen[bytes] | ForkedProcess | None = None
        self._stop_requested = False
        self._lock = threading.RLock()  # a signal's handler may call ``terminate`` in the midst of ``run``

    def run(self, on_line: OnLine | None = None, on_progress: OnProgress | None = None) -> CrawlStats:
        """Run the spider to its end and return its stats; never raises for what the spider did.

        ``on_line`` is called with the logging level and the text of every line of its log, one harmless line each;
        ``on_progress`` with ``{"done", "scheduled", "outcomes"}`` now and then.
        """
        with tempfile.TemporaryDirectory(prefix="copydesk-spider-") as folder:
            stats = self.stats_path or Path(folder) / "stats.json"
            stats.unlink(missing_ok=True)  # a former run's would be taken for this one's
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
        """End the spider: SIGTERM once, then, after three seconds at most, SIGKILL for its whole group."""
        with self._lock:
            first, self._stop_requested = not self._stop_requested, True
            process = self._process
        if process is None or process.poll() is not None:
            return
        if first:
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
        """A fork where all is loaded that a spider needs, else a new interpreter."""
        arguments = self._build_arguments(stats)
        if can_fork():
            from copydesk.crawler.process.run_spider import run_forked

            title = f"copydesk spider -- {self.wire} {self.run_id}"
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
        """What was told to end while it was being started hears of it now."""
        if self._stop_requested:
            process.send_signal(signal.SIGTERM)

    def _build_arguments(self, stats: Path) -> list[str]:
        arguments = [
            "--wire", self.wire, "--run-id", self.run_id,
            "--start", self.start.isoformat(), "--end", self.end.isoformat(), "--mode", self.mode,
            "--stats", str(stats), "--seconds", str(self.timeout_seconds), "--progress", str(self.progress_seconds),
            "--parent", str(os.getpid()),
        ]  # fmt: skip
        if self.known_since is not None:
            arguments += ["--known-since", self.known_since.isoformat()]
        return [*arguments, "--dry-run"] if self.dry_run else arguments

    def _stats_for_dead_process(self, code: int) -> CrawlStats:
        how = f"by signal {-code}" if code < 0 else f"with status {code}"
        trouble = ErrorInfo("Transient", f"The spider of {self.wire} ended {how} and told no stats.", "Read its log.")
        return CrawlStats(self.wire, self.run_id, "killed", mode=self.mode, error=trouble)


def run_spider(
    wire: str,
    run_id: str,
    start: datetime,
    end: datetime,
    *,
    on_line: OnLine | None = None,
    on_progress: OnProgress | None = None,
    **options: Any,
) -> CrawlStats:
    """Run one wire's spider as a child process and wait for its stats; ``more`` as in ``SpiderProcess``."""
    return SpiderProcess(wire, run_id, start, end, **options).run(on_line, on_progress)


def _relay_log(stream: IO[bytes], on_line: OnLine, on_progress: OnProgress) -> None:
    while raw := stream.readline(MAX_LOG_LINE_BYTES):
        text = raw.decode("utf-8", "replace").strip()
        try:
            line = json.loads(text)
            level, message = logging.getLevelNamesMapping()[str(line["level"]).upper()], str(line["message"])
        except (ValueError, KeyError, TypeError):
            if text:
                on_line(logging.ERROR, escape_line(text))  # not the spider's words: the interpreter's own
            continue
        if "progress" in line:
            on_progress(line["progress"])
        on_line(level, message)
        for one in line.get("trace", ()):
            on_line(level, str(one))


def _discard(*_: object) -> None:
    pass
