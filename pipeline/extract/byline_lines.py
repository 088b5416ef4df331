"""Read bylines in printed lines: by their wording, or because they stand next to a time or an agency."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from copydesk.pipeline.core.byline import MAX_BYLINE_CHARS, Byline, parse_byline
from copydesk.pipeline.core.byline_words import is_job, load_byline_words
from copydesk.pipeline.core.text import normalize_line
from copydesk.pipeline.extract.blocks import HEADING_TAGS, Block

MAX_BARE_CHARS = 80
"""A name or a credit on a line of its own is no longer than this."""
_CELL_TAGS = frozenset({"td", "th"})
# Lines behind a byline that may have further names.
_MAX_FURTHER_LINES = 8
# A name without anything that says so has at most so many words.
_MAX_BARE_WORDS = 4


def _join_pieces(pieces: Sequence[str]) -> str:
    """Return pieces with a line break between them, but not behind a label: ``Edited by:``."""
    joined = ""
    for piece in pieces:
        is_labelled = joined.endswith((":", "\uff1a")) or piece[0] in ".,:;)"
        joined += f" {piece}" if is_labelled else f"\n{piece}"
    return joined.strip()


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """A line of a page, with the pieces that styles may set apart."""

    text: str
    """The line."""
    pieces: tuple[str, ...] = ()
    """The texts of its nodes; empty if it has one."""
    is_set_apart: bool = False
    """Whether it is marked up as a heading or as a cell of a table: not as a byline."""
    parent: int = 0
    """Identity of the element around its own."""

    @classmethod
    def from_block(cls, block: Block) -> PrintedLine:
        """Return the line of a block."""
        is_set_apart = block.tag in HEADING_TAGS or block.tag in _CELL_TAGS
        pieces = tuple(filter(None, map(normalize_line, block.pieces))) if not is_set_apart else ()
        pieces = pieces if len(pieces) > 1 else ()
        return cls(block.text, pieces, is_set_apart, block.ancestor_ids[-2] if len(block.ancestor_ids) > 1 else 0)

    def parse(self) -> Byline:
        """Parse it as a byline: by its pieces if they are nothing else, else as a whole."""
        if self.pieces:
            found = parse_byline(_join_pieces(self.pieces))
            if found.has_full_name and found.is_whole(self.text):
                return found
        return parse_byline(self.text)


@dataclass(frozen=True, slots=True)
class BylineLines:
    """A byline, and the lines that it consists of."""

    byline: Byline
    """What it says."""
    lines: tuple[str, ...] = ()
    """Its lines, as printed."""


def find_byline(lines: Sequence[PrintedLine]) -> BylineLines:
    """Return the first byline among printed lines, with the agency or the role on the line after it.

    Args:
        lines: In page order. A line may consist of "By" alone, with the name on the next one.
    """
    for at, line in enumerate(lines):
        if len(line.text) > MAX_BYLINE_CHARS:
            continue
        behind = lines[at + 1] if at + 1 < len(lines) and len(lines[at + 1].text) <= MAX_BARE_CHARS else None
        following = behind.text if behind else ""
        found, used = line.parse(), [line.text]
        if not (found.people or found.organizations or found.opened):
            continue
        if found.opened and not (found.people or found.organizations or found.rest) and following:
            found = parse_byline(f"{line.text}\n{following}")
            used.append(following)
            following = ""
        next_line = parse_byline(following) if following else Byline()
        is_credit = not next_line.people and not next_line.rest and next_line.has_agency
        is_role = not (next_line.people or next_line.rest or next_line.dated) and is_job(following)
        is_name = (
            found.has_full_name and not found.rest and not found.organizations and len(line.text) <= MAX_BARE_CHARS
        )
        if found.is_whole(line.text) or (is_name and (is_credit or is_role)):
            if at and _is_place_and_time(found) and is_bare_name(above := lines[at - 1].parse()):
                # "Jane Doe", and below it "Port Elsen - March 5, 2026"
                return BylineLines(above, (lines[at - 1].text, line.text))
            if is_credit:
                found.organizations += next_line.organizations
            if is_role and found.people:
                used.append(following)
            if found.opened and found.people:
                used += _add_further_names(found, lines[at + len(used) :])
            return BylineLines(found, tuple(used))
    return BylineLines(Byline())


def _is_place_and_time(found: Byline) -> bool:
    """Return whether what reads like a name next to a time may be a place."""
    return found.dated and not (found.opened or found.jobs or found.addressed or found.organizations)


def _add_further_names(found: Byline, lines: Sequence[PrintedLine]) -> list[str]:
    """Add the names on the lines behind a byline, if a comma or a word such as "and" or "By" connects them.

    Returns:
        The lines that were read.
    """
    used: list[str] = []
    connected = False
    for line in lines[:_MAX_FURTHER_LINES]:
        if len(line.text) > MAX_BARE_CHARS:
            break
        if not any(map(str.isalnum, line.text)) or line.text.casefold() in load_byline_words("and"):
            connected = True
            used.append(line.text)
            continue
        further = line.parse()
        is_next = further.opened and further.has_full_name and further.is_whole(line.text)
        if not is_next and not (connected and is_bare_name(further)):
            break
        found.people += [name for name in further.people if name not in found.people]
        used.append(line.text)
        connected = False
    return used


def find_name_beside_time(lines: Sequence[PrintedLine], is_label: Callable[[str], bool]) -> BylineLines:
    """Return the name on a line of its own that stands next to a line with a time.

    Args:
        lines: The lines between headline and text, in page order.
        is_label: Returns whether what reads like a name is one of something else: a section, a place, the site.
    """
    parsed = [parse_byline(line.text) if len(line.text) <= MAX_BYLINE_CHARS else Byline() for line in lines]
    timed = [found.dated and not found.people and not found.opened for found in parsed]
    for at, (line, found) in enumerate(zip(lines, parsed, strict=True)):
        beside = any(timed[max(0, at - 1) : at]) or any(timed[at + 1 : at + 2])
        if beside and _is_author(line, found, is_label, max_roles=1):
            return BylineLines(found, (line.text,))
    return BylineLines(Byline())


def find_name_above_text(lines: Sequence[PrintedLine], is_label: Callable[[str], bool]) -> BylineLines:
    """Return the name that stands above the first long paragraph, in the same element.

    Args:
        lines: As in ``find_name_beside_time``.
        is_label: As in ``find_name_beside_time``.
    """
    for line, following in itertools.pairwise(lines):
        if len(following.text) < 2 * MAX_BARE_CHARS:
            continue
        found = line.parse() if line.parent == following.parent != 0 and len(line.text) <= MAX_BARE_CHARS else Byline()
        return BylineLines(found, (line.text,)) if _is_author(line, found, is_label) else BylineLines(Byline())
    return BylineLines(Byline())


def _is_author(line: PrintedLine, found: Byline, is_label: Callable[[str], bool], max_roles: int = 0) -> bool:
    """Return whether a line is nothing but the names of people. In a script without capitals any words may be one.

    A place may stand behind a name and a slash between blanks; without blanks it is the agency of a picture.
    """
    return (
        not line.is_set_apart
        and len(line.text) <= MAX_BARE_CHARS
        and line.text[0].isupper()
        and "/" not in (line.text.replace(" / ", " ") if found.roles and len(found.people) == 1 else line.text)
        and is_bare_name(found, max_roles)
        and not any(map(is_label, found.people))
    )


def is_bare_name(found: Byline, max_roles: int = 0) -> bool:
    """Return whether a line is nothing but the names of people, who have short ones."""
    return (
        found.has_full_name
        and not (found.rest or found.has_agency or found.dated or (found.organizations and not max_roles))
        and found.roles <= max_roles
        and all(len(name.split()) <= _MAX_BARE_WORDS for name in found.people)
    )
