"""The item pipeline: stores each fetched page with its outcome in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from copydesk.crawler.accounting.url_ledger import UrlLedger
from copydesk.crawler.crawl_session import CrawlSession, get_session
from copydesk.crawler.extensions import get_extension_or_raise
from copydesk.crawler.items import PageItem
from copydesk.pipeline.store.pages import save_pages

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class PagePipeline:
    """Stores pages. An error raises the signal ``item_error``, on which ``UrlLedger`` records the URL's outcome."""

    def __init__(self, session: CrawlSession, ledger: UrlLedger) -> None:
        self._session = session
        self._ledger = ledger

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(get_session(crawler), get_extension_or_raise(crawler, UrlLedger))

    async def process_item(self, item: PageItem) -> PageItem:
        """Store the page, unless its URL has an outcome already.

        Raises:
            CopydeskError: The database fails.
        """
        if self._ledger.is_pending(item.fetched.url_key):
            (fetch,) = await self._session.store.call(save_pages, self._session.job.run_key, [item.fetched])
            self._ledger.record_page(fetch)
        return item
