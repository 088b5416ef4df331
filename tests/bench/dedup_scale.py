"""Cost of ``copydesk dedup`` for files of sample articles: processor time, memory, temporary files.

    python -m tests.bench.dedup_scale --articles 100000 --articles 1000000 --per-day 10000

A million articles take 1.1 GB of disk, and as long to write as to deduplicate.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path

import psutil

from copydesk.crawler.sample.network import Network
from tests.bench.sample_articles import START, make_unsigned, read_articles

_POLL_SECONDS = 0.3
_MAX_DAYS = 4_000


def write_articles(count: int, per_day: int, file: Path) -> None:
    """Write the first articles of the sample network as lines for ``copydesk dedup``, in constant memory."""
    with file.open("w", encoding="utf-8") as stream:
        stream.writelines(islice(_iterate_lines(per_day), count))


def _iterate_lines(per_day: int) -> Iterator[str]:
    hours = (START + timedelta(hours=hour) for hour in range(24 * _MAX_DAYS))
    for article in read_articles(Network(per_day=per_day), hours, START, START + timedelta(days=_MAX_DAYS)):
        document = make_unsigned(article).document
        line = {
            "id": document.id,
            "title": document.title,
            "body": document.body,
            "published_at": document.published_at and document.published_at.isoformat(),
            "notice": document.notice,
        }
        yield json.dumps(line, ensure_ascii=False) + "\n"


def measure(file: Path, folder: Path, options: list[str]) -> str:
    """Run the command, and return its cost as a line."""
    command = [sys.executable, "-m", "copydesk.pipeline.cli.main", "dedup", str(file), "-o", str(folder / "out.tsv")]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    process = subprocess.Popen([*command, *options], env={**os.environ, "TMPDIR": str(folder)})
    memory = disk = 0
    while process.poll() is None:
        memory = max(memory, _sum_memory(process.pid))
        disk = max(disk, sum(one.stat().st_size for one in folder.glob("copydesk-dedup-*/*") if one.exists()))
        time.sleep(_POLL_SECONDS)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return (
        f"{cpu:,.0f} s of processor time, {wall:,.0f} s elapsed, {memory / 1e6:,.0f} MB of all processes,"
        f" {disk / 1e6:,.0f} MB of temporary files, load {os.getloadavg()[0]:.1f}"
    )


def _sum_memory(pid: int) -> int:
    try:
        process = psutil.Process(pid)
        return sum(one.memory_info().rss for one in (process, *process.children(recursive=True)))
    except psutil.Error:
        return 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, action="append", required=True)
    parser.add_argument("--per-day", type=int, default=10_000)
    parser.add_argument("options", nargs="*", help="passed on to the command, after --")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dedup-scale-") as name:
        folder = Path(name)
        for count in arguments.articles:
            file = folder / "articles.jsonl"
            write_articles(count, arguments.per_day, file)
            print(
                f"{count:,} articles, {arguments.per_day:,} a day: {measure(file, folder, arguments.options)}",
                flush=True,
            )


if __name__ == "__main__":
    main()
