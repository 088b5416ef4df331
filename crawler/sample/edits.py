"""What a wire's desk does to copy: cut it, give it another headline or lead, add to it, print half of it twice."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from copydesk.crawler.sample.prose import Desk, Writer, load_language
from copydesk.crawler.sample.sample_wires import Wire
from copydesk.crawler.sample.seeded_random import Dice
from copydesk.crawler.sample.story_texts import Telling


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


_MARKS = {
    ("en", "curly"): ("“", "”", "’"),
    ("de", "curly"): ("„", "“", "’"),
    ("es", "curly"): ("«", "»", "’"),
    ("fr", "curly"): ("« ", " »", "’"),
}


def set_quotes(text: str, wire: Wire) -> str:
    """The text with quotation marks as the wire sets them."""
    opening, closing, apostrophe = _MARKS.get((wire.language, wire.quotes), ('"', '"', "'"))
    return text.replace("<", opening).replace(">", closing).replace("'", apostrophe)


def edit(telling: Telling, wire: Wire, edits: tuple[str, ...], dice: Dice) -> tuple[str, list[Block]]:
    """The headline and the printed paragraphs (without banner, credit, trailer and disclaimer) after a desk's edits.

    ``cut`` drops from the bottom, ``headline`` and ``lead`` put others in their place, ``extended`` adds paragraphs of
    the desk's own, ``house`` and ``related`` put in what is none of the text, ``twice`` repeats all but the first.
    """
    headline, texts = telling.headline, list(telling.paragraphs)
    if "headline" in edits and telling.other_headline:
        headline = telling.other_headline
    if "lead" in edits and telling.other_lead:
        texts[0] = telling.other_lead
    if "cut" in edits and len(texts) > 2:
        texts = texts[: max(2, round(len(texts) * (0.45 + 0.4 * dice.random())))]
    if "extended" in edits:
        texts += _extend(telling, wire, dice)
    blocks = [Block(Role.BODY, set_quotes(text, wire)) for text in texts]
    if "twice" in edits and len(blocks) > 2:
        blocks += [Block(Role.TWICE, block.text) for block in blocks[1:]]
    if "house" in edits:
        blocks.insert(min(len(blocks), dice.between(2, 4)), Block(Role.HOUSE, set_quotes(wire.house, wire)))
    if "related" in edits:
        blocks.insert(min(len(blocks), dice.between(1, 3)), Block(Role.RELATED, ""))
    if telling.note:
        note = Block(Role.NOTE, set_quotes(telling.note, wire))
        blocks.insert(0 if telling.note.startswith("(") else len(blocks), note)
    return set_quotes(headline, wire), blocks


def _extend(telling: Telling, wire: Wire, dice: Dice) -> list[str]:
    language = load_language(wire.language)
    writer = Writer(language, Desk("extension", telling.section, {}, {}), telling.facts, dice)
    own = dict.fromkeys(writer.write_form_line("extension", "paragraphs") for _ in range(dice.between(1, 2)))
    return list(own)
