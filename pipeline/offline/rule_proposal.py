"""Propose a wire's page rule, boilerplate, agency and time zone from a few of its articles, with the evidence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from copydesk.pipeline.core.fast_pickle import FastPickle
from copydesk.pipeline.core.records import Article, ArticleKind, Page
from copydesk.pipeline.core.source import PageRule, Source
from copydesk.pipeline.core.text import count_words, squash_name
from copydesk.pipeline.core.times import DayOrder
from copydesk.pipeline.extract.blocks import parse_html, read_blocks
from copydesk.pipeline.extract.body_selector import BodyProposal, KnownPage, drop_top_lines, make_key, propose_body
from copydesk.pipeline.extract.charset import decode
from copydesk.pipeline.extract.extraction import extract
from copydesk.pipeline.offline.day_order_guess import guess_day_order
from copydesk.pipeline.offline.field_proposal import add_fields
from copydesk.pipeline.offline.furniture import MIN_PAGES, find_furniture, make_patterns
from copydesk.pipeline.offline.read_page import parse_article
from copydesk.pipeline.offline.zone_guess import guess_zone

PROPOSAL_ENTRY_POINT = f"{__name__}:propose_rule"
"""The entry point of a sandbox that proposes rules."""
MIN_WORDS = 40
"""Words of an article that says something about the layout; flashes do not."""
MAX_LOST = 0.01
MAX_GAINED = 0.03
"""Shares of the generic text that a rule may lose, or add without evidence."""
MAX_TIME_DIFFERENCE = timedelta(days=1)
MAX_SHARED_TEXT = 0.3
"""Two pages with more text in common are versions of one story."""
MAX_OPENINGS = 5
"""Paragraphs among which the first one of the text is, below a banner or a standfirst."""
MAX_OPENING_CHARS = 120
_OPTIONAL_FIELDS = frozenset({"modified_at", "section"})
"""Fields that many wires do not have: they are compared if they have a selector."""
_COMPARED_FIELDS = (
    ("title", "title"), ("text", "body"), ("published_at", "published"), ("modified_at", "modified"),
    ("byline", "byline"), ("section", "section"),
)  # fmt: skip
"""The fields of an article, and the keys of their selectors."""
_MARK = re.compile(r"^.{0,60}?[(/]\s?([^\W\d_][\w.&' -]{1,30}?)\s?(?:[-\u2013]\s[^)/]{2,40})?[)/]")


@dataclass(frozen=True, slots=True)
class ArticleSet(FastPickle):
    """Articles of one wire. The sandbox takes it for a page."""

    wire: str
    pages: tuple[Page, ...]
    country: str = ""
    """Two-letter code of the site's country, if known."""

    @property
    def body(self) -> bytes:
        """The bytes of all pages."""
        return b"".join(page.body for page in self.pages)


@dataclass(frozen=True, slots=True)
class FieldComparison(FastPickle):
    """What a selector and the generic extraction produce for one field of one article."""

    url: str
    field: str
    selector: str
    """Empty: the field has no selector."""
    value: str
    generic: str


@dataclass(frozen=True, slots=True)
class RuleProposal(FastPickle):
    """What to write into the source file, and why."""

    rule: PageRule | None
    """None: no selectors are at least as good as the generic extraction; ``notes`` has the reason."""
    boilerplate: tuple[str, ...]
    agency: str
    language: str
    timezone: str
    zone_is_shown: bool
    """Whether the pages show the time zone; else it follows from the country, or is unknown."""
    day_order: DayOrder | None
    """The order of day and month that the pages show, if it is not the usual one of their language and country."""
    comparisons: tuple[FieldComparison, ...]
    articles: tuple[Article, ...]
    """Each page as the proposed source reads it."""
    notes: tuple[str, ...]
    usable: int
    """Number of articles with a text of their own, from which the rule was learned."""


def propose_rule(articles: ArticleSet, source: Source | None) -> RuleProposal:
    """Propose a page rule from articles of one layout.

    Args:
        articles: The articles.
        source: What is known of the wire.

    Raises:
        QuarantineError: A page cannot be parsed completely.
    """
    if source is None:
        raise ValueError("a proposal needs a source")
    source = source.model_copy(update={"language": _choose_language(articles, source)})
    zone, is_shown = guess_zone(articles.pages, source, articles.country)
    source = source.model_copy(update={"timezone": zone})
    day_order = guess_day_order(articles.pages, source)
    source = source.model_copy(update={"day_order": day_order})
    read = [(page, parse_article(page, source)) for page in articles.pages]
    agency = _find_agency([extract(page, source).paragraphs for page, _ in read], source)
    source = source.model_copy(update={"agency": agency})
    usable = _drop_versions([(page, parse_article(page, source)) for page, _ in read])
    notes: list[str] = []
    boilerplate: tuple[str, ...] = ()
    rule: PageRule | None = None
    if len(usable) < MIN_PAGES:
        notes.append(f"only {len(usable)} of {len(read)} articles have a text of their own: no page rule is proposed.")
    else:
        boilerplate, rule = _propose(usable, source, notes)
    notes += _check_times(read)
    final = source.model_copy(update={"boilerplate": boilerplate, "page": (rule,) if rule else ()})
    return RuleProposal(
        rule, boilerplate, agency, source.language, zone, is_shown, day_order,
        _compare_all(articles.pages, final, source),
        tuple(parse_article(page, final) for page in articles.pages), tuple(notes), len(usable),
    )  # fmt: skip


def _check_times(read: Sequence[tuple[Page, Article]]) -> list[str]:
    """Return a note if pages are read as published on other days than their feed says."""
    pairs = [(article.published_at, page.published_hint) for page, article in read]
    wrong = [time for found, time in pairs if found and time and abs(found - time) > MAX_TIME_DIFFERENCE]
    if not wrong:
        return []
    count = f"{len(wrong)} of {len(read)} articles"
    return [f"{count} print a time that is read as another day than in the feed: correct timezone, or set day_order."]


def _choose_language(articles: ArticleSet, source: Source) -> str:
    found = Counter(extract(page, None).language for page in articles.pages)
    best = next((language for language, _ in found.most_common() if re.fullmatch("[a-z]{2}", language)), "")
    return best or source.language


def _drop_versions(read: Sequence[tuple[Page, Article]]) -> list[tuple[Page, Article]]:
    """Return the articles with a text, one per story."""
    kept: list[tuple[Page, Article]] = []
    for page, article in read:
        words = sum(map(count_words, article.paragraphs))
        if article.kind is ArticleKind.REFUSED or words < MIN_WORDS:
            continue
        own = set(article.paragraphs)
        if all(_share(own & set(other.paragraphs), own) <= MAX_SHARED_TEXT for _, other in kept):
            kept.append((page, article))
    return kept


def _share(part: Iterable[str], whole: Iterable[str]) -> float:
    return sum(map(len, part)) / max(1, sum(map(len, whole)))


def _propose(
    usable: Sequence[tuple[Page, Article]], source: Source, notes: list[str]
) -> tuple[tuple[str, ...], PageRule | None]:
    """Return boilerplate patterns, and a page rule that is at least as good as the generic extraction."""
    trees = [parse_html(decode(page.body, page.charset, page.content_type).text) for page, _ in usable]
    furniture = find_furniture(
        [[block.text for block in read_blocks(tree.body)] if tree.body else [] for tree in trees]
    )
    known = []
    for tree, (page, article) in zip(trees, usable, strict=True):
        printed = [
            text for text in extract(page, source).paragraphs if any(part in text for part in article.paragraphs)
        ]
        known.append(KnownPage(tree, tuple(printed), furniture))
    body = propose_body(known)
    boilerplate = make_patterns([article.paragraphs for _, article in usable], furniture)
    if body is None:
        notes.append("no selector selects the text of all articles: no page rule is proposed.")
        return boilerplate, None
    rule = add_fields(PageRule(body=body.selector), trees, usable, source)
    ruled = _read_with(rule, usable, source)
    if any(old.byline and old.byline != new.byline for (_, old), new in zip(usable, ruled, strict=True)):
        # With a time from a selector, the lines around the text are not read, and one of them has the author.
        rule = rule.model_copy(update={"published": "", "byline": ""})
        ruled = _read_with(rule, usable, source)
    boilerplate = make_patterns([article.paragraphs for article in ruled], furniture)
    reason = _find_objection(ruled, [article for _, article in usable], furniture, body)
    if reason:
        notes.append(f"the selector {body.selector} {reason}: no page rule is proposed.")
        generic = [article.paragraphs for _, article in usable]
        return make_patterns(generic, furniture), None
    return boilerplate, rule


def _read_with(rule: PageRule, usable: Sequence[tuple[Page, Article]], source: Source) -> list[Article]:
    with_rule = source.model_copy(update={"page": (rule,)})
    return [parse_article(page, with_rule) for page, _ in usable]


def _find_objection(
    ruled: Sequence[Article], generic: Sequence[Article], furniture: frozenset[str], body: BodyProposal
) -> str:
    """Return why a rule is worse than the generic extraction; empty if it is not."""
    for with_rule, without in zip(ruled, generic, strict=True):
        old = {text for text in drop_top_lines(without.paragraphs) if make_key(text) not in furniture}
        new = {text for text in with_rule.paragraphs if make_key(text) not in furniture}
        if not with_rule.via.startswith("rule:"):
            return "selects only a part of the text"
        if _share(old - new, old) > MAX_LOST:
            return "loses text that the generic extraction finds"
        if _share(new - old, old) > MAX_GAINED:
            return "adds text that the generic extraction leaves out"
    return "" if body.coverage else "selects nothing"


def _find_agency(texts: Sequence[Sequence[str]], source: Source) -> str:
    """Return the mark with which the wire signs its own texts, which resembles its name; empty if there is none."""
    marks: Counter[str] = Counter()
    for paragraphs in texts:
        openings = [_MARK.match(text[:MAX_OPENING_CHARS]) for text in paragraphs[:MAX_OPENINGS]]
        marks.update({match[1].strip() for match in openings if match is not None})
    names = (squash_name(source.title), squash_name(source.host))
    return next((mark for mark, _ in marks.most_common() if any(squash_name(mark) in name for name in names)), "")


def _compare_all(pages: Sequence[Page], final: Source, generic: Source) -> tuple[FieldComparison, ...]:
    return tuple(row for page in pages for row in _compare(page, final, generic))


def _compare(page: Page, final: Source, generic: Source) -> list[FieldComparison]:
    rule = final.page[0] if final.page else None
    with_rule = parse_article(page, final)
    without = parse_article(page, generic)
    rows = []
    for field, key in _COMPARED_FIELDS:
        values = [_show(article, field) for article in (with_rule, without)]
        selector = getattr(rule, key) if rule else ""
        if selector or field not in _OPTIONAL_FIELDS:
            rows.append(FieldComparison(page.url, field, selector, *values))
    return rows


def _show(article: Article, field: str) -> str:
    if field == "text":
        words = sum(map(count_words, article.paragraphs))
        return f"{len(article.paragraphs)} paragraphs, {words} words"
    value = getattr(article, field)
    return value.isoformat() if isinstance(value, datetime) else str(value or "")
