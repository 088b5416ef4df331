"""Split a page into blocks: one per paragraph that a reader sees, with what the markup says about it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from copydesk.pipeline.core.errors import QuarantineError
from copydesk.pipeline.core.text import normalize_line
from copydesk.pipeline.extract.zones import find_zone, load_zone_rules, split_class_names

HEADING_TAGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
BOILERPLATE_ZONE = "boilerplate"
"""Zone of blocks that the caller knows to be printed around articles."""
# Elements that may contain a paragraph as their own text.
TEXT_TAGS = frozenset(
    {"p", "blockquote", "li", "dd", "dt", "pre", "div", "section", "article", "td", "body", "main", "center"}
)
# No page that people read is nested deeper. A block keeps its path, so memory grows with depth.
MAX_DEPTH = 1000
# The parser's time grows with the square of the number of open elements; no page needs as many.
MAX_OPEN_ELEMENTS = 5000
# Elements that no other start tag closes: left open, they nest.
_NESTING_TAGS = frozenset({
    "div", "span", "section", "article", "blockquote", "table", "ul", "ol", "dl", "b", "i", "em", "strong", "font",
    "center", "main",
})  # fmt: skip
# Characters of the longest of their tags.
_MAX_TAG_CHARS = 12
_TAG_NAME = re.compile(r"/?[a-zA-Z]{1,10}\b")
# A zone with more than this part of the page's text is ignored: its name must mean something else.
_MAX_ZONE_SHARE = 0.34
# Exception: an overlay up to this length is a zone whatever its share. Next to a flash it is most of the text.
_MAX_OVERLAY_CHARS = 400


@dataclass(slots=True, eq=False)
class Block:
    """One paragraph as the page prints it."""

    text: str
    """Normalized text, on one line."""
    tag: str
    """Name of the element that opened the block."""
    linked_chars: int
    """Number of its characters inside links, without blanks."""
    ancestor_ids: tuple[int, ...]
    """Identities of the elements around the text, outermost first; the block's own element is the last."""
    ancestor_names: tuple[str, ...]
    """Tag and class words of each of these elements, in the same order."""
    ancestor_zones: tuple[tuple[int, str], ...]
    """(identity, zone) of those of these elements that are a zone, outermost first."""
    class_words: str
    """Words of the class and id of the block's element and of the two around it."""
    zone: str = ""
    """Part of the page that the block is in (``caption``, ``related``, ...); empty if none."""

    @property
    def link_share(self) -> float:
        """Return the share of the text that is inside links, 0 to 1."""
        return min(1.0, self.linked_chars / max(1, len(self.text) - self.text.count(" ")))


def is_standfirst(block: Block) -> bool:
    """Return whether the class names around a block mark it as the standfirst, the summary above the text."""
    return load_zone_rules().standfirst_words.search(block.class_words) is not None


# An element around the current node: identity, tag, class words, zone, and tag and class words joined.
_OpenElement = tuple[int, str, str, str, str]


class _BlockCollector:
    """Collects text until a block ends."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.parts: list[str] = []
        self.linked = 0
        self.breaks = 0
        self.skip = load_zone_rules().skipped_tags
        self.inline = load_zone_rules().inline_tags
        self.silent = load_zone_rules().screen_reader_words

    def flush(self, around: list[_OpenElement]) -> None:
        """End the block: append it, unless its text is empty."""
        if self.parts:
            text = normalize_line("".join(self.parts))
            if text:
                self.blocks.append(
                    Block(
                        text=text,
                        tag=around[-1][1] if around else "body",
                        linked_chars=min(self.linked, len(text)),
                        ancestor_ids=tuple([frame[0] for frame in around]),
                        ancestor_names=tuple([frame[4] for frame in around]),
                        ancestor_zones=tuple([(frame[0], frame[3]) for frame in around if frame[3]]),
                        class_words=" ".join([frame[2] for frame in around[-3:]]),
                    )
                )
            self.parts = []
        self.linked = 0
        self.breaks = 0

    def add_text(self, value: str, in_link: bool) -> None:
        """Append a text node to the current block."""
        self.parts.append(value)
        if in_link:
            self.linked += len("".join(value.split()))
        if not value.isspace():
            self.breaks = 0


def read_blocks(root: LexborNode) -> list[Block]:
    """Return all blocks under an element, in page order. Linear in the number of nodes.

    Raises:
        QuarantineError: ``too_deep``: the elements are nested deeper than ``MAX_DEPTH``.
    """
    collector = _BlockCollector()
    around: list[_OpenElement] = []
    links = 0
    node: LexborNode | None = root.first_child
    # Depth first with an explicit stack: recursion would limit the depth.
    open_nodes: list[tuple[LexborNode, str]] = []
    while node is not None or open_nodes:
        if node is None:
            parent, kind = open_nodes.pop()
            if kind == "link":
                links -= 1
            elif kind == "block":
                collector.flush(around)
                around.pop()
            node = parent.next
            continue
        tag = node.tag or ""
        if tag == "-text":
            collector.add_text(node.text_content or "", links > 0)
            node = node.next
        elif tag == "br":
            collector.breaks += 1
            if collector.breaks > 1:
                collector.flush(around)
            else:
                collector.parts.append(" ")
            node = node.next
        elif tag.startswith(("-", "_", "!")) or tag in collector.skip:
            node = node.next
        else:
            kind = "inline"
            attributes = node.attributes
            words = (
                split_class_names(f"{attributes.get('class') or ''} {attributes.get('id') or ''}") if attributes else ""
            )
            if words and tag in collector.inline and collector.silent.search(words):
                node = node.next
                continue
            # Without href it is an anchor, as in the headings of older pages.
            if tag == "a" and attributes.get("href"):
                links += 1
                kind = "link"
            elif tag not in collector.inline or (words and "caption" in words):
                collector.flush(around)
                kind = "block"
                around.append((node.mem_id, tag, words, find_zone(tag, attributes, words), f"{tag} {words}"))
            child = node.first_child
            open_nodes.append((node, kind))
            if len(open_nodes) > MAX_DEPTH:
                raise QuarantineError("too_deep", f"The page's elements are nested deeper than {MAX_DEPTH} levels.")
            node = child
    collector.flush(around)
    return _resolve_zones(collector.blocks)


def _resolve_zones(blocks: list[Block]) -> list[Block]:
    """Set each block's zone to its innermost credible one.

    A zone that contains more than a third of the page's running text is not credible: its name means something else.
    """
    total = 0
    sizes: dict[tuple[int, str], int] = {}
    for block in blocks:
        if block.link_share < 0.5 and len(block.text) >= 60:
            total += len(block.text)
            for zone in block.ancestor_zones:
                sizes[zone] = sizes.get(zone, 0) + len(block.text)
    wrong = {
        identity
        for (identity, reason), size in sizes.items()
        if size > total * _MAX_ZONE_SHARE and (reason != "overlay" or size > _MAX_OVERLAY_CHARS)
    }
    for block in blocks:
        for identity, reason in block.ancestor_zones:
            if identity not in wrong:
                block.zone = reason
    return blocks


def _count_open_elements(text: str) -> int:
    """Return the largest number of nesting elements of one name that are open at once."""
    most = 0
    counts = dict.fromkeys(_NESTING_TAGS, 0)
    for piece in text.split("<"):
        match = _TAG_NAME.match(piece[:_MAX_TAG_CHARS]) if piece else None
        name = match.group().lower() if match else ""
        if name in counts:
            counts[name] += 1
            most = max(most, counts[name])
        elif counts.get(name[1:]):
            counts[name[1:]] -= 1
    return most


def parse_html(text: str) -> LexborHTMLParser:
    """Parse a page by the HTML5 rules, which repair bad markup as browsers do.

    Raises:
        QuarantineError: ``too_deep``: more than ``MAX_OPEN_ELEMENTS`` elements are open at once. Determined from the
            text, before parsing, because the parser's time grows with the square of the depth.
    """
    if text.count("<") > MAX_OPEN_ELEMENTS and _count_open_elements(text) > MAX_OPEN_ELEMENTS:
        raise QuarantineError("too_deep", f"The page leaves more than {MAX_OPEN_ELEMENTS} elements open.")
    return LexborHTMLParser(text or "<html></html>")
