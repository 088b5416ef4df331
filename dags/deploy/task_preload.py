"""Preload the modules of all tasks in the scheduler, so that its forked workers do not load them again.

Imports take about one second in a task, another one in a spider, and up to three in an extraction. An hour of a dozen
wires has about thirty tasks, a dozen spiders and a dozen extractions. The scheduler of `copydesk up` imports this
module through its ``airflow_local_settings``. With an executor that does not fork its workers, it has no effect.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from functools import cache

from copydesk.pipeline.core.errors import Transient
from copydesk.pipeline.process.parent_exit import request_signal_on_parent_exit

PRELOADED_MODULES = (
    "airflow.sdk",
    "airflow.sdk.execution_time.task_runner",
    "airflow.providers.standard.decorators.python",
    "jinja2",
    "psycopg",
    "copydesk.pipeline.incremental.fold",
    "copydesk.pipeline.incremental.match",
    "copydesk.pipeline.incremental.sign",
    "copydesk.pipeline.runs.early_fold",
    "copydesk.pipeline.runs.report",
    "copydesk.pipeline.runs.stages",
    "copydesk.pipeline.fold",
    "copydesk.pipeline.match",
    "copydesk.pipeline.sign",
    "copydesk.crawler.process.spider_process",
    "copydesk.crawler.accounting.crawl_result",
    "copydesk.dags.support.retry_policy",
    "copydesk.dags.tasks.spider_operator",
    "copydesk.dags.tasks.newswire_tasks",
    "copydesk.dags.tasks.clean_tasks",
)

_fork_parent_pid = [0]
"""The pid of the forking process, in a list because the child reads it."""


def preload_before_fork() -> None:
    """Preload at the first fork of a scheduler, when Airflow itself is completely set up.

    Forked processes also die with their parent. Otherwise a killed scheduler would leave workers that wait forever, and
    a killed worker a task that is not supervised.
    """
    if "scheduler" in sys.argv:
        os.register_at_fork(before=_before_fork, after_in_child=_die_with_parent)


def _before_fork() -> None:
    _fork_parent_pid[0] = os.getpid()
    preload_modules()


def _die_with_parent() -> None:
    if not request_signal_on_parent_exit(_fork_parent_pid[0], signal.SIGKILL):
        os._exit(Transient.exit_code)


@cache
def preload_modules() -> None:
    """Import the modules; further calls do nothing."""
    for name in PRELOADED_MODULES:
        importlib.import_module(name)
    importlib.import_module("copydesk.crawler.process.spider_preload").preload_spider()
    importlib.import_module("copydesk.pipeline.offline.read_page").preload()
