"""Process pages in worker processes with time and memory limits: a hang or a crash affects only that page.

    with Sandbox(workers=2, cpu_seconds=5, memory_mib=512, sources=sources, entry_point=PARSE_ENTRY_POINT) as sandbox:
        for result in sandbox.map(pages):
            ...  # an Article, or a QuarantineError with the reason timeout, memory, crashed ...

A worker is a new interpreter that runs ``process.sandbox_worker``, so it behaves the same in tests, on the command
line and in an Airflow task, regardless of the parent's threads and locks. It is a fork only if ``process.fork`` allows
it: everything is loaded and there is a single thread. Workers stay warm between pages.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from types import TracebackType
from typing import TYPE_CHECKING, Self, cast

from copydesk.pipeline.core.errors import QuarantineError
from copydesk.pipeline.process.fork import can_fork
from copydesk.pipeline.process.sandbox_child import WorkerDied, WorkerProcess
from copydesk.pipeline.process.sandbox_worker import WorkerConfig

if TYPE_CHECKING:
    # Only passed through: the parent does not need these modules at run time.
    from copydesk.pipeline.core.records import Article, Page
    from copydesk.pipeline.core.source import Source

_MESSAGES = {
    "timeout": "Processing the page exceeded the timeout of {seconds:g} s.",
    "memory": "Processing the page exceeded the memory limit of {megabytes} MiB.",
    "crashed": "Processing the page crashed its worker ({detail}).",
}


class Sandbox:
    """A pool of warm worker processes.

    Args:
        workers: Number of processes.
        cpu_seconds: CPU time limit per page; the wall-clock limit is ``WALL_CLOCK_FACTOR`` times that.
        memory_mib: Memory limit per page in MiB, on top of what the idle worker uses.
        sources: Sources by wire; the page's ``wire`` selects one.
        entry_point: The function to run, as ``module:function``; it receives the page and its source (or None).
    """

    def __init__(
        self,
        workers: int = 2,
        cpu_seconds: float = 5.0,
        memory_mib: int = 512,
        sources: Mapping[str, Source] | None = None,
        *,
        entry_point: str,
    ) -> None:
        self._config = WorkerConfig(entry_point, cpu_seconds, memory_mib, dict(sources or {}))
        self._workers = [WorkerProcess(self._config) for _ in range(max(1, workers))]
        self._idle_workers: SimpleQueue[WorkerProcess] = SimpleQueue()
        for worker in self._workers:
            self._idle_workers.put(worker)
        self._threads: ThreadPoolExecutor | None = None
        self._closing = False

    def __enter__(self) -> Self:
        self._threads = ThreadPoolExecutor(len(self._workers), thread_name_prefix="sandbox")
        self._closing = False
        for worker in self._workers:
            worker.closed = False
            if can_fork(self._config.entry_point):
                worker.start()  # before there are threads
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing = True
        if kind is not None:
            # Nobody waits for the pages in progress. Their threads notice that the worker died, and end too.
            for worker in self._workers:
                worker.kill()
        if self._threads is not None:
            self._threads.shutdown(wait=True, cancel_futures=True)
            self._threads = None
        for worker in self._workers:
            worker.stop()

    def map(self, pages: Iterable[Page]) -> Iterator[Article | QuarantineError]:
        """Yield one result per page, in the order of the pages.

        Args:
            pages: Consumed lazily, at most two pages per worker ahead of the results.

        Raises:
            Transient: A worker does not start.
        """
        if self._threads is None:
            raise RuntimeError("Use the sandbox in a with statement.")
        if len(self._workers) == 1:
            # A single worker needs no thread, and is faster without one.
            remaining = iter(pages)
            current = next(remaining, None)
            while current is not None:
                next_page = next(remaining, None)
                yield self._process_page(current, next_page)
                current = next_page
            return
        waiting: deque[Future[Article | QuarantineError]] = deque()
        try:
            for page in pages:
                waiting.append(self._threads.submit(self._process_page, page))
                if len(waiting) > 2 * len(self._workers):
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()

    def _process_page(self, page: Page, next_page: Page | None = None) -> Article | QuarantineError:
        worker = self._idle_workers.get()
        try:
            for attempt in (1, 2):
                fresh = worker.pages_served == 0 or attempt == 2
                try:
                    reply = worker.process_page(page, next_page)
                except WorkerDied as error:
                    # Earlier pages may have used up the worker's memory; retry once in a fresh worker.
                    if error.reason in {"memory", "crashed"} and not fresh and not self._closing:
                        continue
                    return self._make_quarantine(error.reason, error.detail)
                if reply.reason == "memory":
                    worker.stop()
                    if not fresh:
                        continue
                    return self._make_quarantine("memory")
                if reply.reason:
                    return QuarantineError(reply.reason, reply.message)
                return cast("Article", reply.result)
            return self._make_quarantine("crashed")
        finally:
            self._idle_workers.put(worker)

    def _make_quarantine(self, reason: str, detail: str = "no answer") -> QuarantineError:
        config = self._config
        message = _MESSAGES[reason].format(seconds=config.cpu_seconds, megabytes=config.memory_mib, detail=detail)
        return QuarantineError(
            reason, message, "Raise the limit if the page is a real article, then `copydesk quarantine replay`."
        )
