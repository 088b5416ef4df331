"""The spider's log: one JSON object per line on standard error, safe to print whatever a URL or a title contains."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any

from copydesk.pipeline.core.errors import CopydeskError
from copydesk.pipeline.core.url_secrets import mask_secrets

MAX_MESSAGE_CHARS = 4000
MAX_TRACE_LINES = 40
_UNSAFE_CHARS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def escape_line(text: str) -> str:
    """Return the text as one printable line: line breaks, terminal codes and bidi controls are escaped (``\\x1b``)."""
    return _UNSAFE_CHARS.sub(lambda match: match.group().encode("unicode_escape").decode("ascii"), text)


def _clean_text(text: str) -> str:
    return mask_secrets(escape_line(text[: 2 * MAX_MESSAGE_CHARS]))[:MAX_MESSAGE_CHARS]


class JsonFormatter(logging.Formatter):
    """Formats a record as ``{"at", "level", "logger", "message"}``.

    ``trace`` is added for an exception other than a ``CopydeskError``, and ``progress`` for a record that has it.
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _clean_text(record.getMessage()),
        }
        if hasattr(record, "progress"):
            line["progress"] = record.progress
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            if isinstance(error, CopydeskError):
                line["message"] = _clean_text(str(error))
            else:
                trace = self.formatException(record.exc_info).splitlines()[-MAX_TRACE_LINES:]
                line["trace"] = [_clean_text(trace_line) for trace_line in trace]
        return json.dumps(line, default=str)


def configure_logging(level: str = "INFO") -> None:
    """Send all log records of this process through the formatter to standard error, and remove all other handlers."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    if level != "DEBUG":
        handler.addFilter(_should_log)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)


def _should_log(record: logging.LogRecord) -> bool:
    """Return True for Copydesk's records, and for warnings and errors of libraries.

    A level would not do: Scrapy sets that of its own logger.
    """
    return record.name.startswith("copydesk") or record.levelno >= logging.WARNING
