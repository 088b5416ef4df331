"""Bylines and credit lines: who wrote it and whose copy it is, taken out of the text."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from copydesk.pipeline.clean.agencies import find_agencies, find_agency, names_no_one
from copydesk.pipeline.clean.cut_rules import compile_parts
from copydesk.pipeline.clean.speech import SENTENCE_ENDS
from copydesk.pipeline.core.text import count_words

_REACH = 500
# Small words that credits do not use, of which one may have some: a desk's or a post's.
_STRANGE = 1
_STRANGE_IN_BYLINE = 2
_WORD = re.compile(r"[^\W\d_]{2,}")
_YEAR = re.compile(r"(?<![\d/.-])(?:1[5-9]|20)\d\d\b")
# Pieces of the words in which reporters are named, as any capitals are folded; the dotless i is none of theirs.
_REPORTING = ("contr", "colabor", "reported")
_SPEECH = re.compile(r'["\u201c\u201e\u00ab?!]')


@cache
def _read_data() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "credits.toml").read_text(encoding="utf-8"))


@cache
def _form(name: str) -> re.Pattern[str]:
    data = _read_data()
    return compile_parts(data[name], data["parts"])


@dataclass(frozen=True, slots=True)
class Credit:
    """``agencies`` the short names that a line credits, ``names`` the people it names, ``kind`` byline or credit."""

    kind: str
    agencies: tuple[str, ...] = ()
    names: str = ""


def patterns() -> list[re.Pattern[str]]:
    """Every pattern in use, for testing their speed."""
    return [_WORD, _YEAR, _SPEECH, *(_form(name) for name, entry in _read_data().items() if "pattern" in entry)]


@cache
def _own_words() -> frozenset[str]:
    data = _read_data()
    return frozenset((*data["own"]["words"], *data["particles"]["words"]))


def _count_strange(text: str) -> int:
    """The small words that neither belong to names nor are of those that credits use. Of scripts without capitals all
    count as names.
    """
    return sum(word[0].islower() and word not in _own_words() for word in _WORD.findall(text))


def _only_names(text: str, strange: int = _STRANGE) -> bool:
    """Whether a line names people, places and agencies, and nothing else happens in it: no verb of its own, no year."""
    return _count_strange(text) <= strange and not _YEAR.search(text)


def _names_reporters(text: str) -> bool:
    """Whether a line says, in the words of AP's credits, who else worked on the copy and where."""
    if not any(map(text.casefold().__contains__, _REPORTING)):
        return False
    match, strange = _form("contributed").match(text), _STRANGE
    if not match:
        match, strange = _form("reported").match(text), 0
    return bool(match) and not _SPEECH.search(text) and _only_names(text, strange)


def read_byline(paragraph: str) -> Credit | None:
    """A line that only says who wrote the text (``By Jane Doe and John Smith, Agency``); None for any other."""
    if len(paragraph) > 160:
        return None
    if agency := find_agencies(paragraph):
        return Credit("credit", tuple(agency))
    match = _form("by").match(paragraph)
    if not match:
        return None
    names = match["names"].strip()
    words = [word for word in re.split(r"[\s,]+", names) if word[0].isalpha()]
    particles = _read_data()["particles"]["words"]
    small = [word for word in words if word[0].islower() and word not in particles]
    if small or not any(word[0].isupper() or not word[0].isascii() for word in words):
        return None
    if _count_strange(match["rest"]) > (_STRANGE if paragraph.endswith(".") else _STRANGE_IN_BYLINE):
        return None
    people, agencies = split_names(names)
    agencies += find_agencies(match["rest"].strip(" ,|/-\u2013\u2014"))
    return Credit("byline", tuple(agencies), people)


def read_credit(paragraph: str) -> Credit | None:
    """A line below the text that only says whose copy it is; None for any other."""
    head = paragraph[:_REACH]
    words = count_words(head)
    if words > 60 or len(paragraph) > _REACH:
        return None
    if match := _form("code").match(head):
        return Credit("credit", tuple(find_agencies(match["mark"])) or (match["mark"],))
    if _names_reporters(head) or (_form("reporting").match(head) and _only_names(head)):
        return Credit("credit", tuple(_agencies_inside(head)))
    if words <= 10 and (match := _form("alone").match(head)) and (found := find_agencies(match["marks"])):
        return Credit("credit", tuple(found))
    if words <= 12 and (match := _form("source").match(head)) and (found := find_agencies(match["marks"])):
        return Credit("credit", tuple(found))
    if match := _form("with").match(head):
        marks = match["marks"]
        if marks is None:
            return Credit("credit", tuple(_agencies_inside(head))) if _only_names(head) else None
        if found := find_agencies(marks):
            return Credit("credit", tuple(found))
    for form in ("published", "prepared", "rights"):
        if (match := _form(form).match(head)) and (found := find_agencies(match["marks"])):
            return Credit("credit", tuple(found))
    return None


def read_last_mark(paragraph: str) -> Credit | None:
    """The last line of a text where it is only a mark in brackets, be the agency known or not, or a known agency's with
    its desk's signs (``EFE ab/cd``); None for any other.
    """
    if len(paragraph) > 64:
        return None
    if match := _form("signed").match(paragraph):
        mark = match["mark"] or match["open"] or ""
        if (agency := find_agency(mark)) or not mark:
            return Credit("credit", (agency,) if agency else ())
    match = _form("bracketed").match(paragraph)
    if not match:
        return None
    if names_no_one(match["mark"]):
        return Credit("credit")
    return Credit("credit", tuple(find_agencies(match["mark"])) or (match["mark"],))


def split_names(author: str) -> tuple[str, list[str]]:
    """The people and the agencies that an author's line names: ``Jane Doe, dpa`` -> ``("Jane Doe", ["dpa"])``.

    A title after the agency's mark (``AP Sports Writer``) goes with it.
    """
    if found := find_agencies(author):
        return "", found
    people: list[str] = []
    agencies: list[str] = []
    for part in re.split(r"\s?[,|/]\s?", author):
        match = _form("titled").match(part)
        agency = find_agency(part) or (find_agency(match["mark"]) if match else "")
        if agency:
            agencies.append(agency)
        elif part:
            people.append(part)
    return ", ".join(people), agencies


def _agencies_inside(text: str) -> list[str]:
    found = (find_agency(part) for part in re.split(r"[\s,;/()]+(?:and |und |writer |writers |reporters? )?", text))
    both = _form("spelled").search(text)
    names = [name for name in found if name]
    return list(dict.fromkeys([*([find_agency(both["mark"])] if both else []), *names]))


def split_end_mark(paragraph: str, own: str = "") -> tuple[str, tuple[str, ...]]:
    """The last paragraph without the agency's mark at its end (``... he said. (PTI)``), the desk's signs behind it
    (``(PTI) ABC XYZ``) included, and the agencies it names: none where it says ``(Agencies)``.
    """
    tail = paragraph[-60:]
    match = _form("end").search(tail) or _form("end_signed").search(tail)
    if not match:
        return paragraph, ()
    mark = match["mark"].strip()
    agencies = [own] if own and mark.casefold() == own.casefold() else find_agencies(mark)
    kept = paragraph[: len(paragraph) - len(tail) + match.start()].rstrip()
    sure = agencies or (names_no_one(mark) and kept.endswith(SENTENCE_ENDS))
    return (kept, tuple(agencies)) if sure and kept else (paragraph, ())
