"""The failure callback of the DAGs: report a run that failed before it could report itself.

The `report` task sends the warnings of a run of `newswire`. It cannot do so if the run was never opened, if the
database is unavailable, or if Airflow stopped the run; and `maintain` and `reprocess` have no such task. Airflow's DAG
processor calls this callback when a run has failed.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from airflow.sdk import Context

    from copydesk.pipeline.core.settings import Settings

HOUR = timedelta(hours=1)
STATES_BY_SEVERITY = ("failed", "upstream_failed", "skipped")
"""Task states from worst to best; all others are better still."""

logger = logging.getLogger(__name__)


def notify_run_failed(context: Context) -> None:
    """Save a warning for the run and notify, unless `report` has already done so.

    Args:
        context: Airflow's context with ``dag``, ``run_id`` and ``reason``, and that of the task that failed, if any.
    """
    import psycopg

    from copydesk.dags.alerts.notify import format_warnings, notify
    from copydesk.dags.support.airflow_settings import load_settings
    from copydesk.dags.support.run_window import get_run_key
    from copydesk.pipeline.core.errors import BadSettings, CopydeskError
    from copydesk.pipeline.core.settings import load_settings_without_database

    run_id = context["run_id"]
    states = read_task_states(context)
    message, task = describe_failure(context, states), find_failed_task(context, states)
    settings = load_settings_without_database()  # the database or its URL may be the cause of the failure
    try:
        settings = load_settings()
        run_key = get_run_key(context)
        if reason := _find_planning_error(settings, run_key):
            message = f"{context['dag'].dag_id} could not be planned: {reason}"
        reports_itself = "report" in context["dag"].task_ids and states.get("plan") == "success"
        is_new = _save_warning(settings, run_key, message, task, reported=reports_itself)
    except (CopydeskError, psycopg.Error) as error:
        logger.warning("Failed to save the warning: %s", error)
        is_new = True
    if not is_new:
        return
    warnings = [{"wire": "", "kind": "run_failed", "message": message}]
    for line in format_warnings(warnings):
        logger.warning("%s: %s", run_id, line)
    try:
        notify(context, settings, warnings)
    except BadSettings as error:
        logger.error("%s", error)  # noqa: TRY400 - the message is sufficient


def read_task_states(context: Context) -> dict[str, str]:
    """Return the state of each task of the run, in the DAG's order.

    Returns:
        The states by task id; for a mapped task its worst state. Empty if Airflow cannot provide them.
    """
    from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

    dag, run_id = context["dag"], context["run_id"]
    try:
        states_by_task: Mapping[str, Any] = RuntimeTaskInstance.get_task_states(dag.dag_id, run_ids=[run_id]).get(
            run_id, {}
        )
    except Exception as error:  # noqa: BLE001 - the failure must be reported in any case
        logger.warning("Failed to get the task states from Airflow: %s", error)
        return {}
    worst_states: dict[str, str] = {}
    for task in dag.topological_sort():  # type: ignore[no-untyped-call]
        states = {str(state) for name, state in states_by_task.items() if _is_state_of(name, task.task_id)}
        if states:
            worst_states[task.task_id] = next((state for state in STATES_BY_SEVERITY if state in states), min(states))
    return worst_states


def _is_state_of(name: str, task_id: str) -> bool:
    """Return whether the name is the task's or that of one of its mapped instances, ``TASK_INDEX``."""
    suffix = name.removeprefix(task_id)
    return name == task_id or (name != suffix and suffix[0] == "_" and suffix[1:].isdigit())


def describe_failure(context: Context, states: Mapping[str, str]) -> str:
    """Return the message of the warning.

    Args:
        context: The context of the callback.
        states: The state of each task, as returned by ``read_task_states``.
    """
    dag, reason = context["dag"], context.get("reason")
    failed = [task for task, state in states.items() if state == "failed"]
    if not failed and not states and "ti" in context:
        failed = [context["ti"].task_id]
    if reason == "timed_out" and dag.dagrun_timeout:
        unfinished = [task for task, state in states.items() if state == "skipped"]
        message = f"{dag.dag_id} timed out after {dag.dagrun_timeout / HOUR:g} h"
        message += f"; not finished: {', '.join(unfinished)}" if unfinished else ""
        return message + (f"; failed: {', '.join(failed)}" if failed else "")
    if failed:
        return f"{dag.dag_id} failed: {', '.join(failed)}; see the log of {failed[0]}"
    return f"{dag.dag_id} failed ({reason or 'unknown reason'}); see the run in Airflow"


def find_failed_task(context: Context, states: Mapping[str, str]) -> str:
    """Return the task with the log that explains the failure; empty if there is none.

    Args:
        context: The context of the callback.
        states: The state of each task, as returned by ``read_task_states``.
    """
    failed = [task for task, state in states.items() if state == "failed"]
    if failed:
        return failed[0]
    return str(context["ti"].task_id) if not states and "ti" in context else ""


def _find_planning_error(settings: Settings, run_key: UUID) -> str:
    """Return why the run could not be planned; empty if it was planned, or if the database does not know it."""
    from copydesk.pipeline.core.errors import NotFound
    from copydesk.pipeline.db import read_transaction
    from copydesk.pipeline.store.runs import read_run

    with read_transaction(settings) as connection:
        try:
            return read_run(connection, run_key).planning_error
        except NotFound:
            return ""


def _save_warning(settings: Settings, run_key: UUID, message: str, task: str, *, reported: bool) -> bool:
    """Save the warning if the database has a row of the run, and close the run as failed if it has not ended.

    Args:
        settings: The settings.
        run_key: The key of the run.
        message: The message of the warning.
        task: The task with the log that explains the failure; empty if there is none.
        reported: Whether the run reports itself and this attempt opened it, so that its report counts. A run that
            was cleared and fails again is reported again.

    Returns:
        Whether to notify; False if the `report` task has already done so.
    """
    from copydesk.pipeline.core.errors import NotFound
    from copydesk.pipeline.db import transaction
    from copydesk.pipeline.runs.anomalies import Anomaly, WarningKind, save_warnings
    from copydesk.pipeline.store.runs import fail_run, read_run

    with transaction(settings) as connection:
        try:
            run = read_run(connection, run_key)
        except NotFound:  # `plan` did not reach the database, or the DAG does not save its runs
            return True
        if reported and run.has_report:
            return False
        save_warnings(connection, run_key, [Anomaly("", WarningKind.RUN, message, task)])
        fail_run(connection, run_key, message)
        return True
