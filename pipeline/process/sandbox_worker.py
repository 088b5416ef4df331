"""The child of the sandbox: reads pages from its standard input, writes what it made of them to its standard output.

A message is its length (8 bytes, big-endian) and a pickle. The parent sends first ``Job``, then pages; each page is
answered by one ``Answer``, before which one or more of the reason ``loading`` may come. The child ends itself when its
input ends, when a page takes too long (alarms that the kernel keeps, so that no loop in a C library can hold them off),
and after running out of memory.
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
from copydesk.pipeline.core.records import FastPickle
from copydesk.pipeline.process.limits import Limits, enforce

LENGTH = struct.Struct(">Q")
OUT_OF_MEMORY = 77
LOADING = "loading"


@dataclass(frozen=True, slots=True)
class Job:
    """``work`` is ``module:function``, called with a page and its source (of ``sources``, by the page's wire, or None).

    ``seconds`` (of the processor) and ``megabytes`` are the limits a page; memory counts from what the idle worker
    already uses.
    """

    work: str
    seconds: float
    megabytes: int
    sources: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer(FastPickle):
    """``result`` of the work, or the ``reason`` and ``message`` why there is none."""

    result: Any = None
    reason: str = ""
    message: str = ""


def send(stream: BinaryIO, message: object) -> None:
    """Write one message whole."""
    data = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    stream.write(LENGTH.pack(len(data)))
    stream.write(data)
    stream.flush()


def receive(stream: BinaryIO) -> Any:
    """Read one message.

    Raises:
        EOFError: the other side is gone.
    """
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        raise EOFError
    data = stream.read(LENGTH.unpack(head)[0])
    return pickle.loads(data)  # noqa: S301 - both ends are ours


def _answer(function: Callable[[Any, Any], Any], page: Any, source: Any) -> Answer:
    try:
        return Answer(result=function(page, source))
    except QuarantineError as error:
        return Answer(reason=error.reason, message=str(error))
    except Permanent as error:
        return Answer(reason="bad_source", message=str(error))
    except MemoryError:
        return Answer(reason="memory")
    except RecursionError:
        return Answer(reason="too_deep", message="The page is nested deeper than can be read.")
    except Exception as error:  # noqa: BLE001 - whatever a hostile page brings about costs that page only
        return Answer(reason="crashed", message=f"{type(error).__name__}: {str(error)[:300]}")


def run() -> None:
    """Serve pages until the input ends."""
    # Ctrl-C is the parent's to handle; a dead parent shows as the end of the input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for alarm in (signal.SIGPROF, signal.SIGALRM):
        signal.signal(alarm, signal.SIG_DFL)
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # Nothing that a library prints may get between the messages.
    os.dup2(2, 1)
    with contextlib.suppress(EOFError, BrokenPipeError):
        job: Job = receive(source)
        module, _, name = job.work.partition(":")
        function = getattr(importlib.import_module(module), name)
        limits = Limits(job.seconds, job.megabytes, lambda: send(sink, Answer(reason=LOADING)))
        enforce(limits)
        # What is loaded by now stays; collecting is for what pages leave behind, and those are small beside it.
        gc.freeze()
        gc.set_threshold(20_000, 20, 50)
        send(sink, Answer(result="ready"))
        while True:
            page = receive(source)
            limits.start_clock()
            answer = _answer(function, page, job.sources.get(page.wire))
            limits.stop_clock()
            send(sink, answer)
            if answer.reason == "memory":
                os._exit(OUT_OF_MEMORY)
