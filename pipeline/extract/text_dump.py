"""Extract articles from text dumps of pages: each line is a block, and no markup says which belong to the article.

Lines that read like running text have positive weights, all others negative ones, and the run of lines with the
greatest sum is the article: a subheading or a list between paragraphs costs less than the text after it adds, a menu
above and other headlines below cost more. This is the maximum subsequence segmentation of Pasternack and Roth
("Extracting Article Text from the Web with Maximum Subsequence Segmentation", WWW 2009), with lines in place of tokens
and rules in place of a classifier. The headline is the line near above that shares its words with the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from copydesk.pipeline.core.records import DroppedText, Extraction, Page
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.text import normalize_text
from copydesk.pipeline.extract import text_dump_lines
from copydesk.pipeline.extract.authors import read_byline_lines
from copydesk.pipeline.extract.dates import make_time_reader
from copydesk.pipeline.extract.language import detect_language
from copydesk.pipeline.extract.masthead import Masthead, parse_masthead
from copydesk.pipeline.extract.refusal import find_refusal_reason
from copydesk.pipeline.extract.text_dump_lines import (
    BELOW_TEXT_KINDS,
    MIN_RUNNING_WORDS,
    MIN_SENTENCE_WORDS,
    NOISE_KINDS,
    PATTERN_MAX_CHARS,
    DumpLine,
    is_masthead_line,
    is_name_list,
    matches_kind,
    weigh_line,
)
from copydesk.pipeline.extract.title import extract_stems

# Such as "KOCHI, March 3 (Meridian) - ...".
_DATELINE_OPENING = re.compile(
    r"[^\W\d_][^()!?]{1,60}\s?\([^()]{2,30}\)\s?(?:\.?\s?[-\u2010-\u2015\u2212]|:)|[^\W\d_][^()!?/]{1,60}/[^/]{2,24}/\s?[-.\u2010-\u2015]|"
    r"\([^\W\d_][^()]{1,30}\)\s?[-\u2010-\u2015]?\s?[^\W\d_]"
)

# A headline has so many words.
_HEADLINE_WORDS = range(2, 41)
# It stands at most so many lines above the text's first one, or after so many words of it.
_MAX_HEADLINE_DISTANCE_LINES = 60
_MAX_HEADLINE_DEPTH_WORDS = 45
# From a heading such as "Related stories" on, lines are cut if their weight is less than this part of that of the text
# above. Comments may be much longer than the text.
_MAX_CUT_RATIO = 0.8
_MAX_COMMENTS_RATIO = 20
# Weight of the text above a heading from which on it may cut: about two sentences.
_MIN_TEXT_WEIGHT = 25
# A standfirst has at least so many words; a caption has fewer.
_STANDFIRST_MIN_WORDS = 14
# A line that begins like a byline, a button or a heading of other stories is a headline if it has so many stems, and
# the text contains this part of them.
_MIN_HEADLINE_STEMS = 3
_MIN_STEM_OVERLAP = 0.6
# Characters of the text in which a headline's words are searched.
_SAMPLE_CHARS = 20_000


ABOVE_TEXT_REASONS = frozenset({"banner", "consent", "menu", "masthead", "above headline"})
"""Reasons of lines dropped above the text."""


def patterns() -> list[re.Pattern[str]]:
    """Return every pattern in use, for timing tests."""
    return [*text_dump_lines.patterns(), _DATELINE_OPENING]


def _find_text_span(lines: Sequence[DumpLine]) -> tuple[int, int] | None:
    """Return the run of lines [start, stop) with the greatest sum of weights; None if no line has a positive one."""
    best, span = 0.0, None
    total, start = 0.0, 0
    for at, line in enumerate(lines):
        if total <= 0:
            total, start = 0.0, at
        total += line.weight
        if total > best:
            best, span = total, (start, at + 1)
    return span


def _find_continuation(lines: Sequence[DumpLine], at: int, stop: int) -> int:
    """Return the line at which the text continues below a heading inside it; ``stop`` if it does not.

    It does not if nothing follows, or only teasers, each with its headline.
    """
    first = next((number for number in range(at + 1, stop) if lines[number].weight > 0), stop)
    if first == stop or not lines[first].is_sentence or lines[first].word_count < MIN_RUNNING_WORDS // 2:
        return stop
    end = next((number for number in range(first, stop) if lines[number].kind in BELOW_TEXT_KINDS), stop)
    short = sum(line.weight < 0 for line in lines[first:end])
    return first if short * 3 <= end - first else stop


def _cut_below(lines: Sequence[DumpLine], start: int, stop: int) -> tuple[int, list[range]]:
    """Return where the text ends, and the boxes of other content inside it, which headings show."""
    sums = [0.0]
    for line in lines[start:stop]:
        sums.append(sums[-1] + max(0.0, line.weight))
    boxes: list[range] = []
    for at in range(start, stop):
        before, after = sums[at - start], sums[-1] - sums[at - start]
        kind = lines[at].kind
        if kind not in BELOW_TEXT_KINDS or (boxes and at in boxes[-1]):
            continue
        on = stop if kind == "comments" else _find_continuation(lines, at, stop)
        if on < stop:
            boxes.append(range(at, on))
        elif before >= _MIN_TEXT_WEIGHT and after <= before * (
            _MAX_CUT_RATIO if kind != "comments" else _MAX_COMMENTS_RATIO
        ):
            stop = at
            break
    while stop > start and lines[stop - 1].weight < 0:
        stop -= 1
    return stop, [box for box in boxes if box.stop <= stop]


def _find_headline(lines: Sequence[DumpLine], start: int, stop: int) -> int | None:
    """Return the line that reads most like the headline, near above or in the text; None if no line does."""
    running = [line.text for line in lines[start:stop] if line.weight > 0]
    body, lead = extract_stems(" ".join(running)[:_SAMPLE_CHARS]), extract_stems(" ".join(running[:3])[:_SAMPLE_CHARS])
    texts_above = [line.text.casefold() for line in lines[:start]]
    best, found = 0.9, None
    depth = 0
    for at in range(max(0, start - _MAX_HEADLINE_DISTANCE_LINES), min(stop, start + 6)):
        line = lines[at]
        if at >= start:
            depth += line.word_count
            if depth > _MAX_HEADLINE_DEPTH_WORDS:
                break
        if (
            line.word_count not in _HEADLINE_WORDS
            or line.kind in NOISE_KINDS
            or not any(char.isalpha() for char in line.text)
        ):
            continue
        if at >= start and line.weight > 0:
            continue
        if line.text.endswith((":", ";", ",")) or matches_kind("masthead", line.text):
            continue
        stems = extract_stems(line.text)
        if (line.kind or matches_kind("label", line.text)) and (
            len(stems) < _MIN_HEADLINE_STEMS or len(stems & body) < len(stems) * _MIN_STEM_OVERLAP
        ):
            continue
        shared = (len(stems & body) + 2 * len(stems & lead)) / len(stems) if stems else 0.0
        score = shared * min(1.0, len(stems) / 3)
        score += 1.0 if 4 <= line.word_count <= 25 else 0.0
        score -= 1.0 if line.is_sentence else 0.0
        score -= 0.7 if line.word_count > 7 and is_name_list(line.text) else 0.0
        # Printed twice: also as the window's title or in a breadcrumb.
        if line.word_count >= 4 and sum(line.text.casefold() in other for other in texts_above) > 1:
            score += 1.0
        score -= 0.03 * (start - at) if at < start else 0.5
        if score >= best:
            best, found = score, at
    return found


def _extend_text_span(lines: Sequence[DumpLine], start: int, stop: int, top: int) -> tuple[int, int]:
    """Extend the text by a dateline on a line of its own above it, and by credit lines below it."""
    if start > top and matches_kind("dateline", lines[start - 1].text) and not is_masthead_line(lines[start - 1].text):
        start -= 1
    for at in range(stop, min(stop + 3, len(lines))):
        if matches_kind("credit", lines[at].text):
            stop = at + 1
    return start, stop


def _find_text_start(lines: Sequence[DumpLine], start: int, stop: int) -> int:
    """Return the line at which the text begins: its dateline, if only short lines (a caption) stand above that."""
    for at in range(start, min(start + 4, stop)):
        if _DATELINE_OPENING.match(lines[at].text[:PATTERN_MAX_CHARS]):
            return at
        if lines[at].word_count >= _STANDFIRST_MIN_WORDS:
            break
    return start


def _split_flash(lines: Sequence[DumpLine]) -> tuple[int | None, int, int]:
    """Return headline, start and stop of a dump without text; the headline is the first line that is not noise."""
    unmarked = [at for at, line in enumerate(lines) if not line.kind]
    if not unmarked:
        return None, 0, len(lines)
    stop = next((at for at in range(unmarked[0] + 1, len(lines)) if lines[at].kind in BELOW_TEXT_KINDS), len(lines))
    return unmarked[0], unmarked[0] + 1, stop


def _get_reason_above(line: DumpLine) -> str:
    """Return why a line above the headline is dropped."""
    return "banner" if line.kind == "banner" else "consent" if line.kind == "consent" else "above headline"


def _collect_dropped(
    lines: Sequence[DumpLine], headline: int | None, start: int, stop: int, boxes: Sequence[range]
) -> tuple[DroppedText, ...]:
    """Return all lines that are neither headline nor text, each with its reason."""
    top = start if headline is None else headline
    dropped = [DroppedText(_get_reason_above(line), line.text) for line in lines[:top]]
    if headline is not None:
        dropped += [DroppedText(line.kind or "masthead", line.text) for line in lines[headline + 1 : start]]
    dropped += [DroppedText(lines[box.start].kind, lines[at].text) for box in boxes for at in box]
    reason = "below"
    for line in lines[stop:]:
        reason = line.kind if line.kind in BELOW_TEXT_KINDS else reason
        dropped.append(DroppedText(reason, line.text))
    return tuple(dropped)


def extract_dump(text: str, source: Source | None = None, language: str = "", page: Page | None = None) -> Extraction:
    """Extract headline and paragraphs of a text dump; never raises.

    Args:
        text: The dump, one block per line.
        source: Its wire, for language and time zone.
        language: Two-letter code if known from elsewhere, such as an archive's metadata.
        page: The page that it is the text of. Without it, byline and publication time are not read.
    """
    lines = [weigh_line(line) for line in normalize_text(text).split("\n") if line]
    if not lines:
        return Extraction(refusal_reason="empty", via="text-dump")
    span = _find_text_span(lines)
    boxes: list[range] = []
    headline: int | None
    if span is None or sum(line.weight for line in lines[slice(*span)] if line.weight > 0) < MIN_SENTENCE_WORDS:
        headline, start, stop = _split_flash(lines)
    else:
        start = span[0]
        stop, boxes = _cut_below(lines, *span)
        headline = _find_headline(lines, start, stop)
        top = 0 if headline is None else headline + 1
        start = _find_text_start(lines, max(start, top), stop)
        start, stop = _extend_text_span(lines, start, stop, top)
        boxes = [box for box in boxes if box.start >= start]  # the others are dropped as above the headline
    title = lines[headline].text if headline is not None else ""
    boxed = {at for box in boxes for at in box}
    paragraphs = tuple(lines[at].text for at in range(start, stop) if at not in boxed)
    body = "\n".join(paragraphs)
    language = language or detect_language("", body or title, source.language if source else "")
    masthead, credited = Masthead(), tuple[str, ...]()
    if page is not None and headline is not None:
        above = [line.text for line in reversed(lines[headline + 1 : start + 1]) if len(line.text) <= PATTERN_MAX_CHARS]
        credited = tuple(read_byline_lines(above[::-1]).organizations)
        masthead = parse_masthead(above, make_time_reader(page, source, language))
    return Extraction(
        title=title,
        paragraphs=paragraphs,
        published_at=masthead.published.instant if masthead.published else None,
        published_offset=masthead.published.utc_offset if masthead.published else None,
        published_source=masthead.published.text if masthead.published else "",
        author=masthead.byline,
        credits=credited,
        language=language,
        via="text-dump",
        refusal_reason=find_refusal_reason(
            title or lines[0].text, paragraphs, "\n".join(line.text for line in lines), 200
        ),
        dropped=_collect_dropped(lines, headline, start, stop, boxes),
    )
