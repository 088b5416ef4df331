"""Save why a run could not be planned, so that lists of runs, warnings and notifications show it."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from copydesk.dags.support.run_window import get_run_type, resolve_run_window

if TYPE_CHECKING:
    from airflow.sdk import Context

    from copydesk.pipeline.core.records import Window

P = ParamSpec("P")
T = TypeVar("T")

logger = logging.getLogger(__name__)


def saves_planning_error(plan: Callable[Concatenate[Context, P], T]) -> Callable[Concatenate[Context, P], T]:
    """Return the function, which then saves the run as failed with the reason if it raises a ``CopydeskError``.

    Args:
        plan: Plans a run.
    """

    @functools.wraps(plan)
    def plan_or_save_error(context: Context, /, *args: P.args, **kwargs: P.kwargs) -> T:
        from copydesk.pipeline.core.errors import CopydeskError

        try:
            return plan(context, *args, **kwargs)
        except CopydeskError as error:
            _save_error(context, str(error))
            raise

    return plan_or_save_error


def _save_error(context: Context, error: str) -> None:
    """Save the run as failed; if that fails too, the database is probably the cause of the first error."""
    import psycopg

    from copydesk.dags.support.airflow_settings import load_settings
    from copydesk.pipeline.core.errors import CopydeskError
    from copydesk.pipeline.core.strategy import RunMode
    from copydesk.pipeline.db import transaction
    from copydesk.pipeline.store.runs import save_failed_plan

    dag_run, mode = context["dag_run"], context["params"].get("mode", RunMode.STORED)
    try:
        with transaction(load_settings()) as connection:
            save_failed_plan(
                connection,
                dag_run.dag_id,
                dag_run.run_id,
                kind=get_run_type(dag_run),
                mode=mode if mode in list(RunMode) else RunMode.AUTO,
                window=_find_window(context),
                error=error,
            )
    except (CopydeskError, psycopg.Error) as failure:
        logger.warning("Failed to save that the run could not be planned: %s", failure)


def _find_window(context: Context) -> Window | None:
    """Return the window of the run; None if it is the reason why the run could not be planned."""
    from copydesk.pipeline.core.errors import BadWindow

    try:
        return resolve_run_window(context)
    except BadWindow:
        return None
