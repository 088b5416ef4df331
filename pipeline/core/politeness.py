"""How the crawler treats a wire's hosts, as the wire's TOML file states it."""

from __future__ import annotations

from pydantic import Field

from copydesk.pipeline.core.catalogue_keys import SourceSection


class Politeness(SourceSection):
    """How the crawler treats a wire's hosts."""

    delay: float = Field(1.0, ge=0, le=300)
    """Seconds between two requests to the host; a longer Crawl-delay in robots.txt takes precedence."""

    concurrency: int = Field(2, ge=1, le=64)
    """Maximum number of concurrent requests to the host."""

    robots: bool = True
    """Whether to obey robots.txt."""

    timeout: float = Field(30.0, gt=0, le=300)
    """Seconds until a request times out."""

    retries: int = Field(2, ge=0, le=10)
    """Maximum number of retries of a failed request within a run."""

    max_pages: int = Field(5000, ge=1)
    """Maximum number of pages per run; the rest is left to the next one."""

    requests_per_run: int | None = Field(None, ge=1)
    """Requests that one crawl may send, of every kind: feeds, pages, robots.txt, redirects and retries. None: as the
    settings say."""

    requests_per_day: int | None = Field(None, ge=1)
    """Requests that a host may get on a day (UTC), from all runs together. None: as the settings say."""

    user_agent: str = ""
    """The User-Agent header; its first word selects the rules in robots.txt. Empty: as the settings say."""
