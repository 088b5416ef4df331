"""Which selectors of a page rule match a page, and what they select."""

from __future__ import annotations

from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from copydesk.pipeline.core.errors import BadSource
from copydesk.pipeline.core.fast_pickle import FastPickle
from copydesk.pipeline.core.source import PageRule
from copydesk.pipeline.extract.page_rule import read_field

RULE_FIELDS = ("title", "body", "published", "modified", "byline", "section")
"""The keys of a page rule that select a field."""
_MAX_SHOWN_CHARS = 300


@dataclass(frozen=True, slots=True)
class SelectorReport(FastPickle):
    """One selector of a page rule on one page."""

    field: str
    """``body``, ``title`` ... or ``remove``."""

    selector: str
    """The selector, as in the source file."""

    matches: int
    """Number of elements that it matches, with its attribute if it names one."""

    text: str
    """The beginning of what it selects."""


def report_selectors(tree: LexborHTMLParser, rule: PageRule) -> tuple[SelectorReport, ...]:
    """Return a report for each selector of a rule.

    Raises:
        BadSource: A selector is not valid CSS.
    """
    selectors = [(field, getattr(rule, field)) for field in RULE_FIELDS if getattr(rule, field)]
    selectors += [("remove", selector) for selector in rule.remove]
    return tuple(_report_selector(tree, field, selector) for field, selector in selectors)


def _report_selector(tree: LexborHTMLParser, field: str, selector: str) -> SelectorReport:
    css, _, attribute = selector.partition("@")
    try:
        nodes = tree.css(css.strip())
    except SelectolaxError as error:
        raise BadSource(
            f"The selector {selector!r} ({field}) is not CSS: {error}.", "Correct it in the wire's TOML file."
        ) from None
    if attribute:
        nodes = [node for node in nodes if (node.attributes.get(attribute.strip()) or "").strip()]
    return SelectorReport(field, selector, len(nodes), read_field(tree, selector)[:_MAX_SHOWN_CHARS])
