"""The markup of a wire's site: article pages, list pages, feeds and sitemaps, from the Jinja files in ``templates``."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import cache, lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from copydesk.crawler.sample.edits import Role
from copydesk.crawler.sample.network import Network
from copydesk.crawler.sample.printed_article import Article, make_article
from copydesk.crawler.sample.prose import load_language
from copydesk.crawler.sample.sample_wires import Wire, load_wires
from copydesk.crawler.sample.seeded_random import SeededRandom
from copydesk.crawler.sample.story_plan import plans_of_hour
from copydesk.pipeline.core.data_files import read_toml

_HERE = Path(__file__).parent
_LONG_WORD = re.compile(r"[^\W\d_]{9,}")


@dataclass(frozen=True, slots=True)
class PrintedBlock:
    """A block as printed in a layout."""

    role: str
    text: str
    opener: str = ""
    """Of the first paragraph of the text: the dateline before it."""


@dataclass(frozen=True, slots=True)
class ListItem:
    """An article in a feed, a sitemap or a list page."""

    path: str
    number: int
    title: str
    printed_title: str
    byline: str
    section: str
    summary: str
    published_at: datetime
    modified_at: datetime

    @property
    def rfc_822_date(self) -> str:
        """The publication time in the format of RSS."""
        return format_datetime(self.published_at, usegmt=True)

    @property
    def revision(self) -> int:
        """1 if the page has been revised, else 0."""
        return int(self.modified_at != self.published_at)


@cache
def load_templates() -> Environment:
    """Return the environment with the templates. Everything except ``Markup`` is escaped."""
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=False
    )
    environment.filters["toml"] = lambda text: Markup(json.dumps(str(text), ensure_ascii=False))  # noqa: S704
    return environment


@cache
def load_furniture(language: str) -> SimpleNamespace:
    """Return the texts around an article, in a language."""
    tables = read_toml(_HERE / "furniture.toml")
    return SimpleNamespace(**tables[language])


def make_item(article: Article) -> ListItem:
    """Return an article's item in feeds and lists."""
    return ListItem(
        article.path,
        article.number,
        article.title,
        article.printed_title,
        article.byline,
        article.section,
        article.paragraphs[0],
        article.published_at,
        article.modified_at,
    )


def render_article(network: Network, article: Article, origin: str, *, layout: str = "") -> str:
    """Render the page of an article, in the layout of its wire or in another one (a relaunch)."""
    wire = load_wires()[article.wire]
    rng = SeededRandom(network.seed, "page", article.number)
    others = rng.sample(_list_previous_day_items(network, wire.name, article.published_at.replace(hour=0, minute=0)), 9)
    place = article.dateline.split(",")[0].title() or wire.title
    words = load_furniture(wire.language)
    template = load_templates().get_template(f"{layout or wire.layout}.html.jinja")
    return template.render(
        wire=wire,
        words=words,
        article=article,
        blocks=_print_blocks(article),
        origin=origin,
        url=origin + article.path,
        structured=_make_json_ld(article, wire, origin),
        clock=format_time(article.published_at, wire),
        revised=format_time(article.modified_at, wire) if article.modified_at != article.published_at else "",
        zone=wire.zone_note,
        minutes=rng.randint(1, 6),
        comments=rng.randint(0, 140),
        caption=words.caption.replace("{place}", place),
        related=others[:4] or [make_item(article)],
        popular=others[4:],
    )


def render_list(name: str, wire: Wire, origin: str, items: Sequence[ListItem], **variables: Any) -> str:
    """Render a feed, a sitemap or a list page.

    Args:
        name: The template.
        wire: The wire.
        origin: The origin of its site.
        items: The items, newest first.
        **variables: Other variables of the template.
    """
    template = load_templates().get_template(name)
    return template.render(
        wire=wire,
        words=load_furniture(wire.language),
        origin=origin,
        items=items,
        noise=wire.feed_noise,
        updated=items[0].modified_at.isoformat() if items else "2000-01-01T00:00:00+00:00",
        **variables,
    )


def format_time(at: datetime, wire: Wire) -> str:
    """Format a time in the wire's format, time zone and language."""
    local = at.astimezone(wire.zone)
    language = load_language(wire.language)
    pattern = (
        wire.clock.replace("%B", language.months[local.month - 1])
        .replace("%b", language.months[local.month - 1][:3])
        .replace("%A", language.weekdays[local.weekday()])
    )
    return local.strftime(pattern)


def hyphenate(text: str) -> str:
    """Return a text with soft hyphens in its long words, as on some sites."""
    return _LONG_WORD.sub(lambda match: f"{match[0][:5]}\u00ad{match[0][5:]}", text)


def _print_blocks(article: Article) -> list[PrintedBlock]:
    printed: list[PrintedBlock] = []
    opener = article.opener
    for block in article.blocks:
        text = hyphenate(block.text) if article.soft_hyphens and block.role is Role.BODY else block.text
        if block.role is Role.BODY:
            printed.append(PrintedBlock(block.role, text, opener))
            opener = ""
        else:
            printed.append(PrintedBlock(block.role, text))
    return printed


def _make_json_ld(article: Article, wire: Wire, origin: str) -> Markup:
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": article.printed_title,
        "datePublished": article.published_at.isoformat(),
        "dateModified": article.modified_at.isoformat(),
        "mainEntityOfPage": origin + article.path,
        "publisher": {"@type": "Organization", "name": wire.title},
    }
    if article.byline:
        data["author"] = [{"@type": "Person", "name": article.byline}]
    return Markup(json.dumps(data, ensure_ascii=False).replace("</", "<\\/"))  # noqa: S704 - escaped


@lru_cache(maxsize=256)
def _list_previous_day_items(network: Network, wire: str, day: datetime) -> tuple[ListItem, ...]:
    """Return up to 14 articles of the previous day, from which the lists of other stories on a page are drawn."""
    items: list[ListItem] = []
    for hour in range(24):
        for plan in plans_of_hour(network, day - timedelta(days=1) + timedelta(hours=hour)):
            for release in plan.releases:
                if release.wire == wire:
                    items.append(make_item(make_article(plan, release)))
                    if len(items) == 14:
                        return tuple(items)
    return tuple(items)
