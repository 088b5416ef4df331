"""Split a page into blocks: one per paragraph that a reader sees, with what the markup says about it.

Paragraphs end with their elements, at two line breaks, at one line break after a whole sentence or before an indent,
and at empty lines of preformatted text. Markup that a page prints escaped is read as markup.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from selectolax.lexbor import LexborHTMLParser, LexborNode

from copydesk.pipeline.core.errors import QuarantineError
from copydesk.pipeline.core.text import normalize_line
from copydesk.pipeline.extract.block import Block
from copydesk.pipeline.extract.block_zones import resolve_zones
from copydesk.pipeline.extract.escaped_markup import split_escaped_markup
from copydesk.pipeline.extract.zones import find_zone, is_metered_name, load_zone_rules, split_class_names

__all__ = ["Block", "is_metered", "is_standfirst", "parse_html", "read_blocks"]

HEADING_TAGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
BOILERPLATE_ZONE = "boilerplate"
"""Zone of blocks that the caller knows to be printed around articles."""
MAX_PIECED_CHARS = 240
"""Characters of the longest block that keeps its pieces; bylines are shorter."""
# Elements that may contain a paragraph as their own text.
TEXT_TAGS = frozenset(
    {"p", "blockquote", "li", "dd", "dt", "pre", "div", "section", "article", "td", "body", "main", "center"}
)
# No page that people read is nested deeper. A block keeps its path, so memory grows with depth.
MAX_DEPTH = 1000
# The parser's time grows with the square of the number of open elements; no page needs as many.
MAX_OPEN_ELEMENTS = 5000
# Paths of elements that are kept, so that the blocks of a page share them: those of one part of a page.
_CACHED_PATHS = 256
# Elements that no other start tag closes: left open, they nest.
_NESTING_TAGS = frozenset({
    "div", "span", "section", "article", "blockquote", "table", "ul", "ol", "dl", "b", "i", "em", "strong", "font",
    "center", "main",
})  # fmt: skip
_TAG_NAME = re.compile(r"<(/?[a-zA-Z]{1,10})\b")
# The parser's time grows with the square of an element's attributes, too. Of a tag as long as this one, without quoted
# angle brackets, only the name is read if it has more blanks than that; an embedded image is as long, but has none.
_LONG_TAG = re.compile(r"<([a-zA-Z]{1,20})\s[^<>]{20000,}")
_MAX_ATTRIBUTES = 5000
_PICTURE_TAGS = frozenset({"img", "video", "amp-img"})
# Levels above a picture that may have its caption.
_CAPTION_LEVELS = 3
# With fewer characters, what ends like a sentence at a line break may be a label or a line of verse; in scripts without
# blanks a third is enough.
_MIN_SENTENCE_CHARS = 60
_FULL_SENTENCE = re.compile(
    r"[.!?\u2026\u3002\uff01\uff1f\u061f\u06d4\u0964][\"'\u201d\u2019\u00bb\u300d\u300f)]{0,2}$"
)
# An ideographic space, an em space, or two no-break spaces.
_INDENTS = ("\u3000", "\u2003", "\u00a0\u00a0")
_EMPTY_LINE = re.compile(r"\n[ \t\r]{0,200}\n")
# Letters that are not a word by themselves: alone at a text's beginning, in an element of its own, it is an initial.
_INITIAL = re.compile(r"[B-DF-HJ-NP-TV-XZ]")


def is_metered(block: Block) -> bool:
    """Return whether the class names around a block mark it as text for subscribers."""
    return is_metered_name(block.class_words)


def is_standfirst(block: Block) -> bool:
    """Return whether the class names around a block mark it as the standfirst, the summary above the text."""
    return load_zone_rules().standfirst_words.search(block.class_words) is not None


@dataclass(frozen=True, slots=True)
class _OpenElement:
    """An element around the current node, with what its blocks have in common."""

    tag: str
    words: str
    ids: tuple[int, ...]
    names: tuple[str, ...]
    zones: tuple[tuple[int, str], ...]
    class_words: str


_OUTSIDE = _OpenElement("body", "", (), (), (), "")


@lru_cache(maxsize=_CACHED_PATHS)
def _extend_path(
    names: tuple[str, ...], grandparent: str, parent: str, tag: str, words: str
) -> tuple[tuple[str, ...], str]:
    """Return the names and the class words of an element; the same objects for the paragraphs of one text."""
    return (*names, f"{tag} {words}"), " ".join(filter(None, (grandparent, parent, words)))


def _open_element(around: list[_OpenElement], identity: int, tag: str, words: str, zone: str) -> _OpenElement:
    """Return an element that is opened inside others. Their tuples grow by one item, which is faster than new ones."""
    parent = around[-1] if around else _OUTSIDE
    grandparent = around[-2].words if len(around) > 1 else ""
    names, class_words = _extend_path(parent.names, grandparent, parent.words, tag, words)
    zones = (*parent.zones, (identity, zone)) if zone else parent.zones
    return _OpenElement(tag, words, (*parent.ids, identity), names, zones, class_words)


class _BlockCollector:
    """Collects text until a block ends."""

    def __init__(self, shown_tags: set[str]) -> None:
        self.blocks: list[Block] = []
        self.parts: list[str] = []
        self.linked = 0
        self.breaks = 0
        self.pictured: set[int] = set()
        self.skip = load_zone_rules().skipped_tags - shown_tags
        self.inline = load_zone_rules().inline_tags
        self.silent = load_zone_rules().screen_reader_words

    def mark_picture(self, around: list[_OpenElement]) -> None:
        """Record that the elements around contain a picture."""
        if around:
            self.pictured.update(around[-1].ids[-_CAPTION_LEVELS:])

    def flush(self, around: list[_OpenElement]) -> None:
        """End the block: append it, unless its text is empty."""
        if self.parts:
            printed = normalize_line("".join(self.parts))
            for text in split_escaped_markup(printed) if "<" in printed else filter(None, (printed,)):
                frame = around[-1] if around else _OUTSIDE
                linked = min(self.linked, len(text))
                several = len(self.parts) > 1 and len(text) <= MAX_PIECED_CHARS and text == printed
                pieces = tuple(self.parts) if several else ()
                self.blocks.append(
                    Block(text, frame.tag, linked, frame.ids, frame.names, frame.zones, frame.class_words, pieces)
                )
            self.parts = []
        self.linked = 0
        self.breaks = 0

    def add_text(self, value: str, in_link: bool, around: list[_OpenElement]) -> None:
        """Append a text node to the current block."""
        if not self.parts and not self.breaks and value.isspace():
            return
        if self.breaks and value.lstrip(" \r\n\t").startswith(_INDENTS):
            self.flush(around)
        if len(self.parts) == 1 and _INITIAL.fullmatch(self.parts[0].strip()) and value.lstrip()[:1].islower():
            self.parts, value = [self.parts[0].strip()], value.lstrip()
        self.parts.append(value)
        if in_link:
            self.linked += len("".join(value.split()))
        if not value.isspace():
            self.breaks = 0

    def add_preformatted(self, value: str, in_link: bool, around: list[_OpenElement]) -> None:
        """Append a text node in which empty lines separate paragraphs."""
        first, *rest = _EMPTY_LINE.split(value)
        self.add_text(first, in_link, around)
        for piece in rest:
            self.flush(around)
            self.add_text(piece, in_link, around)

    def add_break(self, around: list[_OpenElement]) -> None:
        """Append a line break: the second one in a row, or one after a whole sentence, ends the block."""
        self.breaks += 1
        if self.breaks > 1 or self._ends_sentence():
            self.flush(around)
            self.breaks = 1
        else:
            self.parts.append(" ")

    def _ends_sentence(self) -> bool:
        """Return whether the block so far is a whole sentence."""
        size = sum(map(len, self.parts))
        if size < _MIN_SENTENCE_CHARS // 3:
            return False
        text = "".join(self.parts).strip()
        return len(text) >= (_MIN_SENTENCE_CHARS if text[:1] < "\u2e80" else _MIN_SENTENCE_CHARS // 3) and bool(
            _FULL_SENTENCE.search(text[-3:])
        )


def _get_class_words(tag: str, attributes: dict[str, str | None]) -> str:
    """Return the words of an element's class and id. A heading's id is made from its text, and says nothing else."""
    names = attributes.get("class") or ""
    if tag not in HEADING_TAGS and (identity := attributes.get("id")):
        names = f"{names} {identity}"
    return split_class_names(names) if names else ""


def read_blocks(root: LexborNode, *, without_scripts: bool = False) -> list[Block]:
    """Return all blocks under an element, in page order. Linear in the number of nodes.

    Args:
        root: The element.
        without_scripts: Read the page as a browser shows it that runs no scripts: with ``noscript`` elements.

    Raises:
        QuarantineError: ``too_deep``: the elements are nested deeper than ``MAX_DEPTH``.
    """
    collector = _BlockCollector({"noscript"} if without_scripts else set())
    around: list[_OpenElement] = []
    links = preformatted = 0
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
                preformatted -= around.pop().tag == "pre"
            node = parent.next
            continue
        tag = node.tag or ""
        if tag == "-text":
            add = collector.add_preformatted if preformatted else collector.add_text
            add(node.text_content or "", links > 0, around)
            node = node.next
        elif tag == "br":
            collector.add_break(around)
            node = node.next
        elif tag in _PICTURE_TAGS:
            collector.mark_picture(around)
            node = node.next
        elif tag.startswith(("-", "_", "!")) or tag in collector.skip:
            node = node.next
        else:
            kind = "inline"
            attributes = node.attributes
            words = _get_class_words(tag, attributes) if attributes else ""
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
                preformatted += tag == "pre"
                around.append(_open_element(around, node.mem_id, tag, words, find_zone(tag, attributes, words)))
            open_nodes.append((node, kind))
            if len(open_nodes) > MAX_DEPTH:
                raise QuarantineError("too_deep", f"The page's elements are nested deeper than {MAX_DEPTH} levels.")
            node = node.first_child
    collector.flush(around)
    return resolve_zones(collector.blocks, collector.pictured)


def _count_open_elements(text: str) -> int:
    """Return the largest number of nesting elements of one name that are open at once."""
    most = 0
    counts = dict.fromkeys(_NESTING_TAGS, 0)
    for match in _TAG_NAME.finditer(text):
        name = match.group(1).lower()
        if name in counts:
            counts[name] += 1
            most = max(most, counts[name])
        elif counts.get(name[1:]):
            counts[name[1:]] -= 1
    return most


def _cut_attributes(tag: re.Match[str]) -> str:
    """Return a long tag without its attributes if there are too many of them."""
    return f"<{tag.group(1)} " if len(tag.group().split()) > _MAX_ATTRIBUTES else tag.group()


def parse_html(text: str) -> LexborHTMLParser:
    """Parse a page by the HTML5 rules, which repair bad markup as browsers do. Of an element with thousands of
    attributes, the attributes are left out.

    Raises:
        QuarantineError: ``too_deep``: more than ``MAX_OPEN_ELEMENTS`` elements are open at once. Determined from the
            text, before parsing, because the parser's time grows with the square of the depth.
    """
    if text.count("<") > MAX_OPEN_ELEMENTS and _count_open_elements(text) > MAX_OPEN_ELEMENTS:
        raise QuarantineError("too_deep", f"The page leaves more than {MAX_OPEN_ELEMENTS} elements open.")
    return LexborHTMLParser(_LONG_TAG.sub(_cut_attributes, text) or "<html></html>")
