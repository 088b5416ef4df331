"""Weigh what class names say about blocks against the text that they would throw away.

A name is evidence for a zone, and the text inside is evidence against it: an element that contains the headline with
text below it, or a third of what the page prints, is not an advert, whatever it is called.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from copydesk.pipeline.extract.block import Block

# A zone with more than this part of the page's running text is ignored: its name must mean something else.
_MAX_ZONE_SHARE = 0.34
# Exception: next to a flash, an overlay up to this length is most of the text. It is a zone unless it contains the
# headline and this part of the text.
_MAX_OVERLAY_CHARS = 400
_WHOLE_SHARE = 0.9
# Text below a headline in the same element, in characters, that makes the element the article's.
_MIN_HEADLINED_CHARS = 250
# Zones that repeat on a page, and outweigh its article at times: elements of one name do not count together.
_REPEATED_ZONES = frozenset({"caption", "comments", "embed", "related", "gallery", "overlay"})
# With fewer characters of text outside all zones, a page prints no text of its own there.
_MIN_UNZONED_CHARS = 250
# Paragraphs in elements of one name that may be an article cut into pieces, and their characters on average.
_MIN_PIECES = 3
_MIN_PIECE_CHARS = 80
# What is printed next to a picture in the same element is its caption: at most so many blocks and characters.
_MAX_CAPTION_BLOCKS = 3
_MAX_CAPTION_CHARS = 600
_PICTURE_WORD = re.compile(
    r"(?<![^ -])(?:images?|img|photos?|pictures?|pics?|fotos?|bilde?r?|imagen|imagem|figure|attachment|thumbnail)"
    r"(?![^ -])"
)
_CAPTION_LEVELS = 3
# A list of other stories links to them. Without a single link, an element is one only if less than this part of its
# characters are running text.
_UNLINKED_PROSE_SHARE = 0.6
_PARAGRAPH_TAGS = frozenset({"p", "li", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "td", "pre"})


def _is_prose(block: Block) -> bool:
    return len(block.text) >= 60 and block.link_share < 0.5


def _find_captions(blocks: list[Block], pictured: set[int]) -> Iterator[tuple[Block, int]]:
    """Yield the blocks that stand next to a picture in the same small element, with that element's identity.

    Its name must say that it is a picture's, or its text must not be in paragraphs.

    Args:
        blocks: The page's blocks.
        pictured: Identities of the elements that contain a picture.
    """
    groups: defaultdict[int, list[Block]] = defaultdict(list)
    for block in blocks:
        for identity in block.ancestor_ids[-_CAPTION_LEVELS:]:
            if identity in pictured:
                groups[identity].append(block)
    for identity, group in groups.items():
        if len(group) > _MAX_CAPTION_BLOCKS or sum(len(block.text) for block in group) > _MAX_CAPTION_CHARS:
            continue
        if any(reason == "caption" for block in group for _, reason in block.ancestor_zones):
            continue  # it has a caption that is marked as one
        name = group[0].ancestor_names[group[0].ancestor_ids.index(identity)]
        is_named = _PICTURE_WORD.search(name.partition(" ")[2]) is not None
        is_own = any(block.ancestor_ids[-1] == identity for block in group)
        if is_named or not (is_own or any(block.tag in _PARAGRAPH_TAGS for block in group)):
            yield from ((block, identity) for block in group if block.link_share < 0.5)


def _mark_captions(blocks: list[Block], pictured: set[int], total: int) -> None:
    """Add a zone for captions that are marked by nothing but the picture next to them."""
    captions = list(_find_captions(blocks, pictured))
    # Some pages print each part of their text next to a picture.
    if sum(len(block.text) for block, _ in captions) <= total * _MAX_ZONE_SHARE:
        for block, identity in captions:
            block.ancestor_zones += ((identity, "caption"),)


def _find_scattered_text(blocks: list[Block], prose: list[Block], total: int, pictured: set[int]) -> set[int]:
    """Return the elements that are called a zone and contain pieces of a text: siblings of one name with much of it.

    Zones that repeat on a page are such pieces only if each is one paragraph, and the page prints no other text.
    """
    zoned = sum(len(block.text) for block in prose if block.ancestor_zones)
    if zoned <= total * _MAX_ZONE_SHARE:
        return set()
    unzoned = sum(len(block.text) for block in prose if not block.ancestor_zones)
    counts = Counter(block.ancestor_ids[-1] for block in blocks if block.ancestor_ids)
    pieces: defaultdict[tuple[int, str, str], list[tuple[int, Block]]] = defaultdict(list)
    for block in blocks:
        for identity, reason in block.ancestor_zones:
            level = block.ancestor_ids.index(identity)
            parent = block.ancestor_ids[level - 1] if level else 0
            # Captions stand between their pictures.
            is_only_text = unzoned < _MIN_UNZONED_CHARS and block.ancestor_ids[-1] == identity and counts[identity] == 1
            if reason not in _REPEATED_ZONES or (is_only_text and not (reason == "caption" and parent in pictured)):
                pieces[parent, block.ancestor_names[level], reason].append((identity, block))
    found: set[int] = set()
    for group in pieces.values():
        texts = [block for _, block in group if _is_prose(block)]
        size = sum(len(block.text) for block in texts)
        if (
            size > total * _MAX_ZONE_SHARE
            and len(texts) >= _MIN_PIECES
            and size >= len(texts) * _MIN_PIECE_CHARS
            and len(texts) * 2 > len(group)
        ):
            found.update(identity for identity, _ in group)
    return found


def _find_unlinked_text(blocks: list[Block]) -> set[int]:
    """Return the elements that are called a list of other stories, but contain running text and no link."""
    chars: Counter[int] = Counter()
    prose: Counter[int] = Counter()
    linked: set[int] = set()
    for block in blocks:
        for identity, reason in block.ancestor_zones:
            if reason == "related":
                chars[identity] += len(block.text)
                prose[identity] += len(block.text) if _is_prose(block) else 0
                if block.linked_chars:
                    linked.add(identity)
    return {
        identity
        for identity, size in chars.items()
        if identity not in linked and prose[identity] >= size * _UNLINKED_PROSE_SHARE
    }


def resolve_zones(blocks: list[Block], pictured: set[int]) -> list[Block]:
    """Set each block's zone to its innermost credible one; return the blocks.

    Args:
        blocks: The page's blocks.
        pictured: Identities of the elements that contain a picture.
    """
    prose = [block for block in blocks if _is_prose(block)]
    total = sum(len(block.text) for block in prose)
    _mark_captions(blocks, pictured, total)
    sizes: defaultdict[tuple[int, str], int] = defaultdict(int)
    headlined: set[int] = set()
    for block in blocks:
        if block.tag == "h1" and block.link_share < 0.5:
            headlined.update(identity for identity, _ in block.ancestor_zones)
    for block in prose:
        for zone in block.ancestor_zones:
            sizes[zone] += len(block.text)
    wrong = _find_scattered_text(blocks, prose, total, pictured) | _find_unlinked_text(blocks)
    for (identity, reason), size in sizes.items():
        if reason == "overlay":
            # Dialogs have headings and texts of their own, but the page's text is not inside them.
            is_wrong = size > total * (_MAX_ZONE_SHARE if size > _MAX_OVERLAY_CHARS else _WHOLE_SHARE)
            is_wrong = is_wrong and (size > _MAX_OVERLAY_CHARS or identity in headlined)
        else:
            is_headlined = identity in headlined and size >= _MIN_HEADLINED_CHARS
            is_wrong = is_headlined or size > total * _MAX_ZONE_SHARE
        if is_wrong:
            wrong.add(identity)
    for block in blocks:
        for identity, reason in block.ancestor_zones:
            if identity not in wrong:
                block.zone = reason
    return blocks
