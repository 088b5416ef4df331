"""What the JSON answers about wires and the quarantine consist of."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field

from copydesk.dags.ui.api_models import ApiModel, ListOf, Utc


class QuarantineRow(ApiModel):
    """A page in quarantine."""

    id: int
    at: Utc
    wire: str
    stage: str
    reason: str
    detail: str
    url: str
    dag_id: str
    run_id: str
    state: str


class QuarantinedPage(QuarantineRow):
    """All that is known about a page in quarantine."""

    resolved_at: Utc | None
    page_id: UUID | None
    fetched_at: Utc | None
    status: int | None
    content_type: str
    charset: str | None
    body_bytes: int | None
    is_body_deleted: bool


class QuarantineList(ListOf[QuarantineRow]):
    """A page of the quarantine."""

    reasons: dict[str, int] = Field(description="The number of pages by reason, of the chosen wire.")


class StoredPage(QuarantinedPage):
    """A page in quarantine with the beginning of what was fetched, as text; null if it has been deleted."""

    text: str | None
    text_is_cut: bool
    text_error: str = Field(description="Why the text cannot be read from the page archive; empty if it can.")


class WireRow(ApiModel):
    """How a wire does."""

    wire: str
    title: str
    state: str = Field(description="ok, failing, layout changed, never crawled or disabled.")
    reason: str = Field(description="What explains the state; empty if it is ok.")
    last_good_crawl: Utc | None
    last_crawl: Utc | None
    recent_articles: int = Field(description="Articles of the last 24 hours.")
    usual_articles: float | None = Field(description="The usual number for these hours; null if unknown.")
    latest_article: Utc | None
    tried: int = Field(description="URLs and pages of the last seven days.")
    refused: int
    failed: int
    quarantined: int
    failures_in_a_row: int
    failing_since: Utc | None
    next_poll_at: Utc | None
    host: str
    host_paused_until: Utc | None
    quarantine: dict[str, int] = Field(description="Pages in quarantine by reason.")


class RefusalRow(ApiModel):
    """URLs (stage crawl) or pages (stage clean) without an article, for one reason."""

    stage: str
    outcome: str
    reason: str
    count: int


class SettingRow(ApiModel):
    """A setting of a wire that is in force."""

    name: str
    value: str


class Wire(WireRow):
    """One wire with its settings, and the reasons why it got no articles in the last seven days."""

    settings: list[SettingRow]
    refusals: list[RefusalRow]
