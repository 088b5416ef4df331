"""The body of a page that no rule knows: extractors propose, the page's own blocks decide.

trafilatura (and, where it finds little, readability-lxml and the page's structured data) say where the article is.
The blocks of the page (``pipeline.extract.blocks``) then say what belongs to it: the container that holds most of
what was proposed, its siblings of the same make, and in them every running paragraph that is in no zone of another
kind. So paragraphs that an extractor lost come back, and captions, link lists and teasers it took go out, each with
its reason.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from pipeline.extract.blocks import HEADINGS, Block, is_standfirst
from pipeline.extract.extractors import ask_readability, ask_trafilatura, parse_lxml
from pipeline.extract.structured import Structured
from pipeline.extract.title import measure_agreement
from pipeline.records import Dropped

_WORD = re.compile(r"\w+")
_TEXT_TAGS = frozenset(
    {"p", "blockquote", "li", "dd", "dt", "pre", "div", "section", "article", "td", "body", "main", "center"}
)
_SENTENCE_END = re.compile(
    r"[.!?\u2026\u3002\uff01\uff1f\u061f\u06d4\u0964:;\u201d\u201c\"'\u00bb\u00ab\u300d)\u2014]\s*$"
)
_MAX_BLOCKS = 15_000
# Paragraphs that are looked for inside blocks one by one.
_MAX_LONG = 60
# Fewer characters than this and another opinion is asked.
_LITTLE = 250
# Zones that are believed against an extractor's proposal; the others (aside, embed ...) often hold true text.
_FIRM = frozenset(
    {
        "caption",
        "related",
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
    }
)
# How many levels above the container its parts may have their common parent.
_PARTS_APART = 4


@dataclass(frozen=True, slots=True)
class Body:
    """``paragraphs`` in page order; ``via`` who proposed them; ``dropped`` what was left out inside the article."""

    paragraphs: tuple[str, ...]
    via: str
    dropped: tuple[Dropped, ...] = ()


def _fold(text: str) -> str:
    return "".join(_WORD.findall(text.casefold()))


def propose(html: str, blocks: list[Block], data: Structured) -> tuple[set[int], str]:
    """The blocks that are the article, and who says so.

    trafilatura first; where it finds next to nothing the page's own data, then readability, then the blocks that read
    like running text. A page of very many blocks is not given to the extractors: they need the square of the time.
    """
    if len(blocks) <= _MAX_BLOCKS:
        tree = parse_lxml(html)
        chosen = _match(blocks, ask_trafilatura(tree)) if tree is not None else set()
        if _measure(blocks, chosen) >= _LITTLE:
            return chosen, "trafilatura"
        others: list[tuple[set[int], str]] = [(chosen, "trafilatura")]
        if len(data.body) >= _LITTLE:
            others.append((_match(blocks, data.body.split("\n")), "json-ld"))
        others.append((_match(blocks, ask_readability(html)), "readability"))
        chosen, via = max(others, key=lambda other: _measure(blocks, other[0]))
        if chosen:
            return chosen, via
    return {at for at, block in enumerate(blocks) if is_running(block)}, "blocks"


def _measure(blocks: list[Block], chosen: set[int]) -> int:
    """How many characters of unlinked text were chosen, outside the zones that are never text."""
    return sum(len(blocks[at].text) - blocks[at].linked for at in chosen if blocks[at].zone not in _FIRM)


def _match(blocks: list[Block], proposed: list[str]) -> set[int]:
    """The numbers of the blocks that were proposed: equal words, or one holding the other for the most part."""
    # In their order: of very many only the first are looked for inside blocks, the same ones in every process.
    keys = dict.fromkeys(key for text in proposed if (key := _fold(text)))
    whole = "\n".join(keys)
    found = set()
    for at, block in enumerate(blocks):
        key = _fold(block.text)
        if key and (key in keys or (len(key) >= 25 and key in whole)):
            found.add(at)
    if len(found) < len(keys):
        # A proposed paragraph that was put together from several blocks, or a block with something more.
        long_keys = [key for key in keys if len(key) >= 60][:_MAX_LONG]
        for at, block in enumerate(blocks):
            if at not in found and len(block.text) >= 60:
                key = _fold(block.text)
                if any(candidate in key and len(candidate) * 2 > len(key) for candidate in long_keys):
                    found.add(at)
    return found


def _is_text(block: Block, least: int = 40) -> bool:
    wanted = least if ord(block.text[0]) < 0x2E80 else least // 3
    return block.tag in _TEXT_TAGS and len(block.text) >= wanted and block.link_share < 0.5


def is_running(block: Block, least: int = 40) -> bool:
    """Whether a block is a paragraph of running text: in no zone, long enough (in characters), hardly linked."""
    return not block.zone and _is_text(block, least)


def _is_sentence(block: Block) -> bool:
    return (
        block.zone not in _FIRM
        and block.tag in _TEXT_TAGS
        and block.link_share < 0.5
        and _SENTENCE_END.search(block.text) is not None
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


def _find_standfirst(blocks: list[Block], first: int, data: Structured, title: str) -> int | None:
    """The block before the body that the page gives as its description, or that is marked as the standfirst."""
    told = [_fold(text)[:200] for text in data.descriptions if len(text) >= 40]
    start = 0
    wanted = _fold(title)
    for at in range(first - 1, -1, -1):
        if blocks[at].tag == "h1" or (blocks[at].tag in HEADINGS and wanted and _fold(blocks[at].text) == wanted):
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
        key = _fold(block.text)
        if wanted and key in wanted:
            continue
        if any(key[:150] == text[: len(key[:150])] or (len(text) > 60 and text[:60] in key) for text in told):
            return at
        if start and not block.zone and is_standfirst(block):
            return at
    return None


def _find_above(blocks: list[Block], kept: list[int], title: str, sites: list[str]) -> set[int]:
    """Of the kept blocks the lines that are the page's, not the article's: the site's name, and what stands above the
    printed headline and is no sentence.
    """
    names = {_fold(site) for site in sites}
    wanted = _fold(title)
    headline = next((at for at, block in enumerate(blocks) if len(wanted) > 15 and wanted in _fold(block.text)), 0)
    return {
        at
        for at in kept
        if _fold(blocks[at].text) in names or (at < headline and not _SENTENCE_END.search(blocks[at].text))
    }


def _keep_sentences(blocks: list[Block], chosen: set[int], via: str) -> Body:
    """A flash, or a page without structure: what was proposed stands, or of it the sentences where there are any."""
    homes = {blocks[at].path[:-1] for at in chosen if blocks[at].zone not in _FIRM}
    # Headline and time may have been proposed, and the flash itself, a line beside them, been too short to be seen.
    chosen = chosen | {at for at, block in enumerate(blocks) if block.path[:-1] in homes and _is_sentence(block)}
    firm = [at for at in sorted(chosen) if blocks[at].zone not in _FIRM and blocks[at].tag != "h1"]
    said = [at for at in firm if _is_sentence(blocks[at])]
    kept = said or firm
    dropped = tuple(Dropped(blocks[at].zone or "outside", blocks[at].text) for at in sorted(chosen - set(kept)))
    return Body(tuple(blocks[at].text for at in kept), via, dropped)


def read_body(html: str, blocks: list[Block], data: Structured, title: str) -> Body:
    """The article's paragraphs by the generic way; empty where nothing on the page reads like an article."""
    chosen, via = propose(html, blocks, data)
    solid = {at for at in chosen if blocks[at].zone not in _FIRM and _is_text(blocks[at])}
    container, make = _find_container(blocks, solid) if solid else (0, "")
    if not container:
        return _keep_sentences(blocks, chosen, via)
    homes = _extend(blocks, container, make)
    kept: list[int] = []
    dropped: list[Dropped] = []
    inside = [at for at, block in enumerate(blocks) if homes.intersection(block.path)]
    first = min(solid & set(inside), default=inside[0])
    bodies = {blocks[at].path[:-1] for at in solid}
    last = max(at for at in inside if at in solid or (is_running(blocks[at], 80)))
    for at in inside:
        block = blocks[at]
        if at in chosen:
            if block.zone in _FIRM:
                dropped.append(Dropped(block.zone, block.text))
            elif block.tag == "h1" and measure_agreement(block.text, title) > 0.4:
                dropped.append(Dropped("title", block.text))
            elif block.link_share > 0.6 and not _SENTENCE_END.search(block.text):
                dropped.append(Dropped("links", block.text))
            else:
                kept.append(at)
        elif first <= at <= last or (at < first and block.path[:-1] in bodies and _SENTENCE_END.search(block.text)):
            if (is_running(block) and (block.tag in {"p", "blockquote"} or _SENTENCE_END.search(block.text))) or (
                not block.zone
                and block.tag in HEADINGS | {"p", "blockquote"}
                and block.link_share < 0.5
                and block.tag != "h1"
            ):
                kept.append(at)
            elif block.zone:
                dropped.append(Dropped(block.zone, block.text))
    for at in sorted(chosen - set(inside)):
        if at < first and not blocks[at].zone and is_running(blocks[at]):
            kept.append(at)
        else:
            dropped.append(Dropped(blocks[at].zone or "outside", blocks[at].text))
    above = _find_above(blocks, kept, title, data.site_names)
    dropped += [Dropped("above headline", blocks[at].text) for at in sorted(above)]
    kept = sorted(set(kept) - above)
    if kept:
        standfirst = _find_standfirst(blocks, kept[0], data, title)
        if standfirst is not None:
            kept.insert(0, standfirst)
    return Body(tuple(blocks[at].text for at in kept), via, tuple(dropped))
