"""Telling of a run that failed before it could tell so itself: what Airflow's DAG processor calls at its end.

`report` tells what is odd about a run of `newswire`. It can't where the run was never opened, where the database is
gone, or where Airflow broke the run off; and `maintain` and `reprocess` have no such task.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow.sdk import Context

    from copydesk.pipeline.core.settings import Settings

HOUR = timedelta(hours=1)
STATES_BY_SEVERITY = ("failed", "upstream_failed", "skipped")
logger = logging.getLogger(__name__)


def notify_run_failed(context: Context) -> None:
    """Keep a warning of the run and tell the notifier; nothing where `report` has told it.

    ``context`` holds ``dag``, ``run_id`` and ``reason``; and the context of the task that brought the failure about,
    where there is one.
    """
    import psycopg

    from copydesk.dags.alerts.notify import format_warnings, notify
    from copydesk.dags.support.airflow_settings import load_settings
    from copydesk.pipeline.core.errors import BadSettings, CopydeskError
    from copydesk.pipeline.core.settings import load_settings_without_database

    run_id = context["run_id"]
    states = read_task_states(context)
    message = describe_failure(context, states)
    settings = load_settings_without_database()  # the database, or where it is, may be what is in trouble
    try:
        settings = load_settings()
        is_new = _save_warning(settings, _find_db_run_id(context), message, reported=states.get("plan") == "success")
    except (CopydeskError, psycopg.Error) as error:
        logger.warning("The warning is not kept: %s", error)
        is_new = True
    if not is_new:
        return
    warnings = [{"wire": "", "kind": "run_failed", "message": message}]
    for line in format_warnings(warnings):
        logger.warning("%s: %s", run_id, line)
    try:
        notify(context, settings, warnings)
    except BadSettings as error:
        logger.error("%s", error)  # noqa: TRY400 - a known error is told by its sentence


def read_task_states(context: Context) -> dict[str, str]:
    """The states of the run's tasks, in the DAG's order; of a mapped one the worst. Empty where nobody tells them."""
    from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

    dag, run_id = context["dag"], context["run_id"]
    try:
        states_by_task: Mapping[str, Any] = RuntimeTaskInstance.get_task_states(dag.dag_id, run_ids=[run_id]).get(
            run_id, {}
        )
    except Exception as error:  # noqa: BLE001  # whatever it is, the run failed and that is to be told
        logger.warning("Airflow does not tell the tasks' states: %s", error)
        return {}
    found: dict[str, str] = {}
    for task in dag.topological_sort():  # type: ignore[no-untyped-call]
        own = {str(state) for name, state in states_by_task.items() if _is_state_of(name, task.task_id)}
        if own:
            found[task.task_id] = next((state for state in STATES_BY_SEVERITY if state in own), min(own))
    return found


def _is_state_of(name: str, task_id: str) -> bool:
    """Whether a state's name is the task's, or that of one of its mapped instances: ``TASK_NUMBER``."""
    rest = name.removeprefix(task_id)
    return name == task_id or (name != rest and rest[0] == "_" and rest[1:].isdigit())


def describe_failure(context: Context, states: Mapping[str, str]) -> str:
    """The sentence."""
    dag, reason = context["dag"], context.get("reason")
    failed = [task for task, state in states.items() if state == "failed"]
    if not failed and not states and "ti" in context:
        failed = [context["ti"].task_id]
    if reason == "timed_out" and dag.dagrun_timeout:
        unfinished = [task for task, state in states.items() if state == "skipped"]
        message = f"{dag.dag_id} was broken off after {dag.dagrun_timeout / HOUR:g} h"
        message += f"; not done: {', '.join(unfinished)}" if unfinished else ""
        return message + (f"; failed: {', '.join(failed)}" if failed else "")
    if failed:
        return f"{dag.dag_id} failed: {', '.join(failed)}; see the log of {failed[0]}"
    return f"{dag.dag_id} failed ({reason or 'no reason told'}); see the run in Airflow"


def _find_db_run_id(context: Context) -> str:
    """The run's name in our tables; empty where it has no row of its own."""
    from copydesk.dags.support.run_window import db_run_id

    names = {"newswire": context["run_id"], "reprocess": db_run_id(context)}
    return names.get(context["dag"].dag_id, "")


def _save_warning(settings: Settings, run_id: str, message: str, *, reported: bool) -> bool:
    """Keep the warning where the run is known; False where its report has told already.

    ``reported``: the run was opened by this attempt, so that one which is closed has been reported. One that was
    cleared and fails again is told again.
    """
    from copydesk.pipeline.core.errors import NotFound
    from copydesk.pipeline.db import transaction
    from copydesk.pipeline.runs.anomalies import Anomaly, WarningKind, save_warnings
    from copydesk.pipeline.store.runs import read_run

    with transaction(settings) as connection:
        try:
            run = read_run(connection, run_id)
        except NotFound:  # never opened, or it has no row of its own
            return True
        if reported and run.dag_id == "newswire" and run.state != "running":
            return False
        save_warnings(connection, run_id, [Anomaly("", WarningKind.RUN, message)])
        return True
