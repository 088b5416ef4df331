"""The worker process of the sandbox: read pages from standard input and write results to standard output.

A message is its length (8 bytes, big-endian) followed by a pickle. The parent sends one ``WorkerConfig``, then pages.
The worker answers each page with one ``WorkerReply``, which may be preceded by replies with the reason ``loading``.
The worker exits when its input ends, when a page exceeds its time limit (kernel timers, which no loop in a C library
can block), and after it runs out of memory.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import pickle
import signal
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

from copydesk.pipeline.core.errors import Permanent, QuarantineError
from copydesk.pipeline.core.fast_pickle import FastPickle
from copydesk.pipeline.process.limits import Limits, enforce

LENGTH_PREFIX = struct.Struct(">Q")
OUT_OF_MEMORY_EXIT_STATUS = 77
LOADING_REASON = "loading"


@dataclass(frozen=True, slots=True)
class WorkerConfig:
    """What a worker runs, and the limits for each page."""

    entry_point: str
    """The function to call, as ``module:function``; it receives a page and its source (or None)."""

    cpu_seconds: float
    """CPU time limit per page, in seconds."""

    memory_mib: int
    """Memory limit per page, in MiB, on top of what the idle worker uses."""

    sources: dict[str, Any]
    """Sources by wire; the page's ``wire`` selects one."""


@dataclass(frozen=True, slots=True)
class WorkerReply(FastPickle):
    """The result for one page, or the reason why there is none."""

    result: Any = None
    """The return value of the entry_point."""

    reason: str = ""
    """A short stable code, such as ``memory`` or ``crashed``; empty on success."""

    message: str = ""
    """The details of a failure, as a sentence."""


def write_message(stream: BinaryIO, message: object) -> None:
    """Write one message and flush the stream."""
    data = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    stream.write(LENGTH_PREFIX.pack(len(data)))
    stream.write(data)
    stream.flush()


def read_message(stream: BinaryIO) -> Any:
    """Read one message.

    Raises:
        EOFError: The other side has closed the pipe.
    """
    head = stream.read(LENGTH_PREFIX.size)
    if len(head) < LENGTH_PREFIX.size:
        raise EOFError
    data = stream.read(LENGTH_PREFIX.unpack(head)[0])
    return pickle.loads(data)  # noqa: S301 - both ends are our own code


def _process_page(function: Callable[[Any, Any], Any], page: Any, source: Any) -> WorkerReply:
    try:
        return WorkerReply(result=function(page, source))
    except QuarantineError as error:
        return WorkerReply(reason=error.reason, message=str(error))
    except Permanent as error:
        return WorkerReply(reason="bad_source", message=str(error))
    except MemoryError:
        return WorkerReply(reason="memory")
    except RecursionError:
        return WorkerReply(reason="too_deep", message="The page is nested too deeply to parse.")
    except Exception as error:  # noqa: BLE001 - a hostile page may cause any error; it must not affect other pages
        return WorkerReply(reason="crashed", message=f"{type(error).__name__}: {str(error)[:300]}")


def worker_main() -> None:
    """Process pages until the input ends."""
    # The parent handles Ctrl-C; if the parent dies, the input ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for alarm in (signal.SIGPROF, signal.SIGALRM):
        signal.signal(alarm, signal.SIG_DFL)
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # Redirect stdout to stderr so that nothing a library prints corrupts the messages.
    os.dup2(2, 1)
    with contextlib.suppress(EOFError, BrokenPipeError):
        config: WorkerConfig = read_message(source)
        module, _, name = config.entry_point.partition(":")
        function = getattr(importlib.import_module(module), name)
        limits = Limits(
            config.cpu_seconds, config.memory_mib, lambda: write_message(sink, WorkerReply(reason=LOADING_REASON))
        )
        enforce(limits)
        # Everything loaded so far stays for good. Exclude it from collection, and collect the small garbage of pages
        # less often.
        gc.freeze()
        gc.set_threshold(20_000, 20, 50)
        write_message(sink, WorkerReply(result="ready"))
        while True:
            page = read_message(source)
            limits.start_timers()
            reply = _process_page(function, page, config.sources.get(page.wire))
            limits.stop_timers()
            write_message(sink, reply)
            if reply.reason == "memory":
                os._exit(OUT_OF_MEMORY_EXIT_STATUS)
