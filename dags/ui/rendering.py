"""Render the pages: templates with everything escaped, and headers that let a page load and send nothing."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from copydesk.dags.support.change_labels import CHANGE_LABELS
from copydesk.dags.ui import charts, formats

MAX_TEXT_CHARS = 100_000
"""Length to which an article's text is cut: a long report has a tenth of it."""
MAX_COPIES = 200
"""Number of copies of a story that are listed. With these limits, a page has less than 2 MiB, however hostile the
content."""

MAX_COMPARED_CHARS = 20_000
"""Length to which the two texts of a comparison are cut: about 3,000 words."""

TEMPLATE_FOLDER = Path(__file__).parent / "templates"

_templates = Environment(
    loader=FileSystemLoader(TEMPLATE_FOLDER),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters |= {"shorten": formats.shorten, "link": formats.format_link}
_templates.globals |= {
    "time": formats.format_time,
    "window": formats.format_window,
    "delay": formats.format_delay,
    "seconds": formats.format_seconds,
    "span": charts.format_span,
    "sparkline": charts.draw_sparkline,
    "run_path": formats.make_run_path,
    "log_path": formats.make_log_path,
    "change_labels": CHANGE_LABELS,
    "max_text": MAX_TEXT_CHARS,
    "max_copies": MAX_COPIES,
    "max_compared": MAX_COMPARED_CHARS,
}


def render(name: str, status: int = 200, **values: Any) -> HTMLResponse:
    """Return a page that can load nothing, run only its own script and send forms only to Copydesk's own pages, and
    that only Airflow's own pages can embed.

    Args:
        name: The name of the template, without its extension.
        status: The HTTP status.
        values: The variables of the template.
    """
    nonce = secrets.token_urlsafe(16)
    page = _templates.get_template(f"{name}.html.jinja").render(nonce=nonce, page=name, **values)
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'self'"
    )
    headers = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
    return HTMLResponse(page, status, headers)
