"""What the JSON answers consist of; OpenAPI describes them from here.

Times are ISO 8601 in UTC, and spans are seconds.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Generic, TypeVar
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer

T = TypeVar("T")

Utc = Annotated[datetime, AfterValidator(lambda time: time.astimezone(UTC))]
Seconds = Annotated[timedelta, PlainSerializer(timedelta.total_seconds, return_type=float)]


class ApiModel(BaseModel):
    """Base class: read from the attributes of a row, unknown ones are ignored."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class ApiError(ApiModel):
    """Why there is no answer."""

    detail: str = Field(description="One sentence, and what to do about it.")


class ListOf(ApiModel, Generic[T]):
    """A page of a list."""

    items: list[T]
    total: int = Field(description="The number of rows of the whole list; of long lists a bound of it.")
    next: str | None = Field(description="The address of the next page; null on the last one.")


class StoryRow(ApiModel):
    """A story in a list."""

    story_id: UUID
    title: str = Field(description="The latest title.")
    published_at: Utc = Field(description="When the first copy was published.")
    last_at: Utc = Field(description="When the latest copy was published.")
    copies: int
    wires: int
    language: str
    source: str = Field(description="The agency that it comes from, else its first wire.")
    killed: bool
    page: str = Field(default="", description="The address of its page.")


class RunStoryRow(ApiModel):
    """A story that a run has copies of."""

    story_id: UUID
    title: str
    published_at: Utc
    language: str
    copies: int
    wires: int
    run_copies: int = Field(description="How many of its copies are of this run.")
    source: str
    killed: bool
    is_new: bool = Field(description="Whether it was founded in this run.")


class VersionRow(ApiModel):
    """A version that the desk of a story has sent, and what it changed."""

    version_id: UUID
    name: str
    at: Utc
    wire: str
    url: str
    title: str
    title_changed: bool
    removed_numbers: tuple[str, ...]
    added_numbers: tuple[str, ...]
    word_delta: int
    kill_text: str


class Evidence(ApiModel):
    """Why a copy is in a story."""

    rule: str
    kind: str | None
    reason: str = Field(description="The reason of the rule that decided, in words.")
    measures: list[str] = Field(description="What the rule looked at, in words.")


class CopyRow(ApiModel):
    """A copy of a story."""

    article_id: UUID
    wire: str
    url: str
    title: str
    published_at: Utc
    notice: str
    is_representative: bool
    relation: str = Field(description="Its relation to the first copy; indirect if they were not related directly.")
    delay: Seconds = Field(description="Seconds after the first copy.")
    is_origin: bool
    via: UUID | None = Field(description="If indirect, the copy in between.")
    via_relation: str
    evidence: Evidence | None = Field(default=None, description="Null for the first copy.")


class EventRow(ApiModel):
    """What Copydesk did with a story."""

    kind: str
    at: Utc
    article_id: UUID | None
    wire: str | None
    title: str | None
    related_story: UUID | None


class SourceRow(ApiModel):
    """Where one outlet has a story from."""

    wire: str
    article_id: UUID
    origin: str = Field(description="Outlets with the same origin are one source.")
    basis: str
    evidence: dict[str, str]


class SpreadRow(ApiModel):
    """The first copy of one outlet."""

    nth: int
    wire: str
    article_id: UUID
    published_at: Utc
    published_given: bool
    minutes: float


class Origin(ApiModel):
    """The agency that a story likely comes from."""

    agency: str | None
    wire: str | None
    article_id: UUID | None
    basis: str | None


class Story(ApiModel):
    """A story with everything that its page shows; of a story with many copies, the first ones."""

    story_id: UUID
    state: str
    title: str
    body: str
    body_is_cut: bool
    published_at: Utc
    wire: str
    url: str
    agency: str
    dateline: str
    byline: str
    language: str
    notice: str
    origin: Origin
    independent_sources: int | None
    copies_total: int
    copies: list[CopyRow]
    versions: list[VersionRow]
    events: list[EventRow]
    sources: list[SourceRow]
    spread: list[SpreadRow]
    page: str = Field(description="The address of its page.")


class PassageRow(ApiModel):
    """A paragraph, and the earliest article that has it; null if no earlier one has."""

    text: str
    words: int
    article_id: UUID | None
    wire: str
    published_at: Utc | None


class Copy(ApiModel):
    """One copy of a story with its own text, by paragraph."""

    article_id: UUID
    story_id: UUID
    wire: str
    url: str
    title: str
    byline: str
    dateline: str
    language: str
    notice: str
    published_at: Utc
    modified_at: Utc | None
    relation: str
    delay: Seconds
    is_representative: bool
    body_is_cut: bool
    passages: list[PassageRow]


class RunRow(ApiModel):
    """A run in a list."""

    dag_id: str
    run_id: str
    kind: str
    state: str
    window_start: Utc | None
    window_end: Utc | None
    new_articles: int
    articles: int
    stories: int
    lost: int = Field(description="URLs and pages without an article.")
    wires: int
    failed_wires: int
    warnings: int
    error: str
    started_at: Utc
    ended_at: Utc | None


class WarningRow(ApiModel):
    """A warning of a run."""

    at: Utc
    wire: str
    kind: str
    message: str


class RunWireRow(ApiModel):
    """One wire in a run: its URLs (crawl) and pages (clean) by outcome."""

    wire: str
    state: str
    reason: str
    crawl: dict[str, int]
    clean: dict[str, int]


class Run(ApiModel):
    """A run with its wires and warnings."""

    dag_id: str
    run_id: str
    kind: str
    mode: str
    state: str
    window_start: Utc | None
    window_end: Utc | None
    started_at: Utc
    ended_at: Utc | None
    wires: list[RunWireRow]
    warnings: list[WarningRow]
