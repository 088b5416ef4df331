"""Read who signs a text at its end: a name alone, with an address or a role, in a note, or in brackets."""

from __future__ import annotations

import re
from collections.abc import Sequence

from copydesk.pipeline.core.byline import MAX_BYLINE_CHARS, Byline, parse_byline
from copydesk.pipeline.core.byline_forms import unfold_forms
from copydesk.pipeline.core.byline_openings import load_opening
from copydesk.pipeline.core.byline_words import is_person
from copydesk.pipeline.extract.author_bios import read_bio
from copydesk.pipeline.extract.byline_lines import MAX_BARE_CHARS, BylineLines, PrintedLine, find_byline, is_bare_name

# A note in brackets, such as that of the reporters and editors below an agency's text.
_IN_BRACKETS = re.compile(r"[(\[（【]([^()\[\]（）【】]{4,220})[)\]）】]\.?$")
# "... he said. (Jane Doe)" in scripts without capitals: "。（佐藤美咲）", "。【佐藤美咲】", "。（记者 林晓）"
_END_MARK = re.compile("[。！？」』”][（(【\\[]([^（）()【】\\[\\]]{3,24})[）)】\\]]$")
_JAPANESE_NAME = re.compile("[\u3400-\u9fff\u3005]{1,3}[\u3400-\u9fff\u3005\u3041-\u3096\u30a1-\u30fa]{2,4}$")
_NOT_JAPANESE_NAME = re.compile("[略終続写供載社]|現在|共同|時事")
_SENTENCE_ENDS = tuple('.!?"\u2026\u201d\u00bb\u2019)\u3002\uff01\uff1f\u300d\u0964')
# Before a signature.
_LEADERS = "-\u2013\u2014~* "
# Lines below the text that may be a signature.
_MAX_LINES = 5


def patterns() -> list[re.Pattern[str]]:
    """Return every pattern in use, for timing tests."""
    return [_IN_BRACKETS, _END_MARK, _JAPANESE_NAME, _NOT_JAPANESE_NAME]


def _read_end_mark(text: str) -> Byline:
    """Return the names in brackets behind a text's last sentence."""
    mark = _END_MARK.search(text[-40:])
    if mark is None:
        return Byline()
    inner = mark[1].strip()
    if _JAPANESE_NAME.match(inner) and not _NOT_JAPANESE_NAME.search(inner) and is_person(inner):
        return Byline(people=[inner])
    found = parse_byline(inner)
    return found if found.opened and found.people and not found.rest else Byline()


def find_signature(paragraphs: Sequence[PrintedLine], below: Sequence[PrintedLine]) -> BylineLines:
    """Return who signs a text.

    Args:
        paragraphs: Its last paragraphs.
        below: The lines below it.
    """
    for at in range(len(paragraphs) - 1, 0, -1):
        line, before = paragraphs[at], paragraphs[at - 1]
        if len(line.text) > MAX_BARE_CHARS or line.is_set_apart:
            break
        found = parse_byline(line.text.lstrip(_LEADERS)) if line.text[:1] in _LEADERS else line.parse()
        opens = any(map(load_opening().match, unfold_forms(line.text).split("\n")))
        is_signed = ((found.opened and opens) or found.addressed) and found.is_whole(line.text)
        is_end = len(before.text) > MAX_BARE_CHARS and before.text.endswith(_SENTENCE_ENDS)
        if found.people and (
            is_signed or (is_end and is_bare_name(found) and line.text.lstrip(_LEADERS)[:1].isupper())
        ):
            return BylineLines(found, (line.text,))
    if paragraphs and (found := _read_end_mark(paragraphs[-1].text)).people:
        return BylineLines(found)
    lines = [*paragraphs[-1:], *below[:_MAX_LINES]]
    for line in lines:
        enclosed = _IN_BRACKETS.match(line.text) if len(line.text) <= MAX_BYLINE_CHARS else None
        found = parse_byline(enclosed[1]) if enclosed else Byline()
        if found.opened and found.has_full_name and not found.rest:
            return BylineLines(found)
    signed = find_byline([line for line in below if len(line.text) <= MAX_BARE_CHARS])
    if signed.byline.opened:
        return signed
    bios = [name for line in lines if (name := read_bio(line.text))]
    return BylineLines(Byline(people=list(dict.fromkeys(bios))))
