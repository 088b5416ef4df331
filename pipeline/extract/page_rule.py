"""Apply a source's page rules: CSS selectors per layout, the newest in use at the fetch first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from copydesk.pipeline.core.errors import BadSource
from copydesk.pipeline.core.records import DroppedText, Page
from copydesk.pipeline.core.source import PageRule, Source
from copydesk.pipeline.core.text import count_words, normalize_line
from copydesk.pipeline.extract.blocks import read_blocks

_SILENT_TAGS = frozenset({"script", "style"})
# A rule that finds fewer words may have found only a part of the text. It belongs to another layout if the running text
# around it, in paragraphs of at least _MIN_PARAGRAPH_WORDS, has more than _MAX_PART_RATIO times its words.
_MIN_BODY_WORDS = 60
_MAX_PART_RATIO = 3
_MIN_PARAGRAPH_WORDS = 8


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What a rule extracted; fields without a selector are empty."""

    via: str
    """``rule:<source>@<since>``."""
    paragraphs: tuple[str, ...]
    """The body's paragraphs, in page order."""
    title: str = ""
    """The headline."""
    published: str = ""
    """Wording of the publication time."""
    modified: str = ""
    """Wording of the time of last change."""
    byline: str = ""
    """Wording of the byline."""
    section: str = ""
    """Name of the section."""
    dropped: tuple[DroppedText, ...] = ()
    """What the rule's ``remove`` selectors cut."""


def order_rules(source: Source, page: Page) -> Iterator[PageRule]:
    """Yield the rules in use at the fetch, newest first, then later ones, oldest first."""
    if len(source.page) == 1:
        return iter(source.page)
    day = page.fetched_at.date()
    rules = sorted(source.page, key=lambda rule: rule.since, reverse=True)
    used = (rule for rule in rules if rule.since <= day)
    return chain(used, (rule for rule in reversed(rules) if rule.since > day))


def read_field(tree: LexborHTMLParser, selector: str) -> str:
    """Return the text of the first match of ``css`` or the value of ``css@attribute``; empty if there is none."""
    if not selector:
        return ""
    css, _, attribute = selector.partition("@")
    node = tree.css_first(css.strip())
    if node is None:
        return ""
    return normalize_line((node.attributes.get(attribute.strip()) or "") if attribute else node.text(deep=True))


class _InsideElements:
    """Tests whether nodes are inside any of some elements; each ancestor is visited once for all nodes."""

    def __init__(self, elements: Iterable[LexborNode]) -> None:
        self._is_inside_by_id = dict.fromkeys((node.mem_id for node in elements), True)

    def __call__(self, node: LexborNode) -> bool:
        passed: list[int] = []
        inside: bool | None = None
        parent = node.parent if self._is_inside_by_id else None
        while parent is not None and (inside := self._is_inside_by_id.get(parent.mem_id)) is None:
            passed.append(parent.mem_id)
            parent = parent.parent
        self._is_inside_by_id.update(dict.fromkeys(passed, bool(inside)))
        return bool(inside)


@dataclass(frozen=True, slots=True)
class _Selection:
    """The nodes of a rule's body."""

    kept: tuple[LexborNode, ...] = ()
    """Nodes with the article's paragraphs."""
    excluded: tuple[LexborNode, ...] = ()
    """Body nodes inside an element to remove."""
    cut: tuple[LexborNode, ...] = ()
    """Elements to remove from kept nodes."""


def _select_nodes(tree: LexborHTMLParser, rule: PageRule) -> _Selection:
    """Apply a rule's ``body`` and ``remove`` selectors."""
    nodes = tree.css(rule.body)
    if not nodes:
        return _Selection()
    chosen = {node.mem_id for node in nodes}
    unwanted = {node.mem_id: node for selector in rule.remove for node in tree.css(selector)}
    unwanted = {identity: node for identity, node in unwanted.items() if identity not in chosen}
    is_unwanted, is_chosen = _InsideElements(unwanted.values()), _InsideElements(nodes)
    excluded = tuple(node for node in nodes if is_unwanted(node))
    kept = tuple(node for node in nodes if not is_unwanted(node) and not is_chosen(node))
    return _Selection(
        kept, excluded, tuple(node for node in unwanted.values() if is_chosen(node) and not is_unwanted(node))
    )


def read_paragraphs(tree: LexborHTMLParser, rule: PageRule) -> tuple[tuple[str, ...], tuple[DroppedText, ...]]:
    """Return the paragraphs of a rule's body, and what it removes from them."""
    selection = _select_nodes(tree, rule)
    if selection.cut:
        # Cutting changes the tree, and the rule may still fail: cut from a copy.
        selection = _select_nodes(tree.clone(), rule)
    dropped = [DroppedText("rule", normalize_line(node.text(deep=True))) for node in selection.excluded]
    for node in selection.cut:
        if (node.tag or "") not in _SILENT_TAGS and (text := normalize_line(node.text(deep=True))):
            dropped.append(DroppedText("rule", text))
        node.decompose()
    return tuple(text for node in selection.kept for text in _read_node_paragraphs(node)), tuple(dropped)


def _is_partial_body(tree: LexborHTMLParser, rule: PageRule, paragraphs: tuple[str, ...]) -> bool:
    """Return whether the element around the rule's paragraphs has far more running text than they are.

    What the rule removes does not count.
    """
    word_count = sum(map(count_words, paragraphs))
    node = tree.css_first(rule.body) if word_count < _MIN_BODY_WORDS else None
    container = node.parent if node is not None and node.tag == "p" else None
    if container is None or container.tag in {"body", "main"}:
        return False
    if count_words(container.text(deep=True, separator=" ")) <= word_count * _MAX_PART_RATIO:
        return False  # the usual case, decided without parsing blocks
    removed = {node.mem_id for selector in rule.remove for node in tree.css(selector)}
    blocks = (block for block in read_blocks(container) if removed.isdisjoint(block.ancestor_ids))
    texts = [block.text for block in blocks if not block.zone and block.link_share < 0.5]
    return (
        sum(words for text in texts if (words := count_words(text)) >= _MIN_PARAGRAPH_WORDS)
        > word_count * _MAX_PART_RATIO
    )


def _read_node_paragraphs(node: LexborNode) -> list[str]:
    """Return the paragraphs in a node. Most nodes contain nothing but text: that needs no walk."""
    child = node.first_child
    if child is not None and child.next is None and child.tag == "-text":
        return [text] if (text := normalize_line(child.text_content or "")) else []
    return [block.text for block in read_blocks(node)]


def apply_page_rule(tree: LexborHTMLParser, source: Source, page: Page) -> RuleResult | None:
    """Return what the source's first fitting rule extracts; None if no rule finds a whole body.

    A rule that finds no body, or only a part of one, belongs to another layout.

    Raises:
        BadSource: A selector of the source is not valid CSS.
    """
    for rule in order_rules(source, page):
        try:
            paragraphs, dropped = read_paragraphs(tree, rule)
            if not paragraphs or _is_partial_body(tree, rule, paragraphs):
                continue
            return RuleResult(
                via=f"rule:{source.name}@{rule.since}",
                paragraphs=paragraphs,
                title=read_field(tree, rule.title),
                published=read_field(tree, rule.published),
                modified=read_field(tree, rule.modified),
                byline=read_field(tree, rule.byline),
                section=read_field(tree, rule.section),
                dropped=dropped,
            )
        except SelectolaxError as error:
            raise BadSource(
                f"The wire {source.name}: a selector of its page rule of {rule.since} is not CSS: {error}.",
                "Correct the selector in the wire's TOML file.",
            ) from None
    return None
