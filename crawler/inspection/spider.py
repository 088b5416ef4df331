"""The spider of an inspection: looks at one article or one site, and writes what it found into a folder."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

from scrapy import Request, Spider

from copydesk.crawler.crawl_session import CrawlSession, get_session
from copydesk.crawler.downloader.robots import RobotsMiddleware
from copydesk.crawler.inspection.browser import Browser
from copydesk.crawler.inspection.inspect_article import inspect_article
from copydesk.crawler.inspection.inspect_site import SiteInspector
from copydesk.crawler.inspection.inspection_records import Inspection, InspectionKind, InspectionRequest

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response

logger = logging.getLogger(__name__)


class InspectionSpider(Spider):
    """Fetches a few URLs one after the other, and no page for the database."""

    name = "inspection"

    def __init__(self, session: CrawlSession, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._session = session

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        return super().from_crawler(crawler, *args, session=get_session(crawler), **kwargs)

    async def start(self) -> AsyncIterator[Any]:
        """Inspect, and yield no request."""
        folder = cast("Path", self._session.job.inspection_folder)
        request = InspectionRequest.read(folder)
        browser = Browser(self._download, folder)
        inspection = await self._inspect(browser, request)
        inspection.write(folder)
        no_requests: tuple[Request, ...] = ()
        for nothing in no_requests:
            yield nothing

    async def _inspect(self, browser: Browser, request: InspectionRequest) -> Inspection:
        source = self._session.source
        if request.kind is InspectionKind.ARTICLE:
            return await inspect_article(browser, source, request.url)
        if request.kind is InspectionKind.PAGES:
            pages = [await browser.fetch_page(url) for url in request.urls]
            return Inspection(source.home, pages=tuple(pages))
        robots = self.crawler.get_downloader_middleware(RobotsMiddleware)
        return await SiteInspector(browser, source, robots).inspect(request)

    async def _download(self, request: Request) -> Response:
        logger.info("Reading %s", request.url)
        response: Response = await self.crawler.engine.download_async(request)
        return response
