"""What every task of ours loads first, loaded once in the scheduler, whose workers are forks of it.

A task spends about a second on imports before it does anything, a spider another one, an extraction up to three; and an
hour of a dozen wires has some thirty tasks, a dozen spiders and a dozen extractions.
The scheduler of `copydesk up` imports this module through its ``airflow_local_settings``; where workers are not forks
it does no harm and no good.
"""

from __future__ import annotations

import importlib
import os
import sys
from functools import cache

MODULES = (
    "airflow.sdk",
    "airflow.sdk.execution_time.task_runner",
    "airflow.providers.standard.decorators.python",
    "jinja2",
    "psycopg",
    "pipeline.chain",
    "pipeline.fold",
    "pipeline.match",
    "pipeline.sign",
    "crawler.child",
    "crawler.verdict",
    "dags.policies",
    "dags.spider",
    "dags.stages",
)


def load_before_fork() -> None:
    """Load at the first fork of a scheduler: by then Airflow itself has been set up whole."""
    if "scheduler" in sys.argv:
        os.register_at_fork(before=load)


@cache
def load() -> None:
    """Load the modules, once."""
    for name in MODULES:
        importlib.import_module(name)
    importlib.import_module("crawler.loading").load()
    importlib.import_module("pipeline.reading").load()
