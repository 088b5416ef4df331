"""Read one page with a wire's page rules and without them, and show where each field comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from selectolax.lexbor import LexborHTMLParser

from copydesk.pipeline.core.fast_pickle import FastPickle
from copydesk.pipeline.core.records import Article, Page
from copydesk.pipeline.core.source import PageRule, Source
from copydesk.pipeline.core.text import normalize_line
from copydesk.pipeline.extract.blocks import parse_html
from copydesk.pipeline.extract.charset import decode
from copydesk.pipeline.extract.page_rule import apply_page_rule, order_rules
from copydesk.pipeline.extract.selector_report import SelectorReport, report_selectors
from copydesk.pipeline.extract.structured_data import Structured, read_structured
from copydesk.pipeline.offline.read_page import parse_article

TRIAL_ENTRY_POINT = f"{__name__}:try_page"
"""The entry point of a sandbox that tries pages."""

FIELDS = (
    "title",
    "published_at",
    "modified_at",
    "byline",
    "section",
    "agency",
    "dateline",
    "credit",
    "language",
    "notice",
)
"""The fields of an article that a trial shows, besides its text."""


@dataclass(frozen=True, slots=True)
class FieldTrial(FastPickle):
    """One field of the article, with the page rules and without them."""

    name: str
    """Name of the field, as in ``Article``."""

    value: str
    """The value; empty if there is none."""

    via: str
    """What produced it: a selector, the page's data, or the generic extraction."""

    generic: str
    """The value without page rules."""


@dataclass(frozen=True, slots=True)
class PageTrial(FastPickle):
    """One page, read with a wire's page rules and without them."""

    article: Article
    """With the page rules, if the wire has any and one fits."""

    generic: Article
    """Without them."""

    fields: tuple[FieldTrial, ...]
    """The fields in the order of ``FIELDS``."""

    rule_since: date | None
    """The page rule that ``selectors`` are of: the one that was used, else the one in use at the fetch. None: the wire
    has no page rules."""

    rule_was_used: bool
    """Whether the text comes from that rule."""

    selectors: tuple[SelectorReport, ...]
    """Its selectors."""

    @property
    def unmatched(self) -> tuple[SelectorReport, ...]:
        """The selectors that match nothing; those of ``remove`` may."""
        return tuple(report for report in self.selectors if not report.matches and report.field != "remove")


def try_page(page: Page, source: Source | None) -> PageTrial:
    """Read a page with a wire's page rules and without them.

    Raises:
        QuarantineError: The page cannot be parsed completely.
        BadSource: A selector of the source is not valid CSS.
    """
    bare = source.model_copy(update={"page": ()}) if source else None
    article, generic = parse_article(page, source), parse_article(page, bare)
    tree = parse_html(decode(page.body, page.charset, page.content_type).text)
    rule, was_used = _find_rule(tree, source, page)
    reports = report_selectors(tree, rule) if rule else ()
    data = read_structured(tree, page.final_url or page.url)
    fields = tuple(_try_field(name, article, generic, reports if was_used else (), data) for name in FIELDS)
    return PageTrial(article, generic, fields, rule.since if rule else None, was_used, reports)


def _find_rule(tree: LexborHTMLParser, source: Source | None, page: Page) -> tuple[PageRule | None, bool]:
    """Return the rule that fits the page, else the one in use at the fetch; and whether it fits."""
    if source is None or not source.page:
        return None, False
    rules = list(order_rules(source, page))
    result = apply_page_rule(tree, source, page)
    if result is None:
        return rules[0], False
    return next(rule for rule in rules if result.via.endswith(f"@{rule.since}")), True


def _try_field(
    name: str, article: Article, generic: Article, reports: Sequence[SelectorReport], data: Structured
) -> FieldTrial:
    value = _format_field(article, name)
    return FieldTrial(name, value, _find_origin(name, article, value, reports, data), _format_field(generic, name))


def _format_field(article: Article, name: str) -> str:
    value = getattr(article, name)
    return "" if value is None else value.isoformat() if hasattr(value, "isoformat") else str(value)


def _find_origin(name: str, article: Article, value: str, reports: Sequence[SelectorReport], data: Structured) -> str:
    """Return what produced a field: the rule's selector, the page's data, or what is printed."""
    if not value:
        return ""
    key = name.removesuffix("_at")
    wording = {"published": article.published_source, "modified": article.modified_source}.get(key, value)
    report = next((report for report in reports if report.field == key and report.matches), None)
    if report is not None and (key in {"title", "section"} or _is_part(wording, report.text)):
        return report.selector
    declared: dict[str, Sequence[str]] = {
        "title": (data.headline, data.social_title),
        "published": data.dates,
        "modified": data.modified,
        "byline": (*data.authors, *data.meta_authors),
        "section": (data.section,),
        "language": (data.language,),
    }
    if any(text and _is_part(wording, normalize_line(text)) for text in declared.get(key, ())):
        return "page data"
    return "text" if key in {"agency", "dateline", "credit", "language", "notice"} else "printed"


def _is_part(wording: str, text: str) -> bool:
    wording, text = wording.casefold(), text.casefold()
    return bool(wording) and (wording in text or text in wording)
