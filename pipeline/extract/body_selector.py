"""Propose the selector of an article's paragraphs, from several pages of one layout and what is known of their text."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from copydesk.pipeline.core.source import PageRule
from copydesk.pipeline.core.text import normalize_line
from copydesk.pipeline.extract.css_steps import (
    common_steps,
    list_ancestors,
    list_anchored,
    list_classes,
    measure_complexity,
)
from copydesk.pipeline.extract.page_rule import read_paragraphs

MIN_COVERAGE = 0.97
"""Share of the characters of the known text that a selector must select on each page."""
MAX_CANDIDATES = 400
MAX_EXCLUSIONS = 4
_UNIT_TAGS = frozenset({"p", "div", "span", "font", "li", "td", "blockquote", "h2", "h3", "h4", "pre", "section", "dd"})
_PARAGRAPH_TAGS = frozenset({"p", "li", "blockquote", "h2", "h3", "h4", "pre"})
_SIDE_SELECTORS = ("h2", "h3", "h4", "ul > li", "ol > li", "blockquote", "p")
_MIN_PROSE_CHARS = 60
_SENTENCE_END = re.compile(r"[.!?\u2026\u3002\uff01\uff1f\u061f\u06d4\u0964:][\"'\u201d\u2019\u00bb\u300d)\]]{0,2}$")
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class KnownPage:
    """A page with what the generic extraction found on it."""

    tree: LexborHTMLParser
    text: tuple[str, ...]
    """The paragraphs, as printed."""
    furniture: frozenset[str]
    """Keys of the texts that other pages of the layout print too."""


@dataclass(frozen=True, slots=True)
class BodyProposal:
    """A selector, and how well it selects the known text."""

    selector: str
    score: float
    coverage: float
    """Of the page with the lowest one, 0 to 1."""
    extra: float
    """Share of what it selects that is not known text, of the page with the highest one, 0 to 1."""


def make_key(text: str) -> str:
    """Return what two printings of one standing text have in common: case and numbers do not count."""
    return _DIGITS.sub("0", text.casefold())


def is_prose(text: str) -> bool:
    """Return whether a paragraph reads like running text, and not like a line of names and times."""
    return len(text) >= _MIN_PROSE_CHARS or _SENTENCE_END.search(text) is not None


def drop_top_lines(text: Sequence[str]) -> tuple[str, ...]:
    """Return an article's paragraphs without the lines above its first prose: byline, time, reading time."""
    start = next((at for at, paragraph in enumerate(text) if _is_text(paragraph)), 0)
    return tuple(text[start:])


def _is_text(paragraph: str) -> bool:
    return _SENTENCE_END.search(paragraph) is not None and len(paragraph) >= _MIN_PROSE_CHARS / 2


def propose_body(pages: Sequence[KnownPage]) -> BodyProposal | None:
    """Return the best selector of the known text on all pages; None if no selector covers it."""
    wanted = [{text for text in drop_top_lines(page.text) if make_key(text) not in page.furniture} for page in pages]
    found = [_find_units(page.tree, texts) for page, texts in zip(pages, wanted, strict=True)]
    if not all(found):
        return None
    candidates = list(dict.fromkeys(_list_candidates(found)))[:MAX_CANDIDATES]
    proposals = [_rate(selector, pages, wanted) for selector in candidates]
    best = max((proposal for proposal in proposals if proposal), key=lambda proposal: proposal.score, default=None)
    if best is None:
        return None
    refined = [_rate(selector, pages, wanted) for selector in _list_refinements(best.selector, pages, wanted)]
    best = max([best, *filter(None, refined)], key=lambda proposal: proposal.score)
    return _add_subheads(best, pages, wanted) if best.coverage >= MIN_COVERAGE else None


def _find_units(tree: LexborHTMLParser, wanted: set[str]) -> list[LexborNode]:
    """Return the innermost elements with a known paragraph as their whole text, in the part of the page with most."""
    longest = max(map(len, wanted), default=0)
    innermost: dict[str, list[LexborNode]] = defaultdict(list)
    body = tree.body
    for node in body.traverse(include_text=False) if body is not None else ():
        if node.tag not in _UNIT_TAGS:
            continue
        text = node.text(deep=True)
        if len(text) > 3 * longest + 400 or (line := normalize_line(text)) not in wanted:
            continue
        others = innermost[line]
        if others and _is_inside(node, others[-1]):
            others.pop()
        others.append(node)
    weights: Counter[int] = Counter()
    for line, nodes in innermost.items():
        for node in nodes:
            weights.update({parent.mem_id: len(line) for parent in _take_two(node)})
    return [
        max(nodes, key=lambda node: max((weights[parent.mem_id] for parent in _take_two(node)), default=0))
        for nodes in innermost.values()
    ]


def _take_two(node: LexborNode) -> list[LexborNode]:
    return [parent for parent, _ in zip(list_ancestors(node), range(2), strict=False)]


def _is_inside(node: LexborNode, other: LexborNode) -> bool:
    return any(parent.mem_id == other.mem_id for parent in list_ancestors(node))


def _list_candidates(found: Sequence[Sequence[LexborNode]]) -> Iterator[str]:
    """Yield selectors: of the innermost elements and the one around each, below what all pages have in common."""
    innermost = Counter(node.tag for nodes in found for node in nodes)
    is_plain = innermost.most_common(1)[0][0] in _PARAGRAPH_TAGS
    for level in (0,) if is_plain else (0, 1):  # a box around a paragraph is no better than the paragraph
        units = [[_climb(node, level) for node in nodes] for nodes in found]
        kinds = [Counter(node.tag for node in nodes) for nodes in units]
        main_tags = [tag for tag, _ in sum(kinds, Counter()).most_common(2) if all(kind[tag] for kind in kinds)]
        for tag in main_tags:
            chosen = [[node for node in nodes if node.tag == tag] for nodes in units]
            chains = [_find_common_chain(nodes) for nodes in chosen]
            steps = common_steps([node for nodes in chosen for node in nodes]) or [str(tag)]
            for unit in dict.fromkeys((*steps, str(tag))):
                if tag not in _PARAGRAPH_TAGS and unit.removesuffix(":not([class])") == tag:
                    continue  # any box of another layout would match
                for selector in list_anchored(chains, unit):
                    yield selector
                    yield from _add_side_units(selector, units, str(tag))
                if "." in unit or "[" in unit:
                    yield unit


def _climb(node: LexborNode, levels: int) -> LexborNode:
    for _ in range(levels):
        parent = node.parent
        if parent is None or parent.tag in {"body", None}:
            break
        node = parent
    return node


def _find_common_chain(nodes: Sequence[LexborNode]) -> list[LexborNode]:
    """Return the elements around most of the nodes, innermost first."""
    counts = Counter(parent.mem_id for node in nodes for parent in list_ancestors(node))
    best: list[LexborNode] = []
    for node in nodes:
        chain = [parent for parent in list_ancestors(node) if counts[parent.mem_id] >= 0.6 * len(nodes)]
        if len(chain) > len(best):
            best = chain
    return best


def _add_side_units(selector: str, units: Sequence[Sequence[LexborNode]], tag: str) -> Iterator[str]:
    """Yield the selector together with those of subheads, lists and quotations in the same element."""
    tags = {node.tag for nodes in units for node in nodes} - {tag}
    anchor, found, _ = selector.rpartition(" > ")
    sides = [side for side in _SIDE_SELECTORS if side.rpartition(" ")[2] in tags]
    if found and sides:
        yield ", ".join([selector, *(f"{anchor} > {side}" for side in sides)])


def _add_subheads(best: BodyProposal, pages: Sequence[KnownPage], wanted: Sequence[set[str]]) -> BodyProposal:
    """Return the proposal with subheads next to the paragraphs, which other articles may have, if nothing is added."""
    anchor, found, _ = best.selector.rpartition(" > ")
    if not found or "," in best.selector:
        return best
    wider = _rate(f"{best.selector}, {anchor} > h2, {anchor} > h3", pages, wanted)
    is_as_good = wider is not None and wider.coverage >= best.coverage and wider.extra <= best.extra
    return wider if wider is not None and is_as_good else best


def _rate(selector: str, pages: Sequence[KnownPage], wanted: Sequence[set[str]]) -> BodyProposal | None:
    """Rate a selector; None if it selects nothing on a page, or less than most of the known text."""
    rule = PageRule(body=selector)
    score, coverages, extras = 0.0, [], []
    for page, texts in zip(pages, wanted, strict=True):
        paragraphs, _ = read_paragraphs(page.tree, rule)
        selected = [text for text in paragraphs if make_key(text) not in page.furniture]
        hit = sum(len(text) for text in set(selected) & texts)
        total = sum(map(len, texts))
        extra = sum(len(text) for text in selected if text not in texts)
        repeated = sum(len(text) for text in paragraphs if make_key(text) in page.furniture)
        doubled = sum(map(len, selected)) - sum(map(len, set(selected)))
        coverages.append(hit / max(1, total))
        extras.append((extra + doubled) / max(1, hit + extra))
        if coverages[-1] < MIN_COVERAGE - 0.1:
            return None
        score += coverages[-1] - 0.6 * extras[-1] - 0.6 * repeated / max(1, total) - 0.6 * doubled / max(1, total)
    score = score / len(pages) - 0.004 * measure_complexity(selector)
    return BodyProposal(selector, score, min(coverages), max(extras))


def _list_refinements(selector: str, pages: Sequence[KnownPage], wanted: Sequence[set[str]]) -> Iterator[str]:
    """Yield the selector without elements of classes that only other texts have."""
    if "," in selector:
        return
    good: set[str] = set()
    bad: Counter[str] = Counter()
    is_plain = True
    for page, texts in zip(pages, wanted, strict=True):
        for node in page.tree.css(selector):
            names = list_classes(node)
            if normalize_line(node.text(deep=True)) in texts:
                good.update(names)
                is_plain &= not (node.attributes.get("class") or "").strip()
            else:
                bad.update(names)
    excluded = [name for name, _ in bad.most_common() if name not in good][:MAX_EXCLUSIONS]
    if is_plain and bad:
        yield f"{selector}:not([class])"
    for count in range(1, len(excluded) + 1):
        yield selector + "".join(f":not(.{name})" for name in excluded[:count])
