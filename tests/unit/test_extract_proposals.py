"""Which blocks of a page are what an extractor proposed."""

from __future__ import annotations

from pipeline.extract import proposal
from pipeline.extract.blocks import parse, read_blocks


def test_of_very_many_paragraphs_the_first_are_looked_for_inside_blocks() -> None:
    """Whatever the seed of the process's hashes: a page gives the same article in every worker."""
    said = [
        f"Item {number} of the list was read out before the council and put to the vote at once" for number in range(90)
    ]
    body = parse("".join(f"<p>{text} 20:4{at % 10}</p>" for at, text in enumerate(said))).body
    assert body is not None
    blocks = read_blocks(body)
    found = proposal._match(blocks, [proposal.fold_text(block.text) for block in blocks], said)
    assert found == set(range(proposal._MAX_LONG))
