"""What a wire's desk does to copy: cut it, give it another headline or lead, add to it, print half of it twice."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from copydesk.crawler.sample.prose import Desk, Writer, load_language
from copydesk.crawler.sample.sample_wires import Wire
from copydesk.crawler.sample.seeded_random import Dice
from copydesk.crawler.sample.story_texts import StoryText


class Role(StrEnum):
    """What a printed paragraph is; only ``BODY`` is the article's text."""

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
    """The text with quotation marks as the wire sets them."""
    opening, closing, apostrophe = _QUOTE_MARKS.get((wire.language, wire.quotes), ('"', '"', "'"))
    return text.replace("<", opening).replace(">", closing).replace("'", apostrophe)


def apply_edits(story_text: StoryText, wire: Wire, edits: tuple[str, ...], dice: Dice) -> tuple[str, list[Block]]:
    """The headline and the printed paragraphs (without banner, credit, trailer and disclaimer) after a desk's edits.

    ``cut`` drops from the bottom, ``headline`` and ``lead`` put others in their place, ``extended`` adds paragraphs of
    the desk's own, ``house`` and ``related`` put in what is none of the text, ``twice`` repeats all but the first.
    """
    headline, texts = story_text.headline, list(story_text.paragraphs)
    if "headline" in edits and story_text.alternative_headline:
        headline = story_text.alternative_headline
    if "lead" in edits and story_text.alternative_lead:
        texts[0] = story_text.alternative_lead
    if "cut" in edits and len(texts) > 2:
        texts = texts[: max(2, round(len(texts) * (0.45 + 0.4 * dice.random())))]
    if "extended" in edits:
        texts += _write_extra_paragraphs(story_text, wire, dice)
    blocks = [Block(Role.BODY, set_quotes(text, wire)) for text in texts]
    if "twice" in edits and len(blocks) > 2:
        blocks += [Block(Role.TWICE, block.text) for block in blocks[1:]]
    if "house" in edits:
        blocks.insert(min(len(blocks), dice.randint(2, 4)), Block(Role.HOUSE, set_quotes(wire.house, wire)))
    if "related" in edits:
        blocks.insert(min(len(blocks), dice.randint(1, 3)), Block(Role.RELATED, ""))
    if story_text.note:
        note = Block(Role.NOTE, set_quotes(story_text.note, wire))
        blocks.insert(0 if story_text.note.startswith("(") else len(blocks), note)
    return set_quotes(headline, wire), blocks


def _write_extra_paragraphs(story_text: StoryText, wire: Wire, dice: Dice) -> list[str]:
    language = load_language(wire.language)
    writer = Writer(language, Desk("extension", story_text.section, {}, {}), story_text.facts, dice)
    own = dict.fromkeys(writer.write_form_line("extension", "paragraphs") for _ in range(dice.randint(1, 2)))
    return list(own)
