"""The pages about the quarantine: its list, and one page of it with what was fetched, as text."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query
from fastapi.responses import HTMLResponse

from copydesk.dags.support.airflow_settings import load_settings
from copydesk.dags.ui.rendering import render
from copydesk.pipeline.core.errors import NotFound
from copydesk.pipeline.db import read_transaction
from copydesk.pipeline.extract.charset import decode
from copydesk.pipeline.store.pages import read_page
from copydesk.pipeline.store.quarantined_pages import read_quarantined
from copydesk.pipeline.views.quarantine_list import count_reasons, list_quarantine
from copydesk.pipeline.views.wire_queries import list_stored_wires

MAX_INPUT_BYTES = 50_000
"""Length to which the input is cut: enough to see what it is."""

MAX_BIGINT = 2**63 - 1

Text = Annotated[str, Query(max_length=2_000)]


def show_quarantine(wire: Text = "", reason: Text = "", after: Text = "") -> HTMLResponse:
    """Show the pages in quarantine, of one wire or for one reason."""
    wire, reason = wire.strip(), reason.strip()
    used = {name: value for name, value in (("wire", wire), ("reason", reason)) if value}
    with read_transaction(load_settings()) as connection:
        pages = list_quarantine(connection, wire or None, reason or None, after)
        reasons = count_reasons(connection, wire or None)
        wires = list_stored_wires(connection)
    return render(
        "quarantine", pages_found=pages, reasons=reasons, wires=wires, wire=wire, reason=reason, used=used,
        address=f"quarantine?{urlencode([*used.items(), ('after', '')])}", permalink=f"quarantine?{urlencode(used)}",
        wire_query=urlencode({"wire": wire} if wire else {}),
    )  # fmt: skip


def show_quarantined(quarantine_id: Annotated[str, Query(alias="id", max_length=40)]) -> HTMLResponse:
    """Show why a page is in quarantine, and the beginning of what was fetched, as text that does nothing."""
    is_number = quarantine_id.isascii() and quarantine_id.isdecimal()
    if not is_number or int(quarantine_id) > MAX_BIGINT:
        raise NotFound("No page in quarantine has this ID.", "Follow a link on the Quarantine page.")
    with read_transaction(load_settings()) as connection:
        found = read_quarantined(connection, int(quarantine_id))
        stored = None
        if found.page_id is not None and not found.is_body_deleted:
            stored = read_page(connection, found.page_id)
    text = None
    if stored is not None:
        decoded = decode(stored.page.body[:MAX_INPUT_BYTES], stored.page.charset, stored.page.content_type).text
        text = "".join(one if one.isprintable() or one in "\n\t" else "\ufffd" for one in decoded.replace("\r\n", "\n"))
    is_cut = stored is not None and len(stored.page.body) > MAX_INPUT_BYTES
    return render("quarantined", found=found, text=text, is_cut=is_cut, max_bytes=MAX_INPUT_BYTES)
