"""The web site of one wire, without a network: takes a path, returns a reply."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import sha256

from copydesk.crawler.sample.network import Network
from copydesk.crawler.sample.page_markup import ListItem, load_furniture, make_item, render_article, render_list
from copydesk.crawler.sample.printed_article import Article, articles_between, make_article, parse_path
from copydesk.crawler.sample.sample_wires import Wire
from copydesk.crawler.sample.story_plan import make_plan

Clock = Callable[[], datetime]

_FEED_ITEMS = 60
_LIST_ITEMS = 30
_MAX_CACHED_PAGES = 1000
_ARCHIVE_PATH = re.compile(r"/sitemap/news-(\d{4}-\d\d-\d\d)\.xml$")


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP response."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class Site:
    """The site of a wire. It shows what has been published by the current time of its clock."""

    network: Network
    wire: Wire
    origin: str
    """Such as ``http://127.0.0.1:8801``."""
    clock: Clock
    """Returns the current time (aware)."""
    layout: str = ""
    """The layout of article pages during a relaunch. Empty: the wire's."""
    _pages: OrderedDict[tuple[int, bool, str], tuple[bytes, str]] = field(default_factory=OrderedDict)

    def respond(self, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Reply:
        """Return the response to a GET request.

        Args:
            path: The path.
            query: The query. Only ``page`` has a meaning, on list pages.
            headers: The request's headers, by lower-case names.
        """
        now = self.clock()
        if path == "/robots.txt":
            return self._reply(self._render_robots(), "text/plain; charset=utf-8", headers)
        if path in {"/feed.xml", "/rss.xml", "/atom.xml"}:
            items = self._list_latest_items(now, self._feed_hours)[:_FEED_ITEMS]
            kind = f"application/{self.wire.feed}+xml; charset=utf-8"
            return self._reply(self._render_list(f"{self.wire.feed}.xml.jinja", items), kind, headers, items)
        if path.startswith("/sitemap/"):
            return self._respond_sitemap(path, now, headers)
        if path in {"/", "/latest"}:
            return self._respond_list(query.get("page", "1"), now, headers)
        if path.startswith("/images/"):
            return Reply(404, {"content-type": "text/plain"}, b"")
        return self._respond_article(path, now, headers)

    def _respond_article(self, path: str, now: datetime, headers: Mapping[str, str]) -> Reply:
        article = self.find_article(path, now)
        if article is None:
            return self._not_found()
        page, etag = self._render(article)
        return self._make_conditional_reply(page, self._html_type, headers, etag, article.modified_at)

    def find_article(self, path: str, now: datetime) -> Article | None:
        """Return the article at a path in its state at ``now``; None if there is none or it is not published yet."""
        slot = parse_path(self.wire, path)
        if slot is None or slot.story >= self.network.count_stories(slot.hour.hour):
            return None
        plan = make_plan(self.network, slot)
        for release in plan.releases:
            if release.number == slot.release and release.wire == self.wire.name and release.at <= now:
                return make_article(plan, release, now)
        return None

    def render(self, article: Article) -> bytes:
        """Return the page of an article."""
        return self._render(article)[0]

    def _render(self, article: Article) -> tuple[bytes, str]:
        key = (article.number, article.modified_at != article.published_at, self.layout)
        cached = self._pages.get(key)
        if cached is None:
            text = render_article(self.network, article, self.origin, layout=self.layout)
            page = self._encode(text)
            cached = self._pages[key] = (page, _make_etag(page))
            while len(self._pages) > _MAX_CACHED_PAGES:
                self._pages.popitem(last=False)
        return cached

    def _respond_sitemap(self, path: str, now: datetime, headers: Mapping[str, str]) -> Reply:
        match = _ARCHIVE_PATH.match(path)
        if path == "/sitemap/news.xml" and self.wire.sitemap:
            items = self._list_latest_items(now, 48)
        elif match and self.wire.archive:
            try:
                day = datetime.fromisoformat(match[1]).replace(tzinfo=UTC)
            except ValueError:
                return self._not_found()
            if day > now:
                return self._not_found()
            items = self._list_items(day, min(day + timedelta(days=1), now + timedelta(seconds=1)), now)
        else:
            return self._not_found()
        return self._reply(
            self._render_list("sitemap.xml.jinja", items), "application/xml; charset=utf-8", headers, items
        )

    def _respond_list(self, page: str, now: datetime, headers: Mapping[str, str]) -> Reply:
        number = int(page) if page.isdecimal() and 1 <= int(page) <= 50 else 1
        items = self._list_latest_items(now, max(self._feed_hours, 24 * number))
        shown = items[_LIST_ITEMS * (number - 1) : _LIST_ITEMS * number]
        older = number + 1 if len(items) > _LIST_ITEMS * number else 0
        text = self._render_list("list.html.jinja", shown, older=older)
        return self._reply(self._encode(text), self._html_type, headers, shown)

    @property
    def _feed_hours(self) -> int:
        return 36 if self.network.per_day <= 5000 else 2

    @property
    def _html_type(self) -> str:
        """The Content-Type of pages. Of the wires with a legacy encoding, one declares it only in the page."""
        return "text/html" if self.wire.encoding == "windows-1252" else f"text/html; charset={self.wire.encoding}"

    def _list_latest_items(self, now: datetime, hours: int) -> list[ListItem]:
        return self._list_items(now - timedelta(hours=hours), now + timedelta(seconds=1), now)

    def _list_items(self, since: datetime, until: datetime, now: datetime) -> list[ListItem]:
        articles = articles_between(self.network, since, until, wire=self.wire.name, now=now)
        items = [make_item(article) for article in articles if article.published_at <= now]
        return sorted(items, key=lambda item: (item.published_at, item.number), reverse=True)

    def _render_list(self, template: str, items: list[ListItem], **variables: int) -> str:
        return render_list(template, self.wire, self.origin, items, **variables)

    def _render_robots(self) -> str:
        lines = ["User-agent: *", "Disallow: /staff", "Disallow: /newsletter", "Allow: /"]
        if self.wire.sitemap:
            lines.append(f"Sitemap: {self.origin}/sitemap/news.xml")
        return "\n".join(lines) + "\n"

    def _encode(self, text: str) -> bytes:
        # As browsers do (WHATWG Encoding Standard), ISO 8859-1 means Windows-1252.
        encoding = "utf-8" if self.wire.encoding == "utf-8" else "cp1252"
        return text.encode(encoding, "xmlcharrefreplace")

    def _not_found(self) -> Reply:
        words = load_furniture(self.wire.language)
        page = f"<!DOCTYPE html><html><head><title>404</title></head><body><p>{words.missing}</p></body></html>"
        return Reply(404, {"content-type": self._html_type}, self._encode(page))

    def _reply(
        self, body: str | bytes, kind: str, headers: Mapping[str, str], items: list[ListItem] | None = None
    ) -> Reply:
        content = body.encode() if isinstance(body, str) else body
        modified_at = max((item.modified_at for item in items), default=None) if items else None
        return self._make_conditional_reply(content, kind, headers, _make_etag(content), modified_at)

    @staticmethod
    def _make_conditional_reply(
        body: bytes, kind: str, headers: Mapping[str, str], etag: str, modified_at: datetime | None
    ) -> Reply:
        fields = {"content-type": kind, "etag": etag, "cache-control": "max-age=60"}
        if modified_at is not None:
            fields["last-modified"] = format_datetime(modified_at, usegmt=True)
        if _is_not_modified(headers, etag, modified_at):
            return Reply(304, fields, b"")
        return Reply(200, fields, body)


def _is_not_modified(headers: Mapping[str, str], etag: str, modified_at: datetime | None) -> bool:
    """Return whether the client has the current state (RFC 9110, 13.2.2: If-None-Match takes precedence)."""
    tags = headers.get("if-none-match")
    if tags is not None:
        return tags.strip() == "*" or etag in (tag.strip().removeprefix("W/") for tag in tags.split(","))
    since = headers.get("if-modified-since")
    if since is None or modified_at is None:
        return False
    try:
        return parsedate_to_datetime(since) >= modified_at
    except (ValueError, TypeError):
        return False


def _make_etag(body: bytes) -> str:
    return f'"{sha256(body).hexdigest()[:24]}"'
