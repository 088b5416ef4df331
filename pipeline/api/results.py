"""What the Python API returns: frozen records with fields that ``pandas.DataFrame`` and ``polars.DataFrame`` accept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from copydesk.pipeline.core import records


@dataclass(frozen=True, slots=True)
class Article:
    """An article, as it was cleaned or as it is stored.

    Attributes:
        id: In the database, the article's ID; else its URL, or the path of its file.
        url: The URL of the page; empty if unknown.
        wire: The name of the wire; empty if unknown.
        title: The headline.
        body: The paragraphs, separated by blank lines.
        published_at: Aware, UTC; None if unknown.
        modified_at: The time of the last change; aware, UTC, or None.
        language: A language code.
        agency: Short name of the agency.
        credit: The agency that the article credits.
        byline: The people who wrote it.
        dateline: Place and date before the text.
        section: The page's section.
        notice: What the desk says about its own copy, such as ``correction``; mostly empty.
        canonical_url: The page's own URL for the article.
        tickers: Securities that it mentions.
        isins: ISINs that it mentions.
        truncated: Whether the page has only the beginning.
        story_id: The ID of its story; empty if it is not in one.
        kind: ``article``, or ``refused`` if the page has none.
        reason: Why a page was refused; else empty.
        via: The extraction method.
    """

    id: str
    url: str = ""
    wire: str = ""
    title: str = ""
    body: str = ""
    published_at: datetime | None = None
    modified_at: datetime | None = None
    language: str = ""
    agency: str = ""
    credit: str = ""
    byline: str = ""
    dateline: str = ""
    section: str = ""
    notice: str = ""
    canonical_url: str = ""
    tickers: tuple[str, ...] = ()
    isins: tuple[str, ...] = ()
    truncated: bool = False
    story_id: str = ""
    kind: str = "article"
    reason: str = ""
    via: str = ""

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The paragraphs of the body."""
        return tuple(self.body.split("\n\n")) if self.body else ()


@dataclass(frozen=True, slots=True)
class Story:
    """A story in the database: its representative's text, and how many copies it has.

    Attributes:
        id: The story's ID.
        title: The headline of its representative.
        body: The text of its representative.
        published_at: When the representative was published (aware, UTC).
        last_at: When the latest copy was published (aware, UTC).
        copies: The number of articles in the story, the representative included.
        wires: The number of wires that published them.
        wire: The wire of the representative.
        url: The URL of the representative.
        agency: The agency of the representative.
        language: A language code.
        notice: What the desk says about the representative; mostly empty.
        origin_agency: The agency that the story likely comes from; empty if unknown.
        origin_wire: The wire with that agency's copy; empty if unknown.
    """

    id: str
    title: str
    body: str
    published_at: datetime
    last_at: datetime
    copies: int
    wires: int
    wire: str
    url: str
    agency: str
    language: str
    notice: str
    origin_agency: str
    origin_wire: str


@dataclass(frozen=True, slots=True)
class Copy:
    """One article of a story.

    Attributes:
        story_id: The story's ID.
        article_id: The article's ID.
        wire: The wire that published it.
        url: Its URL.
        title: Its headline.
        published_at: When it was published (aware, UTC).
        delay: How long after the representative.
        relation: How it differs from the representative, such as ``exact`` or ``trimmed``; ``indirect`` if it is only
            like another copy; empty for the representative.
        is_representative: Whether it is the story's representative.
        is_origin: Whether it is the article that the story likely comes from.
        notice: What the desk says about it; mostly empty.
    """

    story_id: str
    article_id: str
    wire: str
    url: str
    title: str
    published_at: datetime
    delay: timedelta
    relation: str
    is_representative: bool
    is_origin: bool
    notice: str


@dataclass(frozen=True, slots=True)
class StoryGroup:
    """Documents that are one story, as ``dedup`` finds them.

    Attributes:
        id: The ID of the representative, the earliest full document.
        title: Its title.
        published_at: When it was published (aware); None if unknown.
        copies: The number of documents.
        members: The IDs of all documents, the representative first.
    """

    id: str
    title: str
    published_at: datetime | None
    copies: int
    members: tuple[str, ...]


def make_article(article: records.Article, *, id: str, url: str) -> Article:  # noqa: A002 - the name of the field
    """Return a cleaned article as the API's record.

    Args:
        article: The article.
        id: Its ID.
        url: The URL of its page; may be empty.
    """
    return Article(
        id=id,
        url=url,
        wire=article.wire,
        title=article.title,
        body=article.body,
        published_at=article.published_at,
        modified_at=article.modified_at,
        language=article.language,
        agency=article.agency,
        credit=article.credit,
        byline=article.byline,
        dateline=article.dateline,
        section=article.section,
        notice=str(article.notice),
        canonical_url=article.canonical_url,
        tickers=article.tickers,
        isins=article.isins,
        truncated=article.truncated,
        kind=article.kind.value,
        reason=article.reason,
        via=article.via,
    )


def with_tuples(article: Article) -> Article:
    """Return an article of the database, of which the lists are arrays, with tuples."""
    return replace(article, tickers=tuple(article.tickers), isins=tuple(article.isins))
