"""A wire as its TOML file describes it: discovery, page rules, politeness, clock, language."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    field_validator,
    model_validator,
)

from copydesk.pipeline.core.errors import BadSource


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _check_pattern(value: str) -> str:
    try:
        re.compile(value)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"is not a regular expression: {error}") from None
    return value


def _check_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"{value!r} is not an http or https address")
    try:
        _ = parts.port
    except ValueError:
        raise ValueError(f"{value!r} names a port that no host has") from None
    return value


def _check_language(value: str) -> str:
    if not re.fullmatch("[a-z]{2}", value):
        raise ValueError(f"{value!r} is no language's code of two small letters, as 'en' and 'ar' are")
    return value


def _check_selector(value: str) -> str:
    from cssselect import GenericTranslator
    from cssselect.parser import SelectorError

    try:
        GenericTranslator().css_to_xpath(re.sub(r"@[\w:-]+$", "", value))
    except SelectorError as error:
        raise ValueError(f"{value!r} is no CSS selector: {error}") from None
    return value


class ListPage(_Section):
    """A page that lists articles; ``links`` is a CSS selector of their ``a`` elements."""

    url: Annotated[str, AfterValidator(_check_url)]
    links: Annotated[str, AfterValidator(_check_selector)] = "a"


class Discovery(_Section):
    """Where a wire's addresses come from.

    ``feeds`` RSS or Atom; ``sitemaps`` news sitemaps (or indexes of them) of the last days; ``archive`` a news
    sitemap a day, with ``strftime`` codes in braces (``https://example.com/news-{%Y-%m-%d}.xml``), which makes past
    windows crawlable; ``lists`` list pages. ``include`` and ``exclude`` are regular expressions on the address.
    """

    feeds: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    archive: str | None = None
    lists: tuple[ListPage, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    @field_validator("include", "exclude")
    @classmethod
    def _check_patterns(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_check_pattern(value) for value in values)

    @field_validator("feeds", "sitemaps")
    @classmethod
    def _check_urls(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_check_url(value) for value in values)

    @field_validator("archive")
    @classmethod
    def _check_archive_url(cls, value: str | None) -> str | None:
        if value is not None and not re.search(r"\{%[^}]+\}", _check_url(value)):
            raise ValueError(f"{value!r} names no day; write its place as in news-{{%Y-%m-%d}}.xml")
        return value

    @model_validator(mode="after")
    def _check_not_empty(self) -> Discovery:
        if not (self.feeds or self.sitemaps or self.archive or self.lists):
            raise ValueError("names no feed, sitemap, archive or list page")
        return self


class Identity(_Section):
    """What makes two addresses one article.

    ``strip_query``: query parameters that are noise (``*`` at the end as a wildcard; ``*`` alone drops all).
    ``id_pattern``: a regular expression whose first group is the article's identity at this wire, whatever the rest
    of the address says.
    """

    strip_query: tuple[str, ...] = ()
    id_pattern: str | None = None

    @field_validator("id_pattern")
    @classmethod
    def _check_id_pattern(cls, value: str | None) -> str | None:
        if value is not None and re.compile(_check_pattern(value)).groups < 1:
            raise ValueError("needs one group in parentheses: the identity")
        return value


class Politeness(_Section):
    """``delay`` seconds between requests to the host, ``concurrency`` requests at once, ``max_pages`` a run."""

    delay: float = Field(1.0, ge=0, le=300)
    concurrency: int = Field(2, ge=1, le=64)
    robots: bool = True
    timeout: float = Field(30.0, gt=0, le=300)
    retries: int = Field(2, ge=0, le=10)
    max_pages: int = Field(5000, ge=1)
    user_agent: str = "copydesk (news research; honours robots.txt)"


class PageRule(_Section):
    """CSS selectors of one layout; ``since`` is the day it came into use, so that old pages still parse.

    ``selector@attribute`` reads an attribute instead of the text. ``body`` selects the paragraphs themselves.
    """

    since: date = date(1970, 1, 1)
    body: str
    title: str = ""
    published: str = ""
    modified: str = ""
    byline: str = ""
    section: str = ""
    remove: tuple[str, ...] = ()

    @field_validator("body", "title", "published", "modified", "byline", "section")
    @classmethod
    def _check_text_selector(cls, value: str) -> str:
        return _check_selector(value) if value else value

    @field_validator("remove")
    @classmethod
    def _check_remove_selectors(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_check_selector(value) for value in values)


class Source(_Section):
    """One wire."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    title: str
    home: str
    language: Annotated[str, AfterValidator(_check_language)] = "en"
    timezone: str = "UTC"
    agency: str = ""
    enabled: bool = True
    allow_private: bool = False
    min_articles: int = Field(0, ge=0)
    discovery: Discovery
    identity: Identity = Identity()
    politeness: Politeness = Politeness()
    page: tuple[PageRule, ...] = ()
    boilerplate: tuple[str, ...] = ()
    """Regular expressions of whole paragraphs that this wire prints under every article."""
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
            raise ValueError(f"{value!r} is not an http or https address")
        return value

    @field_validator("timezone")
    @classmethod
    def _check_timezone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):  # "Europe" is a folder of zones
            raise ValueError(f"{value!r} is no time zone; use a name such as Europe/Berlin") from None
        return value

    @field_validator("boilerplate")
    @classmethod
    def _check_boilerplate_patterns(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_check_pattern(value) for value in values)

    @property
    def learned(self) -> frozenset[str]:
        """The keys of the paragraphs that were learned as this wire's boilerplate; never from its file."""
        return self._learned

    def with_learned(self, keys: Iterable[str]) -> Self:
        """The same wire, with what was learned of it."""
        copy = self.model_copy()
        copy._learned = frozenset(keys)
        return copy

    @property
    def host(self) -> str:
        """Host and port of the wire's home: what requests are paced by."""
        return urlsplit(self.home).netloc


def read_source(path: Path) -> Source:
    """Read one TOML file.

    Raises:
        BadSource: the file can't be read or a key is wrong; the message names file and key, the remedy what to write.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadSource(f"{path} can't be read: {error.strerror}.", "Check the file and its rights.") from None
    except (ValueError, RecursionError) as error:  # not TOML, not UTF-8, numbers or depths that nobody could read
        raise BadSource(f"{path} is not TOML: {error}.", "Mend what it names.") from None
    try:
        source = Source.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        key = format_key_path(first["loc"]) or "(the whole file)"
        told = first["msg"].removeprefix("Value error, ")
        remedy = {
            "missing": f"Add the key {key}.",
            "extra_forbidden": f"Remove or correct the key {key}; docs/sources.md lists the known ones.",
        }.get(first["type"], f"Correct {key}; docs/sources.md says what it may be.")
        raise BadSource(f"{path}: {key}: {told}.", remedy) from None
    if source.name != path.stem:
        raise BadSource(
            f"{path}: name: is {source.name!r}, but the file is named {path.stem!r}.",
            "Give the file and the wire one name.",
        )
    return source


def format_key_path(location: Sequence[str | int]) -> str:
    """Where a key stands, as people count: ``discovery.feeds``, ``body of the 3rd [[page]]``."""
    told, path = "", ""
    for at, part in enumerate(location):
        if isinstance(part, str):
            path = f"{path}.{part}" if path else part
            continue
        array = f"[[{path}]]" if at < len(location) - 1 else f"item of {path}"
        told, path = f"the {_format_ordinal(part + 1)} {array}{f' of {told}' if told else ''}", ""
    return f"{path} of {told}" if path and told else path or told


def _format_ordinal(number: int) -> str:
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
