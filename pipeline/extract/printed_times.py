"""Find the times that a page prints: above its text, or in a dateline."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from copydesk.pipeline.core.times import Label, ParsedTime
from copydesk.pipeline.extract.blocks import Block
from copydesk.pipeline.extract.dates import TimeReader, choose_first
from copydesk.pipeline.extract.zones import OTHER_ZONES

# Blocks above the text that are searched.
_MAX_BLOCKS_ABOVE = 14
# Longer blocks are paragraphs, not masthead lines.
_MAX_LINE_CHARS = 160
# A line with more words than these and its time is a sentence.
_MAX_OTHER_WORDS = 12
# Longer lines have more than a time.
_MAX_TIME_LINE_CHARS = 80
# Zones that are not the article's even between its headline and its text.
_INSERTED_ZONES = frozenset({"caption", "related", "comments", "embed", "gallery", "advert", "newsletter"})
# A dateline with a year ends here: "ELSTOW, March 5, 2026 (WICK) --", "Elstow, 5 March 2026 /Wick/ -".
_MAX_DATELINE_CHARS = 160
_DATELINE_END = re.compile(r"\s?[,.:]?\s?(?:\([^()]{2,40}\)|/[^/]{2,40}/)?\s?(?:-{1,2}|[\u2013\u2014])\s")


@dataclass(frozen=True, slots=True)
class PrintedTimes:
    """The times in the lines above a text."""

    published: ParsedTime | None = None
    """Time of publication; None if not printed."""
    modified: ParsedTime | None = None
    """Time of last change; None if not printed."""


def patterns() -> list[re.Pattern[str]]:
    """Return every pattern in use, for timing tests."""
    return [_DATELINE_END]


def find_time_lines(blocks: Sequence[Block], paragraphs: Sequence[str], title: str) -> list[str]:
    """Return the short lines above the text's first paragraph, nearest first; a short first paragraph is one of them.

    Left out are captions and lists of other stories, and above the headline all that is not the article's.
    """
    headline = next((at for at, block in enumerate(blocks) if title and title in block.text), 0)
    firsts = [at for at, block in enumerate(blocks) if block.text in paragraphs[:5]]
    end = next((at for at in firsts if at >= headline), firsts[0] if firsts else 0)
    # The lines may have been taken for the first paragraphs.
    while end + 1 < len(blocks) and len(blocks[end].text) <= _MAX_TIME_LINE_CHARS >= len(blocks[end + 1].text):
        end += 1
    return [
        blocks[at].text
        for at in range(end, max(-1, end - _MAX_BLOCKS_ABOVE - 1), -1)
        if len(blocks[at].text) <= _MAX_LINE_CHARS
        and blocks[at].zone not in (_INSERTED_ZONES if at > headline else OTHER_ZONES)
    ]


def read_printed_times(lines: Iterable[str], reader: TimeReader) -> PrintedTimes:
    """Return the times in the lines above a text.

    A time that says that it is that of publication wins over one that says nothing; of these, the nearest with a time
    of day, else the nearest. A time in a sentence is none.

    Args:
        lines: Nearest line first.
        reader: The page's reader of times.
    """
    times: dict[Label, list[ParsedTime]] = {label: [] for label in Label}
    for line in lines:
        for label, at in reader.find(line):
            if len(line.split()) - len(at.text.split()) <= _MAX_OTHER_WORDS:
                times[label].append(at)
    unmarked = times[Label.NONE]
    published = choose_first(times[Label.PUBLISHED]) or choose_first(
        [at for at in unmarked if at.has_clock] or unmarked
    )
    return PrintedTimes(published, choose_first(times[Label.UPDATED]))


def find_dateline_time(paragraphs: Sequence[str], reader: TimeReader) -> ParsedTime | None:
    """Return the day in the dateline of a text, as press releases print it with its year; None if there is none."""
    for paragraph in paragraphs[:2]:
        opening = paragraph[:_MAX_DATELINE_CHARS]
        for _, at in reader.find(opening):
            position = opening.find(at.text)
            if position >= 0 and _DATELINE_END.match(opening, position + len(at.text)):
                return at
    return None
