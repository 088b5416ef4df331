"""Choose who is right about where the article is: score the proposals of several extractors by measurable signs.

The page's own data come first if they are complete: an articleBody that the page prints word for word is the
publisher's own statement of what belongs to the article. Its paragraph breaks are often lost, so it only selects blocks
of the page; it is never the text itself. If the page prints far more running text, it may be a stub: then it is
believed only if trafilatura does not find it to be the beginning of a longer text. Otherwise trafilatura proposes, and
is accepted unless something speaks against it: next to nothing found, mostly links or boilerplate, or a short text that
leaves out much of what reads like text. Only then are readability-lxml, incomplete data, and all blocks of running text
considered too, and the proposal with the best score is chosen.

The signs of a proposal, each from 0 to 1 except the first:

- unlinked characters: an article is the longest piece of running text on its page.
- share of characters in links: lists of other stories are links.
- share of characters in zones that are never text (captions, newsletters, comments, ...), or in blocks that the caller
knows as boilerplate (``BOILERPLATE_ZONE``).
- agreement: share of characters that some other proposal also chose. Extractors err in different ways.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from lxml.html import HtmlElement

from copydesk.pipeline.core.text import count_words
from copydesk.pipeline.extract.blocks import BOILERPLATE_ZONE, TEXT_TAGS, Block
from copydesk.pipeline.extract.extractors import (
    extract_with_readability,
    extract_with_trafilatura,
    parse_lxml,
    strip_scripts,
)
from copydesk.pipeline.extract.structured_data import Structured

# Zones that overrule a proposal; the others (aside, gallery, ...) often contain text of the article.
NON_TEXT_ZONES = frozenset(
    {
        "caption",
        "related",
        "paywall",
        "newsletter",
        "share",
        "comments",
        "advert",
        "promo",
        "navigation",
        "tags",
        "hidden",
        "overlay",
        "author",
        "footer",
        "embed",
        BOILERPLATE_ZONE,
    }
)
_WORD = re.compile(r"\w+")
_ASCII_SIGNS = bytes(code for code in range(128) if not (chr(code).isalnum() or chr(code) == "_"))
# Pages with more blocks skip the extractors: their time grows with the square of the number.
_MAX_BLOCKS = 15_000
# Proposed paragraphs that are searched inside blocks one by one, at most; each costs a pass over the page.
_MAX_LONG_KEYS = 60
# A proposal with less than this part of the page's running text has missed something.
_MIN_RUNNING_SHARE = 0.5
# With fewer characters a proposal does not convince, and the other extractors run.
MIN_PROPOSAL_CHARS = 250
# Below this length it may be a notice of the page: it convinces only with this part of the page's running text.
_BRIEF_MAX_CHARS = 800
_MIN_BRIEF_RUNNING_SHARE = 0.75
# A proposal with a greater share of links, or of zones that are never text, does not convince.
_MAX_NOISE_SHARE = 0.5
# An articleBody counts as printed if running text of the page covers this part of its characters.
_MIN_PRINTED_SHARE = 0.9
# An articleBody with a smaller part of the page's running text may be a stub. It is one if a proposal covers this part
# of it, and with what it adds from the same elements has so many times its characters.
_MIN_DECLARED_SHARE = 0.5
_MIN_STUB_COVERAGE = 0.8
_MIN_STUB_RATIO = 1.5
_MAX_STUB_LEVELS = 5
# Characters, folded, of a paragraph that a page does not repeat by chance.
_MIN_COPY_CHARS = 40
_ELLIPSIS_END = re.compile(r"(?:\u2026|\.\.\.|\])\s*$")


@dataclass(frozen=True, slots=True)
class Proposal:
    """Blocks that one extractor considers the article, with the signs described above."""

    via: str
    """Name of the extractor."""
    block_numbers: frozenset[int]
    """Indexes of the proposed blocks."""
    unlinked_chars: int
    """Characters outside links and outside zones that are never text."""
    linked_share: float
    """Share of the characters in links, 0 to 1."""
    zoned_share: float
    """Share of the characters in zones that are never text, 0 to 1."""

    def agreement(self, others: Iterable[Proposal], blocks: list[Block]) -> float:
        """Return the share of its characters that at least one other proposal also chose, 0 to 1."""
        shared = set().union(*(other.block_numbers for other in others if other is not self))
        total = sum(len(blocks[at].text) for at in self.block_numbers)
        return sum(len(blocks[at].text) for at in self.block_numbers & shared) / total if total else 0.0

    def score(self, others: Iterable[Proposal], blocks: list[Block]) -> float:
        """Return the score: the unlinked characters, reduced for links, zones and missing agreement.

        Missing agreement halves the score at most: if all extractors but one fail, that one is right.
        """
        doubt = (1 - self.linked_share) * (1 - self.zoned_share)
        return self.unlinked_chars * doubt * (1 + self.agreement(others, blocks)) / 2


def fold_text(text: str) -> str:
    """Return the letters and digits of a text, case-folded, for comparison."""
    if text.isascii():
        return text.lower().encode().translate(None, _ASCII_SIGNS).decode()
    return "".join(_WORD.findall(text.casefold()))


def is_running_text(block: Block, min_chars: int = 40) -> bool:
    """Return whether a block is a paragraph of running text: in no zone, hardly linked, at least ``min_chars`` long."""
    return not block.zone and is_text_like(block, min_chars)


def is_text_like(block: Block, min_chars: int = 40) -> bool:
    """Return what ``is_running_text`` does, in any zone. A character of a script without blanks counts as three."""
    min_length = min_chars if ord(block.text[0]) < 0x2E80 else min_chars // 3
    return block.tag in TEXT_TAGS and len(block.text) >= min_length and block.link_share < 0.5


def _drop_copies(blocks: list[Block], folded: list[str], chosen: set[int]) -> set[int]:
    """Return the chosen blocks without those that print a text again: of two copies, the one away from the others.

    Pages print a text twice for wide and narrow screens, or its beginning above it as a summary.
    """
    copies: dict[str, list[int]] = {}
    for at in sorted(chosen):
        if len(folded[at]) >= _MIN_COPY_CHARS:
            copies.setdefault(folded[at], []).append(at)
    if all(len(numbers) == 1 for numbers in copies.values()):
        return chosen
    sizes: Counter[int] = Counter()
    for at in chosen:
        for identity in blocks[at].ancestor_ids[-4:-1]:
            sizes[identity] += len(blocks[at].text)
    kept = set(chosen)
    for numbers in copies.values():
        home = max(numbers, key=lambda at: sum(sizes[identity] for identity in blocks[at].ancestor_ids[-4:-1]))
        kept -= {at for at in numbers if at != home and blocks[at].ancestor_ids[:-1] != blocks[home].ancestor_ids[:-1]}
    return kept


def _make_proposal(via: str, chosen: set[int], blocks: list[Block]) -> Proposal:
    """Return the proposal of an extractor, with its signs."""
    total = sum(len(blocks[at].text) for at in chosen)
    free = [at for at in chosen if blocks[at].zone not in NON_TEXT_ZONES]
    return Proposal(
        via=via,
        block_numbers=frozenset(chosen),
        unlinked_chars=sum(len(blocks[at].text) - blocks[at].linked_chars for at in free),
        linked_share=sum(blocks[at].linked_chars for at in chosen) / total if total else 0.0,
        zoned_share=1 - sum(len(blocks[at].text) for at in free) / total if total else 0.0,
    )


def _match_blocks(blocks: list[Block], folded: list[str], proposed: list[str]) -> set[int]:
    """Return the indexes of the blocks that match proposed paragraphs: equal words, or one contains most of the other.

    Args:
        blocks: The page's blocks.
        folded: Their folded texts, computed once for all extractors.
        proposed: Paragraphs as the extractor returns them.
    """
    # Ordered, so that the same first keys are searched inside blocks in every process.
    keys = dict.fromkeys(key for text in proposed if (key := fold_text(text)))
    whole = "\n".join(keys)
    found = set()
    for at, key in enumerate(folded):
        if key and (key in keys or (len(key) >= 25 and key in whole)):
            found.add(at)
    if len(found) < len(keys):
        # A proposed paragraph may have been joined from several blocks, or be a part of one.
        long_keys = [key for key in keys if len(key) >= 60][:_MAX_LONG_KEYS]
        for at, block in enumerate(blocks):
            if at not in found and len(block.text) >= 60:
                key = folded[at]
                if any(candidate in key and len(candidate) * 2 > len(key) for candidate in long_keys):
                    found.add(at)
    return _drop_copies(blocks, folded, found)


def is_complete_body(data: Structured) -> bool:
    """Return whether an articleBody is complete: long enough, no ellipsis at its end, about as long as declared."""
    if len(fold_text(data.body)) < MIN_PROPOSAL_CHARS or _ELLIPSIS_END.search(data.body[-20:]):
        return False
    return not data.declared_word_count or 0.8 <= count_words(data.body) / data.declared_word_count <= 1.25


def _is_printed(data: Structured, proposal: Proposal, blocks: list[Block]) -> bool:
    """Return whether the page prints nearly all of an articleBody as running text."""
    printed = {fold_text(blocks[at].text) for at in proposal.block_numbers if is_text_like(blocks[at], 20)}
    return sum(map(len, printed)) >= len(fold_text(data.body)) * _MIN_PRINTED_SHARE


def count_running_chars(blocks: list[Block]) -> int:
    """Return the number of characters of running text, without links."""
    return sum(len(block.text) - block.linked_chars for block in blocks if is_running_text(block))


def _is_convincing(proposal: Proposal, blocks: list[Block]) -> bool:
    """Return whether nothing speaks against a proposal, so that no other extractor need run."""
    if (
        proposal.unlinked_chars < MIN_PROPOSAL_CHARS
        or proposal.linked_share > _MAX_NOISE_SHARE
        or proposal.zoned_share > _MAX_NOISE_SHARE
    ):
        return False
    return (
        proposal.unlinked_chars >= _BRIEF_MAX_CHARS
        or proposal.unlinked_chars >= count_running_chars(blocks) * _MIN_BRIEF_RUNNING_SHARE
    )


def _propose_with_trafilatura(tree: HtmlElement | None, blocks: list[Block], folded: list[str]) -> Proposal:
    """Return trafilatura's proposal: its fast one, unless that leaves out much of what reads like text.

    The slow one lets trafilatura compare itself with its fallback extractors.
    """
    if tree is None:
        return _make_proposal("trafilatura", set(), blocks)
    quick = _make_proposal(
        "trafilatura", _match_blocks(blocks, folded, extract_with_trafilatura(tree, fast=True)), blocks
    )
    if quick.unlinked_chars >= max(MIN_PROPOSAL_CHARS, count_running_chars(blocks) * _MIN_RUNNING_SHARE):
        return quick
    return _make_proposal("trafilatura", _match_blocks(blocks, folded, extract_with_trafilatura(tree)), blocks)


def _is_stub_of(declared: Proposal, other: Proposal, blocks: list[Block], *, is_metered: bool) -> bool:
    """Return whether a declared text is only the beginning of what another proposal contains.

    The rest is in the same elements. Comments and other stories, which extractors also take, are in others.
    """
    covered = sum(len(blocks[at].text) for at in declared.block_numbers & other.block_numbers)
    total = sum(len(blocks[at].text) for at in declared.block_numbers)
    if covered < total * _MIN_STUB_COVERAGE:
        return False
    if is_metered:
        return other.unlinked_chars >= declared.unlinked_chars * _MIN_STUB_RATIO
    homes = {identity for at in declared.block_numbers for identity in blocks[at].ancestor_ids[-_MAX_STUB_LEVELS:-1]}
    rest = (blocks[at] for at in other.block_numbers - declared.block_numbers if is_running_text(blocks[at]))
    more = sum(len(block.text) for block in rest if homes.intersection(block.ancestor_ids[-_MAX_STUB_LEVELS:-1]))
    return total + more >= total * _MIN_STUB_RATIO


def choose_proposal(html: str, blocks: list[Block], data: Structured) -> Proposal:
    """Return the proposal that is most likely the article.

    Args:
        html: The page's text, for the extractors.
        blocks: Its blocks.
        data: Its structured data.
    """
    is_long_enough = len(data.body) >= MIN_PROPOSAL_CHARS
    folded = [fold_text(block.text) for block in blocks] if is_long_enough or len(blocks) <= _MAX_BLOCKS else []
    declared = _make_proposal(
        "json-ld", _match_blocks(blocks, folded, data.body.split("\n")) if is_long_enough else set(), blocks
    )
    is_printed = bool(declared.block_numbers) and is_complete_body(data) and _is_printed(data, declared, blocks)
    if is_printed and declared.unlinked_chars >= count_running_chars(blocks) * _MIN_DECLARED_SHARE:
        return declared
    if len(blocks) <= _MAX_BLOCKS:
        flat = strip_scripts(html)
        first = _propose_with_trafilatura(parse_lxml(flat), blocks, folded)
        if is_printed and not _is_stub_of(declared, first, blocks, is_metered=data.is_free is False):
            return declared
        if _is_convincing(first, blocks):
            return first
        proposals = [
            first,
            declared,
            _make_proposal("readability", _match_blocks(blocks, folded, extract_with_readability(flat)), blocks),
        ]
        best = max(proposals, key=lambda proposal: proposal.score(proposals, blocks))
        is_boilerplate = all(blocks[at].zone == BOILERPLATE_ZONE for at in best.block_numbers)
        running = {at for at, block in enumerate(blocks) if is_running_text(block)}
        # Perhaps they found nothing but captions and links, or the headline of a text that they do not read.
        has_text = bool(best.block_numbers & running) or count_running_chars(blocks) < MIN_PROPOSAL_CHARS
        if best.block_numbers and not is_boilerplate and (best.unlinked_chars or not running) and has_text:
            return best
    return _make_proposal("blocks", {at for at, block in enumerate(blocks) if is_running_text(block)}, blocks)
