"""Feeds of stories for readers: Atom (RFC 4287) and JSON Feed 1.1, for any search of the page Stories."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode
from uuid import NAMESPACE_URL, UUID, uuid5

from fastapi import Request
from fastapi.responses import JSONResponse, Response
from lxml import etree

from copydesk.dags.support.airflow_settings import load_settings
from copydesk.dags.ui.api_paging import get_base_url
from copydesk.dags.ui.formats import shorten
from copydesk.dags.ui.parameters import StoryFields
from copydesk.pipeline.core.source_files import list_source_files
from copydesk.pipeline.db import read_transaction
from copydesk.pipeline.views.story_filter import parse_story_filter
from copydesk.pipeline.views.story_list import ListedStory, list_change_times, list_stories

ATOM = "http://www.w3.org/2005/Atom"
JSON_FEED_VERSION = "https://jsonfeed.org/version/1.1"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot contain."""


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """A story in a feed; ``updated`` is when its copies or its text last changed."""

    story: ListedStory
    updated: datetime
    url: str

    @property
    def urn(self) -> str:
        return self.story.story_id.urn

    @property
    def title(self) -> str:
        return shorten(_NOT_XML.sub("\ufffd", self.story.title)) or "(no title)"

    @property
    def source(self) -> str:
        return shorten(_NOT_XML.sub("\ufffd", self.story.source))

    @property
    def summary(self) -> str:
        copies = "1 copy" if self.story.copies == 1 else f"{self.story.copies} copies"
        wires = "1 wire" if self.story.wires == 1 else f"{self.story.wires} wires"
        return f"{'Killed. ' if self.story.killed else ''}{copies} on {wires}, from {self.source}"


@dataclass(frozen=True, slots=True)
class Feed:
    """The stories that a search finds, with the addresses of the feed itself and of the page with the same list."""

    id: UUID
    title: str
    url: str
    page: str
    entries: tuple[FeedEntry, ...]

    @property
    def updated(self) -> datetime:
        return max((entry.updated for entry in self.entries), default=_EPOCH)


def send_atom_feed(request: Request, fields: StoryFields) -> Response:
    """Send the stories that a search finds as an Atom feed."""
    feed = _read_feed(request, fields)
    return _answer(request, feed, make_atom(feed), "application/atom+xml")


def send_json_feed(request: Request, fields: StoryFields) -> Response:
    """Send the stories that a search finds as a JSON Feed."""
    feed = _read_feed(request, fields)
    return _answer(request, feed, bytes(JSONResponse(make_json_feed(feed)).body), "application/feed+json")


def make_atom(feed: Feed) -> bytes:
    """Return the Atom document of a feed."""
    root = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM})  # type: ignore[dict-item]
    _add(root, "id", feed.id.urn)
    _add(root, "title", feed.title)
    _add(root, "updated", _format(feed.updated))
    _add(root, "link", rel="self", href=feed.url, type="application/atom+xml")
    _add(root, "link", rel="alternate", href=feed.page, type="text/html")
    _add(_add(root, "author"), "name", "Copydesk")
    for entry in feed.entries:
        item = _add(root, "entry")
        _add(item, "id", entry.urn)
        _add(item, "title", entry.title)
        _add(item, "updated", _format(entry.updated))
        _add(item, "published", _format(entry.story.published_at))
        _add(item, "link", rel="alternate", href=entry.url, type="text/html")
        _add(_add(item, "author"), "name", entry.source)
        _add(item, "summary", entry.summary)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def make_json_feed(feed: Feed) -> dict[str, Any]:
    """Return the JSON Feed of a feed; ``_copydesk`` has the counts."""
    return {
        "version": JSON_FEED_VERSION,
        "title": feed.title,
        "home_page_url": feed.page,
        "feed_url": feed.url,
        "items": [
            {
                "id": entry.urn,
                "url": entry.url,
                "title": entry.title,
                "content_text": entry.summary,
                "date_published": _format(entry.story.published_at),
                "date_modified": _format(entry.updated),
                "authors": [{"name": entry.source}],
                "_copydesk": {
                    "copies": entry.story.copies, "wires": entry.story.wires, "language": entry.story.language,
                    "killed": entry.story.killed,
                },
            }
            for entry in feed.entries
        ],
    }  # fmt: skip


def is_unchanged(headers: Mapping[str, str], etag: str, updated: datetime) -> bool:
    """Return whether a client already has this feed: by its ETag, or by its time if it sent no ETag (RFC 9110)."""
    if (known := headers.get("if-none-match")) is not None:
        return known.strip() == "*" or etag in {one.strip().removeprefix("W/") for one in known.split(",")}
    try:
        since = parsedate_to_datetime(headers.get("if-modified-since", ""))
    except (ValueError, OverflowError):
        return False
    return since.tzinfo is not None and updated != _EPOCH and updated.replace(microsecond=0) <= since


def _read_feed(request: Request, given: Mapping[str, str]) -> Feed:
    fields = {name: text for name, text in given.items() if text}
    settings, base = load_settings(), get_base_url(request)
    with read_transaction(settings) as connection:
        wanted, order = parse_story_filter(
            connection, {"sort": "last", **fields}, list_source_files(settings.source_folders)
        )
        stories = list_stories(connection, wanted, order).rows
        changed = list_change_times(connection, [story.story_id for story in stories])
    entries = (
        # Not the time of its last copy: what a site gives can be in the future, which would hide later changes.
        FeedEntry(story, changed.get(story.story_id, story.last_at), f"{base}story?id={story.story_id}")
        for story in stories
    )
    query = urlencode(fields)
    searched = f": {shorten(_NOT_XML.sub(' ', fields['q']), 80)}" if "q" in fields else ""
    return Feed(
        uuid5(NAMESPACE_URL, f"copydesk stories?{query}"), f"Copydesk stories{searched}", str(request.url),
        f"{base}stories?{query}", tuple(entries),
    )  # fmt: skip


def _answer(request: Request, feed: Feed, body: bytes, media_type: str) -> Response:
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}
    if feed.entries:
        headers["Last-Modified"] = format_datetime(feed.updated.replace(microsecond=0), usegmt=True)
    if is_unchanged(request.headers, etag, feed.updated):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)


def _format(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _add(parent: etree._Element, name: str, text: str | None = None, **attributes: str) -> etree._Element:
    child = etree.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    child.text = text
    return child
