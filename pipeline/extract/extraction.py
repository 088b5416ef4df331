"""Turn a page into an extraction, step by step; each step records its reason.

charset -> tree -> the source's page rule, else the generic body -> fields -> refusal
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from copydesk.pipeline.core.byline import parse_byline
from copydesk.pipeline.core.errors import QuarantineError
from copydesk.pipeline.core.records import DroppedText, Extraction, Page
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.text import count_words, normalize_line
from copydesk.pipeline.core.times import Label, ParsedTime
from copydesk.pipeline.extract.authors import Authors, cut_bylines, find_authors
from copydesk.pipeline.extract.blocks import BOILERPLATE_ZONE, Block, parse_html, read_blocks
from copydesk.pipeline.extract.charset import Decoded, decode
from copydesk.pipeline.extract.dates import (
    TimeReader,
    choose_first,
    is_before,
    make_time_reader,
    read_declared_times,
)
from copydesk.pipeline.extract.language import detect_language
from copydesk.pipeline.extract.page_end import cut_paywall, is_cut_off
from copydesk.pipeline.extract.page_rule import apply_page_rule
from copydesk.pipeline.extract.redirect_stub import is_redirect_stub
from copydesk.pipeline.extract.refusal import SHORT_BODY_WORDS, find_refusal_reason, is_error_title, read_beginning
from copydesk.pipeline.extract.structured_data import Structured, read_structured
from copydesk.pipeline.extract.text_dump import ABOVE_TEXT_REASONS, extract_dump
from copydesk.pipeline.extract.time_elements import add_page_evidence
from copydesk.pipeline.extract.title import find_printed_headline, find_title
from copydesk.pipeline.extract.truncation import ends_with_ellipsis, is_truncated
from copydesk.pipeline.process.limits import import_outside_limits

_CONTROL_CHARS = re.compile("[\x00-\x08\x0b\x0e-\x1f\ud800-\udfff]")
# A page with any markup has some among its first so many characters.
_MARKUP_SCAN_CHARS = 400_000
_CONTROL_BYTES = bytes([*range(9), 0x0B, *range(0x0E, 0x20)])
_ASCII_COMPATIBLE_CHARSETS = frozenset({"utf-8", "cp1252", "iso8859-1", "ascii"})
_MARKUP = re.compile(
    r"<(?=[!abdhmpstABDHMPST])(?i:!doctype|html|head|body|div|p|meta|article|table|span|title|h1|br|a)\b"
)

# Pages with fewer characters of running text leave it to scripts; with fewer, a noscript element has no article.
_MIN_SCRIPTED_CHARS = 250


def _refuse(reason: str, via: str = "none") -> Extraction:
    """Return the extraction of a page without content."""
    return Extraction(refusal_reason=reason, via=via)


def _strip_control_chars(body: bytes, decoded: Decoded) -> str:
    """Return the page's text without control characters.

    In ASCII-compatible charsets the bytes show in a tenth of the time that there are none. In others a control's byte
    may be half a letter.
    """
    if decoded.charset in _ASCII_COMPATIBLE_CHARSETS and len(body.translate(None, _CONTROL_BYTES)) == len(body):
        return decoded.text
    return _CONTROL_CHARS.sub("", decoded.text)


def parse_rule_time(wording: str, reader: TimeReader, label: Label = Label.PUBLISHED) -> ParsedTime | None:
    """Return the time that a page rule selected, which may stand among other words; None if there is none."""
    if not wording:
        return None
    found = [(found_label, at) for found_label, at in reader.find(wording) if found_label in {label, Label.NONE}]
    return reader.parse(wording) or choose_first(at for _, at in sorted(found, key=lambda pair: pair[0] != label))


def _choose_language_tag(declared: str, language: str) -> str:
    """Return the declared tag, which may name the country, if it is of the language of the text; else that language."""
    return declared if re.split("[-_]", declared.strip().lower())[0] == language else language


def _read_page_blocks(body: LexborNode, html: str) -> list[Block]:
    """Return the page's blocks; those for browsers without scripts if the others contain next to no text."""
    blocks = read_blocks(body)
    if "<noscript" not in html or _count_prose_chars(blocks) >= _MIN_SCRIPTED_CHARS:
        return blocks
    plain = read_blocks(body, without_scripts=True)
    return plain if _count_prose_chars(plain) >= _MIN_SCRIPTED_CHARS else blocks


def _count_prose_chars(blocks: list[Block]) -> int:
    """Return the number of characters in blocks longer than a line."""
    return sum(
        len(block.text) for block in blocks if not block.zone and block.link_share < 0.5 and len(block.text) > 60
    )


def _read_authors(
    tree: LexborHTMLParser,
    blocks: list[Block],
    paragraphs: Sequence[str],
    title: str,
    data: Structured,
    wording: str,
    url: str,
) -> Authors:
    """Return the authors that a page rule selected (``wording``); without any, those that the page names."""
    selected = parse_byline(wording, marked=True)
    if selected.people or selected.organizations:
        return Authors(tuple(selected.people), (*selected.organizations, *data.sources))
    return find_authors(tree, blocks, paragraphs, title, data, urlsplit(url).hostname or "")


def _list_bylines(
    authors: Authors, paragraphs: Sequence[str], dropped: Sequence[DroppedText]
) -> tuple[DroppedText, ...]:
    """Return the bylines that are neither in the text nor dropped so far."""
    known = {*paragraphs, *(piece.text for piece in dropped)}
    return tuple(DroppedText("byline", line) for line in authors.lines if line not in known)


def _mark_boilerplate(blocks: list[Block], boilerplate: Collection[str]) -> list[Block]:
    """Set the zone of blocks with known boilerplate text; return the blocks."""
    for block in blocks if boilerplate else ():
        if block.text in boilerplate:
            block.zone = BOILERPLATE_ZONE
    return blocks


def _extract_dump(html: str, source: Source | None, page: Page) -> Extraction:
    """Extract a text dump. Lines below its text decide whether it is truncated."""
    extraction = extract_dump(html, source, page.language, page)
    kept, paywall = cut_paywall(extraction.paragraphs)
    below = [piece.text for piece in (*paywall, *extraction.dropped) if piece.reason not in ABOVE_TEXT_REASONS]
    if paywall and is_truncated(kept, below) and not find_refusal_reason(extraction.title, kept, "\n".join(kept), 200):
        return replace(
            extraction, paragraphs=kept, dropped=(*extraction.dropped, *paywall), refusal_reason="", truncated=True
        )
    broken_at = next((at for at, text in enumerate(extraction.paragraphs[:40]) if ends_with_ellipsis([text])), None)
    if broken_at is not None and not extraction.refusal_reason:
        beginning = extraction.paragraphs[: broken_at + 1]
        return replace(
            extraction,
            truncated=is_truncated(beginning, [*extraction.paragraphs[broken_at + 1 : broken_at + 3], *below]),
        )
    return replace(extraction, truncated=not extraction.refusal_reason and is_truncated(extraction.paragraphs, below))


def _extract_generic(
    tree: LexborHTMLParser,
    html: str,
    blocks: list[Block],
    data: Structured,
    title: str,
    page: Page,
    *,
    is_declared_article: bool,
) -> Extraction:
    """Extract title, text and refusal reason of a page that no rule applies to.

    If the text is a whole article with a headline of its own, an error's title is the browser window's alone: the
    printed headline replaces it.
    """
    import_outside_limits("copydesk.pipeline.extract.generic_body")
    from copydesk.pipeline.extract.generic_body import extract_body

    body = extract_body(tree, html, blocks, data, title)
    headline = find_printed_headline(blocks, body.paragraphs) if is_error_title(title) else ""
    if headline:
        title, body = headline, extract_body(tree, html, blocks, data, headline)
    paragraphs, paywall = cut_paywall(tuple(text for text in body.paragraphs if text != headline))
    visible_text = read_beginning(blocks)
    refusal_reason = find_refusal_reason(
        title, paragraphs, visible_text, page.status, is_declared_article=is_declared_article
    )
    return Extraction(
        title=title, paragraphs=paragraphs, via=body.via, dropped=body.dropped + paywall, refusal_reason=refusal_reason
    )


def extract(page: Page, source: Source | None = None, boilerplate: Collection[str] = ()) -> Extraction:
    """Extract a page's paragraphs and fields; set ``refusal_reason`` if it is not an article.

    Pure: the same arguments and code give the same extraction.

    Args:
        page: The page as fetched.
        source: Its wire, for page rules, language and time zone; without one only the generic extraction runs.
        boilerplate: Paragraphs that are known not to belong to articles, whichever extractor proposes them. They do not
            affect page rules and text dumps.

    Raises:
        QuarantineError: The page cannot be read whole: ``too_deep`` or ``binary``.
        BadSource: A selector of the source is not valid CSS.
    """
    if not page.body.strip(b"\x00\t\n\x0b\x0c\r \xef\xbb\xbf\xff\xfe"):
        return _refuse("empty")
    decoded = decode(page.body, page.charset, page.content_type)
    html = _strip_control_chars(page.body, decoded)
    if not html.strip():
        return _refuse("empty")
    if len(html) < len(decoded.text) * 0.9 or decoded.replacement_count * 5 > len(decoded.text):
        raise QuarantineError(
            "binary", "The page is not text: at least a tenth of its characters do not occur in text."
        )
    if page.content_type.startswith("text/plain") or not _MARKUP.search(html, 0, _MARKUP_SCAN_CHARS):
        return _extract_dump(html, source, page)
    tree = parse_html(html)
    body = tree.body
    url = page.final_url or page.url
    data = read_structured(tree, url)
    rule_result = apply_page_rule(tree, source, page) if source and source.page else None
    dropped: tuple[DroppedText, ...]
    if source:
        data.site_names += [source.title, source.agency]
    title = (rule_result.title if rule_result else "") or find_title(tree, data, url)
    language = source.language if source else ""
    blocks: list[Block] = []
    refusal_reason, is_declared = "", data.is_article or bool(data.dates)
    if rule_result:
        paragraphs, paywall = cut_paywall(rule_result.paragraphs)
        via, dropped = rule_result.via, (*rule_result.dropped, *paywall)
        # A short body may be an error message in the article's place.
        if sum(map(count_words, paragraphs)) < SHORT_BODY_WORDS:
            refusal_reason = find_refusal_reason(
                title, paragraphs, " ".join(paragraphs), page.status, is_declared_article=is_declared
            )
    if body is not None and not rule_result:
        blocks = _mark_boilerplate(_read_page_blocks(body, html), boilerplate)
    if not rule_result:
        generic = _extract_generic(tree, html, blocks, data, title, page, is_declared_article=is_declared)
        title, paragraphs, via, dropped, refusal_reason = (
            generic.title,
            generic.paragraphs,
            generic.via,
            generic.dropped,
            generic.refusal_reason,
        )
        if (
            not is_declared
            and sum(map(count_words, paragraphs)) < SHORT_BODY_WORDS
            and sum(count_words(block.text) for block in blocks) < SHORT_BODY_WORDS
            and is_redirect_stub(tree, url)
        ):
            refusal_reason = "redirect"
    language = detect_language(data.language, "\n".join(paragraphs), language)
    reader = make_time_reader(page, source, _choose_language_tag(data.language, language))
    ruled = parse_rule_time(rule_result.published if rule_result else "", reader)
    times = read_declared_times(data, url, reader)
    is_certain = (ruled.has_clock if ruled else times.is_complete) and (
        bool(times.modified) or tree.css_first("[itemprop='dateModified']") is None
    )
    if body is not None and rule_result and not is_certain:
        blocks = _mark_boilerplate(_read_page_blocks(body, html), boilerplate)
    if blocks and not refusal_reason:
        times = add_page_evidence(times, tree, blocks, paragraphs, title, reader, is_certain=is_certain)
    published = (
        choose_first((ruled, times.choose_published_at()))
        if ruled is not None or times.declared or not refusal_reason
        else None
    )
    modified = parse_rule_time(rule_result.modified if rule_result else "", reader, Label.UPDATED)
    if modified is None or (published and is_before(modified, published)):
        modified = times.choose_modified_at(published)
    authors = _read_authors(tree, blocks, paragraphs, title, data, rule_result.byline if rule_result else "", url)
    paragraphs = paragraphs if rule_result else cut_bylines(paragraphs, authors)
    if not refusal_reason:
        dropped += _list_bylines(authors, paragraphs, dropped)
    truncated = not refusal_reason and is_cut_off(html, body, blocks, paragraphs, dropped, data)
    return Extraction(
        title=title,
        paragraphs=paragraphs,
        published_at=published.instant if published else None,
        published_offset=published.utc_offset if published else None,
        published_source=published.text if published else normalize_line(" ".join(data.dates[:1]))[:200],
        modified_at=modified.instant if modified else None,
        author=", ".join(authors.people),
        credits=authors.organizations,
        section=(rule_result.section if rule_result else "") or data.section,
        language=language,
        site_name=data.site_names[0] if data.site_names else "",
        canonical_url=data.canonical_url,
        image_url=data.image_url,
        via=via,
        refusal_reason=refusal_reason,
        dropped=dropped,
        modified_source=modified.text if modified else normalize_line(" ".join(data.modified[:1]))[:200],
        truncated=truncated,
        symbols=tuple(data.symbols),
    )
