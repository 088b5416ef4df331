"""What every task of ours loads first, loaded once in the scheduler, whose workers are forks of it.

A task spends about a second on imports before it does anything, a spider another one, an extraction up to three; and an
hour of a dozen wires has some thirty tasks, a dozen spiders and a dozen extractions.
The scheduler of `copydesk up` imports this module through its ``airflow_local_settings``; where workers are not forks
it does no harm and no good.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import signal
import sys
from functools import cache

PRELOADED_MODULES = (
    "airflow.sdk",
    "airflow.sdk.execution_time.task_runner",
    "airflow.providers.standard.decorators.python",
    "jinja2",
    "psycopg",
    "copydesk.pipeline.runs.stages",
    "copydesk.pipeline.fold",
    "copydesk.pipeline.match",
    "copydesk.pipeline.sign",
    "copydesk.crawler.process.spider_process",
    "copydesk.crawler.accounting.crawl_result",
    "copydesk.dags.support.retry_policy",
    "copydesk.dags.tasks.spider_operator",
    "copydesk.dags.tasks.newswire_tasks",
)


PR_SET_PDEATHSIG = 1
_fork_parent_pid = [0]
"""The process that forks."""


def preload_before_fork() -> None:
    """Load at the first fork of a scheduler: by then Airflow itself has been set up whole.

    Whatever is forked ends with the process that forked it. A killed scheduler would else leave workers behind that
    wait for ever, and a killed worker a task that nobody hears of.
    """
    if "scheduler" in sys.argv:
        os.register_at_fork(before=_before_fork, after_in_child=_die_with_parent)


def _before_fork() -> None:
    _fork_parent_pid[0] = os.getpid()
    preload_modules()


def _die_with_parent() -> None:
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != _fork_parent_pid[0]:
            os._exit(75)  # it was gone before the kernel could be asked


@cache
def preload_modules() -> None:
    """Load the modules, once."""
    for name in PRELOADED_MODULES:
        importlib.import_module(name)
    importlib.import_module("copydesk.crawler.process.spider_preload").preload_spider()
    importlib.import_module("copydesk.pipeline.offline.read_page").load()
