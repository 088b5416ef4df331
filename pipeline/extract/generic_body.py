"""The body of a page that no rule knows: a proposal says where the article is, the page's own blocks decide.

A proposal (``extract.proposal``) says where the article is. The blocks of the page
(``extract.blocks``) then say what belongs to it: the container that holds most of what was proposed, its
siblings of the same make, and in them every running paragraph that is in no zone of another kind. So paragraphs that a
proposal lost come back, and captions, link lists and teasers it took go out, each with its reason.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace

from copydesk.pipeline.core.records import Dropped
from copydesk.pipeline.extract.blocks import HEADINGS, TEXT_TAGS, Block, is_standfirst
from copydesk.pipeline.extract.next_story import find_next_story
from copydesk.pipeline.extract.proposal import FIRM, fold_text, is_running, is_text, is_whole, propose
from copydesk.pipeline.extract.structured_data import Structured
from copydesk.pipeline.extract.title import measure_agreement

_SENTENCE_END = re.compile(
    r"[.!?\u2026\u3002\uff01\uff1f\u061f\u06d4\u0964:;\u201d\u201c\"'\u00bb\u00ab\u300d)\u2014]\s*$"
)
# Of these ends, those that no headline has.
_ENDS = re.compile(r"[.!?\u2026\u3002\uff01\uff1f\u061f\u06d4\u0964]\W{0,3}$")
# So many times the text that the page prints the data must hold to be taken instead.
_TOLD_MORE = 3
# Characters at a text's end that tell how it ends.
_END = 12
# An element with so many paragraphs of the article is the text's own; so are their makes.
_SURELY = 3
# How many levels above the container its parts may have their common parent.
_PARTS_APART = 4


@dataclass(frozen=True, slots=True)
class Body:
    """``paragraphs`` in page order; ``via`` who proposed them; ``dropped`` what was left out inside the article."""

    paragraphs: tuple[str, ...]
    via: str
    dropped: tuple[Dropped, ...] = ()


def _is_sentence(block: Block) -> bool:
    return (
        block.zone not in FIRM
        and block.tag in TEXT_TAGS
        and block.link_share < 0.5
        and _SENTENCE_END.search(block.text[-_END:]) is not None
    )


def _find_container(blocks: list[Block], chosen: set[int]) -> tuple[int, str]:
    """The innermost element that holds nine tenths of the chosen text, with its make."""
    sizes: Counter[int] = Counter()
    depth: dict[int, tuple[int, str]] = {}
    total = 0
    for at in chosen:
        block = blocks[at]
        if block.tag in HEADINGS:
            continue
        total += len(block.text)
        # The block's own element is no container of it.
        for level, identity in enumerate(block.path[:-1]):
            sizes[identity] += len(block.text)
            depth[identity] = (level, block.names[level])
    best, best_level = 0, -1
    for identity, size in sizes.items():
        if size >= total * 0.9 and depth[identity][0] > best_level:
            best, best_level = identity, depth[identity][0]
    return best, depth[best][1] if best else ""


def _extend(blocks: list[Block], container: int, make: str) -> set[int]:
    """The container and the elements of the same make around it: an article that is printed in several parts."""
    same = {container}
    model = next(block for block in blocks if container in block.path)
    level = model.path.index(container)
    if level == 0 or not make.split(" ", 1)[-1].strip():
        return same
    shared = max(0, level - _PARTS_APART)
    for block in blocks:
        if len(block.path) <= level or block.path[level] in same or block.path[shared] != model.path[shared]:
            continue
        if block.names[shared : level + 1] == model.names[shared : level + 1] and is_running(block, 120):
            same.add(block.path[level])
    return same


def _find_standfirst(blocks: list[Block], first: int, data: Structured, title: str) -> list[int]:
    """The blocks before the body that the page gives as its description, or that are marked as the standfirst."""
    told = [fold_text(text)[:200] for text in data.descriptions if len(text) >= 40]
    start = 0
    wanted = fold_text(title)
    for at in range(first - 1, -1, -1):
        if blocks[at].tag == "h1" or (blocks[at].tag in HEADINGS and wanted and fold_text(blocks[at].text) == wanted):
            start = at
            break
    for at in range(max(start, first - 40), first):
        block = blocks[at]
        if (
            block.tag == "h1"
            or block.link_share > 0.3
            or len(block.text) < 30
            or block.zone in {"caption", "hidden", "overlay", "navigation"}
        ):
            continue
        key = fold_text(block.text)
        if wanted and key in wanted:
            continue
        if any(key[:150] == text[: len(key[:150])] or (len(text) > 60 and text[:60] in key) for text in told):
            return _list_together(blocks, at, first)
        if start and not block.zone and is_standfirst(block):
            return _list_together(blocks, at, first)
    return []


def _list_together(blocks: list[Block], at: int, first: int) -> list[int]:
    """A standfirst's block and the sentences after it in the same element, where that is the standfirst's own."""
    home = blocks[at].path[-2:-1]
    if not is_standfirst(blocks[at]) or blocks[at].tag not in {"p", "li"}:
        return [at]
    return [at] + [
        later
        for later in range(at + 1, min(first, at + 6))
        if blocks[later].path[-2:-1] == home and _is_sentence(blocks[later]) and not blocks[later].zone
    ]


def _find_above(blocks: list[Block], kept: list[int], title: str, sites: list[str]) -> set[int]:
    """Of the kept blocks the lines that are the page's, not the article's: the site's name, and what stands above the
    printed headline and is no sentence.
    """
    names = {fold_text(site) for site in sites}
    wanted = fold_text(title)
    headline = next((at for at, block in enumerate(blocks) if len(wanted) > 15 and wanted in fold_text(block.text)), 0)
    return {
        at
        for at in kept
        if fold_text(blocks[at].text) in names or (at < headline and not _SENTENCE_END.search(blocks[at].text[-_END:]))
    }


def _doubt_own_names(blocks: list[Block], inside: list[int], homes: Counter[tuple[int, ...]]) -> None:
    """Take the zone off paragraphs and headings that stand amid the article's own and are of another kind by nothing
    but their own name: what a meter hides from machines, what a table of contents leads to.
    """
    for at in inside:
        block = blocks[at]
        if block.zone not in {"hidden", "navigation"} or homes[block.path[:-1]] < _SURELY or block.link_share > 0.3:
            continue
        own = all(identity == block.path[-1] for identity, reason in block.zones if reason == block.zone)
        said = block.tag == "p" and is_text(block) and _ENDS.search(block.text[-_END:]) is not None
        if own and (said or (block.zone == "navigation" and block.tag in HEADINGS)):
            block.zone = ""


def _is_text_amid(block: Block) -> bool:
    """Whether a block amid the text that nobody proposed is a part of it."""
    if is_running(block) and (block.tag in {"p", "blockquote"} or _SENTENCE_END.search(block.text[-_END:])):
        return True
    return not block.zone and block.tag in HEADINGS - {"h1"} | {"p", "blockquote"} and block.link_share < 0.5


def _is_linked_sentence(block: Block) -> bool:
    """Whether a paragraph is one of the text's own though most of its words are links: a sentence, but for some words
    of it; a teaser is linked as a whole.
    """
    most = 0.97 if block.text.endswith(".") else 0.75
    said = (
        not block.zone and block.tag == "p" and len(block.text) >= 40 and _ENDS.search(block.text[-_END:]) is not None
    )
    return said and 0.5 <= block.link_share < most


def _find_link_lists(blocks: list[Block], numbers: list[int]) -> set[int]:
    """The items of lists that are mostly links, with the heading right above: other stories, set into the text.

    A list of the article's own may link a word or two of an item, or end its items as sentences.
    """
    lists: dict[tuple[int, ...], list[int]] = {}
    for at in numbers:
        if blocks[at].tag == "li":
            lists.setdefault(blocks[at].path[:-1], []).append(at)
    found: set[int] = set()
    for items in lists.values():
        total = sum(len(blocks[at].text) - blocks[at].text.count(" ") for at in items)
        said = sum(_ENDS.search(blocks[at].text[-_END:]) is not None for at in items)
        if len(items) > 1 and sum(blocks[at].linked for at in items) > total * 0.6 and said * 2 < len(items):
            found.update(items)
            if items[0] > numbers[0] and blocks[items[0] - 1].tag in HEADINGS:
                found.add(items[0] - 1)
    return found


def _keep_sentences(blocks: list[Block], chosen: set[int], via: str) -> Body:
    """A flash, or a page without structure: what was proposed stands, or of it the sentences where there are any."""
    homes = {blocks[at].path[:-1] for at in chosen if blocks[at].zone not in FIRM}
    # Headline and time may have been proposed, and the flash itself, a line beside them, been too short to be seen.
    chosen = chosen | {at for at, block in enumerate(blocks) if block.path[:-1] in homes and _is_sentence(block)}
    firm = [at for at in sorted(chosen) if blocks[at].zone not in FIRM and blocks[at].tag != "h1"]
    said = [at for at in firm if _is_sentence(blocks[at])]
    kept = said or firm
    dropped = tuple(Dropped(blocks[at].zone or "outside", blocks[at].text) for at in sorted(chosen - set(kept)))
    return Body(tuple(blocks[at].text for at in kept), via, dropped)


def read_body(html: str, blocks: list[Block], data: Structured, title: str) -> Body:
    """The article's paragraphs by the generic way; empty where nothing on the page reads like an article.

    What the page prints counts. Where it prints next to nothing of the text that its data hold whole, as a page that
    scripts fill does, the data's text is taken.
    """
    end = find_next_story(blocks, title)
    printed = _read_printed(html, blocks[:end], data, title)
    others = tuple(Dropped("another story", block.text) for block in blocks[end:] if is_running(block))
    printed = replace(printed, dropped=(*printed.dropped, *others))
    wanted = len(fold_text(data.body)) if is_whole(data) and data.is_free is not False else 0
    if wanted <= sum(len(fold_text(text)) for text in printed.paragraphs) * _TOLD_MORE:
        return printed
    dropped = tuple(Dropped("outside", text) for text in printed.paragraphs)
    return Body(tuple(data.body.split("\n")), "json-ld-text", (*printed.dropped, *dropped))


def _read_printed(html: str, blocks: list[Block], data: Structured, title: str) -> Body:
    proposal = propose(html, blocks, data)
    chosen, via = set(proposal.chosen), proposal.via
    solid = {at for at in chosen if blocks[at].zone not in FIRM and is_text(blocks[at])}
    container, make = _find_container(blocks, solid) if solid else (0, "")
    if not container:
        return _keep_sentences(blocks, chosen, via)
    homes = _extend(blocks, container, make)
    kept: list[int] = []
    dropped: list[Dropped] = []
    inside = [at for at, block in enumerate(blocks) if homes.intersection(block.path)]
    first = min(solid & set(inside), default=inside[0])
    bodies = Counter(blocks[at].path[:-1] for at in solid)
    makes = Counter(blocks[at].names[-3:] for at in solid)
    _doubt_own_names(blocks, inside, bodies)
    last = max(at for at in inside if at in solid or (is_running(blocks[at], 80)))
    for at in inside:
        block = blocks[at]
        if at in chosen:
            if block.zone in FIRM:
                dropped.append(Dropped(block.zone, block.text))
            elif block.tag == "h1" and measure_agreement(block.text, title) > 0.4:
                dropped.append(Dropped("title", block.text))
            elif block.link_share > 0.6 and not _SENTENCE_END.search(block.text[-_END:]):
                dropped.append(Dropped("links", block.text))
            else:
                kept.append(at)
        elif first <= at <= last or (
            at < first and block.path[:-1] in bodies and _SENTENCE_END.search(block.text[-_END:])
        ):
            if _is_text_amid(block) or (makes[block.names[-3:]] >= _SURELY and _is_linked_sentence(block)):
                kept.append(at)
            elif block.zone:
                dropped.append(Dropped(block.zone, block.text))
    # A line above the text that only says a part of it again is a teaser, a pull quote, what the share bar sends.
    said = "\n".join(fold_text(blocks[at].text) for at in kept)
    for at in sorted(chosen - set(inside)):
        if at < first and is_running(blocks[at]) and fold_text(blocks[at].text) not in said:
            kept.append(at)
        else:
            dropped.append(Dropped(blocks[at].zone or "outside", blocks[at].text))
    linked = _find_link_lists(blocks, [at for at in inside if first <= at <= last]) & set(kept)
    dropped += [Dropped("links", blocks[at].text) for at in sorted(linked)]
    kept = [at for at in kept if at not in linked]
    above = _find_above(blocks, kept, title, data.site_names)
    dropped += [Dropped("above headline", blocks[at].text) for at in sorted(above)]
    kept = sorted(set(kept) - above)
    if kept:
        kept = _find_standfirst(blocks, kept[0], data, title) + kept
    return Body(tuple(blocks[at].text for at in kept), via, tuple(dropped))
