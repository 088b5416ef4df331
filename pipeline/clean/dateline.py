"""Split off the dateline: place, date and agency mark before the first sentence.

``LONDON (AP) —``, ``KYIV, Dec 24 (Reuters) -``, ``(MENAFN- IANS)``, ``(ANSA) - ROMA, 28 LUG -``, ``МОСКВА, 28 июня.
/ТАСС/.``, ``新华社北京2月19日电``. The forms are data: ``datelines.toml``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from copydesk.pipeline.clean.place import (
    MAX_DATELINE_CHARS,
    continues_sentence,
    is_aside,
    is_bare_place,
    is_place,
    is_upper,
    load_labels,
    load_words,
    read_dateline_data,
)
from copydesk.pipeline.clean.place import patterns as place_patterns
from copydesk.pipeline.clean.text_rules import compile_entry
from copydesk.pipeline.core.agencies import find_agencies, find_agency, is_generic_mark, mark_pattern

_CJK_FORMS = ("chinese", "chinese_dash", "taiwanese", "japanese_round", "japanese", "korean")
# Per form the characters of which a text must contain one; empty if none.
_FORMS_WITH_MARK = {
    "point": "(", "round": "(", "country": "(", "open": "(/", "half": "/", "era": "م", "day": "(", "slash": "/",
    "plain": "", "alone": "(",
}  # fmt: skip
_FORMS_WITHOUT_MARK = ("dated", "bare", "stopped")
# The credit at the end of a caption is no longer.
MAX_CAPTION_CREDIT_CHARS = 120
# Letters of the longest mark of an unknown agency in lower case.
_MAX_LOWERCASE_MARK_LETTERS = 6


@dataclass(frozen=True, slots=True)
class Dateline:
    """A dateline and the paragraph that it was split off."""

    text: str
    """Place and date as printed (``KYIV, Dec 24``)."""
    agency: str
    """The agency's short name; an unknown one's mark; empty if there is none."""
    credit: str
    """Second party in the mark (``(MENAFN- IANS)``)."""
    byline: str
    """A reporter named in the dateline."""
    rest: str
    """The paragraph after the dateline."""


@cache
def month_pattern() -> re.Pattern[str]:
    """Return a pattern of month names, in lower case, in the languages of the datelines; some other words match too."""
    return re.compile(read_dateline_data()["parts"]["MONTH"])


@cache
def _load_forms() -> dict[str, re.Pattern[str]]:
    """Return the compiled forms of datelines by name, in the order of ``datelines.toml``."""
    data = read_dateline_data()
    parts = {"MARKS": mark_pattern(), **data["parts"]}
    return {form["name"]: compile_entry(form, parts) for form in data["form"]}


def patterns() -> list[re.Pattern[str]]:
    """Return every pattern in use, for timing tests."""
    return [
        *_load_forms().values(),
        _load_desk_pattern(),
        _load_caption("start"),
        _load_caption("end"),
        *place_patterns(),
    ]


def is_caption(paragraph: str) -> bool:
    """Return whether a paragraph is the caption of a picture: ``FILE - ...``, or with the picture's credit at its end.

    A caption may begin like a dateline, but it is not the article's.
    """
    return bool(
        _load_caption("start").match(paragraph) or _load_caption("end").search(paragraph[-MAX_CAPTION_CREDIT_CHARS:])
    )


@cache
def _load_caption(name: str) -> re.Pattern[str]:
    """Return the pattern of how a caption starts or ends."""
    return re.compile(read_dateline_data()["captions"][name], re.IGNORECASE if name == "end" else 0)


def _parse_mark(
    mark: str, place: str, own_agency: str, *, dashed: bool = False, slashed: bool = False
) -> tuple[str, str] | None:
    """Parse a mark in brackets; return (agency, credit), or None if it is not an agency's.

    Both are empty for a generic mark.

    Args:
        mark: The text in brackets.
        place: The text before it.
        own_agency: The source's agency.
        dashed: Whether a long dash follows, as agencies set it.
        slashed: Whether the mark was in slashes.
    """
    mark = " ".join(mark.split())
    first, _, second = mark.partition("-")
    first, second = first.strip(), second.strip()
    if own_agency and first.casefold() == own_agency.casefold():
        return own_agency, find_agency(second) or second
    if agency := find_agency(mark):
        return agency, ""
    if second and (agency := find_agency(first)):
        return agency, find_agency(second) or second
    if found := find_agencies(mark):
        return found[0], "/".join(found) if len(found) > 1 else ""
    if is_generic_mark(mark):
        return "", ""
    # An unknown agency: a short mark after a place. In capitals it may be a person's party or club instead, unless what
    # stands before it is surely a place; parties and offices that make news are listed.
    is_short = len(mark) <= 14 and " " not in mark and sum(char.isalpha() for char in mark) > 1
    if mark.upper() in load_labels() or mark.casefold() in load_words("countries", "words") | load_words(
        "countries", "asides"
    ):
        return None
    has_date = any(char.isdigit() for char in place)
    if not place and second and mark[:2].isupper() and first.isupper() and 5 <= len(first) <= 12 and " " not in first:
        return (first, "" if second == first else second) if first not in load_labels() else None
    is_certain = has_date or slashed or is_upper(place)
    if (
        place
        and is_short
        and (is_certain or (mark.islower() and len(mark) <= _MAX_LOWERCASE_MARK_LETTERS and len(place.split()) <= 3))
    ):
        return mark, ""
    if place and dashed and 1 < len(mark) <= 24 and mark.isupper() and len(place.split()) == 1:
        return mark, ""
    # Several words, as in the names of newspapers that provide copy: Colombo (Harbour Mirror) - ...
    words = mark.split()
    if place and dashed and 2 <= len(words) <= 3 and len(mark) <= 24 and all(word[0].isupper() for word in words):
        return (mark, "") if len(place.split()) <= 3 else None
    return None


def _is_part_of_sentence(place: str, agency: str, own_agency: str, rest: str) -> bool:
    """Return whether a name with a mark in brackets is part of a sentence: ``Ortega (FCB) — the captain — scored``.

    A known agency's mark is doubted only if two dashes follow and the place itself is not certain.
    """
    if not continues_sentence(rest):
        return False
    is_certain = is_upper(place) or any(char.isdigit() for char in place)
    is_known = agency == own_agency or find_agency(agency) != ""
    return not is_known or (not is_certain and is_aside(rest))


def _strip_place(place: str) -> str:
    """Return a place without what joins it to the mark. The point of an abbreviation (``Fla.``, ``Nov.``) stays."""
    return place.strip(" ,-\u2013\u2014").strip()


@cache
def _load_desk_pattern() -> re.Pattern[str]:
    """Return the pattern of a desk's mark before a dateline."""
    return re.compile(read_dateline_data()["desk"]["pattern"])


def split_second_dateline(first: Dateline, paragraph: str, own_agency: str = "") -> Dateline | None:
    """Split off a provider's own dateline behind a syndicator's mark and merge the two; None if there is none.

    ``(MENAFN- IANS) New Delhi, Nov 18 (IANS) Text``

    Args:
        first: The dateline with the syndicator's mark.
        paragraph: The text after it.
        own_agency: The source's agency.
    """
    second = None if first.text else split_dateline(paragraph, own_agency)
    if (
        second is None
        and not first.text
        and (match := _load_forms()["day_stopped"].match(paragraph[:MAX_DATELINE_CHARS]))
    ):
        place = match["place"]
        if is_upper(place) and is_place(place):
            second = Dateline(_strip_place(place), "", "", "", paragraph[match.end() :].lstrip())
    if second is None or not second.text:
        return None
    credit = first.credit or (second.agency if second.agency != first.agency else "")
    return Dateline(second.text, first.agency, credit, second.byline, second.rest)


def split_dateline(paragraph: str, own_agency: str = "") -> Dateline | None:
    """Split the dateline off a paragraph; return None if it has none.

    Only the first 220 characters are read, so the time does not grow with the text.

    Args:
        paragraph: The paragraph.
        own_agency: The source's agency; its mark is accepted whatever its form.
    """
    head = paragraph[:MAX_DATELINE_CHARS]
    forms = _load_forms()
    if desk := _load_desk_pattern().match(head):
        return (
            split_dateline(paragraph[desk.end() :], own_agency)
            if not _load_desk_pattern().match(head, desk.end())
            else None
        )
    for name in _CJK_FORMS:
        if match := forms[name].match(head):
            groups = match.groupdict()
            byline = re.sub(r"^记者|^記者", "", groups.get("by") or "").strip()
            place, agency, credit = _strip_place(groups["place"]), find_agency(groups["mark"]), ""
            before, _, provider = place.rpartition(" ")
            if name == "korean" and (original := find_agency(provider)):
                # (서울 AFP=연합뉴스): one agency's text, which the other distributes
                place, agency, credit = before.strip(), original, f"{original}/{agency}"
            return Dateline(place, agency, credit, byline, paragraph[match.end() :].lstrip())
    if match := forms["mark"].match(head):
        parsed = _parse_mark(match["mark"], "", own_agency)
        if parsed:
            return Dateline(
                _strip_place(match["place"] or ""), parsed[0], parsed[1], "", paragraph[match.end() :].lstrip()
            )
    for name, signs in _FORMS_WITH_MARK.items():
        if signs and not any(map(head.__contains__, signs)):
            continue
        match = forms[name].match(head)
        if match and is_place(match["place"]):
            dashed = name == "round" and match.group().rstrip()[-1] in "\u2013\u2014"
            parsed = _parse_mark(match["mark"], match["place"], own_agency, dashed=dashed, slashed=name == "slash")
            rest = paragraph[match.end() :].lstrip()
            if parsed and not _is_part_of_sentence(match["place"], parsed[0], own_agency, rest):
                byline = (match.groupdict().get("by") or "").strip()
                return Dateline(_strip_place(match["place"]), parsed[0], parsed[1], byline, rest)
    for name in _FORMS_WITHOUT_MARK:
        match = forms[name].match(head)
        if not match or not is_place(match["place"]):
            continue
        place, rest = _strip_place(match["place"]), paragraph[match.end() :].lstrip()
        if name == "bare" and (agency := find_agency(place)):
            # "AGI - text"; "EFE: text" is also how a party or a company is introduced.
            is_sentence = continues_sentence(rest) or is_aside(rest) or match.group().rstrip().endswith(":")
            return None if is_sentence else Dateline("", agency, "", "", rest)
        if is_bare_place(name, place, match.group().rstrip(), rest):
            return Dateline(place, "", "", "", rest)
    return None
