"""The extractors of others that are asked where an article is: trafilatura and readability-lxml."""

from __future__ import annotations

import lxml.etree
import lxml.html
import readability
import trafilatura

from copydesk.pipeline.core.errors import QuarantineError
from copydesk.pipeline.core.text import normalize_line
from copydesk.pipeline.extract.blocks import parse, read_blocks

# libxml2's words for "I stopped reading".
_LIMITS = frozenset({"ERR_RESOURCE_LIMIT", "ERR_NO_MEMORY", "ERR_NAME_TOO_LONG"})


def parse_lxml(html: str) -> lxml.html.HtmlElement | None:
    """Parse for the extractors that want lxml; None where there is nothing to parse.

    Raises:
        QuarantineError: ``too_deep``, the parser's limit of depth was met: it would lose text without a word.
    """
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
    try:
        tree = lxml.html.document_fromstring(html.encode("utf-8", "replace"), parser=parser)
    except lxml.etree.ParserError:
        return None
    if any(error.type_name in _LIMITS for error in parser.error_log):
        raise QuarantineError(
            "too_deep", "The page is nested deeper, or longer in one piece, than the parser reads whole."
        )
    return tree


def _to_lines(text: str | None) -> list[str]:
    pieces = (piece for line in (text or "").split("\n") for piece in line.split(" | "))
    return [line for piece in pieces if (line := normalize_line(piece).removeprefix("- "))]


def ask_trafilatura(tree: lxml.html.HtmlElement, *, fast: bool = False) -> list[str]:
    """trafilatura's paragraphs (its setting that favours precision), one a line of its text.

    ``fast``: without its comparison with other extractors, which takes a third of its time.
    """
    document = trafilatura.bare_extraction(
        tree, include_comments=False, favor_precision=True, with_metadata=False, fast=fast
    )
    return _to_lines(document.text) if isinstance(document, trafilatura.settings.Document) else []


def ask_readability(html: str) -> list[str]:
    """readability-lxml's paragraphs."""
    try:
        summary = readability.Document(html).summary(html_partial=True)
    except (readability.readability.Unparseable, ValueError, lxml.etree.LxmlError):
        return []
    root = parse(summary).body
    return [block.text for block in read_blocks(root)] if root is not None else []
