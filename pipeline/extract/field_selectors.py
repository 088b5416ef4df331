"""Propose the selectors of title, times, author and section: those that give the known value on every page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from selectolax.lexbor import LexborHTMLParser, LexborNode

from copydesk.pipeline.core.text import normalize_line
from copydesk.pipeline.extract.css_steps import list_ancestors, list_anchored, list_steps, measure_complexity
from copydesk.pipeline.extract.page_rule import read_field

MAX_CANDIDATES = 200
MAX_TIME_CHARS = 90
"""Characters of a printed time with the words around it."""
MAX_BYLINE_CHARS = 200
_META_NAMES = ("property", "name", "itemprop")
_MAX_SCAN_CHARS = 400
"""Characters of an attribute in which words are searched."""
_AUTHOR_WORDS = re.compile(r"author|byline|reporter|writer|autor|auteur", re.IGNORECASE)
_TIME_WORDS = re.compile(r"date|time|publi|issued", re.IGNORECASE)
_SECTION_WORDS = re.compile(r"section|category|channel|topic", re.IGNORECASE)
_PLAIN_VALUE = re.compile(r"[A-Za-z][\w.:-]{1,60}")

Check = Callable[[int, str], bool]
"""Returns whether a wording on a page gives the known value. Takes the number of the page and the wording."""


def propose_title(trees: Sequence[LexborHTMLParser], titles: Sequence[str]) -> str:
    """Return the best selector of the known headlines; empty if there is none."""

    def check(page: int, wording: str) -> bool:
        return normalize_line(wording) == titles[page]

    declared = iter(["meta[property='og:title']@content"])
    return _choose(trees, _list_title_candidates(trees, titles), check) or _choose(trees, declared, check)


def propose_published(trees: Sequence[LexborHTMLParser], check: Check) -> str:
    """Return the best selector of the publication times that ``check`` accepts; empty if there is none."""
    return _choose(trees, _list_time_candidates(trees[0]), check, text_cost=1.0)


def propose_modified(trees: Sequence[LexborHTMLParser], check: Check, changed: int) -> str:
    """Return the best selector of the times of change that ``check`` accepts; empty if there is none.

    Args:
        trees: The pages.
        check: Whether a wording gives the known time; an empty one is right for a page that was never changed.
        changed: The number of a page that was changed.
    """
    return _choose(trees, _list_time_candidates(trees[changed]), check, text_cost=1.0)


def propose_section(trees: Sequence[LexborHTMLParser], sections: Sequence[str]) -> str:
    """Return the best selector of the known sections; empty if there is none, or a page's section is not known.

    One section says nothing: a selector that always finds it may select the name of anything.
    """
    if not all(sections) or len(set(sections)) < min(2, len(trees)):
        return ""

    def check(page: int, wording: str) -> bool:
        return normalize_line(wording) == sections[page]

    return _choose(trees, _list_section_candidates(trees[0], sections[0]), check)


def propose_byline(trees: Sequence[LexborHTMLParser], check: Check, name: str) -> str:
    """Return the best selector of the author lines that ``check`` accepts; empty if there is none.

    Args:
        trees: The pages.
        check: Whether a wording gives the known author.
        name: The author of the first page.
    """
    return _choose(trees, _list_author_candidates(trees[0], name), check)


def _choose(trees: Sequence[LexborHTMLParser], candidates: Iterator[str], check: Check, text_cost: float = 0.0) -> str:
    """Return the simplest of the candidates that give the known value on all pages, unique ones first.

    Args:
        trees: The pages.
        candidates: Selectors.
        check: Whether a wording gives the known value.
        text_cost: What a selector of a printed text costs more than one of an attribute.
    """
    best, best_cost = "", float("inf")
    for number, selector in enumerate(dict.fromkeys(candidates)):
        if number >= MAX_CANDIDATES:
            break
        if all(check(page, read_field(tree, selector)) for page, tree in enumerate(trees)):
            css = selector.partition("@")[0]
            surplus = max(len(tree.css(css)) for tree in trees) - 1
            is_inside = " " in css
            cost = measure_complexity(selector) + 0.5 * min(surplus, 4) + 0.002 * number + 0.5 * is_inside
            if "@" not in selector:
                cost += text_cost + len(read_field(trees[0], selector)) / 100
            if cost < best_cost:
                best, best_cost = selector, cost
    return best


def _list_node_selectors(node: LexborNode) -> Iterator[str]:
    steps = list_steps(node)
    yield from (step for step in steps if ":not(" not in step)
    chain = list(list_ancestors(node))
    for step in steps[:3]:
        yield from list_anchored([chain], step)


def _list_title_candidates(trees: Sequence[LexborHTMLParser], titles: Sequence[str]) -> Iterator[str]:
    tree, title = trees[0], titles[0]
    for node in tree.css("h1, h2, h3, b, strong, font, span, div"):
        text = node.text(deep=True)
        if len(text) <= 2 * len(title) + 40 and normalize_line(text) == title:
            yield from _list_node_selectors(node)


def _list_time_candidates(tree: LexborHTMLParser) -> Iterator[str]:
    yield from _list_meta_candidates(tree, _TIME_WORDS)
    for node in tree.css("time[datetime], [itemprop=datePublished]"):
        attribute = next((name for name in ("datetime", "content") if node.attributes.get(name)), "")
        yield from (f"{selector}@{attribute}" if attribute else selector for selector in _list_node_selectors(node))
    for node in tree.css("time, span, div, p, li, td, font, small"):
        text = node.text(deep=True)
        if len(text) > 3 * MAX_TIME_CHARS or len(line := normalize_line(text)) > MAX_TIME_CHARS:
            continue
        if sum(char.isdigit() for char in line) >= 3:
            yield from (selector for selector in _list_node_selectors(node) if any(sign in selector for sign in ".#["))


def _list_section_candidates(tree: LexborHTMLParser, section: str) -> Iterator[str]:
    yield from _list_meta_candidates(tree, _SECTION_WORDS)
    for node in tree.css("a, span, div, p, li, strong, b"):
        text = node.text(deep=True)
        if len(text) <= 2 * len(section) + 40 and normalize_line(text) == section:
            yield from (selector for selector in _list_node_selectors(node) if any(sign in selector for sign in ".#["))


def _list_author_candidates(tree: LexborHTMLParser, name: str) -> Iterator[str]:
    for node in tree.css("a, span, div, p, li, address, font"):
        names = " ".join(node.attributes.get(key) or "" for key in ("class", "id", "rel", "itemprop", "data-testid"))
        parent = node.parent
        if parent is not None:
            names += " " + (parent.attributes.get("class") or "") + " " + (parent.attributes.get("data-testid") or "")
        text = node.text(deep=True)
        if len(text) <= MAX_BYLINE_CHARS and (
            _AUTHOR_WORDS.search(names[:_MAX_SCAN_CHARS]) or (name and name in normalize_line(text))
        ):
            yield from _list_node_selectors(node)
    yield from _list_meta_candidates(tree, _AUTHOR_WORDS)


def _list_meta_candidates(tree: LexborHTMLParser, words: re.Pattern[str]) -> Iterator[str]:
    for node in tree.css("meta[content]"):
        for key in _META_NAMES:
            value = node.attributes.get(key) or ""
            if words.search(value[:_MAX_SCAN_CHARS]) and _PLAIN_VALUE.fullmatch(value):
                yield f"meta[{key}='{value}']@content"
