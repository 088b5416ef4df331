"""Work on pages in child processes with a deadline and a memory limit: a hang or a crash costs that page only.

    with Sandbox(workers=2, seconds=5, megabytes=512, sources=sources) as box:
        for result in box.map(pages):
            ...  # an Article, or a QuarantineError with the reason timeout, memory, crashed ...

The children are new interpreters running ``process.sandbox_worker``, so it works the same inside tests, the command
line and an Airflow task, whatever threads and locks the parent holds; forks only where ``process.fork`` finds
that all is loaded and nothing held. They stay warm between pages.
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
from copydesk.pipeline.process.sandbox_child import Child, Gone
from copydesk.pipeline.process.sandbox_worker import Job

if TYPE_CHECKING:
    # The parent only passes these on; reading sources is work for who has them.
    from copydesk.pipeline.core.records import Article, Page
    from copydesk.pipeline.core.source import Source

_MESSAGES = {
    "timeout": "The page took longer than {seconds:g} s.",
    "memory": "The page needed more than {megabytes} MiB of memory.",
    "crashed": "The page made its worker end ({detail}).",
}


class Sandbox:
    """A pool of warm worker processes.

    Args:
        workers: how many processes.
        seconds: how long one page may take of the processor's time; ``PATIENCE`` times as long by the wall.
        megabytes: how much memory one page may need beyond the idle worker's own (MiB).
        sources: sources by name; a page's ``wire`` picks its own.
        work: ``module:function`` to run, called with the page and its source or None.
    """

    def __init__(
        self,
        workers: int = 2,
        seconds: float = 5.0,
        megabytes: int = 512,
        sources: Mapping[str, Source] | None = None,
        *,
        work: str,
    ) -> None:
        self._job = Job(work, seconds, megabytes, dict(sources or {}))
        self._workers = [Child(self._job) for _ in range(max(1, workers))]
        self._free: SimpleQueue[Child] = SimpleQueue()
        for worker in self._workers:
            self._free.put(worker)
        self._threads: ThreadPoolExecutor | None = None
        self._closing = False

    def __enter__(self) -> Self:
        self._threads = ThreadPoolExecutor(len(self._workers), thread_name_prefix="sandbox")
        self._closing = False
        for worker in self._workers:
            worker.closed = False
            if can_fork(self._job.work):
                worker.start()  # before there are threads
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing = True
        if kind is not None:
            # Nobody waits for what is being worked on; the threads see their child's end and stop too.
            for worker in self._workers:
                worker.kill()
        if self._threads is not None:
            self._threads.shutdown(wait=True, cancel_futures=True)
            self._threads = None
        for worker in self._workers:
            worker.stop()

    def map(self, pages: Iterable[Page]) -> Iterator[Article | QuarantineError]:
        """One result a page, in the order of the pages; reads ahead by a few pages only."""
        if self._threads is None:
            raise RuntimeError("The sandbox is used inside a with statement.")
        if len(self._workers) == 1:
            # One child needs no thread to wait for it, and is served faster without.
            rest = iter(pages)
            current = next(rest, None)
            while current is not None:
                following = next(rest, None)
                yield self._serve(current, following)
                current = following
            return
        waiting: deque[Future[Article | QuarantineError]] = deque()
        try:
            for page in pages:
                waiting.append(self._threads.submit(self._serve, page))
                if len(waiting) > 2 * len(self._workers):
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()

    def _serve(self, page: Page, following: Page | None = None) -> Article | QuarantineError:
        worker = self._free.get()
        try:
            for attempt in (1, 2):
                fresh = worker.served == 0 or attempt == 2
                try:
                    answer = worker.ask(page, following)
                except Gone as gone:
                    # What earlier pages left behind in the worker may be at fault; a fresh one tells.
                    if gone.reason in {"memory", "crashed"} and not fresh and not self._closing:
                        continue
                    return self._quarantine(gone.reason, gone.detail)
                if answer.reason == "memory":
                    worker.stop()
                    if not fresh:
                        continue
                    return self._quarantine("memory")
                if answer.reason:
                    return QuarantineError(answer.reason, answer.message)
                return cast("Article", answer.result)
            return self._quarantine("crashed")
        finally:
            self._free.put(worker)

    def _quarantine(self, reason: str, detail: str = "no answer") -> QuarantineError:
        message = _MESSAGES[reason].format(seconds=self._job.seconds, megabytes=self._job.megabytes, detail=detail)
        return QuarantineError(reason, message, "Replay it after a fix; raise the limit if the page is a true one.")
