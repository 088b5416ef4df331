"""Parse bylines and credit lines: who wrote the text, and which agency it comes from (``credits.toml``)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from copydesk.pipeline.clean.speech import SENTENCE_ENDS
from copydesk.pipeline.clean.text_rules import compile_entry
from copydesk.pipeline.core import byline
from copydesk.pipeline.core.agencies import find_agencies, find_agency, is_generic_mark
from copydesk.pipeline.core.data_files import read_toml
from copydesk.pipeline.core.text import count_words

_DATA_PATH = Path(__file__).with_name("credits.toml")
_MAX_CREDIT_CHARS = 500
_MAX_BYLINE_CHARS = 160
# Words in lower case that are unusual in credits. A line may have so many: a desk's name or a job title.
_MAX_UNKNOWN_WORDS = 1
_MAX_UNKNOWN_BYLINE_WORDS = 2
_WORD = re.compile(r"[^\W\d_]{2,}")
# A year shows that something happens: then the line is a sentence, not a credit.
_YEAR = re.compile(r"(?<![\d/.-])(?:1[5-9]|20)\d\d\b")
# Every credit of reporters contains one of these, case-folded; a quick test.
_REPORTING_STEMS = ("contr", "colabor", "reported")
_SPEECH = re.compile(r'["\u201c\u201e\u00ab?!]')


@cache
def _get_pattern(name: str) -> re.Pattern[str]:
    """Return the compiled pattern of a table in ``credits.toml``."""
    data = read_toml(_DATA_PATH)
    return compile_entry(data[name], data["parts"])


@dataclass(frozen=True, slots=True)
class Credit:
    """What a byline or credit line says."""

    kind: str
    """``byline`` or ``credit``."""
    agencies: tuple[str, ...] = ()
    """Short names of the credited agencies; the mark itself for an unknown one."""
    names: str = ""
    """Names of the credited people, joined by commas."""
    is_contribution: bool = False
    """Whether the agencies only contributed: the text is not theirs."""


def patterns() -> list[re.Pattern[str]]:
    """Return every pattern in use, for timing tests."""
    return [
        _WORD,
        _YEAR,
        _SPEECH,
        *(_get_pattern(name) for name, entry in read_toml(_DATA_PATH).items() if "pattern" in entry),
    ]


@cache
def _load_known_words() -> frozenset[str]:
    """Return the words in lower case that credits and names consist of."""
    data = read_toml(_DATA_PATH)
    return frozenset((*data["own"]["words"], *data["particles"]["words"]))


def _count_unknown_words(text: str) -> int:
    """Return the number of words in lower case that neither belong to names nor are usual in credits.

    Words of scripts without capitals do not count.
    """
    return sum(word[0].islower() and word not in _load_known_words() for word in _WORD.findall(text))


def _is_names_only(text: str, max_unknown: int = _MAX_UNKNOWN_WORDS) -> bool:
    """Return whether a line consists of people, places and agencies, without a verb of its own or a year."""
    return _count_unknown_words(text) <= max_unknown and not _YEAR.search(text)


def _credits_reporters(text: str) -> bool:
    """Return whether a line credits further reporters, in the form that AP uses."""
    if not any(map(text.casefold().__contains__, _REPORTING_STEMS)):
        return False
    match, max_unknown = _get_pattern("contributed").match(text), _MAX_UNKNOWN_WORDS
    if not match:
        match, max_unknown = _get_pattern("reported").match(text), 0
    return bool(match) and not _SPEECH.search(text) and _is_names_only(text, max_unknown)


def parse_byline(paragraph: str) -> Credit | None:
    """Parse a line that only says who wrote the text (``By Jane Doe and John Smith, Agency``); None for any other."""
    if len(paragraph) > _MAX_BYLINE_CHARS:
        return None
    if agency := find_agencies(paragraph):
        return Credit("credit", tuple(agency))
    match = _get_pattern("by").match(paragraph)
    if not match:
        return _parse_agency_byline(paragraph)
    names = match["names"].strip()
    words = [word for word in re.split(r"[\s,]+", names) if word[0].isalpha()]
    particles = read_toml(_DATA_PATH)["particles"]["words"]
    small = [word for word in words if word[0].islower() and word not in particles]
    if small or not any(word[0].isupper() or not word[0].isascii() for word in words):
        return None
    if _count_unknown_words(match["rest"]) > (
        _MAX_UNKNOWN_WORDS if paragraph.endswith(".") else _MAX_UNKNOWN_BYLINE_WORDS
    ):
        return None
    people, agencies = split_authors(names)
    agencies += find_agencies(match["rest"].strip(" ,|/-\u2013\u2014"))
    return Credit("byline", tuple(agencies), people)


def parse_credit(paragraph: str) -> Credit | None:
    """Parse a line below the text that only says who it comes from; None for any other."""
    head = paragraph[:_MAX_CREDIT_CHARS]
    words = count_words(head)
    if words > 60 or len(paragraph) > _MAX_CREDIT_CHARS:
        return None
    if match := _get_pattern("code").match(head):
        return Credit("credit", tuple(find_agencies(match["mark"])) or (match["mark"],))
    if _credits_reporters(head) or (_get_pattern("reporting").match(head) and _is_names_only(head)):
        subject = head.partition(" contributed")[0]
        return Credit("credit", tuple(_find_agencies_inside(head)), is_contribution=bool(find_agencies(subject)))
    if words <= 10 and (match := _get_pattern("alone").match(head)) and (found := find_agencies(match["marks"])):
        return Credit("credit", tuple(found))
    if words <= 12 and (match := _get_pattern("source").match(head)) and (found := find_agencies(match["marks"])):
        return Credit("credit", tuple(found))
    if match := _get_pattern("with").match(head):
        marks = match["marks"]
        if marks is None:
            found = _find_agencies_inside(head)
            is_contribution = _get_pattern("inputs").search(head) is not None
            return Credit("credit", tuple(found), is_contribution=is_contribution) if _is_names_only(head) else None
        if found := find_agencies(marks):
            return Credit("credit", tuple(found))
    for form in ("published", "prepared", "rights"):
        if (match := _get_pattern(form).match(head)) and (found := find_agencies(match["marks"])):
            return Credit("credit", tuple(found))
    return _parse_agency_byline(paragraph)


def _parse_agency_byline(paragraph: str) -> Credit | None:
    """Parse a short line of names with a known agency (``Jane Doe, Associated Press``); None for any other."""
    if len(paragraph) > _MAX_BYLINE_CHARS or paragraph.endswith(SENTENCE_ENDS):
        return None
    found = byline.parse_byline(paragraph)
    if not found.has_agency or not found.is_whole(paragraph):
        return None
    agencies = tuple(agency for name in found.organizations for agency in find_agencies(name))
    return Credit("byline" if found.people else "credit", agencies, ", ".join(found.people))


def parse_last_mark(paragraph: str) -> Credit | None:
    """Parse the last line of a text if it is only a mark; None for any other.

    It is a mark in brackets, of a known agency or not, or a known agency with its editors' signs (``EFE ab/cd``).
    """
    if len(paragraph) > 64:
        return None
    if match := _get_pattern("signed").match(paragraph):
        mark = match["mark"] or match["open"] or match["closed"] or ""
        if agencies := find_agencies(mark or paragraph):
            return Credit("credit", tuple(agencies))
        if not mark:
            return Credit("credit")
    match = _get_pattern("bracketed").match(paragraph)
    if not match:
        return None
    if is_generic_mark(match["mark"]):
        return Credit("credit")
    return Credit("credit", tuple(find_agencies(match["mark"])) or (match["mark"],))


def split_authors(author: str) -> tuple[str, list[str]]:
    """Split an author line into people and agencies: ``Jane Doe, dpa`` gives ``("Jane Doe", ["dpa"])``.

    A title after the agency's mark (``AP Sports Writer``) is dropped with it.
    """
    if found := find_agencies(author):
        return "", found
    people: list[str] = []
    agencies: list[str] = []
    for part in re.split(r"\s?[,|/]\s?", author):
        match = _get_pattern("titled").match(part)
        agency = find_agency(part) or (find_agency(match["mark"]) if match else "")
        if agency:
            agencies.append(agency)
        elif part:
            people.append(part)
    return ", ".join(people), agencies


def _find_agencies_inside(text: str) -> list[str]:
    """Return the agencies that occur anywhere in a line, each once."""
    found = (find_agency(part) for part in re.split(r"[\s,;/()]+(?:and |und |writer |writers |reporters? )?", text))
    spelled = _get_pattern("spelled").search(text)
    names = [name for name in found if name]
    return list(dict.fromkeys([*([find_agency(spelled["mark"])] if spelled else []), *names]))


def split_end_mark(paragraph: str, own_agency: str = "") -> tuple[str, tuple[str, ...]]:
    """Split the agency's mark off the end of the last paragraph (``... he said. (PTI)``).

    Editors' signs behind it (``(PTI) ABC XYZ``) go with it.

    Returns:
        The paragraph without the mark, and the agencies; none for a generic mark such as ``(Agencies)``. The unchanged
        paragraph if it does not end with a mark.
    """
    tail = paragraph[-60:]
    match = next(filter(None, (_get_pattern(form).search(tail) for form in ("end", "end_signed", "end_dashed"))), None)
    if not match:
        return paragraph, ()
    mark = match["mark"].strip()
    agencies = [own_agency] if own_agency and mark.casefold() == own_agency.casefold() else find_agencies(mark)
    kept = paragraph[: len(paragraph) - len(tail) + match.start()].rstrip()
    is_certain = agencies or (is_generic_mark(mark) and kept.endswith(SENTENCE_ENDS))
    return (kept, tuple(agencies)) if is_certain and kept else (paragraph, ())
