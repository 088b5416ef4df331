"""Airflow's limit on the number of tasks that one task is mapped to."""

from __future__ import annotations


def get_max_map_length() -> int:
    """Return to how many tasks Airflow maps a task at most; it refuses a longer list from `plan`."""
    from airflow.sdk.configuration import conf

    limit: int = conf.getint("core", "max_map_length", fallback=1024)
    return max(limit, 1)
