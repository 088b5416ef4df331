"""The spider's log: one JSON object a line on standard error, whatever a URL or a title holds."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any

from copydesk.pipeline.core.errors import CopydeskError

MAX_MESSAGE_CHARS = 4000  # characters of a message
_UNSAFE_CHARS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def escape_line(text: str) -> str:
    """The text as one harmless line: line breaks, terminal codes and bidi controls written out (``\\x1b``)."""
    return _UNSAFE_CHARS.sub(lambda match: match.group().encode("unicode_escape").decode("ascii"), text)


class JsonFormatter(logging.Formatter):
    """``{"at", "level", "logger", "message"}``, with ``trace`` for an exception that is not one of our own kind."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": escape_line(record.getMessage())[:MAX_MESSAGE_CHARS],
        }
        if hasattr(record, "progress"):
            line["progress"] = record.progress
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            if isinstance(error, CopydeskError):
                line["message"] = escape_line(str(error))[:MAX_MESSAGE_CHARS]
            else:
                lines = self.formatException(record.exc_info).splitlines()
                line["trace"] = [escape_line(one)[:MAX_MESSAGE_CHARS] for one in lines[-40:]]
        return json.dumps(line, default=str)


def configure_logging(level: str = "INFO") -> None:
    """Send all logging of this process through the formatter, and nothing else of it anywhere."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    if level != "DEBUG":
        handler.addFilter(_should_log)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)


def _should_log(record: logging.LogRecord) -> bool:
    """Ours, and from the libraries what is at least a warning; Scrapy sets its own logger's level, hence a filter."""
    ours = record.name.startswith("copydesk")
    return ours or record.levelno >= logging.WARNING
