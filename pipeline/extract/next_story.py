"""Where a page's own story ends and the next one begins, on pages that go on with other stories of the same make."""

from __future__ import annotations

from copydesk.pipeline.extract.blocks import HEADINGS, Block
from copydesk.pipeline.extract.proposal import is_running
from copydesk.pipeline.extract.title import measure_agreement

# Characters of running text that a story has before another can begin.
_LEAST = 250
# Headlines that share so much are one headline, printed again.
_SAME = 0.5


def find_next_story(blocks: list[Block], title: str) -> int:
    """The number of the block that is the next story's headline; that of all blocks where there is no other story.

    It is of the same make as the page's own headline (element, names, and those of what is around) and stands in an
    element of its own, between text and text. A text's own headings are of another make, or are siblings.
    """
    heads = [at for at, block in enumerate(blocks) if block.tag in HEADINGS and not block.zone]
    alike = [at for at in heads if title and measure_agreement(blocks[at].text, title) >= _SAME]
    if not alike:
        return len(blocks)
    own = next((at for at in alike if blocks[at].tag == "h1"), alike[0])
    head = blocks[own]
    for at in heads:
        block = blocks[at]
        if at <= own or block.tag != head.tag or block.names[-3:] != head.names[-3:]:
            continue
        if block.path[-2:-1] == head.path[-2:-1] or measure_agreement(block.text, title) >= _SAME:
            continue
        if _measure(blocks[own:at]) >= _LEAST and _measure(blocks[at : at + 20]):
            return at
    return len(blocks)


def _measure(blocks: list[Block]) -> int:
    return sum(len(block.text) for block in blocks if is_running(block))
