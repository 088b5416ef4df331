"""Pages that are stored and moved to the page archive."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from copydesk.pipeline.core.ids import make_page_id
from copydesk.pipeline.core.records import Page
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.core.urls import hash_url
from copydesk.pipeline.db import transaction
from copydesk.pipeline.maintenance.page_archiving import archive_pages
from copydesk.pipeline.maintenance.retention import ensure_partitions
from copydesk.pipeline.store.pages import FetchedPage, save_pages
from copydesk.pipeline.store.stored_pages import StoredPage, read_pages
from tests.run_keys import run_key_for
from tests.web_archive import make_page

FEBRUARY = datetime(2026, 2, 20, tzinfo=UTC)
"""When the first page was fetched."""

NOW = datetime(2026, 5, 2, tzinfo=UTC)
"""When February and March are moved."""

FILE_BYTES = 8_000


def make_fetched(number: int, at: datetime, body: bytes | None = None) -> FetchedPage:
    url = f"https://north.example/{number}"
    body = make_page(number) if body is None else body
    page = Page(
        url=url, body=body, fetched_at=at, wire="north", content_type="text/html", charset="utf-8", etag=f'"{number}"'
    )
    return FetchedPage(page, url, hash_url(url))


def store_pages(settings: Settings, numbers: range, first: datetime = FEBRUARY) -> dict[UUID, bytes]:
    """Store one page every six hours; return their bytes."""
    fetched = [make_fetched(number, first + number * timedelta(hours=6)) for number in numbers]
    for day in {one.page.fetched_at.date().replace(day=1) for one in fetched}:
        ensure_partitions(settings, day)
    with transaction(settings) as connection:
        save_pages(connection, run_key_for("crawl"), fetched)
    return {make_page_id(one.url_key, one.sha256): one.page.body for one in fetched}


def read_bodies(settings: Settings, pages: dict[UUID, bytes]) -> dict[UUID, bytes]:
    with transaction(settings) as connection:
        found = list(read_pages(connection, pages, settings.page_archive.url, batch_size=13))
    assert [one.page_id for one in found] == sorted(pages)
    return {one.page_id: one.page.body for one in found if isinstance(one, StoredPage)}


def archive(settings: Settings, now: datetime = NOW, file_bytes: int = FILE_BYTES) -> dict[str, int]:
    result = archive_pages(settings, now, lambda _: None, file_bytes=file_bytes)
    return {name: getattr(result, name) for name in result.__slots__}
