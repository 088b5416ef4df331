"""Extract the body of a page that no rule applies to.

A proposal (``extract.proposal``) says where the article is. The page's own blocks (``extract.blocks``) then decide what
belongs to it: the container with most of the proposed text, its siblings of the same kind, and in them each running
paragraph that is not in a zone of another kind. Thus paragraphs that a proposal missed are added, and captions, link
lists and teasers that it contains are dropped, each with its reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Set
from dataclasses import dataclass, replace

from selectolax.lexbor import LexborHTMLParser

from copydesk.pipeline.core.records import DroppedText
from copydesk.pipeline.extract.blocks import HEADING_TAGS, Block, is_metered
from copydesk.pipeline.extract.body_parts import (
    find_lead,
    find_lines_above,
    find_link_lists,
    find_pull_quotes,
    has_sentence_end,
    has_strong_end,
    is_linked_sentence,
    is_sentence,
    is_unproposed_text,
)
from copydesk.pipeline.extract.headings import compute_headline_similarity
from copydesk.pipeline.extract.next_story import find_next_story
from copydesk.pipeline.extract.proposal import (
    NON_TEXT_ZONES,
    choose_proposal,
    fold_text,
    is_complete_body,
    is_running_text,
    is_text_like,
)
from copydesk.pipeline.extract.script_data import MAX_PRINTED_CHARS, find_script_text
from copydesk.pipeline.extract.structured_data import Structured

# The data's text replaces the printed one if it has more than this many times its characters.
_MIN_DATA_TEXT_RATIO = 3
# An element with so many paragraphs of the article is part of the text, and so are elements of the same kind.
_MIN_OWN_PARAGRAPHS = 3
# Most of an article's paragraphs have the class names that mark them as such.
_MIN_KIN_SHARE = 0.6
# A heading with at least this similarity to the title is the headline.
_MIN_HEADLINE_SIMILARITY = 0.4
# A block with more of its text in links is a link to another story, unless it is a sentence.
_MAX_OWN_LINK_SHARE = 0.6
# Levels above the container at which the parts of an article have their common ancestor, at most.
_MAX_PARTS_DISTANCE_LEVELS = 6


@dataclass(frozen=True, slots=True)
class Body:
    """The extracted body of a page."""

    paragraphs: tuple[str, ...]
    """In page order."""
    via: str
    """Name of the extractor that proposed them."""
    dropped: tuple[DroppedText, ...] = ()
    """What was left out inside the article."""


def _find_container(blocks: list[Block], chosen: Set[int]) -> tuple[int, str]:
    """Return the innermost element with nine tenths of the chosen text, its tag and class words; 0 if there is none."""
    sizes: Counter[int] = Counter()
    depth: dict[int, tuple[int, str]] = {}
    total = 0
    for at in chosen:
        block = blocks[at]
        if block.tag in HEADING_TAGS:
            continue
        total += len(block.text)
        # The block's own element is not a container.
        for level, identity in enumerate(block.ancestor_ids[:-1]):
            sizes[identity] += len(block.text)
            depth[identity] = (level, block.ancestor_names[level])
    best, best_level = 0, -1
    for identity, size in sizes.items():
        if size >= total * 0.9 and depth[identity][0] > best_level:
            best, best_level = identity, depth[identity][0]
    return best, depth[best][1] if best else ""


def _is_near(block: Block, model: Block, level: int) -> bool:
    """Return whether a block is inside the ancestor of another one that is some levels above the level given."""
    shared = level - _MAX_PARTS_DISTANCE_LEVELS
    return shared < 0 or block.ancestor_ids[shared : shared + 1] == model.ancestor_ids[shared : shared + 1]


def _find_sibling_containers(blocks: list[Block], container: int, name: str) -> set[int]:
    """Return the container and the elements of the same kind around it: an article may be printed in several parts."""
    siblings = {container}
    model = next(block for block in blocks if container in block.ancestor_ids)
    level = model.ancestor_ids.index(container)
    if level == 0 or not name.split(" ", 1)[-1].strip():
        return siblings
    shared = max(0, level - _MAX_PARTS_DISTANCE_LEVELS)
    for block in blocks:
        if (
            len(block.ancestor_ids) <= level
            or block.ancestor_ids[level] in siblings
            or not _is_near(block, model, level)
        ):
            continue
        if block.ancestor_names[shared : level + 1] == model.ancestor_names[shared : level + 1] and is_running_text(
            block, 120
        ):
            siblings.add(block.ancestor_ids[level])
    return siblings


def _find_kin(blocks: list[Block], chosen: set[int]) -> set[int]:
    """Return the running paragraphs of the page with the class names that the article's paragraphs have in common.

    Articles are printed in several containers, with adverts between them; their paragraphs are styled alike.
    """
    paragraphs = [at for at in chosen if blocks[at].tag == "p" and is_running_text(blocks[at])]
    if len(paragraphs) < _MIN_OWN_PARAGRAPHS:
        return set()
    names = [set(blocks[at].ancestor_names[-1].split()[1:]) for at in paragraphs]
    counts = Counter(name for own in names for name in own)
    own_names = {name for name, count in counts.items() if count > len(paragraphs) * _MIN_KIN_SHARE}
    if not own_names:
        return set()
    model = blocks[paragraphs[0]]
    parents = {name for at in paragraphs for name in blocks[at].ancestor_names[-2].split()[1:]}
    return {
        at
        for at, block in enumerate(blocks)
        if at not in chosen
        and block.tag == "p"
        and is_running_text(block, 60)
        and own_names <= set(block.ancestor_names[-1].split()[1:])
        and parents.intersection(block.ancestor_names[-2].split())
        and _is_near(block, model, len(model.ancestor_ids) - 2)
    }


def _clear_misleading_zones(blocks: list[Block], inside: list[int], homes: Counter[tuple[int, ...]]) -> None:
    """Clear the zone of paragraphs and headings among the article's own if only their own class names suggest it.

    Examples are paragraphs that a meter hides from crawlers, and headings that a table of contents links to.
    """
    for at in inside:
        block = blocks[at]
        if (
            block.zone not in {"hidden", "navigation"}
            or homes[block.ancestor_ids[:-1]] < _MIN_OWN_PARAGRAPHS
            or block.link_share > 0.3
        ):
            continue
        is_own_zone = all(
            identity == block.ancestor_ids[-1] for identity, reason in block.ancestor_zones if reason == block.zone
        )
        is_text = block.tag == "p" and is_text_like(block) and has_strong_end(block)
        if is_own_zone and (is_text or (block.zone == "navigation" and block.tag in HEADING_TAGS)):
            block.zone = ""


def _keep_sentences(blocks: list[Block], chosen: Set[int], via: str) -> Body:
    """Return the body of a flash, or of a page without structure: its proposed sentences, else all that is proposed."""
    homes = {blocks[at].ancestor_ids[:-1] for at in chosen if blocks[at].zone not in NON_TEXT_ZONES}
    # Perhaps only headline and time were proposed, and the flash itself, a line next to them, was too short to be
    # noticed.
    chosen = chosen | {at for at, block in enumerate(blocks) if block.ancestor_ids[:-1] in homes and is_sentence(block)}
    candidates = [at for at in sorted(chosen) if blocks[at].zone not in NON_TEXT_ZONES and blocks[at].tag != "h1"]
    sentences = [at for at in candidates if is_sentence(blocks[at])]
    kept = sentences or candidates
    dropped = tuple(DroppedText(blocks[at].zone or "outside", blocks[at].text) for at in sorted(chosen - set(kept)))
    return Body(tuple(blocks[at].text for at in kept), via, dropped)


def _is_headline(block: Block, title: str) -> bool:
    """Return whether a heading is the page's headline, or much like it."""
    return block.tag in HEADING_TAGS and compute_headline_similarity(block.text, title) > _MIN_HEADLINE_SIMILARITY


def _name_reason(block: Block, title: str) -> str:
    """Return why a block within the article is left out."""
    if block.zone:
        return block.zone
    if _is_headline(block, title):
        return "title"
    return "links" if block.link_share > _MAX_OWN_LINK_SHARE else "outside"


def _find_text_above(blocks: list[Block], numbers: list[int], kept: list[int]) -> list[int]:
    """Return which proposed blocks above the container belong to the text.

    A line above the text that only repeats part of it is a teaser, a pull quote or a sharing text.
    """
    numbers = [at for at in numbers if is_running_text(blocks[at])]
    kept_text = "\n".join(fold_text(blocks[at].text) for at in kept) if numbers else ""
    return [at for at in numbers if fold_text(blocks[at].text) not in kept_text]


def extract_body(tree: LexborHTMLParser, html: str, blocks: list[Block], data: Structured, title: str) -> Body:
    """Extract the article's paragraphs without a rule; none if nothing on the page reads like an article.

    The printed text counts. If the page prints next to nothing of a complete text in its data, as pages that scripts
    fill do, the data's text is used: that of JSON-LD (``json-ld-text``), or that of scripts (``script-data``), which
    must continue the printed text.

    Args:
        tree: The parsed page.
        html: The page's text, for the extractors.
        blocks: Its blocks; their zones may be cleared.
        data: Its structured data.
        title: Its headline.
    """
    end = find_next_story(blocks, title)
    printed = _extract_printed_body(html, blocks[:end], data, title)
    others = tuple(DroppedText("another story", block.text) for block in blocks[end:] if is_running_text(block))
    printed = replace(printed, dropped=(*printed.dropped, *others))
    size = sum(len(fold_text(text)) for text in printed.paragraphs)
    wanted = len(fold_text(data.body)) if is_complete_body(data) and data.is_free is not False else 0
    if wanted > size * _MIN_DATA_TEXT_RATIO:
        return _replace_text(printed, data.body.split("\n"), "json-ld-text")
    if size < MAX_PRINTED_CHARS and (paragraphs := find_script_text(tree, title, printed.paragraphs)):
        return _replace_text(printed, paragraphs, "script-data")
    return printed


def _replace_text(printed: Body, paragraphs: list[str], via: str) -> Body:
    """Return a body with the data's text; what the page prints of it, and more, is dropped."""
    known = set(paragraphs)
    dropped = tuple(DroppedText("outside", text) for text in printed.paragraphs if text not in known)
    return Body(tuple(paragraphs), via, (*printed.dropped, *dropped))


def _leave_out(
    blocks: list[Block], kept: list[int], found: set[int], reason: str, dropped: list[DroppedText]
) -> list[int]:
    """Return the kept blocks without those found, which are added to what is dropped."""
    dropped += [DroppedText(reason, blocks[at].text) for at in sorted(found.intersection(kept))]
    return [at for at in kept if at not in found]


def _extract_printed_body(html: str, blocks: list[Block], data: Structured, title: str) -> Body:
    """Return the body as the page prints it."""
    proposal = choose_proposal(html, blocks, data)
    metered = {at for at, block in enumerate(blocks) if is_metered(block) and is_running_text(block)}
    chosen, via = proposal.block_numbers | metered, proposal.via
    solid = {at for at in chosen if blocks[at].zone not in NON_TEXT_ZONES and is_text_like(blocks[at])}
    container, container_name = _find_container(blocks, solid) if solid else (0, "")
    if not container:
        return _keep_sentences(blocks, chosen, via)
    homes = _find_sibling_containers(blocks, container, container_name)
    kept: list[int] = []
    dropped: list[DroppedText] = []
    homes |= {blocks[at].ancestor_ids[-2] for at in _find_kin(blocks, solid)}
    inside = [at for at, block in enumerate(blocks) if homes.intersection(block.ancestor_ids)]
    first = min(solid & set(inside), default=inside[0])
    bodies = Counter(blocks[at].ancestor_ids[:-1] for at in solid)
    name_counts = Counter(blocks[at].ancestor_names[-3:] for at in solid)
    _clear_misleading_zones(blocks, inside, bodies)
    last = max(at for at in inside if at in solid or (is_running_text(blocks[at], 80)))
    for at in inside:
        block = blocks[at]
        if at in chosen:
            if block.zone in NON_TEXT_ZONES:
                dropped.append(DroppedText(block.zone, block.text))
            elif block.tag == "h1" and _is_headline(block, title):
                dropped.append(DroppedText("title", block.text))
            elif block.link_share > _MAX_OWN_LINK_SHARE and not has_sentence_end(block):
                dropped.append(DroppedText("links", block.text))
            else:
                kept.append(at)
        elif first <= at <= last or (at < first and block.ancestor_ids[:-1] in bodies and has_sentence_end(block)):
            if is_unproposed_text(block) or (
                name_counts[block.ancestor_names[-3:]] >= _MIN_OWN_PARAGRAPHS and is_linked_sentence(block)
            ):
                kept.append(at)
            else:
                dropped.append(DroppedText(_name_reason(block, title), block.text))
        elif is_running_text(block):
            dropped.append(DroppedText("outside", block.text))
    outside = sorted(chosen - set(inside))
    parts = _find_text_above(blocks, [at for at in outside if at < first], kept)
    dropped += [DroppedText(blocks[at].zone or "outside", blocks[at].text) for at in outside if at not in parts]
    kept += parts
    kept = _leave_out(blocks, kept, find_pull_quotes(blocks, kept), "repeat", dropped)
    linked = find_link_lists(blocks, [at for at in inside if first <= at <= last])
    kept = _leave_out(blocks, kept, linked, "links", dropped)
    above = find_lines_above(blocks, kept, title, data.site_names)
    kept = sorted(_leave_out(blocks, kept, above, "above headline", dropped))
    lead, others = find_lead(blocks, kept, data, title)
    lead_texts = {blocks[at].text for at in lead}
    dropped = [piece for piece in dropped if piece.text not in lead_texts]
    seen = {piece.text for piece in dropped}
    dropped += [DroppedText("outside", blocks[at].text) for at in others if blocks[at].text not in seen]
    kept = sorted({*lead, *kept})
    return Body(tuple(blocks[at].text for at in kept), via, tuple(dropped))
