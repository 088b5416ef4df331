"""Scrapy's settings, hardened: what its defaults leave open is closed here, with the reason."""

from __future__ import annotations

from typing import Any

from scrapy.settings import Settings

from copydesk.pipeline.core.settings import Settings as Configuration
from copydesk.pipeline.core.source import Source

MAX_REDIRECTS = 5
MIN_CONNECTIONS_PER_HOST = 16

BASE_SETTINGS: dict[str, Any] = {
    "BOT_NAME": "copydesk",
    # One client for http and https; file, data, ftp and s3 would read what no wire has any business naming.
    "DOWNLOAD_HANDLERS": {
        "http": "copydesk.crawler.downloader.handler.GuardedHandler",
        "https": "copydesk.crawler.downloader.handler.GuardedHandler",
        "data": None,
        "file": None,
        "ftp": None,
        "s3": None,
    },
    "DOWNLOAD_VERIFY_CERTIFICATES": True,
    "DOWNLOAD_FAIL_ON_DATALOSS": True,  # a body shorter than it was announced is never stored as whole
    "DOWNLOAD_WARNSIZE": 0,
    "TWISTED_DNS_RESOLVER": "copydesk.crawler.downloader.ssrf_guard.GuardedResolver",
    "DNSCACHE_ENABLED": False,
    # Doors into the process.
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
    # A proxy would resolve names out of the guard's sight.
    "HTTPPROXY_ENABLED": False,
    "COOKIES_ENABLED": False,
    "METAREFRESH_ENABLED": False,
    "REDIRECT_MAX_TIMES": MAX_REDIRECTS,
    "REFERRER_POLICY": "no-referrer",
    "HTTPCACHE_ENABLED": False,
    "MEMUSAGE_ENABLED": False,
    # Keys are SHA-256 of the canonical address, whatever its length; the guard has its own bound.
    "URLLENGTH_LIMIT": 0,
    # The tally knows what was asked; a duplicate filter would drop requests without a word.
    "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",
    # Pacing is the throttle's.
    "DOWNLOAD_DELAY": 0,
    "AUTOTHROTTLE_ENABLED": False,
    # Of Scrapy's own those that are used, and no more: it would load the others too, only to leave them out.
    "DOWNLOADER_MIDDLEWARES_BASE": {
        "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": 350,
        "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": 400,
        "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": 500,
        "scrapy.downloadermiddlewares.retry.RetryMiddleware": 550,
        "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": 600,
        "scrapy.downloadermiddlewares.stats.DownloaderStats": 850,
    },
    "DOWNLOADER_MIDDLEWARES": {
        "copydesk.crawler.downloader.ssrf_guard.GuardMiddleware": 50,
        "copydesk.crawler.downloader.robots.RobotsMiddleware": 100,
        "copydesk.crawler.downloader.content_decoding.DecodingMiddleware": 590,
    },
    "ITEM_PIPELINES": {"copydesk.crawler.pipelines.PagePipeline": 100},
    "EXTENSIONS_BASE": {"scrapy.extensions.corestats.CoreStats": 0},
    "EXTENSIONS": {
        "copydesk.crawler.accounting.shutdown.Shutdown": 0,
        "copydesk.crawler.downloader.throttle.Throttle": 0,
        "copydesk.crawler.accounting.url_ledger.UrlLedger": 0,
        "copydesk.crawler.accounting.progress.ProgressLogger": 0,
    },
    # A timeout is not tried again within a run: one slow host would cost three of them a page.
    "RETRY_EXCEPTIONS": [
        "scrapy.exceptions.DownloadConnectionRefusedError",
        "scrapy.exceptions.DownloadFailedError",
        "scrapy.exceptions.ResponseDataLossError",
        "twisted.internet.error.ConnectionDone",
        "twisted.internet.error.ConnectError",
        "twisted.internet.error.ConnectionLost",
    ],
    "RETRY_GIVE_UP_LOG_LEVEL": "INFO",
    "LOG_INSTALL_ROOT_HANDLER": False,
    "STATS_DUMP": False,
    "TWISTED_REACTOR": "twisted.internet.asyncioreactor.AsyncioSelectorReactor",
}


def make_settings(source: Source, configuration: Configuration, seconds: float, progress: float) -> Settings:
    """The settings of one wire's spider; it ends after ``seconds`` (0: never) and tells its progress every
    ``progress`` seconds."""
    polite = source.politeness
    return Settings(
        BASE_SETTINGS
        | {
            "COPYDESK_SOURCE": source,
            "COPYDESK_SECONDS": seconds,
            "COPYDESK_PROGRESS": progress,
            "USER_AGENT": polite.user_agent,
            "DEFAULT_REQUEST_HEADERS": {
                "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
                "Accept-Language": source.language,
            },
            "DOWNLOAD_MAXSIZE": configuration.max_page_bytes,
            "DOWNLOAD_TIMEOUT": polite.timeout,
            # Connections kept open; how many are used at once is the throttle's.
            "CONCURRENT_REQUESTS_PER_DOMAIN": max(polite.concurrency, MIN_CONNECTIONS_PER_HOST),
            "RETRY_TIMES": polite.retries,
        }
    )
