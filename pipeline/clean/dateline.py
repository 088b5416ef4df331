"""The dateline: place, date and agency mark before the first sentence, split off it.

``LONDON (AP) —``, ``KYIV, Dec 24 (Reuters) -``, ``(MENAFN- IANS)``, ``(ANSA) - ROMA, 28 LUG -``,
``МОСКВА, 28 июня. /ТАСС/.``, ``新华社北京2月19日电``. The forms are data: ``datelines.toml``.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from copydesk.pipeline.clean.agencies import find_agencies, find_agency, mark_pattern, names_no_one
from copydesk.pipeline.clean.cut_rules import compile_parts

# No dateline is longer; all patterns are shown so much of the paragraph and no more.
_REACH = 220
_OTHER_SCRIPTS = ("chinese", "japanese", "korean")
# Each with the signs of which a text must have one for it.
_WITH_MARK = {
    "round": "(", "country": "(", "open": "(/", "half": "/", "era": "م", "day": "(", "slash": "/", "plain": "",
    "alone": "(",
}  # fmt: skip
_WITHOUT_MARK = ("dated", "bare", "stopped")
# Letters that a name in capitals must have to be a place though no mark says so, a vowel among them: others are mostly
# abbreviations.
_LETTERS = 3
_VOWEL = re.compile("[AEIOUYÀ-ÖØ-ÝĀĂĄĒĖĘĚĪİŌŐŒŪŮŰŸАЕЁИІОУЫЭЮЯΑΕΗΙΟΥΩ]")
# Letters of the longest sign of an agency, unknown to us, that is written in small ones.
_SMALL_SIGN = 6
# A dash between blanks, or a long one; so soon after a dash, it closes what that one opened.
_DASH = re.compile(r"\s[-\u2010-\u2013\u2212]{1,2}\s|[\u2014\u2015]")
_SOON = 48
_WORD_PARTS = re.compile(r"[\s,./:]+")
_SENTENCE_END = re.compile(r"[.!?]\s")


@dataclass(frozen=True, slots=True)
class Dateline:
    """``text`` is place and date as printed (``KYIV, Dec 24``), ``agency`` the short name, ``credit`` a second party
    that the mark names (``(MENAFN- IANS)``), ``byline`` a reporter named inside it, ``rest`` the paragraph after it.
    """

    text: str
    agency: str
    credit: str
    byline: str
    rest: str


@cache
def _read_data() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "datelines.toml").read_text(encoding="utf-8"))


@cache
def month_pattern() -> re.Pattern[str]:
    """What a month's name looks like, in small letters, in the languages of the datelines; some other words do too."""
    return re.compile(_read_data()["parts"]["MONTH"])


@cache
def _compile() -> dict[str, re.Pattern[str]]:
    data = _read_data()
    parts = {"MARKS": mark_pattern(), **data["parts"]}
    return {form["name"]: compile_parts(form, parts) for form in data["form"]}


@cache
def _words(table: str, name: str) -> frozenset[str]:
    return frozenset(_read_data()[table][name])


def _labels() -> frozenset[str]:
    return _words("labels", "words")


@cache
def _days() -> re.Pattern[str]:
    return re.compile(_read_data()["prose"]["days"], re.IGNORECASE)


@cache
def _about() -> re.Pattern[str]:
    return re.compile(_read_data()["prose"]["about"], re.IGNORECASE)


def patterns() -> list[re.Pattern[str]]:
    """Every pattern in use, for testing their speed."""
    return [*_compile().values(), _desk(), _days(), _about(), _DASH, _WORD_PARTS, _SENTENCE_END]


def _is_place(text: str) -> bool:
    """Whether text may be a place with a date: short, it starts with a capital or a letter without case."""
    text = text.strip(" ,.")
    if not text or len(text) > 80 or text[0].islower() or sum(not word.isdigit() for word in text.split()) > 11:
        return False
    words = [word for word in _WORD_PARTS.split(text) if word and word[0].isalpha()]
    if any(word.upper() in _words("labels", "notices") or word in _words("prose", "inside") for word in words):
        return False
    if words and not _is_upper(text) and words[0].casefold() in _words("prose", "first"):
        # "On Friday, May 5 (a holiday) - ..." is a sentence.
        return False
    small = [word for word in words if word[0].islower()]
    return len(small) <= 3 and (len(words) - len(small) > 0 or not words)


def _letters(text: str) -> list[str]:
    return [char for char in re.split(r"[,\d]", text)[0] if char.isalpha()]


def _is_upper(text: str) -> bool:
    letters = _letters(text)
    return len(letters) >= 3 and all(char.isupper() for char in letters)


def _goes_on(rest: str) -> bool:
    """Whether a text goes on with what stands before it, in small letters; "iPhone" and "al-Azhar" may begin one."""
    first = rest.lstrip("\"'\u2018\u201c\u201e\u00ab ")[:_REACH].split(None, 1)
    return bool(first) and first[0][0].islower() and not any(char.isupper() for char in first[0])


def _is_aside(rest: str) -> bool:
    """Whether a text that follows a dash is an aside, closed soon by a second one: ``the space agency — said``.

    Two of them soon after are an aside of its own.
    """
    head = rest[:_REACH]
    end = _SENTENCE_END.search(head)
    dashes = [dash.start() for dash in _DASH.finditer(head, 0, end.start() if end else len(head))]
    return len(dashes) % 2 == 1 and dashes[0] < _SOON


def _is_bare_place(name: str, place: str, end: str, rest: str) -> bool:
    """Whether what stands before a sentence is a place, though no agency's mark says so: ``name`` is the form, ``end``
    what it closes with.

    It is a sentence that follows, of which the place is no part; a name in capitals alone may as well be a company's,
    so it is asked for more where it isn't set as agencies do, with a dash.
    """
    # "DUBAI, United Arab Emirates — text" says itself that it is a place.
    surely = "," in place and _is_upper(place)
    first = _WORD_PARTS.split(place, maxsplit=1)[0].casefold()
    if _days().search(place) or (first in _words("prose", "first") and not surely):
        return False
    dashed = not end.endswith((":", "."))
    if _goes_on(rest) or (dashed and not surely and _is_aside(rest)):
        return False
    if name == "dated":
        return len(place.split()) <= 7
    if not _is_upper(place) or place in _labels() or len(place.split(",", maxsplit=1)[0].split()) > 4:
        return False
    if not surely and (
        len(_letters(place)) < _LETTERS or place in _words("prose", "signs") or not _VOWEL.search(place)
    ):
        return False
    if not dashed and _about().match(rest[:_REACH]):
        return False
    # "BONN: TALKS GO ON - ..." is an item of a roundup under its headline.
    return not " ".join(rest.split(None, 4)[:4]).isupper()


def _read_mark(
    mark: str, place: str, own: str, *, dashed: bool = False, slashed: bool = False
) -> tuple[str, str] | None:
    """Agency and credit from a mark in brackets, both empty where it names no one; None where it is no agency's.

    ``own`` is the source's agency, ``dashed`` whether a long dash follows, as agencies set it, ``slashed`` whether the
    mark stood in slashes.
    """
    mark = " ".join(mark.split())
    first, _, second = mark.partition("-")
    first, second = first.strip(), second.strip()
    if own and first.casefold() == own.casefold():
        return own, find_agency(second) or second
    if agency := find_agency(mark):
        return agency, ""
    if second and (agency := find_agency(first)):
        return agency, find_agency(second) or second
    if found := find_agencies(mark):
        return found[0], "/".join(found) if len(found) > 1 else ""
    if names_no_one(mark):
        return "", ""
    # An agency that nobody told us of: a short sign after a place. In capitals it may be a person's party or club
    # instead, unless what stands before it is surely a place; parties and offices that make news are listed.
    short = len(mark) <= 14 and " " not in mark and sum(char.isalpha() for char in mark) > 1
    if mark.upper() in _labels() or mark.casefold() in _words("countries", "words") | _words("countries", "asides"):
        return None
    dated = any(char.isdigit() for char in place)
    if not place and second and mark[:2].isupper() and first.isupper() and 5 <= len(first) <= 12 and " " not in first:
        return (first, "" if second == first else second) if first not in _labels() else None
    surely = dated or slashed or _is_upper(place)
    if place and short and (surely or (mark.islower() and len(mark) <= _SMALL_SIGN and len(place.split()) <= 3)):
        return mark, ""
    if place and dashed and 1 < len(mark) <= 24 and mark.isupper() and len(place.split()) == 1:
        return mark, ""
    # Several words, as papers that send copy have for a name: Colombo (Harbour Mirror) - ...
    words = mark.split()
    if place and dashed and 2 <= len(words) <= 3 and len(mark) <= 24 and all(word[0].isupper() for word in words):
        return (mark, "") if len(place.split()) <= 3 else None
    return None


def _is_named(place: str, agency: str, own: str, rest: str) -> bool:
    """Whether a name with a sign in brackets is part of the sentence that goes on behind it: ``Ortega (FCB) — the
    captain — scored``. A known agency's sign is doubted only where two dashes say so and the place isn't sure itself.
    """
    if not _goes_on(rest):
        return False
    surely = _is_upper(place) or any(char.isdigit() for char in place)
    known = agency == own or find_agency(agency) != ""
    return not known or (not surely and _is_aside(rest))


def _tidy(place: str) -> str:
    """Without what joins it to the mark; the point of an abbreviation (``Fla.``, ``S.C.``, ``Nov.``) stays."""
    return place.strip(" ,-\u2013\u2014").strip()


@cache
def _desk() -> re.Pattern[str]:
    return re.compile(_read_data()["desk"]["pattern"])


def split_second(first: Dateline, paragraph: str, own: str = "") -> Dateline | None:
    """The dateline that a provider's copy has of its own behind the syndicator's mark, joined with that mark; None
    where there is none: ``(MENAFN- IANS) New Delhi, Nov 18 (IANS) Text``.
    """
    second = None if first.text else split_dateline(paragraph, own)
    if second is None and not first.text and (match := _compile()["day_stopped"].match(paragraph[:_REACH])):
        place = match["place"]
        if _is_upper(place) and _is_place(place):
            second = Dateline(_tidy(place), "", "", "", paragraph[match.end() :].lstrip())
    if second is None or not second.text:
        return None
    credit = first.credit or (second.agency if second.agency != first.agency else "")
    return Dateline(second.text, first.agency, credit, second.byline, second.rest)


def split_dateline(paragraph: str, own: str = "") -> Dateline | None:
    """Split the dateline off a first paragraph; None where it has none.

    ``own`` is the agency's name at the page's source, if it is one, so that its mark is known whatever it is. Linear:
    only the first characters are looked at.
    """
    head = paragraph[:_REACH]
    forms = _compile()
    if desk := _desk().match(head):
        return split_dateline(paragraph[desk.end() :], own) if not _desk().match(head, desk.end()) else None
    for name in _OTHER_SCRIPTS:
        if match := forms[name].match(head):
            groups = match.groupdict()
            byline = re.sub(r"^记者|^記者", "", groups.get("by") or "").strip()
            return Dateline(
                _tidy(groups["place"]), find_agency(groups["mark"]), "", byline, paragraph[match.end() :].lstrip()
            )
    if match := forms["mark"].match(head):
        read = _read_mark(match["mark"], "", own)
        if read:
            return Dateline(_tidy(match["place"] or ""), read[0], read[1], "", paragraph[match.end() :].lstrip())
    for name, signs in _WITH_MARK.items():
        if signs and not any(map(head.__contains__, signs)):
            continue
        match = forms[name].match(head)
        if match and _is_place(match["place"]):
            dashed = name == "round" and match.group().rstrip()[-1] in "\u2013\u2014"
            read = _read_mark(match["mark"], match["place"], own, dashed=dashed, slashed=name == "slash")
            rest = paragraph[match.end() :].lstrip()
            if read and not _is_named(match["place"], read[0], own, rest):
                byline = (match.groupdict().get("by") or "").strip()
                return Dateline(_tidy(match["place"]), read[0], read[1], byline, rest)
    for name in _WITHOUT_MARK:
        match = forms[name].match(head)
        if not match or not _is_place(match["place"]):
            continue
        place, rest = _tidy(match["place"]), paragraph[match.end() :].lstrip()
        if _is_bare_place(name, place, match.group().rstrip(), rest):
            return Dateline(place, "", "", "", rest)
    return None
