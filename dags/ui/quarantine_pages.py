"""The pages about the quarantine: its list, and one page of it with what was fetched, as text."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from airflow.api_fastapi.common.db.common import SessionDep
from fastapi import Query
from fastapi.responses import HTMLResponse

from copydesk.dags.support.airflow_settings import load_settings
from copydesk.dags.ui.airflow_runs import read_airflow_runs
from copydesk.dags.ui.maintenance_right import Maintainer
from copydesk.dags.ui.page_input import read_page_input
from copydesk.dags.ui.parameters import Text, parse_row_id
from copydesk.dags.ui.rendering import render
from copydesk.pipeline.core.errors import NotFound
from copydesk.pipeline.db import read_transaction
from copydesk.pipeline.store.quarantined_pages import read_quarantined
from copydesk.pipeline.views.quarantine_list import count_reasons, list_quarantine
from copydesk.pipeline.views.wire_queries import list_stored_wires


def show_quarantine(
    session: SessionDep, right: Maintainer, wire: Text = "", reason: Text = "", after: Text = "", replay: Text = ""
) -> HTMLResponse:
    """Show the pages in quarantine, of one wire or for one reason, and the state of a replay that was started."""
    wire, reason = wire.strip(), reason.strip()
    used = {name: value for name, value in (("wire", wire), ("reason", reason)) if value}
    with read_transaction(load_settings()) as connection:
        pages = list_quarantine(connection, wire or None, reason or None, after)
        reasons = count_reasons(connection, wire or None)
        wires = list_stored_wires(connection)
    started = read_airflow_runs(session, [(right.dag_id, replay)] if right and replay else [])
    return render(
        "quarantine", right=right, replay=replay, started=next(iter(started.values()), None), pages_found=pages,
        reasons=reasons, wires=wires, wire=wire, reason=reason, used=used, used_query=urlencode(used),
        address=f"quarantine?{urlencode([*used.items(), ('after', '')])}", permalink=f"quarantine?{urlencode(used)}",
        wire_query=urlencode({"wire": wire} if wire else {}),
    )  # fmt: skip


def show_quarantined(
    right: Maintainer, quarantine_id: Annotated[str, Query(alias="id", max_length=40)]
) -> HTMLResponse:
    """Show why a page is in quarantine, and the beginning of what was fetched, as text that does nothing."""
    number = parse_row_id(quarantine_id)
    if number is None:
        raise NotFound("No page in quarantine has this ID.", "Follow a link on the Quarantine page.")
    settings = load_settings()
    with read_transaction(settings) as connection:
        found = read_quarantined(connection, number)
        shown = read_page_input(connection, None if found.is_body_deleted else found.page_id, settings)
    return render("quarantined", found=found, shown=shown, right=right)
