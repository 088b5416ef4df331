"""The pages about one run: the tab in Airflow, the list behind each of its numbers, and what was read from a page."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from airflow.api_fastapi.common.db.common import SessionDep
from fastapi import Query
from fastapi.responses import HTMLResponse

from copydesk.dags.support.airflow_settings import load_settings
from copydesk.dags.ui.airflow_runs import list_stage_times, read_airflow_runs
from copydesk.dags.ui.charts import draw_spans
from copydesk.dags.ui.page_input import read_page_input
from copydesk.dags.ui.parameters import Text
from copydesk.dags.ui.rendering import render
from copydesk.pipeline.core.errors import BadInput, NotFound
from copydesk.pipeline.core.ids import make_run_key
from copydesk.pipeline.core.records import Outcome
from copydesk.pipeline.db import read_transaction
from copydesk.pipeline.store.runs import read_run
from copydesk.pipeline.store.states import PageOutcome
from copydesk.pipeline.views.outcome_list import OutcomeStage, list_outcomes, list_readings, read_page_summary
from copydesk.pipeline.views.run_queries import read_run_details

MAX_CUT_PIECES = 200
"""How many pieces of cut text are shown of one page."""

_OUTCOMES = {OutcomeStage.CRAWL: tuple(Outcome), OutcomeStage.CLEAN: tuple(PageOutcome)}
_NO_RUN = NotFound(
    "Copydesk has no data about this run.",
    "It may not have been planned yet, or it may belong to a DAG that stores no runs.",
)


def show_run(
    session: SessionDep, dag_id: Annotated[str, Query()], run_id: Annotated[str, Query()], stories: str = ""
) -> HTMLResponse:
    """Show one run: the time of its stages, its warnings, its counts by wire, and its stories after a position."""
    with read_transaction(load_settings()) as connection:
        try:
            view = read_run_details(connection, dag_id, run_id, stories)
        except NotFound:
            raise _NO_RUN from None
    spans = list_stage_times(session, dag_id, run_id)
    fetched, cleaned = view.list_outcomes("crawl", list(Outcome)), view.list_outcomes("clean", list(PageOutcome))
    return render(
        "run", view=view, fetched=fetched, cleaned=cleaned, spans=draw_spans(spans) if spans else None,
        known=read_airflow_runs(session, [(dag_id, run_id)]).get((dag_id, run_id)),
        outcomes=f"outcomes?{urlencode({'dag_id': dag_id, 'run_id': run_id})}",
    )  # fmt: skip


def show_outcomes(
    dag_id: Annotated[str, Query()],
    run_id: Annotated[str, Query()],
    stage: Text = "crawl",
    wire: Text = "",
    outcome: Text = "",
    after: Text = "",
) -> HTMLResponse:
    """Show the URLs or pages of a run, of one wire or with one outcome."""
    if stage not in set(OutcomeStage):
        raise BadInput(f"{stage!r} is not a stage.", "Use crawl or clean.")
    chosen = OutcomeStage(stage)
    if outcome and outcome not in _OUTCOMES[chosen]:
        raise BadInput(f"{outcome!r} is not an outcome of this stage.", "Follow a link of the run's page.")
    with read_transaction(load_settings()) as connection:
        try:
            run = read_run(connection, make_run_key(dag_id, run_id))
        except NotFound:
            raise _NO_RUN from None
        found = list_outcomes(
            connection, run.run_key, chosen, wire=wire.strip() or None, outcome=outcome or None, after=after
        )
    values = {"dag_id": dag_id, "run_id": run_id, "stage": stage, "wire": wire.strip(), "outcome": outcome}
    query = urlencode({name: value for name, value in values.items() if value})
    return render(
        "outcomes", run=run, found=found, chosen=chosen, wire=wire.strip(), outcome=outcome,
        choices={"": "Any outcome", **{name: name.capitalize() for name in _OUTCOMES[chosen]}},
        address=f"outcomes?{query}&after", permalink=f"outcomes?{query}",
    )  # fmt: skip


def show_page(page_id: Annotated[str, Query(alias="id", max_length=40)]) -> HTMLResponse:
    """Show a stored page: what was read from it, what was cut and why, and the beginning of its input, as text."""
    try:
        page = UUID(page_id)
    except ValueError:
        raise NotFound("No stored page has this ID.", "Follow a link of a run's list.") from None
    settings = load_settings()
    with read_transaction(settings) as connection:
        summary = read_page_summary(connection, page)
        readings = list_readings(connection, page)
        shown = read_page_input(connection, page, settings)
    return render("stored_page", page_found=summary, readings=readings, shown=shown, max_pieces=MAX_CUT_PIECES)
