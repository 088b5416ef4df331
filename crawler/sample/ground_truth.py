"""The ground truth of the sample network: the story of each article, and the result of a perfect cleaner."""

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
    """The ground truth of one article. Its URL is its key."""

    url: str
    path: str
    wire: str
    story: str
    kind: str
    relation: str
    edits: tuple[str, ...]
    title: str
    """The headline without a mark such as ``UPDATE 1-``."""
    printed_title: str
    """The headline with the mark."""
    paragraphs: tuple[str, ...]
    """The article's text after the edits of its desk, with the wire's quotation marks. Without dateline, notes, house
    paragraphs, disclaimers, banners, soft hyphens and repeated paragraphs."""
    published_at: datetime
    modified_at: datetime
    byline: str
    dateline: str
    """Place and date, as printed."""
    agency: str
    """The agency in the dateline."""
    credit: str
    """The agency that wrote the text, if it is not the wire."""
    section: str
    language: str
    notice: str
    """A ``Notice``, or empty."""
    flash: bool
    """Whether it is a flash: one line that announces a story."""
    item_story_ids: tuple[str, ...]
    """The stories that a roundup summarizes."""
    dropped: tuple[tuple[str, str], ...]
    """The printed paragraphs that are not part of the text, as (role, text)."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON; times in ISO 8601."""
        data = asdict(self)
        return data | {key: data[key].isoformat() for key in ("published_at", "modified_at")}


def iter_truths(
    network: Network,
    since: datetime,
    until: datetime,
    *,
    origins: Mapping[str, str] | None = None,
    now: datetime | None = None,
) -> Iterator[Truth]:
    """Yield the ground truth of all articles published in [since, until).

    Args:
        network: The network.
        since: The start (aware).
        until: The end, exclusive (aware).
        origins: The origins of the wires (``http://127.0.0.1:8801``). None: ``url`` is only the path.
        now: The time of the pages' state (aware). None: the final state, after all revisions.
    """
    for article in articles_between(network, since, until, now=now):
        yield make_truth(article, (origins or {}).get(article.wire, ""))


def make_truth(article: Article, origin: str = "") -> Truth:
    """Return the ground truth of an article of a wire at this origin."""
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
