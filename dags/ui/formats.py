"""How the pages format times, delays and links. Scripts show times in the time zone that Airflow's UI is set to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlsplit

from markupsafe import Markup, escape

from copydesk.pipeline.core.urls import to_printable_url
from copydesk.pipeline.views.run_queries import RunWarning

MAX_CELL_CHARS = 300
"""Length to which texts in tables are cut, such as titles and URLs."""

MAX_LINK_CHARS = 2_000
"""Length up to which URLs are links; browsers and servers refuse longer ones."""

_WIRE_TASKS = {"crawl": "wire.crawl", "clean": "wire.clean"}


def shorten(text: str, limit: int = MAX_CELL_CHARS) -> str:
    """Return a text of at most ``limit`` characters; an ellipsis marks that it was cut."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def format_time(time: datetime) -> Markup:
    """Return a time as an element, in UTC until a script converts it."""
    utc = time.astimezone(UTC)
    return Markup('<time datetime="{}">{}</time>').format(f"{utc:%Y-%m-%dT%H:%M:%SZ}", f"{utc:%Y-%m-%d %H:%M}")


def format_window(start: datetime | None, end: datetime | None) -> Markup:
    """Return ``2026-03-01 04:00–05:00``, with the second date if it differs."""
    if start is None or end is None:
        return Markup("All time")
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    same_day = start.date() == (end - timedelta(microseconds=1)).date()
    text = f"{end:%H:%M}" if same_day else f"{end:%Y-%m-%d %H:%M}"
    return Markup('{}<span>–</span><time datetime="{}" data-end>{}</time>').format(
        format_time(start), f"{end:%Y-%m-%dT%H:%M:%SZ}", text
    )


def format_delay(delay: timedelta | None) -> str:
    """Return ``+1:05`` for an hour and five minutes."""
    if delay is None:
        return ""
    minutes = round(delay.total_seconds() / 60)
    return f"{'−' if minutes < 0 else '+'}{abs(minutes) // 60}:{abs(minutes) % 60:02}"


def format_seconds(seconds: float) -> str:
    """Return a delay as ``format_delay`` does."""
    return format_delay(timedelta(seconds=seconds))


def format_link(url: str) -> Markup:
    """Return a URL as a link to the original page, or as text if a browser should not open it."""
    text = shorten(to_printable_url(url))
    if not is_web_url(url) or len(url) > MAX_LINK_CHARS:
        return escape(text)
    return Markup('<a href="{}" rel="noopener noreferrer nofollow" target="_blank">{}</a>').format(url, text)


def is_web_url(url: str) -> bool:
    """Return whether a URL has the scheme http or https, and a host."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and url.isprintable() and " " not in url


def make_run_path(dag_id: str, run_id: str) -> str:
    """Return the path of Airflow's page of a run, relative to the pages."""
    return f"../dags/{quote(dag_id, safe='')}/runs/{quote(run_id, safe='')}"


def make_log_path(warning: RunWarning) -> str:
    """Return the path of Airflow's page with the log of a warning's task, relative to the pages; empty if none."""
    if not warning.task:
        return ""
    task = _WIRE_TASKS.get(warning.task, warning.task)
    path = f"{make_run_path(warning.dag_id, warning.run_id)}/tasks/{quote(task, safe='')}"
    return path if warning.map_index is None else f"{path}/mapped/{warning.map_index}"
