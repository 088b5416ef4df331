"""The sample network on loopback: one port per wire and one control port, in one process and one thread."""

from __future__ import annotations

import asyncio
import errno
import json
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from aiohttp import web

from copydesk.crawler.sample.faults import Fault, FaultKind, make_bomb
from copydesk.crawler.sample.ground_truth import iter_truths
from copydesk.crawler.sample.network import Network
from copydesk.crawler.sample.printed_article import parse_path
from copydesk.crawler.sample.request_log import MAX_LOGGED_REQUESTS, LoggedRequest
from copydesk.crawler.sample.sample_wires import Wire, load_wires
from copydesk.crawler.sample.website import Clock, Reply, Site
from copydesk.pipeline.core.errors import BadInput, NotFound, PortBusy
from copydesk.pipeline.core.times import parse_user_time

HOST = "127.0.0.1"
DRIP_INTERVAL_SECONDS = 0.5  # between two bytes


def utc_now() -> datetime:
    """Return the current time, aware, UTC."""
    return datetime.now(UTC)


class WireServer:
    """Serves the site of one wire on a port, and simulates its faults."""

    def __init__(self, network: Network, wire: Wire, clock: Clock) -> None:
        self.site = Site(network, wire, "", clock)
        self.faults: list[Fault] = []
        self.port = 0
        self.requests = 0
        self.log: deque[LoggedRequest] = deque(maxlen=MAX_LOGGED_REQUESTS)
        self._clock = clock
        self._stopping = asyncio.Event()
        app = web.Application()
        app.router.add_route("GET", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        self._listener: web.TCPSite | None = None

    async def start(self, port: int) -> None:
        """Listen on a port (0: a free one).

        Raises:
            PortBusy: Another process listens on it.
        """
        await self._runner.setup()
        await self._listen(port)
        self.site.origin = f"http://{HOST}:{self.port}"

    async def stop(self) -> None:
        """Cancel all requests and close the port."""
        self._stopping.set()
        await self._runner.cleanup()

    def get_status(self) -> dict[str, Any]:
        """Return origin, number of requests and active faults, as plain data."""
        return {
            "origin": self.site.origin,
            "requests": self.requests,
            "faults": [asdict(fault) for fault in self.faults],
        }

    async def add_fault(self, fault: Fault) -> None:
        """Activate a fault."""
        self.faults.append(fault)
        self.site.layout = "relaunch" if any(fault.kind is FaultKind.LAYOUT for fault in self.faults) else ""
        if fault.kind is FaultKind.REFUSED and self._listener is not None:
            await self._listener.stop()
            self._listener = None
            if fault.seconds is not None:
                asyncio.get_running_loop().call_later(fault.seconds, self._schedule_reopen)

    async def clear_faults(self) -> None:
        """Deactivate all faults, and open the port if it is closed."""
        self.faults.clear()
        self.site.layout = ""
        if self._listener is None:
            await self._listen(self.port)

    def _schedule_reopen(self) -> None:
        self._reopen_task = asyncio.ensure_future(self.clear_faults())

    async def _listen(self, port: int) -> None:
        self._listener = await listen(self._runner, port)
        self.port = self._runner.addresses[-1][1]

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.requests += 1
        path, agent = request.path, request.headers.get("User-Agent", "")
        self.log.append(logged := LoggedRequest(self._clock(), monotonic(), path, agent))
        response = await self._respond(request, path)
        logged.status, logged.retry_after = response.status, int(response.headers.get("Retry-After", 0))
        return response

    async def _respond(self, request: web.Request, path: str) -> web.StreamResponse:
        fault = self._find_fault(path)
        if fault is not None:
            fault.requests += 1
            response = await self._apply_fault(fault, request)
            if response is not None:
                return response
        return _to_web_response(self._make_reply(request))

    def _make_reply(self, request: web.Request) -> Reply:
        headers = {name.lower(): value for name, value in request.headers.items()}
        return self.site.respond(request.path, request.query, headers)

    def _find_fault(self, path: str) -> Fault | None:
        self.faults = [fault for fault in self.faults if not fault.is_expired()]
        self.site.layout = "relaunch" if any(fault.kind is FaultKind.LAYOUT for fault in self.faults) else ""
        is_article = parse_path(self.site.wire, path) is not None
        return next((fault for fault in self.faults if fault.applies_to(path, article=is_article)), None)

    async def _apply_fault(self, fault: Fault, request: web.Request) -> web.StreamResponse | None:
        match fault.kind:
            case FaultKind.UNAVAILABLE | FaultKind.ROBOTS_UNAVAILABLE:
                return web.Response(status=503, text="Service unavailable.")
            case FaultKind.TOO_MANY_REQUESTS:
                return web.Response(status=429, headers={"Retry-After": str(fault.retry_after)}, text="Slow down.")
            case FaultKind.GONE:
                return web.Response(status=410, text="Gone.")
            case FaultKind.BOMB:
                headers = {"Content-Type": "text/html; charset=utf-8", "Content-Encoding": "gzip"}
                return web.Response(body=make_bomb(), headers=headers)
            case FaultKind.REDIRECT:
                return web.Response(status=302, headers={"Location": fault.target})
            case FaultKind.ERROR_PAGE:
                page = "<html><head><title>Error</title></head><body><h1>Something went wrong</h1></body></html>"
                return web.Response(text=page, content_type="text/html")
            case FaultKind.DRIP:
                return await self._drip(request)
            case FaultKind.HANG:
                await self._stopping.wait()
                return web.Response(status=503)
            case FaultKind.REFUSED:  # on a connection that was open before the port was closed
                if request.transport is not None:
                    request.transport.abort()
                return web.Response(status=503)
            case FaultKind.LAYOUT:
                return None

    async def _drip(self, request: web.Request) -> web.StreamResponse:
        reply = self._make_reply(request)
        response = web.StreamResponse(status=reply.status, headers=dict(reply.headers))
        response.content_length = len(reply.body)
        await response.prepare(request)
        with suppress(ConnectionError):  # the client has closed the connection
            for index in range(len(reply.body)):
                await response.write(reply.body[index : index + 1])
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), DRIP_INTERVAL_SECONDS)
                    break
        response.force_close()
        return response


async def listen(runner: web.AppRunner, port: int) -> web.TCPSite:
    """Listen on a loopback port (0: a free one).

    Raises:
        PortBusy: The port cannot be opened.
    """
    listener = web.TCPSite(runner, HOST, port)
    try:
        await listener.start()
    except OSError as error:
        cause = "is in use by another process" if error.errno == errno.EADDRINUSE else f"failed: {error.strerror}"
        raise PortBusy(f"Port {port} on {HOST} {cause}.", "Stop that process or choose another base port.") from None
    return listener


class NetworkServer:
    """Serves all wires of a network, and a control port for faults and ground truth."""

    def __init__(self, network: Network, clock: Clock = utc_now) -> None:
        self.network = network
        self.clock = clock
        self.wires = {name: WireServer(network, wire, self._now) for name, wire in load_wires().items()}
        self.control_port = 0
        app = web.Application()
        app.router.add_get("/", self._handle_status)
        app.router.add_get("/truth.json", self._handle_truth)
        app.router.add_post("/fault", self._handle_fault)
        app.router.add_post("/clear", self._handle_clear)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)

    def _now(self) -> datetime:
        return self.clock()

    @property
    def origins(self) -> dict[str, str]:
        """The origin of each wire's site, by its name."""
        return {name: server.site.origin for name, server in self.wires.items()}

    async def start(self, base_port: int = 0) -> None:
        """Listen on consecutive ports, one per wire and then the control port.

        Args:
            base_port: The first port; 0: free ports.

        Raises:
            PortBusy: A port is in use. All ports are closed then.
        """
        try:
            for offset, server in enumerate(self.wires.values()):
                await server.start(base_port + offset if base_port else 0)
            await self._runner.setup()
            await listen(self._runner, base_port + len(self.wires) if base_port else 0)
            self.control_port = self._runner.addresses[0][1]
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop all servers and close all ports."""
        await asyncio.gather(*(server.stop() for server in self.wires.values()), self._runner.cleanup())

    async def inject_fault(self, wire: str, kind: str, **options: Any) -> None:
        """Activate a fault at a wire.

        Args:
            wire: The name of the wire.
            kind: A ``FaultKind``.
            **options: Other fields of ``Fault``.

        Raises:
            NotFound: The wire does not exist.
            BadInput: The kind or an option does not exist.
        """
        try:
            fault = Fault(FaultKind(kind), **options)
        except (ValueError, TypeError):
            known = ", ".join(FaultKind)
            raise BadInput(f"Invalid fault {kind!r} with {sorted(options)}.", f"Known faults: {known}.") from None
        await self._get_server(wire).add_fault(fault)

    async def clear_faults(self, wire: str = "") -> None:
        """Deactivate all faults of a wire, or of all wires."""
        for server in [self._get_server(wire)] if wire else self.wires.values():
            await server.clear_faults()

    def _get_server(self, wire: str) -> WireServer:
        if wire not in self.wires:
            raise NotFound(f"No sample wire with name {wire!r}.", f"Known wires: {', '.join(self.wires)}.")
        return self.wires[wire]

    async def _handle_status(self, _: web.Request) -> web.Response:
        wires = {name: server.get_status() for name, server in self.wires.items()}
        return web.json_response({"now": self.clock().isoformat(), "network": asdict(self.network), "wires": wires})

    async def _handle_truth(self, request: web.Request) -> web.Response:
        try:
            since, until = (_parse_query_time(request.query[name]) for name in ("since", "until"))
            now = _parse_query_time(request.query["now"]) if "now" in request.query else None
        except (KeyError, BadInput):
            return web.json_response({"error": "Set since and until to ISO 8601 times."}, status=400)
        truths = iter_truths(self.network, since, until, origins=self.origins, now=now)
        rows = [truth.to_dict() for truth in truths]
        return web.json_response(rows, dumps=_dump_json)

    async def _handle_fault(self, request: web.Request) -> web.Response:
        try:
            fault: Mapping[str, Any] = await request.json()
            options = {key: value for key, value in fault.items() if key not in {"wire", "kind"}}
            await self.inject_fault(str(fault.get("wire")), str(fault.get("kind")), **options)
        except (BadInput, NotFound, ValueError) as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response({"injected": dict(fault)})

    async def _handle_clear(self, request: web.Request) -> web.Response:
        try:
            await self.clear_faults(request.query.get("wire", ""))
        except NotFound as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response({"cleared": request.query.get("wire", "all")})


def _parse_query_time(text: str) -> datetime:
    return parse_user_time(text.replace(" ", "+"))  # an unescaped "+" of a zone is decoded as a space


def _to_web_response(reply: Reply) -> web.Response:
    return web.Response(status=reply.status, headers=dict(reply.headers), body=reply.body)


def _dump_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
