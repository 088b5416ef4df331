"""Decide which blocks around and within an article's container belong to its body."""

from __future__ import annotations

import re

from copydesk.pipeline.extract.blocks import HEADING_TAGS, TEXT_TAGS, Block, is_standfirst
from copydesk.pipeline.extract.proposal import NON_TEXT_ZONES, fold_text, is_running_text
from copydesk.pipeline.extract.structured_data import Structured

_SENTENCE_END = re.compile(
    r"[.!?\u2026\u3002\uff01\uff1f\u061f\u06d4\u0964:;\u201d\u201c\"'\u00bb\u00ab\u300d)\u2014]\s*$"
)
# Of these ends, those that headlines do not have.
_STRONG_SENTENCE_END = re.compile(r"[.!?\u2026\u3002\uff01\uff1f\u061f\u06d4\u0964]\W{0,3}$")
# A lead stands at most so many blocks above the body, and has at least so many characters (a third in scripts without
# blanks); notices are shorter, or links.
_MAX_LEAD_DISTANCE = 40
_MIN_LEAD_CHARS = 60
_MAX_LEAD_LINK_SHARE = 0.3
# Elements and class words of quotations.
_PULL_QUOTE = re.compile(r"^(?:blockquote|aside|q)\b|quote|zitat|pull|cita\b|citation|highlight")
# Characters, folded, of a quotation that its paragraph does not contain by chance.
_MIN_QUOTE_CHARS = 20
# Characters at a text's end that are searched for an end mark.
_TEXT_END_CHARS = 12


def has_sentence_end(block: Block) -> bool:
    """Return whether a block ends with a mark that may end a sentence, such as a point, a colon or a closing quote."""
    return _SENTENCE_END.search(block.text[-_TEXT_END_CHARS:]) is not None


def has_strong_end(block: Block) -> bool:
    """Return whether a block ends with a mark that headlines do not end with: a point, a question mark and the like."""
    return _STRONG_SENTENCE_END.search(block.text[-_TEXT_END_CHARS:]) is not None


def is_sentence(block: Block) -> bool:
    """Return whether a block is text, hardly linked, and ends like a sentence."""
    return (
        block.zone not in NON_TEXT_ZONES
        and block.tag in TEXT_TAGS
        and block.link_share < 0.5
        and has_sentence_end(block)
    )


def _find_standfirst(blocks: list[Block], first: int, data: Structured, title: str) -> list[int]:
    """Return the indexes of the standfirst: blocks above the body that repeat the description or are marked as one."""
    descriptions = [fold_text(text)[:200] for text in data.descriptions if len(text) >= 40]
    headline = _find_headline(blocks, first, title)
    folded_title = fold_text(title)
    for at in range(max(0 if headline is None else headline, first - _MAX_LEAD_DISTANCE), first):
        block = blocks[at]
        if (
            block.tag == "h1"
            or block.link_share > 0.3
            or len(block.text) < 30
            or block.zone in {"caption", "hidden", "overlay", "navigation"}
        ):
            continue
        key = fold_text(block.text)
        if folded_title and key in folded_title:
            continue
        if any(key[:150] == text[: len(key[:150])] or (len(text) > 60 and text[:60] in key) for text in descriptions):
            return _collect_standfirst(blocks, at, first)
        if headline is not None and not block.zone and is_standfirst(block):
            return _collect_standfirst(blocks, at, first)
    return []


def _find_headline(blocks: list[Block], first: int, title: str) -> int | None:
    """Return the index of the printed headline nearest above the body's first block; None if none is printed."""
    folded_title = fold_text(title)
    for at in range(first - 1, -1, -1):
        if blocks[at].tag == "h1" or (
            blocks[at].tag in HEADING_TAGS and folded_title and fold_text(blocks[at].text) == folded_title
        ):
            return at
    return None


def find_lead(blocks: list[Block], kept: list[int], data: Structured, title: str) -> tuple[list[int], list[int]]:
    """Find the text between the printed headline and the body, such as a standfirst.

    Publishing systems print the first paragraph above the element with the text, often under no name, or as a heading.

    Args:
        blocks: The page's blocks.
        kept: Indexes of the body's blocks; may be empty.
        data: The page's structured data.
        title: Its headline.

    Returns:
        The indexes of what belongs to the body: the standfirst, and the sentences that do not repeat the body. And of
        the other running text there.
    """
    if not kept:
        return [], []
    first = kept[0]
    headline = _find_headline(blocks, first, title)
    is_far = headline is None or first - headline > _MAX_LEAD_DISTANCE
    between = [
        at
        for at in range(first if is_far or headline is None else headline + 1, first)
        if is_running_text(blocks[at]) or _is_heading_text(blocks[at])
    ]
    lead = set(_find_standfirst(blocks, first, data, title))
    sentences = [
        at
        for at in between
        if _is_long(blocks[at]) and blocks[at].link_share < _MAX_LEAD_LINK_SHARE and has_strong_end(blocks[at])
    ]
    printed = "\n".join(fold_text(blocks[at].text) for at in kept) if sentences else ""
    lead.update(at for at in sentences if fold_text(blocks[at].text) not in printed)
    texts = {blocks[at].text for at in (*lead, *kept)}
    return sorted(lead), [at for at in between if blocks[at].text not in texts]


def _is_long(block: Block) -> bool:
    """Return whether a block is as long as a sentence of a lead."""
    return len(block.text) >= (_MIN_LEAD_CHARS if ord(block.text[0]) < 0x2E80 else _MIN_LEAD_CHARS // 3)


def _is_heading_text(block: Block) -> bool:
    """Return whether a paragraph is marked up as a heading. A question is a headline, such as another story's."""
    is_question = block.text.endswith(("?", "\uff1f", "\u061f"))
    return not block.zone and block.tag in HEADING_TAGS - {"h1"} and _is_long(block) and not is_question


def _collect_standfirst(blocks: list[Block], at: int, first: int) -> list[int]:
    """Return a standfirst's block and the sentences after it in the same element, if that is the standfirst's own."""
    parent = blocks[at].ancestor_ids[-2:-1]
    if not is_standfirst(blocks[at]) or blocks[at].tag not in {"p", "li"}:
        return [at]
    return [at] + [
        later
        for later in range(at + 1, min(first, at + 6))
        if blocks[later].ancestor_ids[-2:-1] == parent and is_sentence(blocks[later]) and not blocks[later].zone
    ]


def find_lines_above(blocks: list[Block], kept: list[int], title: str, sites: list[str]) -> set[int]:
    """Return those of the kept blocks that belong to the page, not to the article.

    These are the site's name, and lines above the printed headline that are not sentences.
    """
    names = {fold_text(site) for site in sites}
    folded_title = fold_text(title)
    headline = next(
        (at for at, block in enumerate(blocks) if len(folded_title) > 15 and folded_title in fold_text(block.text)), 0
    )
    return {
        at for at in kept if fold_text(blocks[at].text) in names or (at < headline and not has_sentence_end(blocks[at]))
    }


def is_unproposed_text(block: Block) -> bool:
    """Return whether a block within the text is part of it although nobody proposed it."""
    if is_running_text(block) and (block.tag in {"p", "blockquote"} or has_sentence_end(block)):
        return True
    return not block.zone and block.tag in HEADING_TAGS - {"h1"} | {"p", "blockquote"} and block.link_share < 0.5


def is_linked_sentence(block: Block) -> bool:
    """Return whether a paragraph belongs to the text though most of its words are links.

    It is a sentence with some unlinked words; a teaser is linked as a whole.
    """
    max_share = 0.97 if block.text.endswith(".") else 0.75
    is_text = not block.zone and block.tag == "p" and len(block.text) >= 40 and has_strong_end(block)
    return is_text and 0.5 <= block.link_share < max_share


def find_pull_quotes(blocks: list[Block], numbers: list[int]) -> set[int]:
    """Return the kept blocks that repeat words of another one in larger print: quotations marked as such."""
    quotes = [at for at in numbers if any(_PULL_QUOTE.search(name) for name in blocks[at].ancestor_names[-2:])]
    if not quotes:
        return set()
    others = [fold_text(blocks[at].text) for at in numbers]
    keys = {at: fold_text(blocks[at].text) for at in quotes}
    return {
        at
        for at, key in keys.items()
        if len(key) >= _MIN_QUOTE_CHARS and any(key in other and len(key) < len(other) for other in others)
    }


def find_link_lists(blocks: list[Block], numbers: list[int]) -> set[int]:
    """Return the items of lists that consist mostly of links, with the heading above: other stories set into the text.

    A list of the article's own may have a link in each item, or items that end like sentences.
    """
    lists: dict[tuple[int, ...], list[int]] = {}
    for at in numbers:
        if blocks[at].tag == "li":
            lists.setdefault(blocks[at].ancestor_ids[:-1], []).append(at)
    found: set[int] = set()
    for items in lists.values():
        total = sum(len(blocks[at].text) - blocks[at].text.count(" ") for at in items)
        ended = sum(has_strong_end(blocks[at]) for at in items)
        if len(items) > 1 and sum(blocks[at].linked_chars for at in items) > total * 0.6 and ended * 2 < len(items):
            found.update(items)
            if items[0] > numbers[0] and blocks[items[0] - 1].tag in HEADING_TAGS:
                found.add(items[0] - 1)
    return found
