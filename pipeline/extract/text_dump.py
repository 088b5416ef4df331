"""Text dumps of pages: a line is a block, and nothing says which are the article.

The lines that read like running text count for it, all others against it, and the run of lines with the greatest sum
is the article: a crosshead or a list between paragraphs costs less than what comes after it, a menu above and other
headlines below cost more (the maximum-subsequence segmentation of Pasternack and Roth, 2009, with lines for tokens and
rules for its classifier). The headline is the line near above whose words the text takes up.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from copydesk.pipeline.core.records import Dropped, Extraction
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.text import normalize_text
from copydesk.pipeline.extract import text_dump_lines
from copydesk.pipeline.extract.language import find_language
from copydesk.pipeline.extract.masthead import Masthead, read_masthead
from copydesk.pipeline.extract.refusal import find_refusal
from copydesk.pipeline.extract.text_dump_lines import (
    BELOW,
    NOTICES,
    REACH,
    RUNNING,
    SENTENCE,
    Line,
    is_kind,
    is_listing,
    is_masthead,
    read_line,
)
from copydesk.pipeline.extract.title import read_stems

# KOCHI, March 3 (Meridian) - ...
_OPENING = re.compile(
    r"[^\W\d_][^()!?]{1,60}\s?\([^()]{2,30}\)\s?(?:\.?\s?[-\u2010-\u2015\u2212]|:)|[^\W\d_][^()!?/]{1,60}/[^/]{2,24}/\s?[-.\u2010-\u2015]|"
    r"\([^\W\d_][^()]{1,30}\)\s?[-\u2010-\u2015]?\s?[^\W\d_]"
)

# A headline has so many words, and stands at most so many lines above the text or so many words into it.
_HEADLINE = range(2, 41)
_WINDOW = 60
_INTO = 45
# From a heading ("Related stories") on is cut where less follows than this part of what stands before.
_FOLLOWS = 0.8
_COMMENTS = 20
_ENOUGH = 25
# No more words has a caption; a standfirst has.
_CAPTION = 14
# A line that begins as a byline, a button or a heading of other stories does is a headline if it has so many words of
# its own, and the text takes up this part of them.
_TOLD = 3
_TAKEN_UP = 0.6
# The text that a headline's words are looked for in.
_SAMPLE = 20_000


ABOVE = frozenset({"banner", "consent", "menu", "masthead", "above headline"})
"""Reasons of what stands above the text."""


def patterns() -> list[re.Pattern[str]]:
    """Every pattern in use, for testing their speed."""
    return [*text_dump_lines.patterns(), _OPENING]


def _find_text(lines: Sequence[Line]) -> tuple[int, int] | None:
    """The run of lines [start, stop) with the greatest sum of weights; None where no line is for it."""
    best, found = 0.0, None
    total, start = 0.0, 0
    for at, line in enumerate(lines):
        if total <= 0:
            total, start = 0.0, at
        total += line.weight
        if total > best:
            best, found = total, (start, at + 1)
    return found


def _goes_on(lines: Sequence[Line], at: int, stop: int) -> int:
    """Where the text goes on below a heading inside it and the headlines under that; ``stop`` where it does not:
    nothing follows, or teasers, every one with its headline.
    """
    first = next((number for number in range(at + 1, stop) if lines[number].weight > 0), stop)
    if first == stop or not lines[first].sentence or lines[first].words < RUNNING // 2:
        return stop
    end = next((number for number in range(first, stop) if lines[number].kind in BELOW), stop)
    short = sum(line.weight < 0 for line in lines[first:end])
    return first if short * 3 <= end - first else stop


def _cut_below(lines: Sequence[Line], start: int, stop: int) -> tuple[int, list[range]]:
    """Where the text ends, and what in it is a box of something else: told by their headings."""
    sums = [0.0]
    for line in lines[start:stop]:
        sums.append(sums[-1] + max(0.0, line.weight))
    boxes: list[range] = []
    for at in range(start, stop):
        before, after = sums[at - start], sums[-1] - sums[at - start]
        kind = lines[at].kind
        if kind not in BELOW or (boxes and at in boxes[-1]):
            continue
        on = stop if kind == "comments" else _goes_on(lines, at, stop)
        if on < stop:
            boxes.append(range(at, on))
        elif before >= _ENOUGH and after <= before * (_FOLLOWS if kind != "comments" else _COMMENTS):
            stop = at
            break
    while stop > start and lines[stop - 1].weight < 0:
        stop -= 1
    return stop, [box for box in boxes if box.stop <= stop]


def _find_headline(lines: Sequence[Line], start: int, stop: int) -> int | None:
    """The line near above the text that reads most like its headline."""
    running = [line.text for line in lines[start:stop] if line.weight > 0]
    body, lead = read_stems(" ".join(running)[:_SAMPLE]), read_stems(" ".join(running[:3])[:_SAMPLE])
    told = [line.text.casefold() for line in lines[:start]]
    best, found = 0.9, None
    into = 0
    for at in range(max(0, start - _WINDOW), min(stop, start + 6)):
        line = lines[at]
        if at >= start:
            into += line.words
            if into > _INTO:
                break
        if line.words not in _HEADLINE or line.kind in NOTICES or not any(char.isalpha() for char in line.text):
            continue
        if at >= start and line.weight > 0:
            continue
        if line.text.endswith((":", ";", ",")) or is_kind("masthead", line.text):
            continue
        own = read_stems(line.text)
        if (line.kind or is_kind("label", line.text)) and (len(own) < _TOLD or len(own & body) < len(own) * _TAKEN_UP):
            continue
        shared = (len(own & body) + 2 * len(own & lead)) / len(own) if own else 0.0
        score = shared * min(1.0, len(own) / 3)
        score += 1.0 if 4 <= line.words <= 25 else 0.0
        score -= 1.0 if line.sentence else 0.0
        score -= 0.7 if line.words > 7 and is_listing(line.text) else 0.0
        # Printed again: as the window's title, in a trail above.
        if line.words >= 4 and sum(line.text.casefold() in other for other in told) > 1:
            score += 1.0
        score -= 0.03 * (start - at) if at < start else 0.5
        if score >= best:
            best, found = score, at
    return found


def _take_sides(lines: Sequence[Line], start: int, stop: int, top: int) -> tuple[int, int]:
    """The text with a dateline on a line of its own above it, and lines below that say whose copy it is."""
    if start > top and is_kind("dateline", lines[start - 1].text) and not is_masthead(lines[start - 1].text):
        start -= 1
    for at in range(stop, min(stop + 3, len(lines))):
        if is_kind("credit", lines[at].text):
            stop = at + 1
    return start, stop


def _find_opening(lines: Sequence[Line], start: int, stop: int) -> int:
    """Where the text opens: with its dateline, if short lines alone (a caption) stand above that."""
    for at in range(start, min(start + 4, stop)):
        if _OPENING.match(lines[at].text[:REACH]):
            return at
        if lines[at].words >= _CAPTION:
            break
    return start


def _read_flash(lines: Sequence[Line]) -> tuple[int | None, int, int]:
    """Of a dump without text: the headline and what is below it, nothing above being known for noise."""
    solid = [at for at, line in enumerate(lines) if not line.kind]
    if not solid:
        return None, 0, len(lines)
    stop = next((at for at in range(solid[0] + 1, len(lines)) if lines[at].kind in BELOW), len(lines))
    return solid[0], solid[0] + 1, stop


def _name_above(line: Line) -> str:
    return "banner" if line.kind == "banner" else "consent" if line.kind == "consent" else "above headline"


def _drop(
    lines: Sequence[Line], headline: int | None, start: int, stop: int, boxes: Sequence[range]
) -> tuple[Dropped, ...]:
    """All that is neither headline nor text, each with its reason."""
    top = start if headline is None else headline
    dropped = [Dropped(_name_above(line), line.text) for line in lines[:top]]
    if headline is not None:
        dropped += [Dropped(line.kind or "masthead", line.text) for line in lines[headline + 1 : start]]
    dropped += [Dropped(lines[box.start].kind, lines[at].text) for box in boxes for at in box]
    reason = "below"
    for line in lines[stop:]:
        reason = line.kind if line.kind in BELOW else reason
        dropped.append(Dropped(reason, line.text))
    return tuple(dropped)


def read_dump(
    text: str, source: Source | None = None, language: str = "", fetched_at: datetime | None = None
) -> Extraction:
    """The headline and paragraphs of a text dump, all else being dropped; never raises.

    ``language`` is what is known of it from elsewhere. With ``fetched_at`` the byline and the time of publication are
    read, as printed between headline and text.
    """
    lines = [read_line(line) for line in normalize_text(text).split("\n") if line]
    if not lines:
        return Extraction(refusal_reason="empty", via="text-dump")
    found = _find_text(lines)
    boxes: list[range] = []
    headline: int | None
    if found is None or sum(line.weight for line in lines[slice(*found)] if line.weight > 0) < SENTENCE:
        headline, start, stop = _read_flash(lines)
    else:
        start = found[0]
        stop, boxes = _cut_below(lines, *found)
        headline = _find_headline(lines, start, stop)
        top = 0 if headline is None else headline + 1
        start = _find_opening(lines, max(start, top), stop)
        start, stop = _take_sides(lines, start, stop, top)
        boxes = [box for box in boxes if box.start >= start]  # those above the headline are dropped with the rest there
    title = lines[headline].text if headline is not None else ""
    boxed = {at for box in boxes for at in box}
    paragraphs = tuple(lines[at].text for at in range(start, stop) if at not in boxed)
    body = "\n".join(paragraphs)
    language = language or find_language("", body or title, source.language if source else "")
    masthead = Masthead()
    if fetched_at is not None and headline is not None:
        above = [line.text for line in reversed(lines[headline + 1 : start + 1]) if len(line.text) <= REACH]
        masthead = read_masthead(above, language, source.timezone if source else "UTC", fetched_at)
    return Extraction(
        title=title,
        paragraphs=paragraphs,
        published_at=masthead.published.at if masthead.published else None,
        published_source=masthead.published.source if masthead.published else "",
        author=masthead.byline,
        language=language,
        via="text-dump",
        refusal_reason=find_refusal(title or lines[0].text, paragraphs, "\n".join(line.text for line in lines), 200),
        dropped=_drop(lines, headline, start, stop, boxes),
    )
