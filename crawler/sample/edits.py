"""Edits by a wire's desk: cutting, another headline or lead, additions, paragraphs printed twice."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from copydesk.crawler.sample.prose import Desk, Writer, load_language
from copydesk.crawler.sample.sample_wires import Wire
from copydesk.crawler.sample.seeded_random import SeededRandom
from copydesk.crawler.sample.story_texts import StoryText


class Role(StrEnum):
    """The roles of printed paragraphs. Only ``BODY`` is the article's text."""

    BODY = "body"
    TWICE = "twice"
    HOUSE = "house"
    NOTE = "note"
    CREDIT = "credit"
    TRAILER = "trailer"
    DISCLAIMER = "disclaimer"
    RELATED = "related"
    BANNER = "banner"


@dataclass(frozen=True, slots=True)
class Block:
    """One printed paragraph."""

    role: Role
    text: str


_QUOTE_MARKS = {
    ("en", "curly"): ("“", "”", "’"),
    ("de", "curly"): ("„", "“", "’"),
    ("es", "curly"): ("«", "»", "’"),
    ("fr", "curly"): ("« ", " »", "’"),
}


def set_quotes(text: str, wire: Wire) -> str:
    """Return a text with the wire's quotation marks in place of ``<``, ``>`` and ``'``."""
    opening, closing, apostrophe = _QUOTE_MARKS.get((wire.language, wire.quotes), ('"', '"', "'"))
    return text.replace("<", opening).replace(">", closing).replace("'", apostrophe)


def apply_edits(
    story_text: StoryText, wire: Wire, edits: tuple[str, ...], rng: SeededRandom
) -> tuple[str, list[Block]]:
    """Apply a desk's edits to a text.

    Args:
        story_text: The text.
        wire: The wire that publishes the result.
        edits: ``cut`` drops paragraphs from the end; ``headline`` and ``lead`` replace them; ``extended`` adds
            paragraphs; ``house`` and ``related`` insert blocks that are not part of the text; ``twice`` repeats all
            paragraphs except the first. Others are ignored.
        rng: The random numbers.

    Returns:
        The headline, and the printed paragraphs without banner, credit, trailer and disclaimer.
    """
    headline, texts = story_text.headline, list(story_text.paragraphs)
    if "headline" in edits and story_text.alternative_headline:
        headline = story_text.alternative_headline
    if "lead" in edits and story_text.alternative_lead:
        texts[0] = story_text.alternative_lead
    if "cut" in edits and len(texts) > 2:
        texts = texts[: max(2, round(len(texts) * (0.45 + 0.4 * rng.random())))]
    if "extended" in edits:
        texts += _write_extra_paragraphs(story_text, wire, rng)
    blocks = [Block(Role.BODY, set_quotes(text, wire)) for text in texts]
    if "twice" in edits and len(blocks) > 2:
        blocks += [Block(Role.TWICE, block.text) for block in blocks[1:]]
    if "house" in edits:
        blocks.insert(min(len(blocks), rng.randint(2, 4)), Block(Role.HOUSE, set_quotes(wire.house, wire)))
    if "related" in edits:
        blocks.insert(min(len(blocks), rng.randint(1, 3)), Block(Role.RELATED, ""))
    if story_text.note:
        note = Block(Role.NOTE, set_quotes(story_text.note, wire))
        blocks.insert(0 if story_text.note.startswith("(") else len(blocks), note)
    return set_quotes(headline, wire), blocks


def _write_extra_paragraphs(story_text: StoryText, wire: Wire, rng: SeededRandom) -> list[str]:
    language = load_language(wire.language)
    writer = Writer(language, Desk("extension", story_text.section, {}, {}), story_text.facts, rng)
    paragraphs = dict.fromkeys(writer.write_form_line("extension", "paragraphs") for _ in range(rng.randint(1, 2)))
    return list(paragraphs)
