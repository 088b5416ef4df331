"""Text dumps of pages: a line is a block, and nothing says which are the article.

The lines that read like running text count for it, all others against it, and the run of lines with the greatest sum
is the article: a crosshead or a list between paragraphs costs less than what comes after it, a menu above and other
headlines below cost more (the maximum-subsequence segmentation of Pasternack and Roth, 2009, with lines for tokens and
rules for its classifier). The headline is the line near above whose words the text takes up.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from pipeline.extract.language import find_language
from pipeline.extract.masthead import Masthead, read_masthead
from pipeline.extract.refusal import find_refusal
from pipeline.extract.title import read_stems
from pipeline.records import Dropped, Extraction
from pipeline.source import Source
from pipeline.text import count_words, mend

# Characters of a line that a pattern is shown; longer lines are none of what is looked for.
_REACH = 200
_QUOTES = str.maketrans("\u2018\u2019\u201c\u201d\u201e\u00a0", '\'\'""" ')
_SENTENCE_END = re.compile(
    r"[.!?\u2026\u3002\uff01\uff1f\u061f\u06d4\u0964][\"'\u2019\u201d\u201c\u00bb\u00ab\u300d)\]]{0,3}$"
)
_INNER_END = re.compile(r"[^\W\d_]{2}[.!?\u061f\u3002\uff01\uff1f] ?[^\W\d_]")
_THAI = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
_WORD = re.compile(r"[^\W\d_]+")
# KOCHI, March 3 (Meridian) - ...
_OPENING = re.compile(
    r"[^\W\d_][^()!?]{1,60}\s?\([^()]{2,30}\)\s?(?:\.?\s?[-\u2010-\u2015\u2212]|:)|[^\W\d_][^()!?/]{1,60}/[^/]{2,24}/\s?[-.\u2010-\u2015]|"
    r"\([^\W\d_][^()]{1,30}\)\s?[-\u2010-\u2015]?\s?[^\W\d_]"
)

# Words of a sentence; of a line that is running text whatever its end; the most that one line counts.
_SENTENCE = 6
_RUNNING = 20
_MOST = 60
# What a line costs: one that is short; an error's banner; the site's own talk.
_SHORT = -6
_BANNER = -15
_CONSENT = -40
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


@dataclass(frozen=True, slots=True)
class _Line:
    """``weight`` for or against being text; ``kind`` what it says of itself: banner, consent, menu, a heading's."""

    text: str
    words: int
    weight: float
    kind: str
    sentence: bool


@cache
def _compile() -> dict[str, re.Pattern[str]]:
    data = tomllib.loads((Path(__file__).parent / "dumps.toml").read_text(encoding="utf-8"))
    kinds = {name: entry["patterns"] for name, entry in data.items() if name != "below"} | data["below"]
    compiled = {name: re.compile(_join(patterns)) for name, patterns in kinds.items() if name != "banner"}
    pieces, advice = _join(data["banner"]["opening"] + kinds["banner"]), _join(data["banner"]["advice"])
    banner = rf"\W{{0,5}}(?:(?:{pieces})(?:\W{{1,5}}|$|(?<=[\u3040-\u9fff]))){{1,4}}(?:{advice})?"
    return {"banner": re.compile(banner), **compiled}


def _join(patterns: Sequence[str]) -> str:
    return "|".join(f"(?:{pattern})" for pattern in patterns)


_NOTICES = ("banner", "consent", "menu")
_BELOW = ("most_popular", "related", "comments", "newsletter", "footer")


def patterns() -> list[re.Pattern[str]]:
    """Every pattern in use, for testing their speed."""
    return [*_compile().values(), _SENTENCE_END, _INNER_END, _THAI, _WORD, _OPENING]


def _is(kind: str, text: str) -> bool:
    return len(text) <= _REACH and _compile()[kind].fullmatch(text.translate(_QUOTES).casefold()) is not None


def _is_masthead(text: str) -> bool:
    return _is("masthead", text) or _is("label", text)


def _find_kind(text: str, words: int) -> str:
    if words > 30:
        return ""
    for kind in _NOTICES:
        if _is(kind, text):
            return kind
    return next((kind for kind in _BELOW if words <= 8 and _is(kind, text)), "")


def _is_listing(text: str) -> bool:
    """Whether a long line without an end reads like a row of names: hardly a word of it is small."""
    words = _WORD.findall(text[:1000])
    small = sum(word[0].islower() for word in words)
    return bool(words) and words[0][0].isupper() and small * 2 < len(words)


def _read_line(text: str) -> _Line:
    words = count_words(text)
    kind = _find_kind(text, words)
    ended = _SENTENCE_END.search(text, max(0, len(text) - 8)) is not None
    sentence = ended and words >= _SENTENCE
    if kind == "consent":
        weight = float(_CONSENT)
    elif kind == "banner":
        weight = float(_BANNER)
    elif kind:
        weight = float(_SHORT)
    elif sentence:
        weight = float(min(words, _MOST))
    elif words >= _RUNNING and not _is_listing(text):
        # A paragraph that ends in a colon or is cut short; else headlines in a row, save where no points are written.
        whole = text.endswith((":", ",", "\u2014")) or _INNER_END.search(text) or _THAI.search(text[:_REACH])
        weight = min(words, _MOST) / (2 if whole else 8)
    elif ended and words >= 3:
        weight = 2.0
    else:
        weight = float(_SHORT)
    return _Line(text, words, weight, kind, sentence)


def _find_text(lines: Sequence[_Line]) -> tuple[int, int] | None:
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


def _goes_on(lines: Sequence[_Line], at: int, stop: int) -> int:
    """Where the text goes on below a heading inside it and the headlines under that; ``stop`` where it does not:
    nothing follows, or teasers, every one with its headline.
    """
    first = next((number for number in range(at + 1, stop) if lines[number].weight > 0), stop)
    if first == stop or not lines[first].sentence or lines[first].words < _RUNNING // 2:
        return stop
    end = next((number for number in range(first, stop) if lines[number].kind in _BELOW), stop)
    short = sum(line.weight < 0 for line in lines[first:end])
    return first if short * 3 <= end - first else stop


def _cut_below(lines: Sequence[_Line], start: int, stop: int) -> tuple[int, list[range]]:
    """Where the text ends, and what in it is a box of something else: told by their headings."""
    sums = [0.0]
    for line in lines[start:stop]:
        sums.append(sums[-1] + max(0.0, line.weight))
    boxes: list[range] = []
    for at in range(start, stop):
        before, after = sums[at - start], sums[-1] - sums[at - start]
        kind = lines[at].kind
        if kind not in _BELOW or (boxes and at in boxes[-1]):
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


def _find_headline(lines: Sequence[_Line], start: int, stop: int) -> int | None:
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
        if line.words not in _HEADLINE or line.kind in _NOTICES or not any(char.isalpha() for char in line.text):
            continue
        if at >= start and line.weight > 0:
            continue
        if line.text.endswith((":", ";", ",")) or _is("masthead", line.text):
            continue
        own = read_stems(line.text)
        if (line.kind or _is("label", line.text)) and (len(own) < _TOLD or len(own & body) < len(own) * _TAKEN_UP):
            continue
        shared = (len(own & body) + 2 * len(own & lead)) / len(own) if own else 0.0
        score = shared * min(1.0, len(own) / 3)
        score += 1.0 if 4 <= line.words <= 25 else 0.0
        score -= 1.0 if line.sentence else 0.0
        score -= 0.7 if line.words > 7 and _is_listing(line.text) else 0.0
        # Printed again: as the window's title, in a trail above.
        if line.words >= 4 and sum(line.text.casefold() in other for other in told) > 1:
            score += 1.0
        score -= 0.03 * (start - at) if at < start else 0.5
        if score >= best:
            best, found = score, at
    return found


def _take_sides(lines: Sequence[_Line], start: int, stop: int, top: int) -> tuple[int, int]:
    """The text with a dateline on a line of its own above it, and lines below that say whose copy it is."""
    if start > top and _is("dateline", lines[start - 1].text) and not _is_masthead(lines[start - 1].text):
        start -= 1
    for at in range(stop, min(stop + 3, len(lines))):
        if _is("credit", lines[at].text):
            stop = at + 1
    return start, stop


def _find_opening(lines: Sequence[_Line], start: int, stop: int) -> int:
    """Where the text opens: with its dateline, if short lines alone (a caption) stand above that."""
    for at in range(start, min(start + 4, stop)):
        if _OPENING.match(lines[at].text[:_REACH]):
            return at
        if lines[at].words >= _CAPTION:
            break
    return start


def _read_flash(lines: Sequence[_Line]) -> tuple[int | None, int, int]:
    """Of a dump without text: the headline and what is below it, nothing above being known for noise."""
    solid = [at for at, line in enumerate(lines) if not line.kind]
    if not solid:
        return None, 0, len(lines)
    stop = next((at for at in range(solid[0] + 1, len(lines)) if lines[at].kind in _BELOW), len(lines))
    return solid[0], solid[0] + 1, stop


def _name_above(line: _Line) -> str:
    return "banner" if line.kind == "banner" else "consent" if line.kind == "consent" else "above headline"


def _drop(
    lines: Sequence[_Line], headline: int | None, start: int, stop: int, boxes: Sequence[range]
) -> tuple[Dropped, ...]:
    """All that is neither headline nor text, each with its reason."""
    top = start if headline is None else headline
    dropped = [Dropped(_name_above(line), line.text) for line in lines[:top]]
    if headline is not None:
        dropped += [Dropped(line.kind or "masthead", line.text) for line in lines[headline + 1 : start]]
    dropped += [Dropped(lines[box.start].kind, lines[at].text) for box in boxes for at in box]
    reason = "below"
    for line in lines[stop:]:
        reason = line.kind if line.kind in _BELOW else reason
        dropped.append(Dropped(reason, line.text))
    return tuple(dropped)


def read_dump(
    text: str, source: Source | None = None, language: str = "", fetched_at: datetime | None = None
) -> Extraction:
    """The headline and paragraphs of a text dump, all else being dropped; never raises.

    ``language`` is what is known of it from elsewhere. With ``fetched_at`` the byline and the time of publication are
    read, as printed between headline and text.
    """
    lines = [_read_line(line) for line in mend(text).split("\n") if line]
    if not lines:
        return Extraction(refused="empty", via="text-dump")
    found = _find_text(lines)
    boxes: list[range] = []
    headline: int | None
    if found is None or sum(line.weight for line in lines[slice(*found)] if line.weight > 0) < _SENTENCE:
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
        above = [line.text for line in reversed(lines[headline + 1 : start + 1]) if len(line.text) <= _REACH]
        masthead = read_masthead(above, language, source.timezone if source else "UTC", fetched_at)
    return Extraction(
        title=title,
        paragraphs=paragraphs,
        published_at=masthead.published.at if masthead.published else None,
        published_source=masthead.published.source if masthead.published else "",
        author=masthead.byline,
        language=language,
        via="text-dump",
        refused=find_refusal(title or lines[0].text, paragraphs, "\n".join(line.text for line in lines), 200),
        dropped=_drop(lines, headline, start, stop, boxes),
    )
