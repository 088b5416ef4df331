"""Plain text dumps of pages: a line is a paragraph, and the headline is somewhere above the first long one."""

from __future__ import annotations

import re

from pipeline.extract.language import find_language
from pipeline.extract.refusal import find_refusal
from pipeline.records import Dropped, Extraction
from pipeline.source import Source
from pipeline.text import count_words, mend

# The words of a line that is a paragraph, and the most of one that is a headline.
_PARAGRAPH = 20
_HEADLINE = 40
_BANNER = re.compile(
    r"^\W*(?:(?:error|http|status)?\W{0,3}(?:40\d|41\d|50\d)\b.{0,60}|sorry\b.{0,20}|oops\b.{0,40}|error\b.{0,160}|"
    r"(?:page |article )?(?:not found|unavailable)\W*|access denied\W*|(?:we.re |we are )?sorry\b.{0,120}|"
    r"(?:please )?(?:enable|turn on) java ?script.{0,80})$",
    re.IGNORECASE,
)
_MENU = re.compile(
    r"^(?:home|menu|search|login|log in|sign in|sign up|subscribe|skip to (?:main )?content|share|print|close)\W*$",
    re.IGNORECASE,
)


def patterns() -> list[re.Pattern[str]]:
    """Every pattern in use, for testing their speed."""
    return [_BANNER, _MENU]


def _is_noise(line: str) -> bool:
    return len(line) <= 200 and bool(_BANNER.match(line) or _MENU.match(line))


def _find_headline(lines: list[str], first: int) -> int | None:
    """The line that reads like a headline and is nearest above the first paragraph."""
    for least in (4, 2, 1):
        for at in range(first - 1, -1, -1):
            line = lines[at]
            if _is_noise(line) or not any(char.isalpha() for char in line):
                continue
            if least <= count_words(line) <= _HEADLINE and not line.endswith((":", ";")):
                return at
    return None


def read_dump(text: str, source: Source | None = None, language: str = "") -> Extraction:
    """The headline and paragraphs of a text dump, what stood above the headline being dropped; never raises.

    What stands below the article stays: telling it apart is cleaning's part.
    """
    lines = mend(text).split("\n")
    lines = [line for line in lines if line]
    if not lines:
        return Extraction(refused="empty", via="text-dump")
    first = next((at for at, line in enumerate(lines) if count_words(line) >= _PARAGRAPH and not _is_noise(line)), None)
    if first is None:
        # A flash: a headline, and what is below it.
        solid = [at for at, line in enumerate(lines) if not _is_noise(line)]
        first = solid[1] if len(solid) > 1 else None
    headline = (
        _find_headline(lines, first)
        if first is not None
        else next((at for at, line in enumerate(lines) if not _is_noise(line)), None)
    )
    start = headline if headline is not None else (first or 0)
    dropped = tuple(Dropped("banner" if _is_noise(line) else "above headline", line) for line in lines[:start])
    title = lines[headline] if headline is not None else ""
    paragraphs = tuple(lines[start + 1 :] if headline is not None else lines[start:])
    refused = find_refusal(title or lines[0], paragraphs, "\n".join(lines), 200)
    return Extraction(
        title=title,
        paragraphs=paragraphs,
        language=language or find_language("", "\n".join(paragraphs) or title, source.language if source else ""),
        via="text-dump",
        refused=refused,
        dropped=dropped,
    )
