"""Scrapy's settings, hardened: defaults that are too permissive are overridden here, each with the reason."""

from __future__ import annotations

from typing import Any

from scrapy.settings import Settings

from copydesk.crawler.crawl_session import SESSION_SETTING, CrawlSession
from copydesk.crawler.downloader.host_limits import DAY_BUDGET_SETTING, RUN_BUDGET_SETTING
from copydesk.crawler.downloader.user_agent import make_user_agent
from copydesk.pipeline.core.settings import Settings as CopydeskSettings

MAX_REDIRECTS = 5
MIN_CONNECTIONS_PER_HOST = 16
"""Scrapy's own limit must never be lower than the throttle's, which is the one that applies."""

BASE_SETTINGS: dict[str, Any] = {
    "BOT_NAME": "copydesk",
    # One client for http and https. The schemes file, data, ftp and s3 would let a page's URL read local files.
    "DOWNLOAD_HANDLERS": {
        "http": "copydesk.crawler.downloader.handler.GuardedHandler",
        "https": "copydesk.crawler.downloader.handler.GuardedHandler",
        "data": None,
        "file": None,
        "ftp": None,
        "s3": None,
    },
    "DOWNLOAD_VERIFY_CERTIFICATES": True,
    "DOWNLOAD_FAIL_ON_DATALOSS": True,  # never store a body that is shorter than its Content-Length
    "DOWNLOAD_WARNSIZE": 0,
    "TWISTED_DNS_RESOLVER": "copydesk.crawler.downloader.ssrf_guard.GuardedResolver",
    "DNSCACHE_ENABLED": False,
    # Remote access to the process.
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
    # A proxy would resolve names itself, past the SSRF guard.
    "HTTPPROXY_ENABLED": False,
    "COOKIES_ENABLED": False,
    "METAREFRESH_ENABLED": False,
    "REDIRECT_MAX_TIMES": MAX_REDIRECTS,
    "REFERRER_POLICY": "no-referrer",
    "HTTPCACHE_ENABLED": False,
    "MEMUSAGE_ENABLED": False,  # Copydesk's own guard checks more often, and stops the crawl without losing URLs
    # URLs of any length have keys (SHA-256). The SSRF guard has its own limit.
    "URLLENGTH_LIMIT": 0,
    # The ledger schedules each URL once. A duplicate filter would drop requests silently.
    "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",
    # Responses that wait for the database take up to 70 KiB each, whatever their size (at least 1 KiB counts). Scrapy's
    # own limit of 5 MB would let 5,000 of them wait.
    "SCRAPER_SLOT_MAX_ACTIVE_SIZE": 512 * 1024,
    # The throttle paces requests.
    "DOWNLOAD_DELAY": 0,
    "AUTOTHROTTLE_ENABLED": False,
    # Only the middlewares in use: Scrapy would import the disabled ones too.
    "DOWNLOADER_MIDDLEWARES_BASE": {
        "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": 350,
        "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": 400,
        "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": 500,
        "scrapy.downloadermiddlewares.retry.RetryMiddleware": 550,
        "scrapy.downloadermiddlewares.stats.DownloaderStats": 850,
    },
    "DOWNLOADER_MIDDLEWARES": {
        "copydesk.crawler.downloader.ssrf_guard.GuardMiddleware": 50,
        "copydesk.crawler.downloader.credentials.CredentialsMiddleware": 60,
        "copydesk.crawler.downloader.robots.RobotsMiddleware": 100,
        "copydesk.crawler.downloader.redirects.RefreshMiddleware": 580,
        "copydesk.crawler.downloader.content_decoding.DecodingMiddleware": 590,
        "copydesk.crawler.downloader.redirects.CookieRedirectMiddleware": 600,
    },
    "ITEM_PIPELINES": {"copydesk.crawler.pipelines.PagePipeline": 100},
    "EXTENSIONS_BASE": {"scrapy.extensions.corestats.CoreStats": 0},
    "EXTENSIONS": {
        "copydesk.crawler.accounting.shutdown.Shutdown": 0,
        "copydesk.crawler.accounting.memory_guard.MemoryGuard": 0,
        "copydesk.crawler.downloader.throttle.Throttle": 0,
        # Freed in this order at the end: what applies to a host is saved before another crawl may use it.
        "copydesk.crawler.downloader.host_leases.HostLeases": 0,
        "copydesk.crawler.downloader.host_limits.HostLimits": 0,
        "copydesk.crawler.accounting.url_ledger.UrlLedger": 0,
        "copydesk.crawler.accounting.progress.ProgressLogger": 0,
    },
    # A timeout is not retried within a crawl: on a slow host, each page would cost as many timeouts.
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


def make_settings(
    session: CrawlSession, settings: CopydeskSettings, timeout_seconds: float, progress_seconds: float
) -> Settings:
    """Return Scrapy's settings for one crawl.

    Args:
        session: The session that Scrapy's components share.
        settings: Copydesk's settings.
        timeout_seconds: Seconds after which the crawl stops (0: never).
        progress_seconds: Seconds between two log lines about progress (0: none).
    """
    source, politeness = session.source, session.source.politeness
    return Settings(
        BASE_SETTINGS
        | {
            SESSION_SETTING: session,
            "COPYDESK_SECONDS": timeout_seconds,
            "COPYDESK_PROGRESS": progress_seconds,
            "COPYDESK_MEGABYTES": settings.crawl_megabytes,
            RUN_BUDGET_SETTING: politeness.requests_per_run or settings.requests_per_run,
            DAY_BUDGET_SETTING: politeness.requests_per_day or settings.requests_per_day,
            "USER_AGENT": make_user_agent(source, settings),
            "DEFAULT_REQUEST_HEADERS": {
                "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
                "Accept-Language": source.language,
            },
            "DOWNLOAD_MAXSIZE": settings.max_page_bytes,
            "DOWNLOAD_TIMEOUT": politeness.timeout,
            "CONCURRENT_REQUESTS_PER_DOMAIN": max(politeness.concurrency, MIN_CONNECTIONS_PER_HOST),
            "RETRY_TIMES": politeness.retries,
        }
    )
