"""Feeds and sitemaps as text, for mock sites."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape

Item = tuple[str, datetime | None]


def rss(items: Iterable[Item], title: str = "News") -> str:
    lines = ['<?xml version="1.0" encoding="utf-8"?>', '<rss version="2.0"><channel>', f"<title>{title}</title>"]
    for url, time in items:
        date = f"<pubDate>{format_datetime(time)}</pubDate>" if time else ""
        lines.append(f"<item><title>About {escape(url)}</title><link>{escape(url)}</link>{date}</item>")
    return "\n".join([*lines, "</channel></rss>"])


def news_sitemap(items: Iterable[Item], changed: datetime | None = None) -> str:
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        (
            '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
            'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">'
        ),
    ]
    for url, time in items:
        date = f"<news:publication_date>{time.isoformat()}</news:publication_date>" if time else ""
        last = f"<lastmod>{changed.isoformat()}</lastmod>" if changed else ""
        lines.append(
            f"<url><loc>{escape(url)}</loc>{last}<news:news>{date}<news:title>About it</news:title></news:news></url>"
        )
    return "\n".join([*lines, "</urlset>"])


def sitemap_index(urls: Iterable[str]) -> str:
    inner = "".join(f"<sitemap><loc>{escape(url)}</loc></sitemap>" for url in urls)
    return f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{inner}</sitemapindex>'
