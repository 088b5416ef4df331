"""Write the source file of an inspected site, with comments that say where each value comes from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlsplit

import tomlkit
from tomlkit.items import Table

from copydesk.crawler.discovery import FeedKind
from copydesk.crawler.inspection.inspection_records import FoundFeed, Inspection
from copydesk.pipeline.core.source import Identity, PageRule
from copydesk.pipeline.core.times import DayOrder

DEFAULT_DELAY_SECONDS = 1.0
_TITLE_TAIL = re.compile(
    r"\s*(?:[|\u2013\u2014:»>-]\s+(?:latest|top|all|breaking|home|startseite|inicio|rss|news|aktuell|portada|accueil).*"
    r"|\s(?:rss|feed|news feed|rss feed))\s*$",
    re.IGNORECASE,
)

_SECOND_LEVELS = frozenset({"co", "com", "org", "net", "gov", "gob", "gouv", "ac", "edu", "or", "ne", "go", "gv"})


@dataclass(frozen=True, slots=True)
class SourceDraft:
    """What a source file says."""

    name: str
    title: str
    home: str
    language: str
    timezone: str
    zone_is_shown: bool
    allow_private: bool
    agency: str = ""
    identity: Identity = field(default_factory=Identity)
    boilerplate: tuple[str, ...] = ()
    rule: PageRule | None = None
    day_order: DayOrder | None = None


def choose_title(inspection: Inspection) -> str:
    """Return the site's name: as its home page or its feed has it, else its host."""
    titles = [inspection.title, *(feed.title for feed in inspection.feeds)]
    cleaned = [_TITLE_TAIL.sub("", " ".join(title.split())).strip() for title in titles]
    feed_title = next((title for title in cleaned[1:] if title), "")
    own = cleaned[0]
    best = feed_title if feed_title and (not own or feed_title in own or len(feed_title) < len(own)) else own
    return (best or urlsplit(inspection.url).netloc)[:80]


def choose_name(url: str, title: str) -> str:
    """Return a name for the source: the registered part of the host, else the title's words."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    labels = host.split(".")
    if len(labels) < 2 or not re.search("[a-z]", labels[-1]):
        base = title  # an IP address, or a machine's name
    else:
        base = labels[-3] if len(labels) > 2 and labels[-2] in _SECOND_LEVELS else labels[-2]
    name = re.sub(r"[^a-z0-9]+", "-", base.casefold()).strip("-")[:40].strip("-")
    return name or "wire"


def find_country(url: str, language_tag: str) -> str:
    """Return the country of a site, by its top-level domain or its language tag; empty if neither shows it."""
    domain = (urlsplit(url).hostname or "").rpartition(".")[2]
    if re.fullmatch("[a-z]{2}", domain) and domain not in {"tv", "io", "co", "me", "ai", "eu", "fm", "to", "cc", "ly"}:
        return domain
    match = re.fullmatch(r"[a-z]{2,3}[-_]([A-Za-z]{2})", language_tag.strip())
    return match[1].lower() if match else ""


def write_draft(draft: SourceDraft, inspection: Inspection, today: date) -> str:
    """Return the text of the source file.

    Args:
        draft: The values.
        inspection: What was found: feeds, sitemaps, lists, Crawl-delay.
        today: The date for the comment at the top.
    """
    document = tomlkit.document()
    document.add(
        tomlkit.comment(f"Written by `copydesk wires new` on {today}. Test it with `copydesk wires try {draft.name}`.")
    )
    document["name"] = draft.name
    document["title"] = draft.title
    document["home"] = draft.home
    document["language"] = draft.language
    zone = tomlkit.string(draft.timezone)
    document["timezone"] = zone
    if not draft.zone_is_shown:
        zone.comment("not shown by its pages: correct it if they print local times")
    if draft.day_order:
        document["day_order"] = draft.day_order.value
    if draft.agency:
        document["agency"] = draft.agency
    if draft.allow_private:
        document["allow_private"] = True
    if draft.boilerplate:
        document["boilerplate"] = _make_array(draft.boilerplate)
    document["discovery"] = _make_discovery(inspection.feeds, draft.identity)
    if draft.identity != Identity():
        document["identity"] = _make_identity(draft.identity)
    delay = inspection.crawl_delay
    if delay and delay > DEFAULT_DELAY_SECONDS:
        politeness = tomlkit.table()
        seconds = tomlkit.item(delay)
        politeness.add("delay", seconds.comment("Crawl-delay in its robots.txt"))
        document["politeness"] = politeness
    if draft.rule is not None:
        document["page"] = _make_rules(draft.rule)
    return tomlkit.dumps(document)


def _make_array(values: Sequence[str]) -> Any:
    array = tomlkit.array()
    array.extend([tomlkit.string(value, literal=_is_literal(value)) for value in values])
    return array.multiline(multiline=len(values) > 1 or sum(map(len, values)) > 90)


def _is_literal(value: str) -> bool:
    """Return whether a text is better written as TOML's literal string: it has backslashes, and no quotation mark."""
    return "\\" in value and "'" not in value and value.isprintable()


def _make_discovery(feeds: Sequence[FoundFeed], identity: Identity) -> Table:
    table = tomlkit.table()
    for kind, key in ((FeedKind.FEED, "feeds"), (FeedKind.SITEMAP, "sitemaps")):
        urls = [feed.url for feed in feeds if feed.kind == kind]
        if urls:
            table[key] = _make_array(urls)
    lists = [feed for feed in feeds if feed.kind == FeedKind.LIST]
    if lists:
        array = tomlkit.array()
        for feed in lists:
            page = tomlkit.inline_table()
            page.update({"url": feed.url, "links": feed.link_selector})
            array.append(page)
        table["lists"] = array
        if identity.id_pattern:
            table["include"] = _make_array([identity.id_pattern])
    return table


def _make_identity(identity: Identity) -> Table:
    table = tomlkit.table()
    if identity.strip_query:
        table["strip_query"] = _make_array(identity.strip_query)
    if identity.id_pattern:
        table["id_pattern"] = tomlkit.string(identity.id_pattern, literal=_is_literal(identity.id_pattern))
    return table


def _make_rules(rule: PageRule) -> Any:
    table = tomlkit.table()
    for key in ("title", "body", "published", "modified", "byline", "section"):
        if value := getattr(rule, key):
            table[key] = value
    if rule.remove:
        table["remove"] = _make_array(rule.remove)
    rules = tomlkit.aot()
    rules.append(table)
    return rules
