"""Find where the next story begins, on pages that continue with other stories in the same layout."""

from __future__ import annotations

from copydesk.pipeline.extract.blocks import HEADING_TAGS, Block
from copydesk.pipeline.extract.headings import compute_headline_similarity
from copydesk.pipeline.extract.proposal import is_running_text

# Characters of running text that a story has before another one can begin.
_MIN_STORY_CHARS = 250
# Headlines with at least this similarity are one headline, printed twice.
_MIN_HEADLINE_AGREEMENT = 0.5


def find_next_story(blocks: list[Block], title: str) -> int:
    """Return the index of the block that is the next story's headline; ``len(blocks)`` if there is none.

    The next headline is built like the page's own (same element and class words, also of the elements around it),
    stands in an element of its own, and has running text before and after it. A subheading of the text is built
    differently or is a sibling.
    """
    headings = [at for at, block in enumerate(blocks) if block.tag in HEADING_TAGS and not block.zone]
    similar = [
        at
        for at in headings
        if title and compute_headline_similarity(blocks[at].text, title) >= _MIN_HEADLINE_AGREEMENT
    ]
    if not similar:
        return len(blocks)
    headline_at = next((at for at in similar if blocks[at].tag == "h1"), similar[0])
    headline = blocks[headline_at]
    for at in headings:
        block = blocks[at]
        if at <= headline_at or block.tag != headline.tag or block.ancestor_names[-3:] != headline.ancestor_names[-3:]:
            continue
        if (
            block.ancestor_ids[-2:-1] == headline.ancestor_ids[-2:-1]
            or compute_headline_similarity(block.text, title) >= _MIN_HEADLINE_AGREEMENT
        ):
            continue
        if _count_running_chars(blocks[headline_at:at]) >= _MIN_STORY_CHARS and _count_running_chars(
            blocks[at : at + 20]
        ):
            return at
    return len(blocks)


def _count_running_chars(blocks: list[Block]) -> int:
    """Return the number of characters in blocks of running text."""
    return sum(len(block.text) for block in blocks if is_running_text(block))
