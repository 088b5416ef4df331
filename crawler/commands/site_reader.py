"""Inspects a site for `wires new`, and proposes a source from its articles."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

import tomlkit

from copydesk.crawler.accounting.crawl_stats import PRIVATE_ADDRESS_REASON, ROBOTS_REASON
from copydesk.crawler.commands.wires_try import load_fetched_page, print_warnings
from copydesk.crawler.inspection.inspection_records import Inspection, InspectionKind, InspectionRequest
from copydesk.crawler.inspection.source_draft import choose_title, find_country
from copydesk.pipeline.core.errors import BadInput, BadSource, CopydeskError, Permanent, QuarantineError, Transient
from copydesk.pipeline.core.records import Page
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.core.source import Source

if TYPE_CHECKING:
    from copydesk.pipeline.offline.rule_proposal import RuleProposal

PROVISIONAL_NAME = "new-wire"
PROPOSAL_SECONDS = 20.0
"""CPU seconds per article for a proposal; large pages have thousands of elements."""


class SiteReader:
    """Inspects a site in the spider's process, and proposes a source in a sandbox."""

    def __init__(self, url: str, scratch: Path, settings: Settings, *, allow_private: bool) -> None:
        self._url, self._scratch, self._settings = url, scratch, settings
        self._inspections = 0
        parts = urlsplit(url)
        try:
            self._source = Source.model_validate({
                "name": PROVISIONAL_NAME,
                "title": parts.netloc,
                "home": f"{parts.scheme}://{parts.netloc}/",
                "allow_private": allow_private,
                "discovery": {"feeds": [url]},
            })  # fmt: skip
        except ValueError:
            raise BadInput(f"{url!r} is not an http or https URL.", "Pass the URL of a site or of a feed.") from None

    def inspect(self, articles: int) -> Inspection:
        """Find what lists the site's articles, and fetch some of them.

        Raises:
            CopydeskError: The site cannot be read, or lists nothing.
        """
        inspection, folder = self._run(InspectionRequest(InspectionKind.SITE, self._url, articles))
        self._folder = folder
        if inspection.error:
            raise explain_site_error(self._url, inspection.error)
        if not any(not page.error for page in inspection.pages):
            reasons = ", ".join(sorted({page.error for page in inspection.pages})) or "nothing is listed"
            raise explain_site_error(self._url, f"no article could be fetched ({reasons})")
        return inspection

    def propose(self, inspection: Inspection, articles: int) -> tuple[RuleProposal, list[Page]]:
        """Return a proposal from the fetched articles; fetch a few more if they are too short or alike."""
        from copydesk.crawler.inspection.inspect_site import choose_articles

        good = [page for page in inspection.pages if not page.error]
        pages = [
            replace(
                load_fetched_page(page, self._folder, PROVISIONAL_NAME),
                published_hint=page.entry.published if page.entry else None,
            )
            for page in good
        ]
        proposal = self._propose(inspection, pages)
        if proposal.usable < articles:
            listed = max((feed.entries for feed in inspection.feeds), key=len, default=())
            more = choose_articles(listed, articles, [page.url for page in inspection.pages])
            if more:
                time.sleep(max(self._source.politeness.delay, inspection.crawl_delay or 0))
                request = InspectionRequest(InspectionKind.PAGES, urls=tuple(entry.url for entry in more))
                found, folder = self._run(request)
                added = [page for page in found.pages if not page.error]
                published = {entry.url: entry.published for entry in more}
                pages += [
                    replace(load_fetched_page(page, folder, PROVISIONAL_NAME), published_hint=published.get(page.url))
                    for page in added
                ]
                proposal = self._propose(inspection, pages)
        return proposal, pages

    def _run(self, request: InspectionRequest) -> tuple[Inspection, Path]:
        from copydesk.crawler.process.inspect_process import run_inspection

        self._inspections += 1
        folder = self._scratch / str(self._inspections)
        sources = self._scratch / "sources"
        folder.mkdir()
        sources.mkdir(exist_ok=True)
        source = self._source.model_dump(include={"name", "title", "home", "allow_private", "discovery"}, mode="json")
        source["discovery"] = {"feeds": source["discovery"]["feeds"]}
        (sources / f"{PROVISIONAL_NAME}.toml").write_text(tomlkit.dumps(source), encoding="utf-8")
        inspection = run_inspection(PROVISIONAL_NAME, request, folder, sources_folder=sources, on_line=print_warnings)
        return inspection, folder

    def _propose(self, inspection: Inspection, pages: Sequence[Page]) -> RuleProposal:
        from copydesk.pipeline.offline.rule_proposal import PROPOSAL_ENTRY_POINT, ArticleSet
        from copydesk.pipeline.process.sandbox import Sandbox

        tags = [inspection.language, *(feed.language for feed in inspection.feeds)]
        language = next((tag[:2].lower() for tag in tags if tag[:2].isalpha() and len(tag) >= 2), "en")
        title = choose_title(inspection)
        source = self._source.model_copy(update={"title": title, "language": language, "home": inspection.url})
        country = find_country(inspection.url, next((tag for tag in tags if "-" in tag), ""))
        articles = ArticleSet(PROVISIONAL_NAME, tuple(pages), country)
        limits = PROPOSAL_SECONDS * len(pages), 2 * self._settings.extract_megabytes
        with Sandbox(1, *limits, {PROVISIONAL_NAME: source}, entry_point=PROPOSAL_ENTRY_POINT) as sandbox:
            (result,) = sandbox.map([cast("Page", articles)])
        if isinstance(result, QuarantineError):
            raise BadInput(f"The articles of {inspection.url} cannot be parsed: {result.message}", "Try a feed's URL.")
        return cast("RuleProposal", result)


def explain_site_error(url: str, reason: str) -> CopydeskError:
    text = f"{url}: {reason}."
    if PRIVATE_ADDRESS_REASON in reason:
        return BadSource(text, "If the site is on this machine or in your own network, add --allow-private.")
    if ROBOTS_REASON in reason:
        return Permanent(text, "Its robots.txt disallows it. Ask the publisher for permission.")
    if "was found" in reason or "listed" in reason:
        return BadInput(text, "Pass the URL of a feed, or of a page that lists articles.")
    return Transient(text, "Check the URL, or try again later.")
