"""From a page to an extraction: a chain with a reason at every step.

charset -> tree -> the source's rule -> the generic way -> fields -> refusal
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

from copydesk.pipeline.core.errors import QuarantineError
from copydesk.pipeline.core.records import Dropped, Extraction, Page
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.text import count_words, normalize_line
from copydesk.pipeline.extract.blocks import BOILERPLATE, Block, parse, read_blocks
from copydesk.pipeline.extract.charset import Decoded, decode
from copydesk.pipeline.extract.dates import (
    Moment,
    bound,
    find_modified,
    find_published,
    read_moment,
    read_wording,
    search_day,
)
from copydesk.pipeline.extract.language import find_language
from copydesk.pipeline.extract.masthead import find_head, read_clock, read_masthead
from copydesk.pipeline.extract.page_end import cut_wall, is_cut_off
from copydesk.pipeline.extract.page_rule import read_rule
from copydesk.pipeline.extract.refusal import SHORT, find_refusal, is_error
from copydesk.pipeline.extract.structured_data import Structured, read_structured
from copydesk.pipeline.extract.text_dump import ABOVE, read_dump
from copydesk.pipeline.extract.title import find_own_headline, find_title
from copydesk.pipeline.extract.truncation import breaks_off, is_truncated
from copydesk.pipeline.process.limits import preload

_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\ud800-\udfff]")
# Characters of a page among which there is some markup, if it is any.
_PROLOGUE = 400_000
_CONTROL_BYTES = bytes([*range(9), 0x0B, *range(0x0E, 0x20)])
_PLAIN = frozenset({"utf-8", "cp1252", "iso8859-1", "ascii"})
_MARKUP = re.compile(
    r"<(?=[!abdhmpstABDHMPST])(?i:!doctype|html|head|body|div|p|meta|article|table|span|title|h1|br|a)\b"
)

_ZONES_APART = timedelta(hours=14)
# Printed times of more than this before are of something else.
_LATEST_CHANGE = timedelta(days=7)


def _refuse(reason: str, via: str = "none") -> Extraction:
    return Extraction(refusal_reason=reason, via=via)


def _cut_controls(body: bytes, decoded: Decoded) -> str:
    """The page's text without controls. That there are none is told from the bytes in a tenth of the time, save in
    charsets where a control's byte may be half a letter.
    """
    if decoded.charset in _PLAIN and len(body.translate(None, _CONTROL_BYTES)) == len(body):
        return decoded.text
    return _CONTROLS.sub("", decoded.text)


def _read_rule_time(wording: str, page: Page, source: Source | None) -> Moment | None:
    if not wording or source is None:
        return None
    zone = source.timezone
    moment = read_moment(wording, zone) or read_clock(wording, source.language, zone, page.fetched_at)
    return bound(moment or read_wording(wording, source.language, zone), page.fetched_at)


def _pick_time(told: Moment | None, printed: Moment | None, *, overwritten: bool) -> Moment | None:
    """What the data tell, unless only what is printed has a clock, or the data tell nothing.

    ``overwritten``: the data give one time for publication and last change. Some systems write every change over both,
    so a printed time that is earlier by more than any zone can explain is the publication. A printed day without its
    clock tells no more than the data do.
    """
    if told is None or printed is None or not printed.clock:
        return told or printed
    earlier = told.at - printed.at
    if not told.clock and abs(earlier) < timedelta(hours=36):
        return printed
    return printed if overwritten and _ZONES_APART < earlier < _LATEST_CHANGE else told


def _mark(blocks: list[Block], boilerplate: Collection[str]) -> list[Block]:
    """The blocks, those whose text is known for boilerplate in its zone."""
    for block in blocks if boilerplate else ():
        if block.text in boilerplate:
            block.zone = BOILERPLATE
    return blocks


def _read_dump(html: str, source: Source | None, page: Page) -> Extraction:
    """A text dump, and whether it breaks off: what stands below its text is part of it."""
    found = read_dump(html, source, page.language, page.fetched_at)
    kept, walled = cut_wall(found.paragraphs)
    below = [piece.text for piece in (*walled, *found.dropped) if piece.reason not in ABOVE]
    if walled and is_truncated(kept, below) and not find_refusal(found.title, kept, "\n".join(kept), 200):
        return replace(found, paragraphs=kept, dropped=(*found.dropped, *walled), refusal_reason="", truncated=True)
    broken = next((at for at, text in enumerate(found.paragraphs[:40]) if breaks_off([text])), None)
    if broken is not None and not found.refusal_reason:
        begun = found.paragraphs[: broken + 1]
        return replace(found, truncated=is_truncated(begun, [*found.paragraphs[broken + 1 : broken + 3], *below]))
    return replace(found, truncated=not found.refusal_reason and is_truncated(found.paragraphs, below))


def _read_generic(
    html: str, blocks: list[Block], data: Structured, title: str, page: Page, *, is_told: bool
) -> Extraction:
    """Headline, text and refusal of a page that no rule knows.

    Where the text is a whole article with a headline of its own, an error's title is the window's alone.
    """
    preload("copydesk.pipeline.extract.generic_body")
    from copydesk.pipeline.extract.generic_body import read_body

    body = read_body(html, blocks, data, title)
    headline = find_own_headline(blocks, body.paragraphs) if is_error(title) else ""
    if headline:
        title, body = headline, read_body(html, blocks, data, headline)
    paragraphs, walled = cut_wall(tuple(text for text in body.paragraphs if text != headline))
    seen = " ".join(block.text for block in blocks if block.zone != "hidden")
    refused = find_refusal(title, paragraphs, seen, page.status, is_told=is_told)
    return Extraction(
        title=title, paragraphs=paragraphs, via=body.via, dropped=body.dropped + walled, refusal_reason=refused
    )


def extract(page: Page, source: Source | None = None, boilerplate: Collection[str] = ()) -> Extraction:
    """What a page holds: its paragraphs and what it says of itself, or ``refused`` with the reason.

    ``boilerplate`` are paragraphs known to be none of the article's, whoever proposes them; what a rule of the source
    reads, and a text dump, are read as ever. Pure: the same arguments and code give the same extraction.

    Raises:
        QuarantineError: the page can't be read whole (``too_deep``, ``binary``).
        BadSource: a selector of the source is not CSS.
    """
    if not page.body.strip(b"\x00\t\n\x0b\x0c\r \xef\xbb\xbf\xff\xfe"):
        return _refuse("empty")
    decoded = decode(page.body, page.charset, page.content_type)
    html = _cut_controls(page.body, decoded)
    if not html.strip():
        return _refuse("empty")
    if len(html) < len(decoded.text) * 0.9 or decoded.replaced * 5 > len(decoded.text):
        raise QuarantineError("binary", "The page is no text: a tenth of it or more are characters that no text holds.")
    if page.content_type.startswith("text/plain") or not _MARKUP.search(html, 0, _PROLOGUE):
        return _read_dump(html, source, page)
    tree = parse(html)
    body = tree.body
    url = page.final_url or page.url
    data = read_structured(tree, url)
    found = read_rule(tree, source, page) if source and source.page else None
    dropped: tuple[Dropped, ...]
    if source:
        data.site_names += [source.title, source.agency]
    title = (found.title if found else "") or find_title(tree, data, url)
    language, zone = (source.language, source.timezone) if source else ("", "UTC")
    moment = _read_rule_time(found.published if found else "", page, source) or find_published(
        tree, data, page.fetched_at, zone
    )
    author = (found.byline if found else "") or data.author
    blocks: list[Block] = []
    refused, is_told = "", data.is_article or bool(data.dates)
    if found:
        paragraphs, walled = cut_wall(found.paragraphs)
        via, dropped = found.via, (*found.dropped, *walled)
        # A short body may be an error's, printed in the article's place.
        if sum(map(count_words, paragraphs)) < SHORT:
            refused = find_refusal(title, paragraphs, " ".join(paragraphs), page.status, is_told=is_told)
    if body is not None and (not found or moment is None or not moment.clock):
        blocks = _mark(read_blocks(body), boilerplate)
    if not found:
        read = _read_generic(html, blocks, data, title, page, is_told=is_told)
        title, paragraphs, via, dropped, refused = (
            read.title,
            read.paragraphs,
            read.via,
            read.dropped,
            read.refusal_reason,
        )
    language = find_language(data.language, "\n".join(paragraphs), language)
    overwritten = moment is not None and any(moment == read_moment(one, zone) for one in data.modified[:2])
    if blocks and not refused and (not author or moment is None or not moment.clock or overwritten):
        masthead = read_masthead(find_head(blocks, paragraphs, title), language, zone, page.fetched_at)
        author = author or masthead.byline
        moment = _pick_time(moment, masthead.published, overwritten=overwritten)
    if moment is None and not refused:
        moment = search_day(html, url, page.fetched_at)
    modified = _read_rule_time(found.modified if found else "", page, source)
    if modified is None or (moment and modified.at < moment.at):
        modified = find_modified(tree, data, moment, page.fetched_at, zone)
    truncated = not refused and is_cut_off(html, body, blocks, paragraphs, dropped, data)
    return Extraction(
        title=title,
        paragraphs=paragraphs,
        published_at=moment.at if moment else None,
        published_source=moment.source if moment else normalize_line(" ".join(data.dates[:1])),
        modified_at=modified.at if modified else None,
        author=author,
        section=(found.section if found else "") or data.section,
        language=language,
        site_name=data.site_names[0] if data.site_names else "",
        canonical_url=data.canonical_url,
        image_url=data.image_url,
        via=via,
        refusal_reason=refused,
        dropped=dropped,
        modified_source=modified.source if modified else normalize_line(" ".join(data.modified[:1]))[:200],
        truncated=truncated,
        symbols=tuple(data.symbols),
    )
