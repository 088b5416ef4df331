"""Convert the Reuters-21578 files (SGML of 1987, latin-1) to lines for ``copydesk dedup``.

    python -m tests.reuters FOLDER_OR_FILE ... > stories.jsonl

The corpus is not part of the project. A story without a body is left out; a story's ID is its NEWID.
"""

from __future__ import annotations

import calendar
import html
import json
import re
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

_STORY = re.compile(r"<REUTERS\b[^>]*\bNEWID=\"(\d+)\"[^>]*>(.*?)</REUTERS>", re.DOTALL)
_DATE = re.compile(r"(\d{1,2})-([A-Z]{3})-(\d{4})\s+(\d{2}):(\d{2}):(\d{2})")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr)}


def _read_tag(name: str, text: str) -> str:
    match = re.search(rf"<{name}>(.*?)</{name}>", text, re.DOTALL)
    return _CONTROL.sub("", html.unescape(match.group(1))).strip() if match else ""


def _read_date(text: str) -> str | None:
    match = _DATE.search(text)
    if match is None:
        return None
    day, month, year, hour, minute, second = match.groups()
    at = datetime(int(year), _MONTHS[month], int(day), int(hour), int(minute), int(second), tzinfo=UTC)
    return at.isoformat()


def read_stories(paths: Iterable[Path]) -> Iterator[dict[str, str | None]]:
    """Yield the stories with a body, in the order of the files, with the keys that ``copydesk dedup`` reads."""
    for path in paths:
        for match in _STORY.finditer(path.read_text(encoding="latin-1")):
            newid, text = match.groups()
            body = _read_tag("BODY", text)
            if body:
                date = _read_date(_read_tag("DATE", text))
                yield {"id": newid, "title": _read_tag("TITLE", text), "body": body, "published_at": date}


def list_files(arguments: Iterable[str]) -> list[Path]:
    """Return the files; a folder stands for its ``.sgm`` files, sorted."""
    paths = [Path(argument) for argument in arguments]
    return [file for path in paths for file in (sorted(path.glob("*.sgm")) if path.is_dir() else [path])]


if __name__ == "__main__":
    for story in read_stories(list_files(sys.argv[1:])):
        sys.stdout.write(json.dumps(story) + "\n")
