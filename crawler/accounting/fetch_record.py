"""The record of one URL's outcome, as it is saved."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from copydesk.crawler.crawl_session import CrawlSession
from copydesk.pipeline.core.records import Outcome
from copydesk.pipeline.core.url_secrets import mask_credentials
from copydesk.pipeline.store.pages import Fetch

if TYPE_CHECKING:
    from copydesk.crawler.discovery.selection import Candidate


def make_fetch(
    session: CrawlSession,
    candidate: Candidate,
    outcome: Outcome,
    reason: str,
    *,
    status: int | None = None,
    page_id: UUID | None = None,
    body_bytes: int = 0,
    revisit: int | None = None,
) -> Fetch:
    """Return the record of a scheduled URL that brought no new page; see ``UrlLedger.record_outcome``."""
    return Fetch(
        run_key=session.job.run_key,
        wire=session.source.name,
        url_key=candidate.url_key,
        url=mask_credentials(candidate.entry.url),
        outcome=outcome,
        fetched_at=session.clock.now(),
        reason=reason,
        status=status,
        page_id=page_id,
        body_bytes=body_bytes,
        revisit=revisit,
    )
