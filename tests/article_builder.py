"""Clean an article with given lines around its text."""

from __future__ import annotations

from copydesk.pipeline.clean import clean
from copydesk.pipeline.core.records import Extraction

BODY = (
    "The town of Elstow still pays a lamp lighter, though its last gas lamp was sold to a museum in 1968.",
    "He walks the old round at dusk with a pole on his shoulder and is greeted by everybody who owes him a favour.",
    "The council has tried four times to strike the post, and four times the vote was lost by the lamp lighter's own.",
)


def clean_with_lines(*lines: str, above: tuple[str, ...] = ()) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the remaining paragraphs, and the reason of each piece that was cut.

    Args:
        lines: Lines below the text.
        above: Lines above it.
    """
    article = clean(Extraction(title="The lamp lighter of Elstow", paragraphs=(*above, *BODY, *lines)))
    return article.paragraphs, {piece.text: piece.reason for piece in article.dropped}
