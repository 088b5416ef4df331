"""A page as a list of blocks: each run of text that a reader sees as one paragraph, with what the markup says of it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser, LexborNode

from copydesk.pipeline.core.errors import QuarantineError
from copydesk.pipeline.core.text import normalize_line

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
BOILERPLATE = "boilerplate"
"""The zone of blocks that are printed around articles, as is known from elsewhere."""
# Elements whose text may be a paragraph.
TEXT_TAGS = frozenset(
    {"p", "blockquote", "li", "dd", "dt", "pre", "div", "section", "article", "td", "body", "main", "center"}
)
# Deeper than any page that people read; a block keeps its path, so memory grows with depth.
MAX_DEPTH = 1000
MAX_OPEN = 5000
# Elements that no other start tag closes: left open, they nest. The longest of their tags has so many characters.
_NESTING = frozenset({
    "div", "span", "section", "article", "blockquote", "table", "ul", "ol", "dl", "b", "i", "em", "strong", "font",
    "center", "main",
})  # fmt: skip
_TAG = 12
_NAME = re.compile(r"/?[a-zA-Z]{1,10}\b")
# Characters of a style that are read.
_STYLE = 2000
# A zone that would take more than this part of the page's text is not believed.
_ZONE_SHARE = 0.34
# Save for a layer over the page no longer than such are: over a flash it is most of the text.
_OVERLAY = 400
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
# A figure may be a table or a quotation.
_NO_PICTURE = re.compile(r"table|quote|embed|list")
_HIDDEN = re.compile(r"display\s{0,3}:\s{0,3}none|visibility\s{0,3}:\s{0,3}hidden", re.IGNORECASE)


@dataclass(slots=True, eq=False)
class Block:
    """One paragraph as the page prints it.

    ``text`` is mended and on one line. ``tag`` is the element that opened the block, ``linked`` the number of its
    characters inside links, blanks not counted. ``path`` holds the identities of the elements around it, outermost
    first. ``zone`` says what part of the page it is in (``caption``, ``related`` ...), empty for none. ``marks`` are
    the words of the class and id of its element and the two around it.
    """

    text: str
    tag: str
    linked: int
    path: tuple[int, ...]
    names: tuple[str, ...]
    zones: tuple[tuple[int, str], ...]
    marks: str
    zone: str = ""

    @property
    def link_share(self) -> float:
        return min(1.0, self.linked / max(1, len(self.text) - self.text.count(" ")))


@dataclass(frozen=True, slots=True)
class _Zones:
    skip: frozenset[str]
    inline: frozenset[str]
    tags: dict[str, str]
    roles: dict[str, str]
    words: re.Pattern[str]
    reasons: dict[str, str]
    standfirst: re.Pattern[str]
    silent: re.Pattern[str]
    unseen: frozenset[str]
    seen: re.Pattern[str]


def _whole_words(words: Iterable[str]) -> re.Pattern[str]:
    pattern = "|".join(sorted((re.escape(word) for word in words), key=len, reverse=True))
    return re.compile(rf"(?<![^ -])(?:{pattern})(?![^ -])")


@cache
def _zones() -> _Zones:
    data = tomllib.loads((Path(__file__).parent / "zones.toml").read_text(encoding="utf-8"))
    reasons = {word: reason for reason, words in data["words"].items() for word in words}
    return _Zones(
        skip=frozenset(data["skip"]),
        inline=frozenset(data["inline"]),
        tags=data["tags"],
        roles=data["roles"],
        words=_whole_words(reasons),
        reasons=reasons,
        standfirst=_whole_words(data["standfirst"]),
        silent=_whole_words(data["silent"]),
        unseen=frozenset(data["unseen"]),
        seen=re.compile(rf"-(?:{'|'.join(data['seen'])})(?![^ ])"),
    )


def is_standfirst(block: Block) -> bool:
    """Whether the names around a block say that it is the summary above the text."""
    return _zones().standfirst.search(block.marks) is not None


@lru_cache(maxsize=4096)
def split_names(names: str) -> str:
    """The words of a class or id attribute, lower case, words of one name joined by hyphens, names by blanks."""
    return " ".join("-".join(_WORD.findall(name)).lower() for name in names[:400].split())


def _find_zone(tag: str, attributes: dict[str, str | None], words: str) -> str:
    zones = _zones()
    if tag in zones.tags and not (tag == "figure" and _NO_PICTURE.search(words)):
        return zones.tags[tag]
    role = attributes.get("role")
    if role and role in zones.roles:
        return zones.roles[role]
    if "hidden" in attributes or attributes.get("aria-hidden") == "true":
        return "hidden"
    style = attributes.get("style")
    if style and _HIDDEN.search(style[:_STYLE]):
        return "hidden"
    return _find_reason(words) if words else ""


@lru_cache(maxsize=4096)
def _find_reason(words: str) -> str:
    """The zone that an element's class and id name; pages use the same few over and over."""
    zones = _zones()
    if not zones.unseen.isdisjoint(words.split()) and not zones.seen.search(words):
        return "hidden"
    match = zones.words.search(words)
    return zones.reasons[match.group()] if match else ""


# An element around what is read: its identity, tag, the words of its class and id, its zone, and tag and words in one.
_Frame = tuple[int, str, str, str, str]


class _Collector:
    """Gathers text until a block ends."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.parts: list[str] = []
        self.linked = 0
        self.breaks = 0
        self.skip = _zones().skip
        self.inline = _zones().inline
        self.silent = _zones().silent

    def flush(self, around: list[_Frame]) -> None:
        if self.parts:
            text = normalize_line("".join(self.parts))
            if text:
                self.blocks.append(
                    Block(
                        text=text,
                        tag=around[-1][1] if around else "body",
                        linked=min(self.linked, len(text)),
                        path=tuple([frame[0] for frame in around]),
                        names=tuple([frame[4] for frame in around]),
                        zones=tuple([(frame[0], frame[3]) for frame in around if frame[3]]),
                        marks=" ".join([frame[2] for frame in around[-3:]]),
                    )
                )
            self.parts = []
        self.linked = 0
        self.breaks = 0

    def text(self, value: str, in_link: bool) -> None:
        self.parts.append(value)
        if in_link:
            self.linked += len("".join(value.split()))
        if not value.isspace():
            self.breaks = 0


def read_blocks(root: LexborNode) -> list[Block]:
    """All blocks under an element, in page order; linear in the number of nodes.

    Raises:
        QuarantineError: ``too_deep``, the elements are nested deeper than ``MAX_DEPTH``.
    """
    collector = _Collector()
    around: list[_Frame] = []
    links = 0
    node: LexborNode | None = root.first_child
    # An explicit walk: (node) down to the first child, else on to the next one, else up. No recursion, any depth.
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
            collector.text(node.text_content or "", links > 0)
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
            words = split_names(f"{attributes.get('class') or ''} {attributes.get('id') or ''}") if attributes else ""
            if words and tag in collector.inline and collector.silent.search(words):
                node = node.next
                continue
            # Without an address it is a place in the page, as older pages name their headings.
            if tag == "a" and attributes.get("href"):
                links += 1
                kind = "link"
            elif tag not in collector.inline or (words and "caption" in words):
                collector.flush(around)
                kind = "block"
                around.append((node.mem_id, tag, words, _find_zone(tag, attributes, words), f"{tag} {words}"))
            child = node.first_child
            open_nodes.append((node, kind))
            if len(open_nodes) > MAX_DEPTH:
                raise QuarantineError("too_deep", f"The page's elements are nested deeper than {MAX_DEPTH} levels.")
            node = child
    collector.flush(around)
    return _doubt_zones(collector.blocks)


def _doubt_zones(blocks: list[Block]) -> list[Block]:
    """Settle every block's zone: the innermost one believed. One that holds a third of the page's running text is not:
    there the name says something else.
    """
    total = 0
    sizes: dict[tuple[int, str], int] = {}
    for block in blocks:
        if block.link_share < 0.5 and len(block.text) >= 60:
            total += len(block.text)
            for zone in block.zones:
                sizes[zone] = sizes.get(zone, 0) + len(block.text)
    wrong = {
        identity
        for (identity, reason), size in sizes.items()
        if size > total * _ZONE_SHARE and (reason != "overlay" or size > _OVERLAY)
    }
    for block in blocks:
        for identity, reason in block.zones:
            if identity not in wrong:
                block.zone = reason
    return blocks


def _count_open(text: str) -> int:
    """The largest number of elements of one name that are open at once: what nests, whatever else is unclosed."""
    most = 0
    counts = dict.fromkeys(_NESTING, 0)
    for piece in text.split("<"):
        match = _NAME.match(piece[:_TAG]) if piece else None
        name = match.group().lower() if match else ""
        if name in counts:
            counts[name] += 1
            most = max(most, counts[name])
        elif counts.get(name[1:]):
            counts[name[1:]] -= 1
    return most


def parse(text: str) -> LexborHTMLParser:
    """Parse a page by the HTML5 rules; bad markup is mended as browsers do.

    Raises:
        QuarantineError: ``too_deep``, more elements are open at once than any page needs. Told from the text alone, since
            the parser's time grows with the square of the depth.
    """
    if text.count("<") > MAX_OPEN and _count_open(text) > MAX_OPEN:
        raise QuarantineError("too_deep", f"The page leaves more than {MAX_OPEN} elements open.")
    return LexborHTMLParser(text or "<html></html>")
