"""Who says where the article is, and whom to believe: proposals, judged by signs that can be measured.

The page's own data come first where they are whole: an articleBody that the page prints, word for word, is the
publisher's own word for what belongs to the article. Its paragraph breaks are often lost, so it is evidence for which
of the page's blocks belong, never the text itself. Else trafilatura is asked, and believed where nothing speaks
against it: that it is next to nothing, links or boilerplate, or short and leaves out much of what reads like text. Only
then readability-lxml, the data though they are not whole, and the blocks that read like running text are asked too, and
the best by their signs is taken.

The signs of a proposal, each from 0 to 1 save the length:

``length``     characters of unlinked text in it: an article is the longest piece of running text on its page
``linked``     its share of characters in links: lists of other stories are links
``zoned``      its share of characters in zones that are never text (captions, newsletters, comments ...): boilerplate,
               and in blocks that a caller knows for such (``BOILERPLATE``)
``agreement``  the share of it that some other proposal chose as well: two that err do not err alike
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from lxml.html import HtmlElement

from copydesk.pipeline.core.text import count_words
from copydesk.pipeline.extract.blocks import BOILERPLATE, TEXT_TAGS, Block
from copydesk.pipeline.extract.extractors import ask_readability, ask_trafilatura, parse_lxml
from copydesk.pipeline.extract.structured_data import Structured

# Zones that are believed against a proposal; the others (aside, gallery ...) often hold true text.
FIRM = frozenset(
    {
        "caption",
        "related",
        "paywall",
        "newsletter",
        "share",
        "comments",
        "advert",
        "navigation",
        "tags",
        "hidden",
        "overlay",
        "author",
        "footer",
        "embed",
        BOILERPLATE,
    }
)
_WORD = re.compile(r"\w+")
# A page of very many blocks is not given to the extractors: they need the square of the time.
_MAX_BLOCKS = 15_000
# Paragraphs that are looked for inside blocks one by one.
_MAX_LONG = 60
# Of a page's running text a proposal that leaves out more than half has missed something.
_MOST_OF_IT = 0.5
# Fewer characters than this and another opinion is asked.
_LITTLE = 250
# Of fewer than these it may be a notice of some length: it is to hold so much of the running text, or others are asked.
_BRIEF = 800
_NEARLY_ALL = 0.75
# More than half of it linked, or in zones that are never text, and another opinion is asked.
_TOO_MUCH = 0.5
# The page prints so much of an articleBody that is whole, and hardly more words than so many times its length.
_PRINTED = 0.9
_BREAKS_OFF = re.compile(r"(?:\u2026|\.\.\.|\])\s*$")


@dataclass(frozen=True, slots=True)
class Proposal:
    """``chosen`` are numbers of blocks; the other fields are the signs (see above)."""

    via: str
    chosen: frozenset[int]
    length: int
    linked: float
    zoned: float

    def agreement(self, others: Iterable[Proposal], blocks: list[Block]) -> float:
        """The share of its characters that one of the others chose too."""
        shared = set().union(*(other.chosen for other in others if other is not self))
        total = sum(len(blocks[at].text) for at in self.chosen)
        return sum(len(blocks[at].text) for at in self.chosen & shared) / total if total else 0.0

    def score(self, others: Iterable[Proposal], blocks: list[Block]) -> float:
        """What it is worth: its length, less what links, zones and standing alone take off it.

        Standing alone takes a half at most: where all but one fail, that one is right.
        """
        doubt = (1 - self.linked) * (1 - self.zoned)
        return self.length * doubt * (1 + self.agreement(others, blocks)) / 2


def fold_text(text: str) -> str:
    """The letters and digits of a text, for telling whether two are the same."""
    return "".join(_WORD.findall(text.casefold()))


def is_running(block: Block, least: int = 40) -> bool:
    """Whether a block is a paragraph of running text: in no zone, long enough (in characters), hardly linked."""
    return not block.zone and is_text(block, least)


def is_text(block: Block, least: int = 40) -> bool:
    """As ``is_running``, in whatever zone; a character of a script without blanks counts for three."""
    wanted = least if ord(block.text[0]) < 0x2E80 else least // 3
    return block.tag in TEXT_TAGS and len(block.text) >= wanted and block.link_share < 0.5


def _weigh(via: str, chosen: set[int], blocks: list[Block]) -> Proposal:
    total = sum(len(blocks[at].text) for at in chosen)
    free = [at for at in chosen if blocks[at].zone not in FIRM]
    return Proposal(
        via=via,
        chosen=frozenset(chosen),
        length=sum(len(blocks[at].text) - blocks[at].linked for at in free),
        linked=sum(blocks[at].linked for at in chosen) / total if total else 0.0,
        zoned=1 - sum(len(blocks[at].text) for at in free) / total if total else 0.0,
    )


def _match(blocks: list[Block], folded: list[str], proposed: list[str]) -> set[int]:
    """The numbers of the blocks that were proposed: equal words, or one holding the other for the most part.

    ``folded`` are the blocks' texts, folded once for all who propose.
    """
    # In their order: of very many only the first are looked for inside blocks, the same ones in every process.
    keys = dict.fromkeys(key for text in proposed if (key := fold_text(text)))
    whole = "\n".join(keys)
    found = set()
    for at, key in enumerate(folded):
        if key and (key in keys or (len(key) >= 25 and key in whole)):
            found.add(at)
    if len(found) < len(keys):
        # A proposed paragraph that was put together from several blocks, or a block with something more.
        long_keys = [key for key in keys if len(key) >= 60][:_MAX_LONG]
        for at, block in enumerate(blocks):
            if at not in found and len(block.text) >= 60:
                key = folded[at]
                if any(candidate in key and len(candidate) * 2 > len(key) for candidate in long_keys):
                    found.add(at)
    return found


def is_whole(data: Structured) -> bool:
    """Whether an articleBody is a whole text by its own signs: it doesn't break off, and is as long as the data say."""
    if len(fold_text(data.body)) < _LITTLE or _BREAKS_OFF.search(data.body[-20:]):
        return False
    return not data.length or 0.8 <= count_words(data.body) / data.length <= 1.25


def _is_printed(data: Structured, proposal: Proposal, blocks: list[Block]) -> bool:
    """Whether the page prints nearly all of an articleBody as running text."""
    printed = {fold_text(blocks[at].text) for at in proposal.chosen if is_text(blocks[at], 20)}
    return sum(map(len, printed)) >= len(fold_text(data.body)) * _PRINTED


def measure_running(blocks: list[Block]) -> int:
    """Characters of a page's running text."""
    return sum(len(block.text) - block.linked for block in blocks if is_running(block))


def _is_sure(first: Proposal, blocks: list[Block]) -> bool:
    """Whether nothing speaks against a proposal, so that nobody else need be asked."""
    if first.length < _LITTLE or first.linked > _TOO_MUCH or first.zoned > _TOO_MUCH:
        return False
    return first.length >= _BRIEF or first.length >= measure_running(blocks) * _NEARLY_ALL


def _ask_trafilatura(tree: HtmlElement | None, blocks: list[Block], folded: list[str]) -> Proposal:
    """What it proposes at once, unless that leaves out much of what reads like text: then what it makes of the page
    when it compares itself with others.
    """
    if tree is None:
        return _weigh("trafilatura", set(), blocks)
    quick = _weigh("trafilatura", _match(blocks, folded, ask_trafilatura(tree, fast=True)), blocks)
    if quick.length >= max(_LITTLE, measure_running(blocks) * _MOST_OF_IT):
        return quick
    return _weigh("trafilatura", _match(blocks, folded, ask_trafilatura(tree)), blocks)


def propose(html: str, blocks: list[Block], data: Structured) -> Proposal:
    """The blocks that are the article, and who says so."""
    folded = [fold_text(block.text) for block in blocks]
    told = _weigh(
        "json-ld", _match(blocks, folded, data.body.split("\n")) if len(data.body) >= _LITTLE else set(), blocks
    )
    if told.chosen and is_whole(data) and _is_printed(data, told, blocks):
        return told
    asked = [told]
    if len(blocks) <= _MAX_BLOCKS:
        tree = parse_lxml(html)
        first = _ask_trafilatura(tree, blocks, folded)
        if _is_sure(first, blocks):
            return first
        asked = [first, told, _weigh("readability", _match(blocks, folded, ask_readability(html)), blocks)]
        best = max(asked, key=lambda one: one.score(asked, blocks))
        known = all(blocks[at].zone == BOILERPLATE for at in best.chosen)
        if best.chosen and not known:
            return best
    return _weigh("blocks", {at for at, block in enumerate(blocks) if is_running(block)}, blocks)
