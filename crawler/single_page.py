"""Fetch one page with the crawler's downloader: its SSRF guard, robots rules, throttle and user agent."""

from __future__ import annotations

import logging
import re
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from copydesk.crawler.accounting.crawl_stats import PRIVATE_ADDRESS_REASON, ROBOTS_REASON
from copydesk.crawler.inspection.inspection_records import FetchedPage, InspectionKind, InspectionRequest
from copydesk.crawler.process.inspect_process import run_inspection
from copydesk.pipeline.core.errors import BadInput, CopydeskError, Permanent, Transient
from copydesk.pipeline.core.records import Page
from copydesk.pipeline.core.scratch_folder import scratch_folder
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.core.url_secrets import mask_secrets
from copydesk.pipeline.offline.page_fetcher import find_source_by_url

logger = logging.getLogger("copydesk")


def fetch_page(url: str) -> Page:
    """Fetch one page. If a wire has its host, the wire's politeness and login apply.

    Raises:
        BadInput: The URL is not one of a web page, or it is on a private network.
        Permanent: The site's robots.txt disallows it.
        Transient: The site does not respond, or not with a page.
    """
    parts = urlsplit(url)
    if parts.scheme.lower() not in {"http", "https"} or not parts.hostname:
        raise BadInput(f"{mask_secrets(url)!r} is not the URL of a page.", "Pass a URL such as https://example.com/a.")
    source = find_source_by_url(url, load_settings().source_folders)
    with scratch_folder("fetch") as scratch:
        folder, sources = scratch / "pages", scratch / "sources"
        folder.mkdir()
        wire = source.name if source else _name_site(parts.hostname)
        if source is None:
            sources.mkdir()
            _write_source(sources / f"{wire}.toml", url)
        inspection = run_inspection(
            wire,
            InspectionRequest(InspectionKind.ARTICLE, url),
            folder,
            sources_folder=None if source else sources,
            on_line=lambda level, line: logger.log(min(level, logging.INFO), "%s", line),
        )
        fetched = inspection.pages[0] if inspection.pages else None
        if fetched is None or fetched.error:
            raise _make_error(url, fetched, inspection.error)
        return Page(
            url=url,
            body=(folder / fetched.file).read_bytes(),
            fetched_at=datetime.fromisoformat(fetched.fetched_at),
            wire=source.name if source else "",
            final_url=fetched.final_url,
            content_type=fetched.content_type or "text/html",
            charset=fetched.charset,
            status=fetched.status,
        )


def _name_site(host: str) -> str:
    """Return a name for a site that no source file describes, so that it can be fetched like a wire."""
    return f"site-{re.sub('[^a-z0-9]+', '-', host.lower()).strip('-')}"[:60]


def _write_source(path: Path, url: str) -> None:
    """Write the source file of a site that no other file describes."""
    parts = urlsplit(url)
    home = f"{parts.scheme.lower()}://{parts.netloc}/"
    text = f"name = {path.stem!r}\ntitle = 'A page'\nhome = {home!r}\ndiscovery.feeds = [{home!r}]\n"
    path.write_text(text, encoding="utf-8")


def _make_error(url: str, page: FetchedPage | None, reason: str) -> CopydeskError:
    reason = page.error if page is not None else reason
    text = f"{mask_secrets(url)} could not be fetched: {reason}."
    if PRIVATE_ADDRESS_REASON in reason:
        return BadInput(text, "Add a source file with allow_private = true for sites in your own network.")
    if reason.endswith(ROBOTS_REASON):
        return Permanent(text, "Its robots.txt disallows it. Ask the publisher, or try another page.")
    return Transient(text, "Check the URL, or try again later.")
