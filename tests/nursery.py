"""Spiders and extractions that are forks of a process which has loaded all they need, as those of the tasks are in the
Airflow that `copydesk up` runs. A test's own process has threads, and can't be forked.

How they do as interpreters of their own, test_crawl_process.py, test_offspring.py and the command line's tests try.
"""

from __future__ import annotations

import os
import pickle
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from crawler.stats import CrawlStats
from pipeline.config import Settings
from pipeline.source import Source

_LENGTH = struct.Struct("<Q")
_ROOT = Path(__file__).parents[1]
_turn = threading.Lock()
_running: list[subprocess.Popen[bytes]] = []


def run_spider(wire: str, run_id: str, start: datetime, end: datetime, **more: Any) -> CrawlStats:
    """As ``crawler.child.run_spider``; the spider's log goes to the test's output."""
    stats: CrawlStats = _call(_crawl, wire, run_id, start, end, **more)
    return stats


def clean_wire(settings: Settings, run_id: str, way: str, source: Source) -> dict[str, int]:
    """As ``pipeline.chain.clean_wire``."""
    counts: dict[str, int] = _call(_clean, settings, run_id, way, source)
    return counts


def close() -> None:
    """End the process, if there is one."""
    while _running:
        process = _running.pop()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        process.wait(30)


def _call(work: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
    """Have it done there, in our environment."""
    with _turn:
        if not _running:
            command = [sys.executable, "-m", "tests.nursery"]
            alone = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}  # else it has a thread that nobody uses
            process = subprocess.Popen(command, cwd=_ROOT, env=alone, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            _running.append(process)
        (process,) = _running
        assert process.stdin is not None
        assert process.stdout is not None
        _send(process.stdin, (dict(os.environ), work.__name__, arguments, more))
        lines, result, error = _receive(process.stdout)
    for line in lines:
        print(line)
    if error is not None:
        raise error
    return result


def _send(pipe: IO[bytes], message: object) -> None:
    data = pickle.dumps(message)
    pipe.write(_LENGTH.pack(len(data)) + data)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> Any:
    head = pipe.read(_LENGTH.size)
    if not head:
        raise EOFError
    return pickle.loads(pipe.read(*_LENGTH.unpack(head)))


def _crawl(lines: list[str], *arguments: Any, **more: Any) -> CrawlStats:
    from crawler.child import SpiderChild

    return SpiderChild(*arguments, **more).run(on_line=lambda level, text: lines.append(f"{level} {text}"))


def _clean(lines: list[str], *arguments: Any) -> Mapping[str, int]:
    from pipeline.chain import clean_wire

    return clean_wire(*arguments, lines.append)


def _serve() -> None:
    """Do what is asked for, one thing after the other, until nobody can ask any more."""
    from crawler import loading
    from pipeline import reading
    from pipeline.config import load

    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what is printed here is no answer
    loading.load()
    reading.load()
    while True:
        try:
            environment, name, arguments, more = _receive(sys.stdin.buffer)
        except EOFError:
            return
        os.environ.clear()
        os.environ.update(environment)
        load.cache_clear()
        lines: list[str] = []
        result, error = None, None
        try:
            assert loading.can_fork()
            result = globals()[name](lines, *arguments, **more)
        except Exception as raised:  # noqa: BLE001 - raised again where it was asked for
            error = raised
        _send(answers, (lines, result, error))


if __name__ == "__main__":
    _serve()
