"""What was fetched from a page, as text that does nothing."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from psycopg import Connection

from copydesk.pipeline.core.errors import BadSettings, PageArchiveUnreachable, QuarantineError
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.db import Row
from copydesk.pipeline.extract.charset import decode
from copydesk.pipeline.store.stored_pages import read_page

MAX_INPUT_BYTES = 50_000
"""Length to which the input is cut: enough to see what it is."""


@dataclass(frozen=True, slots=True)
class PageInput:
    """The beginning of a page's bytes as text, without control characters; ``text`` is None if they were deleted, or
    cannot be read for the reason ``error``."""

    text: str | None
    error: str = ""
    is_cut: bool = False
    max_bytes: int = MAX_INPUT_BYTES


def read_page_input(connection: Connection[Row], page_id: UUID | None, settings: Settings) -> PageInput:
    """Return the input of a stored page."""
    try:
        stored = None if page_id is None else read_page(connection, page_id, settings.page_archive.url)
    except (QuarantineError, BadSettings, PageArchiveUnreachable) as error:
        return PageInput(None, str(error))
    if stored is None:
        return PageInput(None)
    page = stored.page
    decoded = decode(page.body[:MAX_INPUT_BYTES], page.charset, page.content_type).text
    text = "".join(one if one.isprintable() or one in "\n\t" else "\ufffd" for one in decoded.replace("\r\n", "\n"))
    return PageInput(text, is_cut=len(page.body) > MAX_INPUT_BYTES)
