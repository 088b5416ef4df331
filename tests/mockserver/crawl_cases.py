"""Crawl cases: folders with what a server answers (``serve.json``), a wire (``wire.toml``) and the right outcome
(``expected.json``).

In texts, ``{base}`` is the site's URL and ``{now-20m:rfc}`` a time: as RFC 2822 (``rfc``), ISO 8601 (``iso``), or with
an offset in an unusual form (``west``: ``-05:00``, ``gmt3``: ``GMT-3``).
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from tests.mockserver.site import MockRequest, MockResponse, MockSite

FOLDER = Path(__file__).parents[1] / "cases" / "crawls"
NOW = datetime.now(UTC).replace(microsecond=0)
_CASE_URL = b"http://127.0.0.1:18190"
"""The site's URL in bodies that are encoded, which can have no placeholder."""


def fill(text: str, base: str) -> str:
    """Return a text of a case with its placeholders replaced."""

    def write_time(match: re.Match[str]) -> str:
        time, form = NOW - timedelta(minutes=int(match[1])), match[2]
        if form in {"west", "gmt3"}:
            hours, offset = (5, "-05:00") if form == "west" else (3, "GMT-3")
            return f"{time - timedelta(hours=hours):%a, %d %b %Y %H:%M:%S} {offset}"
        return time.isoformat() if form == "iso" else format_datetime(time)

    return re.sub(r"\{now-(\d+)m:(iso|rfc|west|gmt3)\}", write_time, text).replace("{base}", base)


@dataclass(frozen=True)
class CrawlCase:
    """One case; ``expected`` and ``arguments`` as in its file."""

    name: str
    serve: dict[str, Any]
    wire: str
    arguments: list[str]
    expected: dict[str, Any]

    @classmethod
    def read(cls, folder: Path) -> CrawlCase:
        """Read a case from its folder."""
        case = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
        serve = json.loads((folder / "serve.json").read_text(encoding="utf-8"))
        return cls(
            folder.name, serve, (folder / "wire.toml").read_text(encoding="utf-8"), case["args"], case["expected"]
        )

    @property
    def crawls(self) -> int:
        """The number of crawls of the case."""
        return 2 if "TWICE" in self.arguments else 1

    def since(self) -> datetime | None:
        """The age limit of unknown entries, if the case has one."""
        if "--since" not in self.arguments:
            return None
        return datetime.fromisoformat(fill(self.arguments[self.arguments.index("--since") + 1], ""))


class CaseSite(MockSite):
    """A site that answers as a case says; ``round`` counts its crawls from 0."""

    def __init__(self, case: CrawlCase) -> None:
        super().__init__()
        self._case = case
        self.round = 0

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        self.paths = {handler.path: self._find(handler.path)}
        super()._serve(handler)

    def _find(self, path: str) -> Callable[[MockRequest], MockResponse]:
        serve, bare = self._case.serve, path.partition("?")[0]
        found = serve.get(path) or serve.get(bare) or serve.get(re.sub(r"[^/]*$", "*", path))
        if isinstance(found, list):
            found = found[min(self.round, len(found) - 1)]

        def answer(seen: MockRequest) -> MockResponse:
            reply = found or {"status": 404, "headers": {"Content-Type": "text/html"}, "text": "not found"}
            if "need_cookie" in reply and reply["need_cookie"] not in seen.headers.get("cookie", ""):
                reply = reply["else"]
            headers = {name: value.encode().decode("latin-1") for name, value in reply["headers"].items()}
            return MockResponse(self._make_body(reply), reply["status"], headers)

        return answer

    def _make_body(self, reply: dict[str, Any]) -> bytes:
        if "b64" in reply:
            return base64.b64decode(reply["b64"]).replace(_CASE_URL, self.url.encode())
        if "robots_cut" in reply:
            return make_long_robots(reply["robots_cut"])
        return fill(reply["text"], self.url).encode()


def make_long_robots(limit: int) -> bytes:
    """Return a robots.txt of which a line ``Disallow: /private-area/`` begins before ``limit`` bytes and ends after."""
    body, number = b"User-agent: *\n", 0
    while len(body) + 24 < limit - 40:
        body += b"Disallow: /old/%06d\n" % number
        number += 1
    body += b"#" * (limit - len(body) - len(b"Disallow: /") - 1) + b"\n"
    return body + b"Disallow: /private-area/\n"
