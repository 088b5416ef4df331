"""Parse bylines, printed or declared: the people and the organizations in them (``bylines.toml``)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from copydesk.pipeline.core.agencies import find_agencies, find_agency
from copydesk.pipeline.core.byline_forms import unfold_forms
from copydesk.pipeline.core.byline_openings import (
    load_and,
    load_aside,
    load_aside_behind_comma,
    load_inner_by,
    load_labels,
    load_opening,
    separate_glued,
)
from copydesk.pipeline.core.byline_record import MAX_BYLINE_CHARS, Byline
from copydesk.pipeline.core.byline_words import (
    EDGES,
    cut_date,
    cut_title,
    find_name,
    fold_word,
    is_date,
    is_domain,
    is_job,
    is_organization,
    is_person,
    is_place_behind_name,
    is_role,
    load_byline_words,
    may_be_place,
    split_agency,
)
from copydesk.pipeline.core.text import normalize_line

__all__ = ["MAX_BYLINE_CHARS", "Byline", "parse_byline"]


# A name with what somebody is, and where, has no more words.
_MAX_PART_WORDS = 14
# Between bylines, credits of pictures, and times; and between names, roles and times.
_PART = re.compile(r"\s*[|\u2022\u00b7\u25cf\n]\s*")
_SEGMENT = re.compile(
    r"\s*[|\u2022\u00b7\u25cf;\n/\uff0f\u3000\u203a]\s*|\s[\u2013\u2014-]{1,2}\s|\s[\u2013\u2014-]$|^[\u2013\u2014-]\s"
)
_DASHES = frozenset({"-", "--", "\u2013", "\u2014"})
_COMMA = re.compile(r"\s*[,\uff0c\u3001\u060c&+]\s*")
_COMMA_ONLY = re.compile(r"\s*[,\uff0c\u3001\u060c]\s*")
_AMPERSAND = re.compile(r"\s&\s")
_BRACKETS = re.compile(r"\s*[(\[\uff08]([^()\[\]\uff08\uff09]{1,60})[)\]\uff09]")
_ADDRESS = re.compile(r"[^\s()<>]{0,80}@[^\s()<>]{1,80}|(?:https?://|www\.)[^\s()<>]{1,200}")
_UNFILLED = re.compile(r"\{\{|\}\}|\$\{|<%|%>|\[\[|%[A-Za-z_]{2,20}%|\{[A-Za-z_.]{1,40}\}|\b[Nn]/[Aa]\b")
_OCCUPATION = re.compile(r"\s?(?:기자|특파원|记者|記者|編集委員)$|^(?:记者|記者|通讯员)\s?")
# "REUTERS/Jane Doe", "Jane Doe/AFP", "AP Photo/Jane Doe", "Jane Doe/Getty Images"
_PICTURE_CREDIT = re.compile(
    r"\(?[A-Z]{2,8}(?: (?:Photo|Images?|Foto|Video))?/[^\W\d_]+\s[^\W\d_]|.{0,240}(?:\bPhoto/|Getty Images)"
    r"|(?!(?i:by|von|par|por|di)\s)[^\W\d_][\w.'\u2019-]{0,20}\s[^|,/\n]{2,40}/(?:REUTERS|Reuters|AFP|AP|EPA|dpa)\b"
)
_DATELINE_DASH = re.compile(r"[)\]]\s?[\u2010-\u2015\u2212-]{1,3}$")
# Around a part, with the sign of a note.
_MARKS = f"{EDGES}*\u2020"
# "Di Marco Rossi" has a word more than a name that begins with "Di".
_MIN_OPENED_WORDS = 4


def patterns() -> list[re.Pattern[str]]:
    """Return every pattern in use, for timing tests."""
    return [
        _PART,
        _SEGMENT,
        _COMMA,
        _COMMA_ONLY,
        _AMPERSAND,
        _BRACKETS,
        _ADDRESS,
        _UNFILLED,
        _OCCUPATION,
        _PICTURE_CREDIT,
        _DATELINE_DASH,
    ]


def _iterate_parts(text: str) -> Iterator[str]:
    """Yield the parts of a segment that commas and words such as ``and`` separate."""
    pieces = _COMMA.split(text)
    for ampersand in _AMPERSAND.finditer(text):
        # "Times & Gazette" is one paper.
        if fold_word(text[ampersand.end() :].partition(",")[0]) in load_byline_words("organizations"):
            pieces = _COMMA_ONLY.split(text)
    for at, piece in enumerate(filter(None, pieces)):
        # "Jane Doe, and John Roe", but not "E Jean Marlowe".
        parts = [part.strip() for part in load_and().split(f" {piece}" if at else piece)]
        # "Ortega y Gasset" is one name: a single word behind another name is a part of it.
        if len(parts) == 2 and len(parts[1].split()) == 1 and parts[1].isascii() and not find_agency(parts[1]):
            parts = [piece.strip()]
        yield from parts


def _is_paper(words: list[str]) -> bool:
    """Return whether some words behind a name may be those of the paper that it writes for."""
    return len(words) > 1 and fold_word(words[-1]) in load_byline_words("organizations", "papers")


def _split_segments(part: str) -> Iterator[tuple[str, str]]:
    """Yield the segments of a part, each with the separator before it, without blanks."""
    start, sign = 0, ""
    for separator in _SEGMENT.finditer(part):
        if segment := part[start : separator.start()]:
            yield sign, segment
        start, sign = separator.end(), separator.group().strip()
    if segment := part[start:]:
        yield sign, segment


def _is_behind_name(part: str, words: list[str], name: str) -> bool:
    """Return whether a part behind a name is a degree, a place or a station: ``VALLEY TODAY``, ``Port Elsen``."""
    is_single = len(words) == 1
    is_degree = is_single and part[0].isupper() and " " in name
    is_mark = is_single and part.isupper() and part.isascii()
    return is_degree or is_mark or (part.isupper() and not name.isupper()) or is_place_behind_name(part)


def _add_part(whole: str, found: Byline, *, marked: bool, is_other: bool = False) -> None:
    """Add one part of a byline to what it belongs to.

    Args:
        whole: The part.
        found: The byline; changed in place.
        marked: Whether the page marks it up as an author's.
        is_other: Whether it stands behind a dash: there, an employer or a place follows the names.
    """
    part, occupations = _OCCUPATION.subn("", whole.strip(_MARKS))
    part = cut_title(part.strip(_MARKS))
    found.opened |= bool(occupations and part)
    if f"{part}." in whole and fold_word(part.split()[-1] if part else "") in load_byline_words(
        "particles", "suffixes"
    ):
        part += "."
    folded = part.casefold()
    openings = load_byline_words("by")
    if not part or folded in openings or folded in load_byline_words("dates") or folded in load_byline_words("and"):
        return
    if fold_word(part) in load_byline_words("particles", "suffixes") and found.people:
        found.people[-1] += f" {part}"
        return
    words = part.split()
    if len(words) > _MAX_PART_WORDS:
        found.rest.append(part)
        return
    words, agency = ([], part) if find_agency(part) else split_agency(words)
    if agency:
        if words and words[-1].casefold() in load_byline_words("roles", "before_place"):
            # "Jane Doe of The Associated Press", "From The Associated Press", "Jane Doe via AP"
            words = words[:-1]
        before = " ".join(words).strip(EDGES)
        if before and not (is_person(before) or is_role(words) or is_organization(before)):
            # "Join the Conversation"
            found.rest.append(part)
            return
        found.organizations.append(agency)
        part = before
        if not part:
            return
    if found.people and _is_behind_name(part, words, found.people[-1]):
        found.roles += 1
        return
    name = part if is_person(part, marked=marked) else find_name(words, opened=found.opened or marked)
    # "By Jane Doe, Harbour Light Staff Writer"
    name = "" if name != part and is_job(part) and found.people and not found.roles else name
    is_paper = bool(name) and found.has_full_name and not found.opened and _is_paper(words)
    if is_domain(part) or is_paper:
        found.organizations.append(part)
    elif is_other and found.has_full_name and (name or len(words) == 1):
        # "By Jane Doe, The Post \u2014 Port Elsen", "Jane Doe - harbourTimes"
        found.roles += 1
    elif name:
        found.people.append(name)
        found.roles += name != part
        found.jobs += name != part and is_job(part)
    elif folded in load_byline_words("placeholders") or f"{folded} by" in openings or is_role(words):
        found.roles += 1
        found.jobs += is_job(part)
        if len(words) > 1 and is_organization(part):
            found.organizations.append(part)
    elif is_organization(part):
        found.organizations.append(part)
    elif found.opened and found.has_full_name and may_be_place(part):
        # "Door Jan Bakker, Oud Veen"
        found.roles += 1
    else:
        found.rest.append(part)


def _open(found: Byline) -> None:
    """Record that names follow: what stands before "By" is a place or a section."""
    if not found.opened:
        found.roles += len(found.people)
        found.people.clear()
        found.rest = [part for part in found.rest if any(map(str.islower, part.split()))]
    found.opened = True


def _add_segment(segment: str, found: Byline, *, marked: bool, is_other: bool = False) -> None:
    """Add what stands between two separators of a byline; ``is_other`` as for ``_add_part``."""
    if segment.casefold() in load_labels():
        _open(found)
        return
    opening = load_opening().match(segment)
    is_name = (
        marked
        and not found.dated
        and opening
        and (opening["bare"] or "").casefold() in load_byline_words("by", "doubtful")
    )
    if opening and not (is_name and len(segment.split()) < _MIN_OPENED_WORDS):
        _open(found)
        is_other = False
        segment = segment[opening.end() :]
    text, date = cut_date(separate_glued(segment))
    found.dated |= any(map(str.isdigit, date))
    found.segments += bool(text or date)
    if not is_date(date):
        found.rest.append(date)
    asides = _BRACKETS.findall(text)
    outside = _BRACKETS.sub("", text).strip()
    for part in _iterate_parts(outside):
        _add_part(part, found, marked=marked, is_other=is_other)
    for aside in asides:
        # An agency's mark in brackets may have a word such as "avec" before it.
        first, _, rest = aside.partition(" ")
        mark = rest if first.casefold() in load_byline_words("and") else aside.rpartition("=")[2]
        if find_agencies(mark):
            found.organizations.append(mark)
        elif not outside and is_person(aside):
            # "desk@example.com (Jane Doe)", as feeds have it.
            found.people.append(aside)


def parse_byline(text: str, *, marked: bool = False) -> Byline:
    """Parse a byline; what is not a name, a role, an organization or a time is in ``rest``.

    Args:
        text: The line; parts on lines of their own are separate.
        marked: Whether the page marks it up as an author's or declares it as such.
    """
    found = _parse(text[:MAX_BYLINE_CHARS], marked)
    return replace(found, people=found.people.copy(), organizations=found.organizations.copy(), rest=found.rest.copy())


@lru_cache(maxsize=1024)
def _parse(head: str, marked: bool) -> Byline:
    """Parse a byline. Cached: several steps read the same lines."""
    found = Byline()
    if _UNFILLED.search(head) or _PICTURE_CREDIT.match(head):
        return found
    found.addressed = _ADDRESS.search(head) is not None
    lines = [unfold_forms(line) for line in map(normalize_line, _ADDRESS.sub(" ", head).split("\n")) if line]
    segments: list[tuple[str, bool]] = []
    for part in _PART.split(load_aside_behind_comma().sub("\n", "\n".join(lines))):
        if load_aside().match(part):
            found.roles += 1
            found.organizations += [mark for mark in _BRACKETS.findall(part) if find_agencies(mark)]
        else:
            segments += [
                (segment, behind in _DASHES)
                for behind, segment in _split_segments(part)
                if not load_aside().match(segment)
            ]
    for segment, is_other in segments:
        for piece in [segment] if load_opening().match(segment) else load_inner_by().split(segment):
            _add_segment(piece.strip(" ,:\u2013\u2014-"), found, marked=marked, is_other=is_other)
    found.people = list(dict.fromkeys(found.people))
    if found.people and not found.opened and found.has_agency and _DATELINE_DASH.search(head.rstrip()):
        # "NEW YORK (AP) -" names a place.
        found.rest += found.people
        found.people = []
    if marked and "," in head and len(segments) == 1 and [len(name.split()) for name in found.people] == [1, 1]:
        # "Doe, Jane"
        found.people = [" ".join(reversed(found.people))]
    found.organizations = list(dict.fromkeys(found.organizations))
    return found
