"""The item pipeline: a page that answered goes into the store, with its outcome, in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from copydesk.crawler.accounting.url_ledger import Accounts
from copydesk.crawler.extensions import need_extension
from copydesk.crawler.items import PageItem
from copydesk.pipeline.store.pages import put_pages

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
            accounts = need_extension(self._crawler, Accounts)
            spider: Any = self._crawler.spider
            if accounts.tally.is_open(item.candidate.key):
                (fetch,) = await spider.keeper.call(put_pages, spider.job.run_id, [item.fetched])
                accounts.tally.settle(item.candidate.key, fetch.outcome, fetch.reason)
                accounts.bytes += fetch.size
        return item
