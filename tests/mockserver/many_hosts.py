"""Many loopback hosts with feeds, sitemaps and faults, in one process. Their requests are logged."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

from aiohttp import web

from tests.mockserver.feeds import news_sitemap, rss, sitemap_index

NOW = datetime.now(UTC).replace(microsecond=0)
CRAWL_DELAY_SECONDS = 2
ROBOTS = {
    "slow": f"User-agent: *\nCrawl-delay: {CRAWL_DELAY_SECONDS}\n",
    "forbidden": "User-agent: *\nDisallow: /\n",
    "no-articles": "User-agent: *\nDisallow: /news/\n",
}


class ManyHosts:
    """Hosts ``127.0.0.2`` and up on one port. ``kinds`` has the fault of each."""

    def __init__(self, kinds: list[str]) -> None:
        self.kinds = {f"127.0.0.{number + 2}": kind for number, kind in enumerate(kinds)}
        self.port = 0
        self.requests: defaultdict[str, list[tuple[float, str]]] = defaultdict(list)
        self._stop = asyncio.Event()

    def origin(self, host: str) -> str:
        return f"http://{host}:{self.port}"

    async def serve(self, started: Event) -> None:
        app = web.Application()
        app.router.add_route("GET", "/{path:.*}", self._handle)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        for host in self.kinds:
            await web.TCPSite(runner, host, self.port).start()
            self.port = self.port or runner.addresses[0][1]
        started.set()
        await self._stop.wait()
        await runner.cleanup()

    def stop(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.call_soon_threadsafe(self._stop.set)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        host, path = request.url.host or "", request.path
        kind = self.kinds[host]
        self.requests[host].append((time.monotonic(), path))
        if path == "/robots.txt":
            return web.Response(text=ROBOTS[kind]) if kind in ROBOTS else web.Response(status=404)
        if kind == "hang":
            await asyncio.wait_for(self._stop.wait(), 60)
        if kind == "busy" and len(self.requests[host]) < 4:
            return web.Response(status=503, headers={"Retry-After": "1"})
        if kind == "gone":
            return web.Response(status=410)
        if kind == "page":
            return web.Response(text="<html><body>Welcome</body></html>", content_type="text/html")
        if kind == "moved" and path == "/feed":
            return web.Response(status=301, headers={"Location": "/feed-2026"})
        return web.Response(text=self._make_document(host, kind, path), content_type="application/xml")

    def _make_document(self, host: str, kind: str, path: str) -> str:
        age = timedelta(days=30) if kind == "stale" else timedelta(minutes=10)
        urls = [f"{self.origin(host)}/news/{100_000 + number}" for number in range(0 if kind == "empty" else 8)]
        items = [(url, NOW - age) for url in urls]
        if path == "/sitemap-index":
            return sitemap_index([f"{self.origin(host)}/sitemap"])
        return news_sitemap(items) if path == "/sitemap" else rss(items)


@contextmanager
def running_hosts(kinds: list[str]) -> Iterator[ManyHosts]:
    """Serve one host per kind until the context ends."""
    loop, started = asyncio.new_event_loop(), Event()
    hosts: list[ManyHosts] = []

    async def serve() -> None:
        hosts.append(ManyHosts(kinds))
        await hosts[0].serve(started)

    thread = Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    assert started.wait(30)
    try:
        yield hosts[0]
    finally:
        hosts[0].stop(loop)
        thread.join(15)
        loop.close()
