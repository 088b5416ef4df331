"""Adapters for the extractors that propose where the article is: trafilatura and readability-lxml."""

from __future__ import annotations

import re

import lxml.etree
import lxml.html
import readability
import trafilatura

from copydesk.pipeline.core.errors import QuarantineError
from copydesk.pipeline.core.text import normalize_line
from copydesk.pipeline.extract.blocks import parse_html, read_blocks

# libxml2's error codes for "parsing stopped early".
_LIMIT_ERRORS = frozenset({"ERR_RESOURCE_LIMIT", "ERR_NO_MEMORY", "ERR_NAME_TOO_LONG"})
# Without drawings: where libxml2 ends a paragraph depends on them.
_SCRIPT = re.compile(r"<(script|style)[ >]")


def strip_scripts(html: str) -> str:
    """Return a page's text without scripts and styles, on one line.

    Extractors remove these elements anyway; on most pages they are the greater part. A paragraph that its source wraps
    by hand is one line, since extractors return each line as one of its own.
    """
    pieces, at = [], 0
    while match := _SCRIPT.search(html, at):
        end = html.find(f"</{match[1]}>", match.end())
        if end < 0:
            break
        pieces.append(html[at : match.start()])
        at = end + len(match[1]) + 3
    pieces.append(html[at:])
    return "".join(pieces).replace("\n", " ").replace("\r", " ")


def parse_lxml(html: str) -> lxml.html.HtmlElement | None:
    """Parse a page for the extractors that need an lxml tree; return None if there is nothing to parse.

    Raises:
        QuarantineError: ``too_deep``: a limit of the parser was reached, beyond which it silently loses text.
    """
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
    try:
        tree = lxml.html.document_fromstring(html.encode("utf-8", "replace"), parser=parser)
    except lxml.etree.ParserError:
        return None
    if any(error.type_name in _LIMIT_ERRORS for error in parser.error_log):
        raise QuarantineError(
            "too_deep", "The page is nested too deeply, or has too long a piece, for the parser to read all of it."
        )
    return tree


def _split_lines(text: str | None) -> list[str]:
    """Return an extractor's lines, normalized, without list marks; cells of a table are lines of their own."""
    pieces = (piece for line in (text or "").split("\n") for piece in line.split(" | "))
    return [line for piece in pieces if (line := normalize_line(piece).removeprefix("- "))]


def extract_with_trafilatura(tree: lxml.html.HtmlElement, *, fast: bool = False) -> list[str]:
    """Return trafilatura's paragraphs, with its ``favor_precision`` setting.

    Args:
        tree: The page, from ``parse_lxml``.
        fast: Skip its comparison with fallback extractors, which takes a third of its time.
    """
    document = trafilatura.bare_extraction(
        tree, include_comments=False, favor_precision=True, with_metadata=False, fast=fast
    )
    return _split_lines(document.text) if isinstance(document, trafilatura.settings.Document) else []


def extract_with_readability(html: str) -> list[str]:
    """Return readability-lxml's paragraphs; none if it finds no article."""
    try:
        summary = readability.Document(html).summary(html_partial=True)
    except (readability.readability.Unparseable, ValueError, lxml.etree.LxmlError):
        return []
    root = parse_html(summary).body
    return [block.text for block in read_blocks(root)] if root is not None else []
