"""Run spiders and extractions as forks of a process that has loaded their libraries, like the tasks in the Airflow of
`copydesk up`.

The test process itself cannot fork, because it has threads. test_crawl_process.py, test_forked_processes.py and the
tests of the command line run spiders and extractions as separate interpreters.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from uuid import UUID

from copydesk.crawler.accounting.crawl_stats import CrawlStats
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.runs.reprocess import Preview

_ROOT = Path(__file__).parents[1]
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
"""Without it, OpenBLAS starts a thread that nobody uses, and a process with threads can't be forked."""

_idle: list[tuple[subprocess.Popen[bytes], Connection]] = []
"""Server processes that nobody waits for: more than one if tests have run several things at once."""


def run_spider(wire: str, dag_id: str, run_id: str, start: datetime, end: datetime, **options: Any) -> CrawlStats:
    """Run ``process.spider_process.run_spider`` in a fork; the spider's log goes to the test's output."""
    stats: CrawlStats = _call(_crawl, wire, dag_id, run_id, start, end, **options)
    return stats


def clean_wire(settings: Settings, run_key: UUID, way: str, source: Source) -> dict[str, int]:
    """Run ``runs.stages.clean_wire`` in a fork."""
    counts: dict[str, int] = _call(_clean, settings, run_key, way, source)
    return counts


def preview_run(
    settings: Settings, run_key: UUID, sources: Sequence[Source], on_line: Callable[[str], object] = print,
    **options: Any,
) -> Preview:  # fmt: skip
    """Run ``runs.reprocess.preview_run`` in a fork; its log lines are passed on when it has ended."""
    preview: Preview = _call(_preview, settings, run_key, sources, on_line=on_line, **options)
    return preview


def stop() -> None:
    """End the processes that run."""
    while _idle:
        process, connection = _idle.pop()
        connection.close()
        process.wait(30)


def _call(
    function: Callable[..., Any], *arguments: Any, on_line: Callable[[str], object] = print, **options: Any
) -> Any:
    """Call the function in a server process of its own meanwhile, with this process's environment."""
    try:
        process, connection = _idle.pop()  # as one step: other threads may call at the same time
    except IndexError:
        process, connection = _start()
    try:
        connection.send(({**os.environ, **_ONE_THREAD}, function.__name__, arguments, options))
        lines, result, error = connection.recv()
    except BaseException:  # such as a time limit: nobody else may get this response
        connection.close()
        process.kill()
        process.wait()
        raise
    _idle.append((process, connection))
    for line in lines:
        on_line(line)
    if error is not None:
        raise error
    return result


def _start() -> tuple[subprocess.Popen[bytes], Connection]:
    ours, theirs = Pipe()
    command = [sys.executable, "-m", "tests.fork_server", str(theirs.fileno())]
    process = subprocess.Popen(command, cwd=_ROOT, env={**os.environ, **_ONE_THREAD}, pass_fds=[theirs.fileno()])
    theirs.close()
    return process, ours


def _crawl(lines: list[str], *arguments: Any, **options: Any) -> CrawlStats:
    from copydesk.crawler.process.spider_process import SpiderProcess

    return SpiderProcess(*arguments, **options).run(on_line=lambda level, text: lines.append(f"{level} {text}"))


def _clean(lines: list[str], settings: Settings, run_key: UUID, strategy: str, source: Source) -> Mapping[str, int]:
    from copydesk.pipeline.runs.stages import clean_wire
    from copydesk.pipeline.runs.wire_run import open_wire_run

    return clean_wire(settings, open_wire_run(settings, run_key, strategy, source), lines.append)


def _preview(lines: list[str], settings: Settings, run_key: UUID, sources: Sequence[Source], **options: Any) -> Preview:
    from copydesk.pipeline.runs.reprocess import preview_run

    return preview_run(settings, run_key, sources, lines.append, **options)


def _serve(connection: Connection) -> None:
    """Answer requests, one after the other, until the connection is closed."""
    from copydesk.crawler.process import spider_preload
    from copydesk.pipeline.core.settings import load_settings
    from copydesk.pipeline.db.pool import close_pools
    from copydesk.pipeline.offline import read_page

    spider_preload.preload_spider()
    read_page.preload()
    while True:
        try:
            environment, name, arguments, options = connection.recv()
        except EOFError:
            return
        os.environ.clear()
        os.environ.update(environment)
        load_settings.cache_clear()
        lines: list[str] = []
        result, error = None, None
        try:
            assert spider_preload.can_fork()
            result = globals()[name](lines, *arguments, **options)
        except Exception as raised:  # noqa: BLE001 - raised again where it was asked for
            error = raised
        close_pools()  # the caller may copy the database, which requires that no session uses it
        connection.send((lines, result, error))


if __name__ == "__main__":
    _serve(Connection(int(sys.argv[1])))
