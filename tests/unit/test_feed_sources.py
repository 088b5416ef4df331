"""The publication that a feed names as the source of an entry."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from copydesk.crawler.discovery import Entry
from copydesk.crawler.discovery.entry import find_other_source
from copydesk.crawler.discovery.feed import read_feed
from copydesk.pipeline.core.source import Source

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
BASE = "https://wire.example/"
A = f"{BASE}a/1"
HEAD, TAIL = '<rss version="2.0"><channel><title>t</title>', "</channel></rss>"


def read_entries(body: str) -> list[Entry]:
    return read_feed(body.encode(), f"{BASE}rss.xml", UTC, NOW)


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ('<source url="https://hill.example/rss">Hill &amp;amp; Dale  Wire</source>', "Hill & Dale Wire"),
        ("<source>Hillwire</source>", "Hillwire"),
        ('<source url="https://www.wire.example/rss">Somebody</source>', ""),  # the page's own site
        ('<source url="https://hill.example/rss">The Mock Wire</source>', ""),  # the wire's own title
        ('<source url="https://hill.example/rss"/>', ""),
        ("", ""),
    ],
)
def test_source_of_an_entry_is_another_publication(source: str, name: str) -> None:
    (entry,) = read_entries(f"{HEAD}<item><title>A</title><link>{A}</link>{source}</item>{TAIL}")
    wire = Source.model_validate(
        {"name": "mock", "title": "Mock Wire", "home": "https://mock.example/", "discovery": {"feeds": [BASE]}}
    )
    assert find_other_source(entry, wire) == name


def test_source_of_an_atom_entry_is_its_read_entries() -> None:
    (entry,) = read_entries(
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><entry><title>A</title>'
        f'<link href="{A}"/><source><title>Hillwire</title><link href="https://hill.example/"/></source></entry></feed>'
    )
    assert (entry.url, entry.source, entry.source_url) == (A, "Hillwire", "https://hill.example/")
