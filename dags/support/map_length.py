"""Airflow's limit on the number of tasks that one task is mapped to."""

from __future__ import annotations

from copydesk.pipeline.core.errors import BadSettings


def check_map_length(wires: int) -> None:
    """Check that a run may have so many wires: each is a mapped task.

    Airflow itself reports only that a value of `plan` cannot be mapped, after the run was opened.

    Args:
        wires: The number of wires.

    Raises:
        BadSettings: Airflow's setting does not allow it.
    """
    from airflow.sdk.configuration import conf

    limit = conf.getint("core", "max_map_length", fallback=1024)
    if wires > limit:
        raise BadSettings(
            f"The run has {wires} wires, but Airflow maps a task to at most {limit}.",
            f"Set AIRFLOW__CORE__MAX_MAP_LENGTH to {wires} or more for all components of Airflow, or divide the wires"
            " among several DAGs with `newswire_dag(..., wires=[...])`.",
        )
