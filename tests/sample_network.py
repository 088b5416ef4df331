"""A sample network in a background thread, for tests and benchmarks."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any, TypeVar

from copydesk.crawler.sample.ground_truth import Truth, iter_truths
from copydesk.crawler.sample.network import Network
from copydesk.crawler.sample.printed_article import Article
from copydesk.crawler.sample.request_log import LoggedRequest
from copydesk.crawler.sample.server import HOST, NetworkServer, utc_now
from copydesk.crawler.sample.source_toml import write_sources

Result = TypeVar("Result")


class RunningNetwork:
    """A handle on a running network; its methods can be called from any thread."""

    def __init__(self, network: Network, server: NetworkServer, loop: asyncio.AbstractEventLoop, folder: Path) -> None:
        self.network = network
        self.sources_folder = folder
        self._server = server
        self._loop = loop

    @property
    def origins(self) -> dict[str, str]:
        """The origin of each wire's site, by its name."""
        return self._server.origins

    @property
    def ports(self) -> dict[str, int]:
        """The port of each wire, by its name."""
        return {name: server.port for name, server in self._server.wires.items()}

    @property
    def control_url(self) -> str:
        """The URL of the control port."""
        return f"http://{HOST}:{self._server.control_port}"

    @property
    def requests(self) -> dict[str, int]:
        """The number of requests to each wire, by its name."""
        return {name: server.requests for name, server in self._server.wires.items()}

    def get_log(self, wire: str) -> list[LoggedRequest]:
        """Return the requests to a wire, in order."""
        return list(self._server.wires[wire].log)

    def render(self, wire: str, article: Article) -> bytes:
        """Return the page of an article of a wire, as it is served."""
        return self._server.wires[wire].site.render(article)

    def truth(self, since: datetime, until: datetime, now: datetime | None = None) -> Iterator[Truth]:
        """Yield the ground truth of [since, until), with the URLs of this server; see ``iter_truths``."""
        return iter_truths(self.network, since, until, origins=self.origins, now=now)

    def inject_fault(self, wire: str, kind: str, **options: Any) -> None:
        """Activate a fault (see ``sample.faults``) before returning."""
        self._run_in_loop(self._server.inject_fault(wire, kind, **options))

    def clear_faults(self, wire: str = "") -> None:
        """Deactivate all faults of a wire, or of all wires."""
        self._run_in_loop(self._server.clear_faults(wire))

    def set_now(self, now: datetime) -> None:
        """Set the network's clock, and stop it."""
        self._server.clock = lambda: now

    def _run_in_loop(self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(timeout=10)


@contextmanager
def running_network(
    network: Network | None = None, *, now: datetime | None = None, base_port: int = 0
) -> Iterator[RunningNetwork]:
    """Run a sample network until the context ends.

    Args:
        network: The network. None: the default one.
        now: The time at which its clock stands (aware). None: the real time.
        base_port: The first port. 0: free ports.

    Raises:
        PortBusy: A port is in use.
    """
    network = network or Network()
    loop = asyncio.new_event_loop()
    started, stop = Event(), asyncio.Event()
    failure: list[BaseException] = []
    server: list[NetworkServer] = []

    async def serve() -> None:
        try:
            server.append(NetworkServer(network, utc_now if now is None else lambda: now))
            await server[0].start(base_port)
        except BaseException as error:  # noqa: BLE001 - raised in the caller's thread
            failure.append(error)
            return
        finally:
            started.set()
        await stop.wait()
        await server[0].stop()

    thread = Thread(target=_run_loop, args=(loop, serve()), name="sample-network", daemon=True)
    thread.start()
    started.wait()
    try:
        if failure:
            raise failure[0]
        with tempfile.TemporaryDirectory(prefix="sample-sources-") as folder:
            write_sources(Path(folder), server[0].origins)
            yield RunningNetwork(network, server[0], loop, Path(folder))
    finally:
        if not failure:
            loop.call_soon_threadsafe(stop.set)
        thread.join(timeout=15)


def _run_loop(loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, None]) -> None:
    try:
        loop.run_until_complete(coroutine)
    finally:
        loop.close()
