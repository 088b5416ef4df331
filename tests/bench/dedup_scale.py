"""Cost of ``copydesk dedup`` for files of sample articles: processor time, memory, temporary files, Spark's spill; and
a digest of the stories and edges, which is the same on every engine.

    python -m tests.bench.dedup_scale --articles 100000 --articles 1000000 --per-day 10000
    python -m tests.bench.dedup_scale --articles 50000 --per-day 33333 -- --engine spark --master 'local[2]'

A million articles take 1.1 GB of disk, and as long to write as to deduplicate.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
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
    outputs = [folder / "out.tsv", folder / "edges.jsonl"]
    command = [
        sys.executable, "-m", "copydesk.pipeline.cli.main", "dedup", str(file), "-o", str(outputs[0]), "--edges",
        str(outputs[1]), *options,
    ]  # fmt: skip
    events = folder / "events"
    if "spark" in options:
        events.mkdir(exist_ok=True)
        logged = {"enabled": "true", "dir": events.as_uri(), "compress": "false", "rolling.enabled": "false"}
        command += [word for name, value in logged.items() for word in ("--conf", f"spark.eventLog.{name}={value}")]
    start = time.perf_counter()
    process = subprocess.Popen(command, env={**os.environ, "TMPDIR": str(folder)})
    memory = disk = 0
    seconds: dict[int, float] = {}
    while process.poll() is None:
        memory = max(memory, _poll_processes(process.pid, seconds))
        disk = max(disk, sum(one.stat().st_size for one in folder.glob("copydesk-*/**/*") if one.is_file()))
        time.sleep(_POLL_SECONDS)
    if process.returncode:
        raise SystemExit(f"dedup ended with status {process.returncode}")
    wall = time.perf_counter() - start
    digest = hashlib.sha256(b"".join(output.read_bytes() for output in outputs)).hexdigest()
    return (
        f"{sum(seconds.values()):,.0f} s of processor time, {wall:,.0f} s elapsed, {memory / 1e6:,.0f} MB of all"
        f" processes, {disk / 1e6:,.0f} MB of temporary files, {_sum_spill(events) / 1e6:,.0f} MB spilled, digest"
        f" {digest[:16]}, load {os.getloadavg()[0]:.1f}"
    )


def _poll_processes(pid: int, seconds: dict[int, float]) -> int:
    """Return the memory of a process and its descendants, and note the processor time of each.

    Waiting for the process would not give that of Spark's JVM, which ends after it.
    """
    memory = 0
    try:
        process = psutil.Process(pid)
        for one in (process, *process.children(recursive=True)):
            times = one.cpu_times()
            seconds[one.pid] = times.user + times.system
            memory += one.memory_info().rss
    except psutil.Error:
        pass  # it has just ended
    return memory


def _sum_spill(events: Path) -> int:
    """Return the bytes that Spark's tasks wrote to the disk because memory was full, from its event log."""
    spilled = 0
    for log in events.glob("*"):
        with log.open(encoding="utf-8") as lines:
            for line in lines:
                if '"Disk Bytes Spilled"' in line and '"SparkListenerTaskEnd"' in line:
                    spilled += json.loads(line).get("Task Metrics", {}).get("Disk Bytes Spilled", 0)
        log.unlink()
    return spilled


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
