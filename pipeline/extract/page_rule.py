"""A source's own rule: CSS selectors of a layout, the newest that was in use when the page was fetched first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from copydesk.pipeline.core.errors import BadSource
from copydesk.pipeline.core.records import Dropped, Page
from copydesk.pipeline.core.source import PageRule, Source
from copydesk.pipeline.core.text import count_words, normalize_line
from copydesk.pipeline.extract.blocks import read_blocks

_SILENT = frozenset({"script", "style"})
# A rule that found fewer words than this may have found a part of the text: where it has less than a third of the
# running text around it, of which a paragraph has at least so many words, it is of another layout.
_FEW_WORDS = 60
_PART = 3
_RUNNING_WORDS = 8


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule read; fields that it has no selector for are empty."""

    via: str
    paragraphs: tuple[str, ...]
    title: str = ""
    published: str = ""
    modified: str = ""
    byline: str = ""
    section: str = ""
    dropped: tuple[Dropped, ...] = ()


def _order(source: Source, page: Page) -> Iterator[PageRule]:
    if len(source.page) == 1:
        return iter(source.page)
    day = page.fetched_at.date()
    rules = sorted(source.page, key=lambda rule: rule.since, reverse=True)
    used = (rule for rule in rules if rule.since <= day)
    return chain(used, (rule for rule in reversed(rules) if rule.since > day))


def _read_field(tree: LexborHTMLParser, selector: str) -> str:
    if not selector:
        return ""
    css, _, attribute = selector.partition("@")
    node = tree.css_first(css.strip())
    if node is None:
        return ""
    return normalize_line((node.attributes.get(attribute.strip()) or "") if attribute else node.text(deep=True))


class _Inside:
    """Whether nodes stand inside any of some elements; what is around several of them is looked at once."""

    def __init__(self, elements: Iterable[LexborNode]) -> None:
        self._known = dict.fromkeys((node.mem_id for node in elements), True)

    def __call__(self, node: LexborNode) -> bool:
        passed: list[int] = []
        inside: bool | None = None
        parent = node.parent if self._known else None
        while parent is not None and (inside := self._known.get(parent.mem_id)) is None:
            passed.append(parent.mem_id)
            parent = parent.parent
        self._known.update(dict.fromkeys(passed, bool(inside)))
        return bool(inside)


@dataclass(frozen=True, slots=True)
class _Selection:
    """The nodes of a rule's body: ``kept``, and those ``left`` out as a whole; ``cut`` is what goes out of them."""

    kept: tuple[LexborNode, ...] = ()
    left: tuple[LexborNode, ...] = ()
    cut: tuple[LexborNode, ...] = ()


def _select(tree: LexborHTMLParser, rule: PageRule) -> _Selection:
    nodes = tree.css(rule.body)
    if not nodes:
        return _Selection()
    chosen = {node.mem_id for node in nodes}
    unwanted = {node.mem_id: node for selector in rule.remove for node in tree.css(selector)}
    unwanted = {identity: node for identity, node in unwanted.items() if identity not in chosen}
    is_unwanted, is_chosen = _Inside(unwanted.values()), _Inside(nodes)
    left = tuple(node for node in nodes if is_unwanted(node))
    kept = tuple(node for node in nodes if not is_unwanted(node) and not is_chosen(node))
    return _Selection(
        kept, left, tuple(node for node in unwanted.values() if is_chosen(node) and not is_unwanted(node))
    )


def _read_paragraphs(tree: LexborHTMLParser, rule: PageRule) -> tuple[tuple[str, ...], tuple[Dropped, ...]]:
    found = _select(tree, rule)
    if found.cut:
        # Cutting changes the tree, and the rule may yet fail: it is done in a copy.
        found = _select(tree.clone(), rule)
    dropped = [Dropped("rule", normalize_line(node.text(deep=True))) for node in found.left]
    for node in found.cut:
        if (node.tag or "") not in _SILENT and (text := normalize_line(node.text(deep=True))):
            dropped.append(Dropped("rule", text))
        node.decompose()
    return tuple(text for node in found.kept for text in _read_texts(node)), tuple(dropped)


def _is_part(tree: LexborHTMLParser, rule: PageRule, paragraphs: tuple[str, ...]) -> bool:
    """Whether the element that holds the rule's paragraphs has far more running text than they are; what the rule
    removes is none of it.
    """
    found = sum(map(count_words, paragraphs))
    node = tree.css_first(rule.body) if found < _FEW_WORDS else None
    holder = node.parent if node is not None and node.tag == "p" else None
    if holder is None or holder.tag in {"body", "main"}:
        return False
    if count_words(holder.text(deep=True, separator=" ")) <= found * _PART:
        return False  # as is most often so, and told without its blocks
    removed = {node.mem_id for selector in rule.remove for node in tree.css(selector)}
    blocks = (block for block in read_blocks(holder) if removed.isdisjoint(block.path))
    texts = [block.text for block in blocks if not block.zone and block.link_share < 0.5]
    return sum(words for text in texts if (words := count_words(text)) >= _RUNNING_WORDS) > found * _PART


def _read_texts(node: LexborNode) -> list[str]:
    """The paragraphs in a node; one that holds nothing but a run of text, as most do, needs no walk."""
    child = node.first_child
    if child is not None and child.next is None and child.tag == "-text":
        return [text] if (text := normalize_line(child.text_content or "")) else []
    return [block.text for block in read_blocks(node)]


def read_rule(tree: LexborHTMLParser, source: Source, page: Page) -> Found | None:
    """What the source's newest fitting rule reads; None where no rule finds a body, or only a part of
    one: the layout is another.

    Raises:
        BadSource: a selector of the source is not CSS.
    """
    for rule in _order(source, page):
        try:
            paragraphs, dropped = _read_paragraphs(tree, rule)
            if not paragraphs or _is_part(tree, rule, paragraphs):
                continue
            return Found(
                via=f"rule:{source.name}@{rule.since}",
                paragraphs=paragraphs,
                title=_read_field(tree, rule.title),
                published=_read_field(tree, rule.published),
                modified=_read_field(tree, rule.modified),
                byline=_read_field(tree, rule.byline),
                section=_read_field(tree, rule.section),
                dropped=dropped,
            )
        except SelectolaxError as error:
            raise BadSource(
                f"The wire {source.name}: a selector of its page rule of {rule.since} is not CSS: {error}.",
                "Correct the selector in the wire's TOML file.",
            ) from None
    return None
