"""The item pipeline: a page that answered goes into the store, with its outcome, in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from copydesk.crawler.accounting.url_ledger import UrlLedger
from copydesk.crawler.extensions import get_extension_or_raise
from copydesk.crawler.items import PageItem
from copydesk.pipeline.store.pages import save_pages

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class PagePipeline:
    """Stores pages. An error here is told by the signal ``item_error``, which gives the URL its outcome."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_item(self, item: Any) -> Any:
        if isinstance(item, PageItem):
            accounts = get_extension_or_raise(self._crawler, UrlLedger)
            spider: Any = self._crawler.spider
            if accounts.tracker.is_pending(item.candidate.url_key):
                (fetch,) = await spider.store.call(save_pages, spider.job.run_id, [item.fetched])
                accounts.tracker.set_outcome(item.candidate.url_key, fetch.outcome, fetch.reason)
                accounts.body_bytes += fetch.size
        return item
