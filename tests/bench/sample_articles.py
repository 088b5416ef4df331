"""The sample network's articles in order of publication, and functions that insert them into a database."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
from psycopg import Connection

from copydesk.crawler.sample.network import Network
from copydesk.crawler.sample.printed_article import Article, make_article
from copydesk.crawler.sample.story_plan import MAX_RELEASE_DELAY, plans_of_hour
from copydesk.pipeline.core.records import WITHDRAWAL_NOTICES, Document
from copydesk.pipeline.db import Row
from copydesk.pipeline.store.sketches import UnsignedArticle

START = datetime(2026, 1, 1, tzinfo=UTC)


def read_articles(network: Network, hours: Iterable[datetime], since: datetime, until: datetime) -> Iterator[Article]:
    """Yield the articles published in [since, until) of the stories that break in these hours."""
    for hour in hours:
        for plan in plans_of_hour(network, hour):
            for release in plan.releases:
                if since <= release.at < until:
                    yield make_article(plan, release)


def make_unsigned(article: Article) -> UnsignedArticle:
    """Return an article as the input of signing."""
    body = "\n\n".join(article.paragraphs)
    name = f"{article.wire}{article.path}"
    article_id = str(_make_id(name))
    withdrawn = article.notice in WITHDRAWAL_NOTICES
    document = Document(article_id, article.printed_title, body, article.published_at, notice=article.notice)
    return UnsignedArticle(_make_id(name + body), withdrawn, document)


def connect_for_loading(address: str) -> Connection[Row]:
    """Return a connection that neither checks foreign keys nor waits for the disk."""
    return psycopg.connect(address, options="-c session_replication_role=replica -c synchronous_commit=off")


def insert_articles(connection: Connection[Row], found: Sequence[UnsignedArticle], *, with_text: bool = False) -> None:
    """Insert articles; ``with_text``: with their texts, so that they can be signed from the database."""
    with connection.cursor() as cursor:
        with cursor.copy(
            "COPY copydesk.article (article_id, wire, canonical_url, published_at, published_given, title,"
            " current_version, notice, withdrawn) FROM STDIN"
        ) as rows:
            for one in found:
                document = one.document
                url = f"https://wire.example/{document.id}"
                given = (document.id, "sample", url, document.published_at, True, document.title)
                rows.write_row((*given, one.version_id, document.notice, one.withdrawn))
        with cursor.copy(
            "COPY copydesk.article_version (version_id, article_id, page_id, fetched_at, title, body, notice, cleaner)"
            " FROM STDIN"
        ) as rows:
            for one in found:
                document = one.document
                texts = (document.title, document.body) if with_text else ("", "")
                row = (one.version_id, document.id, one.version_id, document.published_at, *texts, document.notice)
                rows.write_row((*row, "bench"))


def read_next_articles(address: str, network: Network, count: int) -> list[UnsignedArticle]:
    """Return the first ``count`` articles that were published after all stored ones."""
    with closing(psycopg.connect(address)) as connection:
        row = connection.execute("SELECT max(published_at) FROM copydesk.article").fetchone()
    # Loaded articles end at a full or half hour, articles folded since then at any time.
    since = row[0] + timedelta(microseconds=1) if row and row[0] else START
    back = int(MAX_RELEASE_DELAY / timedelta(hours=1)) + 1
    ahead = int(1.5 * 24 * count / network.per_day) + 1
    hour = since.replace(minute=0, second=0, microsecond=0)
    hours = [hour + timedelta(hours=number) for number in range(-back, ahead + 1)]
    until = since + timedelta(hours=ahead)
    coming = (make_unsigned(one) for one in read_articles(network, hours, since, until))
    return sorted(coming, key=lambda one: (one.document.published_at, one.document.id))[:count]


def _make_id(name: str) -> UUID:
    return UUID(bytes=hashlib.sha256(name.encode()).digest()[:16])
