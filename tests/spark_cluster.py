"""A standalone cluster of Spark on loopback: a master and workers with one core each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.acceptance.conftest import find_free_ports

START_SECONDS = 300.0
"""Starting three JVMs takes seconds, on a busy machine minutes."""


@dataclass(frozen=True)
class SparkCluster:
    """A running cluster.

    Attributes:
        master: Its URL.
        workers: The processes of its workers.
    """

    master: str
    workers: list[psutil.Process]

    def list_executors(self) -> list[psutil.Process]:
        """Return the processes of all executors."""
        return [
            child
            for worker in self.workers
            for child in worker.children(recursive=True)
            if any("CoarseGrainedExecutorBackend" in word for word in child.cmdline())
        ]


@contextmanager
def running_cluster(folder: Path, workers: int = 2) -> Iterator[SparkCluster]:
    """Start a cluster, and stop it at the end with all that it runs."""
    import pyspark

    home = Path(pyspark.__file__).parent
    env = {**os.environ, "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_HOME": str(home), "PYSPARK_PYTHON": sys.executable}
    port, page, *pages = find_free_ports(2 + workers)
    master = f"spark://127.0.0.1:{port}"
    package = "org.apache.spark.deploy"
    commands = [[f"{package}.master.Master", "--port", str(port), "--webui-port", str(page)]]
    commands += [
        [f"{package}.worker.Worker", "--cores", "1", "--memory", "2g", "--work-dir", str(folder / f"worker-{own}"),
         "--webui-port", str(own), master]
        for own in pages
    ]  # fmt: skip
    processes: list[subprocess.Popen[bytes]] = []
    try:
        with (folder / "cluster.log").open("wb") as log:
            for command in commands:
                words = [str(home / "bin" / "spark-class"), command[0], "--host", "127.0.0.1", *command[1:]]
                processes.append(subprocess.Popen(words, env=env, stdout=log, stderr=log, cwd=folder))
        deadline = time.monotonic() + START_SECONDS
        while _count_workers(page) < workers:
            assert time.monotonic() < deadline, (folder / "cluster.log").read_text()
            time.sleep(0.2)  # the master announces its workers on this page only
        yield SparkCluster(master, [psutil.Process(one.pid) for one in processes[1:]])
    finally:
        for process in reversed(processes):
            family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
            for one in family:
                one.kill()
            process.wait()


def _count_workers(page: int) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{page}/json/", timeout=10) as response:
            return int(json.load(response)["aliveworkers"])
    except OSError:
        return 0
