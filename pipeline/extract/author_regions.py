"""Find the lines of a page around its text that may name its authors, and names there that are something else's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from copydesk.pipeline.extract.blocks import HEADING_TAGS, Block
from copydesk.pipeline.extract.byline_lines import MAX_BARE_CHARS, PrintedLine
from copydesk.pipeline.extract.headings import squash_title
from copydesk.pipeline.extract.structured_data import Structured

# Blocks above the headline, between headline and text, and below the text that may contain a byline.
_MAX_BLOCKS_ABOVE = 5
_MAX_BLOCKS_BETWEEN = 20
_MAX_BLOCKS_BELOW = 8
# A paragraph of the text has at least so many characters; a shorter one above it may be a byline.
_MIN_PARAGRAPH_CHARS = 100
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
# Zones with names of other people: between headline and text, and elsewhere.
_ASIDE_ZONES = frozenset({"comments", "advert", "newsletter", "overlay", "caption", "gallery", "embed"})
_OTHER_ZONES = _ASIDE_ZONES | {"related", "navigation", "footer", "share"}
_LIST_TAGS = frozenset({"li", "td", "th", "dd", "dt", "figcaption"})
# Behind the place of a dateline. Not a comma: a sentence about an author may begin with the name.
_DATELINE_SIGN = re.compile(r"\s{0,2}[(\uff08:\u2013\u2014-]")
_MAX_DATELINE_PARAGRAPHS = 2
_LABEL_ZONES = frozenset({"navigation", "footer"})


def patterns() -> list[re.Pattern[str]]:
    """Return every pattern in use, for timing tests."""
    return [_UNSPACED, _DATELINE_SIGN]


def fold_name(name: str) -> str:
    """Return a name's letters, case-folded, for comparison."""
    return squash_title(name)


def is_long_text(text: str) -> bool:
    """Return whether a text is long enough for a paragraph; in scripts without blanks, a third of the characters is."""
    return len(text) + 2 * (0 if text.isascii() else len(_UNSPACED.findall(text))) >= _MIN_PARAGRAPH_CHARS


def _is_beside_portrait(block: Block, line: PrintedLine) -> bool:
    """Return whether a block that counts as a caption is a byline: authors' portraits stand next to their names."""
    if block.zone != "caption" or block.tag == "figcaption" or len(line.text) > MAX_BARE_CHARS:
        return False
    found = line.parse()
    return found.has_full_name and (found.opened or found.dated) and found.is_whole(line.text)


@dataclass(frozen=True, slots=True)
class Regions:
    """The lines around a text."""

    near: list[PrintedLine]
    """Between headline and text."""
    above: list[PrintedLine]
    """Above the headline."""
    last: list[PrintedLine]
    """The last three paragraphs outside lists and tables."""
    below: list[PrintedLine]
    """Below the text."""


def find_regions(blocks: Sequence[Block], paragraphs: Sequence[str], title: str) -> Regions:
    """Return the lines around the text.

    A standfirst may stand above the byline. So the text begins with its second long paragraph.
    """
    texts = set(paragraphs)
    inside = [at for at, block in enumerate(blocks) if block.text in texts]
    at_title = [
        at
        for at, block in enumerate(blocks)
        if title and title in block.text and len(block.text) < 2 * len(title) + MAX_BARE_CHARS
    ]
    headline = next((at for at in at_title if blocks[at].tag in HEADING_TAGS), at_title[0] if at_title else 0)
    below = [at for at in inside if at > headline] or inside
    long = [at for at in below if is_long_text(blocks[at].text)][:2]
    end = min(long[-1] if long else headline + 1, headline + 1 + _MAX_BLOCKS_BETWEEN)
    last = below[-1] if below else headline
    below_zones = _OTHER_ZONES - {"footer"}

    def read(part: Iterable[Block], zones: frozenset[str]) -> list[PrintedLine]:
        """Return the lines of some blocks outside some zones."""
        lines = ((block, PrintedLine.from_block(block)) for block in part)
        return [line for block, line in lines if block.zone not in zones or _is_beside_portrait(block, line)]

    return Regions(
        read(blocks[headline + 1 : end], _ASIDE_ZONES),
        read(blocks[max(0, headline - _MAX_BLOCKS_ABOVE) : headline], _OTHER_ZONES),
        [PrintedLine.from_block(blocks[at]) for at in below[-3:] if blocks[at].tag not in _LIST_TAGS],
        read(blocks[last + 1 : last + _MAX_BLOCKS_BELOW], below_zones),
    )


@dataclass(frozen=True, slots=True)
class Labels:
    """What reads like a name on a page, and is one of something else."""

    folded: frozenset[str]
    """Names of the site, of sections and of links in the navigation, folded."""
    paragraphs: Sequence[str]
    """The text: what it mentions is a place or somebody else."""

    def contain(self, name: str) -> bool:
        """Return whether a name is one of something else."""
        return fold_name(name) in self.folded or any(
            name in text and not text.startswith(name) for text in self.paragraphs if is_long_text(text)
        )

    def open_text(self, name: str) -> bool:
        """Return whether a name is the place with which the text begins, as in a dateline."""
        size = len(name)
        return any(
            text[:size].casefold() == name.casefold() and _DATELINE_SIGN.match(text, size) is not None
            for text in self.paragraphs[:_MAX_DATELINE_PARAGRAPHS]
        )


def read_labels(blocks: Sequence[Block], paragraphs: Sequence[str], data: Structured, sites: frozenset[str]) -> Labels:
    """Return what reads like a name on a page, and is one of something else."""
    labels = [block for block in blocks if block.zone in _LABEL_ZONES]
    names = [text for block in labels for text in (block.text, *block.pieces) if len(text) <= MAX_BARE_CHARS]
    return Labels(sites | {fold_name(name) for name in (data.section, *names)} - {""}, paragraphs)
