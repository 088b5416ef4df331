"""The truth about the sample network: which article is which story, and what a perfect cleaner would make of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from copydesk.crawler.sample.edits import Role
from copydesk.crawler.sample.network import Network
from copydesk.crawler.sample.printed_article import Article, articles_between


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true of one article; the article's address is its key.

    ``title`` is without the desk's mark (``UPDATE 1-``), ``printed_title`` with it. ``paragraphs`` are the article's
    own text after its desk's edits, as set by the wire (quotation marks), without dateline, notes to desks, house
    paragraphs, disclaimers, banners, soft hyphens and second printings; those of them that stand in the text are in
    ``dropped`` as (reason, text). ``dateline`` is place and date as printed before the mark, ``agency`` the mark,
    ``credit`` the agency whose copy it is where that is another's. ``flash``: one line that announces its story.
    ``holds``: the stories that a roundup has items of. ``notice`` is a ``Notice`` or empty.
    """

    url: str
    path: str
    wire: str
    story: str
    kind: str
    relation: str
    edits: tuple[str, ...]
    title: str
    printed_title: str
    paragraphs: tuple[str, ...]
    published_at: datetime
    modified_at: datetime
    byline: str
    dateline: str
    agency: str
    credit: str
    section: str
    language: str
    notice: str
    flash: bool
    item_story_ids: tuple[str, ...]
    dropped: tuple[tuple[str, str], ...]

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON's types; times in ISO 8601."""
        table = asdict(self)
        return table | {key: table[key].isoformat() for key in ("published_at", "modified_at")}


def iter_truths(
    network: Network,
    since: datetime,
    until: datetime,
    *,
    origins: Mapping[str, str] | None = None,
    now: datetime | None = None,
) -> Iterator[Truth]:
    """The truth about all articles published in [since, until), as their pages read at ``now`` (without it: finally).

    ``origins`` are the wires' addresses (``http://127.0.0.1:8801``); without them ``url`` is the path alone.
    """
    for article in articles_between(network, since, until, now=now):
        yield make_truth(article, (origins or {}).get(article.wire, ""))


def make_truth(article: Article, origin: str = "") -> Truth:
    """The truth about one article."""
    return Truth(
        url=origin + article.path,
        path=article.path,
        wire=article.wire,
        story=article.story_id,
        kind=article.kind,
        relation=article.relation,
        edits=article.edits,
        title=article.title,
        printed_title=article.printed_title,
        paragraphs=article.paragraphs,
        published_at=article.published_at,
        modified_at=article.modified_at,
        byline=article.byline,
        dateline=article.dateline,
        agency=article.agency,
        credit=article.credit,
        section=article.section,
        language=article.language,
        notice=str(article.notice),
        flash=article.relation == "flash",
        item_story_ids=article.item_story_ids,
        dropped=tuple((str(block.role), block.text) for block in article.blocks if block.role is not Role.BODY),
    )
