"""From a page to an extraction: a chain with a reason at every step.

charset -> tree -> the source's rule -> the generic way -> fields -> refusal
"""

from __future__ import annotations

import re
from datetime import timedelta

from pipeline.errors import Quarantine
from pipeline.extract.blocks import Block, parse, read_blocks
from pipeline.extract.charset import decode
from pipeline.extract.dates import Moment, find_modified, find_published, read_moment, read_wording, search_day
from pipeline.extract.dumps import read_dump
from pipeline.extract.language import find_language
from pipeline.extract.limits import preload
from pipeline.extract.masthead import find_head, read_clock, read_masthead
from pipeline.extract.refusal import find_refusal
from pipeline.extract.rule import Found, read_rule
from pipeline.extract.structured import read_structured
from pipeline.extract.title import find_title
from pipeline.records import Dropped, Extraction, Page
from pipeline.source import Source
from pipeline.text import mend_line

_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\ud800-\udfff]")
_MARKUP = re.compile(
    r"<(?=[!abdhmpstABDHMPST])(?i:!doctype|html|head|body|div|p|meta|article|table|span|title|h1|br|a)\b"
)


def _refuse(reason: str, via: str = "none") -> Extraction:
    return Extraction(refused=reason, via=via)


def _read_rule_time(found: Found | None, page: Page, source: Source | None) -> Moment | None:
    if not found or not found.published or source is None:
        return None
    wording, zone = found.published, source.timezone
    moment = read_moment(wording, zone) or read_clock(wording, source.language, zone, page.fetched_at)
    moment = moment or read_wording(wording, source.language, zone)
    return moment if moment and moment.at <= page.fetched_at else None


def _pick_time(told: Moment | None, printed: Moment | None) -> Moment | None:
    """What the data tell, unless only what is printed has a clock, or the data tell nothing."""
    if told is None or (not told.clock and printed and abs(printed.at - told.at) < timedelta(hours=36)):
        return printed or told
    return told


def extract(page: Page, source: Source | None = None) -> Extraction:
    """What a page holds: its paragraphs and what it says of itself, or ``refused`` with the reason.

    Pure: the same page, source and code give the same extraction.

    Raises:
        Quarantine: the page can't be read whole (``too_deep``, ``binary``).
        BadSource: a selector of the source is not CSS.
    """
    if not page.body.strip(b"\x00\t\n\x0b\x0c\r \xef\xbb\xbf\xff\xfe"):
        return _refuse("empty")
    decoded = decode(page.body, page.charset, page.content_type)
    html = _CONTROLS.sub("", decoded.text)
    if not html.strip():
        return _refuse("empty")
    if len(html) < len(decoded.text) * 0.9 or decoded.replaced * 5 > len(decoded.text):
        raise Quarantine("binary", "The page is no text: a tenth of it or more are characters that no text holds.")
    if page.content_type.startswith("text/plain") or not _MARKUP.search(html):
        return read_dump(html, source, page.language, page.fetched_at)
    tree = parse(html)
    body = tree.body
    data = read_structured(tree)
    url = page.final_url or page.url
    found = read_rule(tree, source, page) if source and source.page else None
    dropped: tuple[Dropped, ...]
    if source:
        data.site_names += [source.title, source.agency]
    title = (found.title if found else "") or find_title(tree, data, url)
    language = source.language if source else ""
    zone = source.timezone if source else "UTC"
    moment = _read_rule_time(found, page, source) or find_published(tree, data, page.fetched_at, zone)
    author = (found.byline if found else "") or data.author
    blocks: list[Block] = []
    refused = ""
    if found:
        paragraphs, via, dropped = found.paragraphs, found.via, found.dropped
    if body is not None and (not found or moment is None or not moment.clock):
        blocks = read_blocks(body)
    if not found:
        preload("pipeline.extract.generic")
        from pipeline.extract.generic import read_body

        generic = read_body(html, blocks, data, title)
        paragraphs, via, dropped = generic.paragraphs, generic.via, generic.dropped
        seen = " ".join(block.text for block in blocks if block.zone != "hidden")
        refused = find_refusal(title, paragraphs, seen, page.status)
    language = find_language(data.language, "\n".join(paragraphs), language)
    if blocks and not refused and (not author or moment is None or not moment.clock):
        masthead = read_masthead(find_head(blocks, paragraphs, title), language, zone, page.fetched_at)
        author = author or masthead.byline
        moment = _pick_time(moment, masthead.published)
    if moment is None and not refused:
        moment = search_day(html, url, page.fetched_at)
    modified = find_modified(data, moment, page.fetched_at, zone)
    return Extraction(
        title=title,
        paragraphs=paragraphs,
        published_at=moment.at if moment else None,
        published_source=moment.source if moment else mend_line(" ".join(data.dates[:1])),
        modified_at=modified,
        author=author,
        section=(found.section if found else "") or data.section,
        language=language,
        site_name=data.site_names[0] if data.site_names else "",
        canonical_url=data.canonical_url,
        image_url=data.image_url,
        via=via,
        refused=refused,
        dropped=dropped,
    )
