"""A sandbox entry point that misbehaves like a library on a hostile page; the page's body selects how."""

from __future__ import annotations

import ctypes
import os
import re
import time

from copydesk.pipeline.core.errors import QuarantineError
from copydesk.pipeline.core.records import Article, Page
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.process.limits import exclude_from_limits


def parse(page: Page, source: Source | None) -> Article:
    match page.body:
        case b"hang":
            time.sleep(600)
        case b"spin":
            re.match(r"(a+)+$", "a" * 64 + "b")  # never releases the interpreter lock
        case b"eat":
            hoard = []
            while True:
                hoard.append(bytearray(16_000_000))
        case b"load" | b"load and hang":
            with exclude_from_limits():
                hoard = [bytearray(200_000_000)]
                # Longer than the child's alarm allows and than the parent waits for a reply.
                time.sleep(2.6 if page.body == b"load" else 0.1)
            if page.body == b"load and hang":
                time.sleep(600)
        case b"segfault":
            ctypes.string_at(0)
        case b"exit":
            os._exit(3)
        case b"raise":
            raise ValueError("a library's own error")
        case b"refuse":
            raise QuarantineError("too_deep", "said by the stage itself")
        case b"print":
            os.write(1, b"a library prints to the standard output\n")
            print("and so does another")
        case b"pid":
            return Article(title=str(os.getpid()))
    return Article(title=page.body.decode("latin-1"), wire=source.name if source else "")
