"""The configuration of a wire, as its TOML file states it: discovery, page rules, politeness, time zone, language."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    PrivateAttr,
    field_validator,
    model_validator,
)

from copydesk.pipeline.core.catalogue_keys import Country, Evidence, SourceSection, Terms, WireKind, WireStatus
from copydesk.pipeline.core.politeness import Politeness
from copydesk.pipeline.core.source_values import (
    check_language,
    check_pattern,
    check_selector,
    check_url,
    format_every,
    format_revisit,
    parse_every,
    parse_revisit,
)
from copydesk.pipeline.core.times import DayOrder
from copydesk.pipeline.core.url_secrets import mask_secrets


class ListPage(SourceSection):
    """A page that lists articles."""

    url: Annotated[str, AfterValidator(check_url)]
    """The URL of the page."""

    links: Annotated[str, AfterValidator(check_selector)] = "a"
    """CSS selector of the ``a`` elements that link to articles."""


class Discovery(SourceSection):
    """Where a wire's article URLs come from; at least one of feeds, sitemaps, archive and lists."""

    feeds: tuple[str, ...] = ()
    """URLs of RSS or Atom feeds."""

    sitemaps: tuple[str, ...] = ()
    """URLs of news sitemaps of the last days, or of indexes of them."""

    archive: str | None = None
    """URL of one news sitemap per day, with ``strftime`` codes in braces, such as
    ``https://example.com/news-{%Y-%m-%d}.xml``. It makes past windows crawlable."""

    lists: tuple[ListPage, ...] = ()
    """Pages that list articles."""

    include: tuple[str, ...] = ()
    """Regular expressions; if there are any, a URL must match at least one."""

    exclude: tuple[str, ...] = ()
    """Regular expressions; a URL must match none of them."""

    @field_validator("include", "exclude")
    @classmethod
    def _check_patterns(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(check_pattern(value) for value in values)

    @field_validator("feeds", "sitemaps")
    @classmethod
    def _check_urls(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(check_url(value) for value in values)

    @field_validator("archive")
    @classmethod
    def _check_archive_url(cls, value: str | None) -> str | None:
        if value is not None and not re.search(r"\{%[^}]+\}", check_url(value)):
            raise ValueError(
                f"{mask_secrets(value)!r} contains no date; expected a pattern such as news-{{%Y-%m-%d}}.xml"
            )
        return value

    @model_validator(mode="after")
    def _check_not_empty(self) -> Discovery:
        if not (self.feeds or self.sitemaps or self.archive or self.lists):
            raise ValueError("needs at least one feed, sitemap, archive or list page")
        return self


class Identity(SourceSection):
    """When two URLs are the same article."""

    strip_query: tuple[str, ...] = ()
    """Query parameters to ignore; a ``*`` at the end is a wildcard, ``*`` alone ignores all."""

    keep_query: tuple[str, ...] = ()
    """Query parameters that identify articles, even if they are a tracker's elsewhere or match ``strip_query``; with
    the same wildcards."""

    id_pattern: str | None = None
    """Regular expression; its first group is the article's id at this wire, and the rest of the URL is ignored."""

    @field_validator("id_pattern")
    @classmethod
    def _check_id_pattern(cls, value: str | None) -> str | None:
        if value is not None and re.compile(check_pattern(value)).groups < 1:
            raise ValueError("needs a group in parentheses that captures the article's id")
        return value


class PageRule(SourceSection):
    """CSS selectors for one page layout. ``selector@attribute`` reads an attribute instead of the text."""

    since: date = date(1970, 1, 1)
    """The first day of the layout; older pages are parsed by the rule before it."""

    body: str
    """The paragraphs."""

    title: str = ""
    """The headline."""

    published: str = ""
    """The time of publication."""

    modified: str = ""
    """The time of the last change."""

    byline: str = ""
    """The author line."""

    section: str = ""
    """The section or category."""

    remove: tuple[str, ...] = ()
    """Elements to remove before anything is read."""

    @field_validator("body", "title", "published", "modified", "byline", "section")
    @classmethod
    def _check_text_selector(cls, value: str) -> str:
        return check_selector(value) if value else value

    @field_validator("remove")
    @classmethod
    def _check_remove_selectors(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(check_selector(value) for value in values)


class Source(SourceSection):
    """The configuration of one wire."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    """The id of the wire, and the file's name without ``.toml``."""

    title: str
    """The display name."""

    home: str
    """URL of the home page; requests are paced by its host and port."""

    language: Annotated[str, AfterValidator(check_language)] = "en"
    """Two-letter ISO 639-1 code."""

    timezone: str = "UTC"
    """IANA time zone of times without an offset."""

    day_order: Literal[DayOrder.DAY_FIRST, DayOrder.MONTH_FIRST] | None = None
    """Order of day and month in dates such as 05/03/2026; None: the usual one of the language and the country."""

    agency: str = ""
    """Short name of the agency that the wire's own copy comes from; empty if it has none."""

    owner: str = Field("", max_length=100)
    """Name of the publisher that the wire belongs to; wires of one publisher count as one source."""

    kind: WireKind | None = None
    """What the wire is."""

    country: Country = ""
    """Two-letter ISO 3166 code of the country in which the wire is based."""

    status: WireStatus | None = None
    """Whether the wire was ever crawled; only files of the catalogue say so."""

    evidence: Evidence | None = None
    """Why the wire is believed to be alive."""

    terms: Terms = Terms()
    """What is known about licence and robots.txt."""

    enabled: bool = True
    """Whether scheduled runs crawl the wire. The shipped files do not say so: they are enabled by the settings."""

    every: Annotated[timedelta, BeforeValidator(parse_every), PlainSerializer(format_every, when_used="json")] = (
        timedelta(hours=1)
    )
    """How often scheduled runs poll the wire, such as ``15m``; at most as often as its DAG runs."""

    login: str = Field("", pattern=r"^[A-Za-z0-9_.-]{0,200}$")
    """The name of the login for basic authentication: an environment variable ``COPYDESK_LOGIN_<NAME>``, or the id of
    an Airflow connection. Empty if the wire needs none."""

    allow_private: bool = False
    """Whether private IP addresses are allowed, for the hosts and ports named in the file only."""

    revisit: Annotated[
        tuple[timedelta, ...], BeforeValidator(parse_revisit), PlainSerializer(format_revisit, when_used="json")
    ] = tuple(timedelta(hours=hours) for hours in (1, 3, 8, 24, 72))
    """How long after it was first fetched a page is fetched again, to see corrections and kills; empty: never."""

    min_articles: int = Field(0, ge=0)
    """A crawl with fewer pages, new or unchanged, has failed."""

    discovery: Discovery
    """Where article URLs come from."""

    identity: Identity = Identity()
    """When two URLs are the same article."""

    politeness: Politeness = Politeness()
    """How the crawler treats the host."""

    page: tuple[PageRule, ...] = ()
    """Page rules, one per layout; without any, extraction is generic."""

    boilerplate: tuple[str, ...] = ()
    """Regular expressions of whole paragraphs that the wire prints with every article."""

    _learned: frozenset[str] = PrivateAttr(default=frozenset())

    @field_validator("home")
    @classmethod
    def _check_home(cls, value: str) -> str:
        try:
            parts = urlsplit(value)
            usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        except ValueError:
            usable = False
        if not usable:
            raise ValueError(f"{mask_secrets(value)!r} is not an http or https URL")
        return value

    @field_validator("timezone")
    @classmethod
    def _check_timezone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: "Europe" is a folder of zones
            raise ValueError(f"{value!r} is not a time zone; expected a name such as Europe/Berlin") from None
        return value

    @field_validator("boilerplate")
    @classmethod
    def _check_boilerplate_patterns(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(check_pattern(value) for value in values)

    @property
    def learned(self) -> frozenset[str]:
        """The keys of the paragraphs learned as this wire's boilerplate; never read from the file."""
        return self._learned

    def with_learned(self, keys: Iterable[str]) -> Self:
        """Return a copy of the source with the keys of its learned boilerplate."""
        copy = self.model_copy()
        copy._learned = frozenset(keys)
        return copy

    @property
    def host(self) -> str:
        """Host and port of the wire's home page, by which requests are paced."""
        return urlsplit(self.home).netloc.rpartition("@")[2].lower()
