"""``copydesk.connect``: stories, copies and articles of the database."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from types import TracebackType
from typing import Self
from uuid import UUID

from psycopg import Connection
from pydantic import SecretStr

from copydesk.pipeline.api.arguments import Time, to_time
from copydesk.pipeline.api.results import Article, Copy, Story, with_tuples
from copydesk.pipeline.core.errors import NotFound
from copydesk.pipeline.core.settings import Settings, load_settings
from copydesk.pipeline.core.source_files import list_source_files
from copydesk.pipeline.db import Row, queries, read_transaction
from copydesk.pipeline.db.rows import fetch_all
from copydesk.pipeline.db.session import database_session
from copydesk.pipeline.store.profiles import get_live_profile_id
from copydesk.pipeline.views import story_queries
from copydesk.pipeline.views.wire_queries import assert_wire_is_known

DEFAULT_LIMIT = 1_000


class Database:
    """The stories of one database. Its methods may be called from any thread, and read what is stored now.

    It is a context manager. An embedded server that it has started stops at ``close``, or when the object is deleted.
    """

    def __init__(self, settings: Settings) -> None:
        """Open the database; ``connect`` does this with the configured one."""
        self._settings = settings
        stack = ExitStack()
        stack.enter_context(database_session(settings))
        self._finalizer = weakref.finalize(self, stack.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the database; further calls do nothing."""
        self._finalizer()

    def stories(
        self,
        *,
        since: Time = None,
        until: Time = None,
        wire: str | None = None,
        language: str | None = None,
        search: str | None = None,
        min_copies: int = 1,
        limit: int = DEFAULT_LIMIT,
    ) -> list[Story]:
        """Return stories, the most copied first; killed stories are left out.

        Args:
            since: Only stories with a copy published at or after this time, such as ``"24h"``.
            until: Only stories first published before this time.
            wire: Only stories that this wire has a copy of.
            language: Only stories in this language; ``en`` also matches ``en-GB``.
            search: Only stories with a copy that has these words.
            min_copies: Only stories with at least so many copies.
            limit: The maximum number of stories.

        Raises:
            NotFound: There is no such wire.
            BadInput: A time cannot be read.
        """
        with self._read() as connection:
            self._check_wire(connection, wire)
            found = story_queries.list_stories(
                connection,
                since=to_time(since, "since"),
                until=to_time(until, "until"),
                wire=wire,
                language=language,
                search=search,
                min_copies=min_copies,
                limit=limit,
            )
            return _read_stories(connection, [summary.story_id for summary in found])

    def story(self, story_id: str) -> Story:
        """Return one story by its ID or by an unambiguous prefix of it.

        Raises:
            NotFound: There is none, or it was killed.
            BadInput: There are several.
        """
        with self._read() as connection:
            details = story_queries.find_story(connection, get_live_profile_id(connection), story_id)
            found = _read_stories(connection, [details.story_id])
        if not found:
            raise NotFound(f"The story {story_id} was killed.", "`copydesk story` shows its last text.")
        return found[0]

    def copies(self, story: Story | str) -> list[Copy]:
        """Return the articles of a story, the earliest first.

        Args:
            story: The story, its ID or an unambiguous prefix of it.

        Raises:
            NotFound: There is no such story.
            BadInput: There are several.
        """
        with self._read() as connection:
            profile_id = get_live_profile_id(connection)
            key = story.id if isinstance(story, Story) else story
            story_id = story_queries.find_story(connection, profile_id, key).story_id
            rows = story_queries.list_copies(connection, profile_id, story_id)
        return [
            Copy(
                story_id=str(story_id),
                article_id=str(row.article_id),
                wire=row.wire,
                url=row.url,
                title=row.title,
                published_at=row.published_at,
                delay=row.delay,
                relation=row.relation,
                is_representative=row.is_representative,
                is_origin=row.is_origin,
                notice=row.notice,
            )
            for row in rows
        ]

    def articles(
        self, *, since: Time = None, until: Time = None, wire: str | None = None, limit: int = DEFAULT_LIMIT
    ) -> list[Article]:
        """Return articles, the latest first; withdrawn ones are left out.

        Args:
            since: Only articles published at or after this time.
            until: Only articles published before this time.
            wire: Only articles of this wire.
            limit: The maximum number of articles.

        Raises:
            NotFound: There is no such wire.
            BadInput: A time cannot be read.
        """
        with self._read() as connection:
            self._check_wire(connection, wire)
            return read_articles(
                connection, since=to_time(since, "since"), until=to_time(until, "until"), wire=wire, limit=limit
            )

    @contextmanager
    def _read(self) -> Iterator[Connection[Row]]:
        if not self._finalizer.alive:
            raise NotFound("The database is closed.", "Call copydesk.connect() again.")
        with read_transaction(self._settings) as connection:
            yield connection

    def _check_wire(self, connection: Connection[Row], wire: str | None) -> None:
        if wire is not None:
            assert_wire_is_known(connection, wire, list_source_files(self._settings.source_folders))


def connect(database_url: str | None = None) -> Database:
    """Open the database of the settings, for reading. Its embedded server is started if it does not run.

    Args:
        database_url: Another PostgreSQL: ``postgresql://user:password@host:port/name``.

    Raises:
        NotFound: There is no data yet.
        DatabaseUnreachable: The server does not respond.
        BadSettings: A setting is invalid.
    """
    settings = load_settings()
    if database_url is not None:
        settings = settings.model_copy(update={"database_url": SecretStr(database_url)})
    return Database(settings)


def read_articles(
    connection: Connection[Row],
    *,
    articles: Sequence[UUID] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    wire: str | None = None,
    limit: int | None = None,
) -> list[Article]:
    """Return stored articles, the latest first.

    Args:
        connection: A connection in a transaction.
        articles: Only these.
        since: Only those published at or after this time.
        until: Only those published before this time.
        wire: Only those of this wire.
        limit: The maximum number; None for all.
    """
    ids = None if articles is None else list(articles)
    values = {"since": since, "until": until, "wire": wire, "limit": limit, "articles": ids}
    return [with_tuples(row) for row in fetch_all(connection, Article, queries.api.list_articles, values)]


def _read_stories(connection: Connection[Row], story_ids: Sequence[UUID]) -> list[Story]:
    return fetch_all(connection, Story, queries.api.list_stories, {"stories": list(story_ids)})
