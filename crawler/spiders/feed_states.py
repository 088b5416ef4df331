"""The states of a wire's feeds when a run last finished them, so that unchanged feeds are skipped."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from copydesk.crawler.downloader.response import conditional_headers, get_header
from copydesk.pipeline.core.url_secrets import mask_secrets
from copydesk.pipeline.store.pages import FeedState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scrapy.http import Response


class FeedStates:
    """Saved states by URL, without the secrets in it.

    A state counts only if it was saved before the end of the window: the same response then means that nothing new was
    published. A state saved later comes from another attempt of the same run, or from a later run; the feed is then
    read in full.
    """

    def __init__(self, saved: Mapping[str, FeedState], window_end: datetime, *, skip_unchanged: bool = True) -> None:
        """Take the saved states.

        Args:
            saved: The states by URL.
            window_end: The end of the crawl's window (aware).
            skip_unchanged: Whether unchanged feeds may be skipped. If not, they are read for what they list.
        """
        self._saved = saved
        self._window_end = window_end
        self._skip_unchanged = skip_unchanged

    def make_headers(self, url: str) -> dict[str, str]:
        """Return the headers of a conditional request; none without a usable state."""
        state = self._get_usable(mask_secrets(url))
        return conditional_headers(state.etag, state.last_modified) if state else {}

    def make_state(self, url: str, response: Response, now: datetime) -> FeedState:
        """Return the state to save for a response; one with status 304 keeps the content of the saved state."""
        url = mask_secrets(url)
        saved = self._saved.get(url)
        if response.status == 304 and saved is not None:
            return replace(saved, checked_at=now)
        etag, last_modified = get_header(response, b"ETag"), get_header(response, b"Last-Modified")
        sha256 = hashlib.sha256(response.body).digest()
        entries = saved.entries if saved is not None and saved.sha256 == sha256 else 0
        return FeedState(url, etag or None, last_modified or None, sha256, now, entries)

    def get_entries(self, url: str) -> int:
        """Return how many entries a feed had when it was last saved; 0 if it never was."""
        saved = self._saved.get(mask_secrets(url))
        return saved.entries if saved is not None else 0

    def is_unchanged(self, url: str, response: Response, state: FeedState) -> bool:
        """Return whether a response has the content of the saved state.

        Some servers send another ETag with each response, so the body decides.
        """
        saved = self._get_usable(mask_secrets(url))
        if saved is None:
            return False
        return response.status == 304 or (saved.sha256 is not None and saved.sha256 == state.sha256)

    def _get_usable(self, url: str) -> FeedState | None:
        state = self._saved.get(url)
        return state if self._skip_unchanged and state is not None and state.checked_at < self._window_end else None
