"""The routes of the API about runs: their list, one run, and its stories."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Request

from copydesk.dags.support.airflow_settings import load_settings
from copydesk.dags.ui.access import ReadableDags
from copydesk.dags.ui.api_models import ListOf, Run, RunRow, RunStoryRow, RunWireRow, WarningRow
from copydesk.dags.ui.api_paging import After, Limit, make_list
from copydesk.pipeline.core.errors import NotFound
from copydesk.pipeline.db import read_transaction
from copydesk.pipeline.views.run_queries import (
    RUNS_PER_PAGE,
    STORIES_PER_PAGE,
    RunDetails,
    list_run_overviews,
    read_run_details,
)

DagId = Annotated[str, Path(max_length=250, description="The ID of the DAG.")]
RunId = Annotated[str, Path(max_length=250, description="The ID of the run.")]


def send_runs(
    request: Request, dag_ids: ReadableDags = None, after: After = "", limit: Limit = RUNS_PER_PAGE
) -> ListOf[RunRow]:
    """List the runs of the DAGs that the user may read, the latest window first."""
    with read_transaction(load_settings()) as connection:
        return make_list(request, RunRow, list_run_overviews(connection, dag_ids, after, limit))


def send_run(dag_id: DagId, run_id: RunId) -> Run:
    """Send one run with its warnings and the counts of each wire, which are current while it runs."""
    details = _read_run(dag_id, run_id, "", 1)
    return Run.model_validate(
        {
            **{name: getattr(details.run, name) for name in Run.model_fields if hasattr(details.run, name)},
            "wires": [RunWireRow.model_validate(wire) for wire in details.wires],
            "warnings": [WarningRow.model_validate(warning) for warning in details.warnings],
        }
    )


def send_run_stories(
    request: Request, dag_id: DagId, run_id: RunId, after: After = "", limit: Limit = STORIES_PER_PAGE
) -> ListOf[RunStoryRow]:
    """List the stories that a run has copies of, those with the most copies first."""
    return make_list(request, RunStoryRow, _read_run(dag_id, run_id, after, limit).stories)


def _read_run(dag_id: str, run_id: str, after: str, limit: int) -> RunDetails:
    with read_transaction(load_settings()) as connection:
        try:
            return read_run_details(connection, dag_id, run_id, after, limit)
        except NotFound:
            raise NotFound("Copydesk has no data about this run.", "Use an ID from the list of runs.") from None
